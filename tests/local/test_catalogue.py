"""The catalogue of embedded models is sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tui.errors import ConfigError
from tui.local.catalogue import (
    HttpsSource,
    WheelsSource,
    entries,
    find_entry,
    read_catalogue,
    require_entry,
)
from tui.local.child import _SAMPLING_NAMES


def test_the_default_is_first_and_small() -> None:
    first = entries()[0]
    assert first.name == "smollm2-135m"
    assert find_entry("default") is first
    assert first.size_bytes == min(entry.size_bytes for entry in entries())


def test_every_entry_is_pinned_and_can_be_had_in_two_ways() -> None:
    for entry in entries():
        assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
        assert entry.file_name == Path(entry.file_name).name
        assert entry.licence.name
        assert entry.licence.holder
        address, wheels = entry.sources
        assert isinstance(address, HttpsSource)
        assert address.url.startswith("https://")
        assert isinstance(wheels, WheelsSource)
        assert sum(piece.size_bytes for piece in wheels.pieces) == entry.size_bytes
        assert all("==" in piece.requirement for piece in wheels.pieces)
        assert all(re.fullmatch(r"[0-9a-f]{64}", piece.sha256) for piece in wheels.pieces)


def test_defaults_are_ones_the_child_can_set() -> None:
    for entry in entries():
        assert set(entry.sampling) <= set(_SAMPLING_NAMES) | {"max_tokens"}
        assert entry.sampling["temperature"] >= 0.2
        assert entry.system_prompt


def test_names_and_aliases_are_unique_whatever_the_case() -> None:
    names = [name for entry in entries() for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))
    for entry in entries():
        for name in (entry.name, *entry.aliases):
            assert find_entry(name.upper()) is entry


@pytest.mark.parametrize(
    ("wrong", "right"), [("smolm2-135m", "smollm2-135m"), ("Qwen2.5-coder-0.5", "qwen2.5-coder-0.5b")]
)
def test_an_unknown_name_is_answered_with_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(ConfigError, match=f"did you mean {re.escape(right)}"):
        require_entry(wrong)


def test_a_name_like_nothing_is_answered_with_all() -> None:
    with pytest.raises(ConfigError) as caught:
        require_entry("\x1b[2Jzzz")
    assert all(entry.name in str(caught.value) for entry in entries())
    assert "\x1b" not in str(caught.value)


def test_a_source_of_an_unknown_kind_is_a_bug(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[a]\nlicence = { name = "x", holder = "y", url = "z" }\nsources = [{ kind = "ftp" }]\n')
    with pytest.raises(ValueError, match="unknown source"):
        read_catalogue(file)

"""GGUF headers: whole, cut, damaged and hostile ones."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.making import gguf, small_model, text
from tui.errors import LocalModelError
from tui.local.gguf import read_header

FUZZ_ROUNDS = 20_000 if os.environ.get("PARLEY_FUZZ") else 400


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def complaint(file: Path, content: bytes) -> str:
    file.write_bytes(content)
    with pytest.raises(LocalModelError) as caught:
        read_header(file)
    return str(caught.value)


def words_about(file: Path) -> str:
    """What is said about a file that may be anything; every error but ours is a failure."""
    try:
        return read_header(file).architecture.replace("\n", "")
    except LocalModelError as error:
        return str(error)


def test_a_whole_file_says_what_it_is(file: Path) -> None:
    file.write_bytes(small_model("Tiny 1M"))
    header = read_header(file)
    assert (header.name, header.architecture, header.context_tokens) == ("Tiny 1M", "llama", 512)
    assert header.has_chat_template
    assert header.tensor_count == 2
    assert header.expected_bytes <= file.stat().st_size


def test_arrays_of_all_kinds_are_stepped_over(file: Path) -> None:
    file.write_bytes(
        gguf({"tokens": ["a", "b" * 300_000], "numbers": [1, 2, 3], "nested": [[1, 2], [3]], "flag": True})
    )
    assert read_header(file).architecture == "llama"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"GG", "is not a GGUF file"),
        (b"<html>Please log in</html>", "is not a GGUF file"),
        (b"GGUF", "ends early, inside its header"),
        (gguf(version=1), "GGUF version 1"),
        (gguf(version=3 << 24), "byte order"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 62), "impossible"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 40), "impossibly long"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 99), "unknown kind"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 0, 1 << 60), "ends early"),
        (gguf({"split.count": 3}), "one of 3 pieces"),
        (gguf({"general.type": "adapter"}), "no language model"),
    ],
)
def test_what_cannot_be_used_ends_in_one_clear_sentence(file: Path, content: bytes, words: str) -> None:
    said = complaint(file, content)
    assert words in said
    assert said.startswith(str(file))
    assert said.endswith(".")
    assert "\n" not in said


def test_every_cut_is_noticed(file: Path) -> None:
    whole = small_model()
    file.write_bytes(whole)
    needed = read_header(file).expected_bytes
    for length in range(1, needed):
        complaint(file, whole[:length])


def test_a_cut_in_the_weights_names_both_sizes(file: Path) -> None:
    whole = small_model()
    file.write_bytes(whole)
    needed = read_header(file).expected_bytes
    assert f"ends early: {needed - 40:,} of {needed:,} bytes" in complaint(file, whole[: needed - 40])


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(LocalModelError, match="does not exist"):
        read_header(tmp_path / "none.gguf")
    with pytest.raises(LocalModelError, match="is a folder"):
        read_header(tmp_path)


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    for path in (tmp_path / "pipe.gguf", Path("/dev/zero")):
        with pytest.raises(LocalModelError, match="is not a file"):
            read_header(path)


def test_a_hostile_file_name_is_cleaned(tmp_path: Path) -> None:
    with pytest.raises(LocalModelError) as caught:
        read_header(tmp_path / "a\x1b[2Jb.gguf")
    assert "\x1b" not in str(caught.value)


@settings(max_examples=FUZZ_ROUNDS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_bytes_are_read_or_refused(file: Path, data: st.DataObject) -> None:
    content = bytearray(small_model())
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(4, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
        if len(content) < 6:
            break
    file.write_bytes(bytes(content))
    assert "\n" not in words_about(file)


@settings(max_examples=FUZZ_ROUNDS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_random_bytes_behind_the_magic_are_read_or_refused(file: Path, tail: bytes) -> None:
    file.write_bytes(b"GGUF\x03\x00\x00\x00" + tail)
    assert "\n" not in words_about(file)

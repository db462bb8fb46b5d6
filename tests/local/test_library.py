"""Installed models: found, named, made the default, removed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.local.making import digest, gguf, small_model
from tui.errors import ConfigError, LocalModelError
from tui.local.adding import add_file, check_name, name_from_file, remove_model
from tui.local.catalogue import entries
from tui.local.library import (
    OWN_SAMPLING,
    Note,
    check_model,
    hash_file,
    installed_model,
    installed_models,
    is_intact,
    note_for,
    read_note,
    resolve_model,
    strays,
    write_note,
)

SMALLEST, SECOND = entries()[:2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "My Model.gguf"
    path.write_bytes(small_model("My Model 1M"))
    return path


def pretend_installed(folder: Path, entry_index: int) -> Path:
    """A note and a file for a catalogue entry, without its hundred megabytes."""
    entry = entries()[entry_index]
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / entry.file_name
    path.write_bytes(small_model())
    write_note(folder, note_for(entry, path))
    return path


def test_nothing_installed(folder: Path) -> None:
    assert installed_models() == []
    assert strays() == []
    with pytest.raises(LocalModelError, match=r"parley local install smollm2-135m.*98 MB"):
        resolve_model("default")


def test_default_is_the_small_one_then_the_first(folder: Path, file: Path) -> None:
    add_file(file, name="aaa")
    assert resolve_model("default").name == "aaa"
    pretend_installed(folder, 1)
    assert resolve_model("default").name == SECOND.name
    pretend_installed(folder, 0)
    assert resolve_model("default").name == SMALLEST.name
    assert [model.name for model in installed_models()] == [SMALLEST.name, SECOND.name, "aaa"]


def test_the_configuration_chooses_the_default(folder: Path, file: Path) -> None:
    pretend_installed(folder, 0)
    add_file(file, name="mine")
    assert resolve_model("default", preferred="mine").name == "mine"
    assert resolve_model("DEFAULT", preferred="default").name == SMALLEST.name
    with pytest.raises(ConfigError, match="did you mean mine"):
        resolve_model("default", preferred="mina")


def test_aliases_and_case(folder: Path) -> None:
    pretend_installed(folder, 0)
    assert resolve_model("SmolLM2").name == SMALLEST.name
    assert resolve_model("smollm2").system_prompt == SMALLEST.system_prompt
    with pytest.raises(LocalModelError, match=r"parley local install qwen2\.5-coder-0\.5b"):
        resolve_model("qwen-0.5b")


@pytest.mark.parametrize("name", ["nope", "../x", "", "a/b", "\x1b[2J", "x" * 500])
def test_unknown_names_end_in_one_sentence(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_model(name)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_file_can_be_named_by_its_path(folder: Path, file: Path) -> None:
    model = resolve_model(str(file))
    assert (model.path, model.label, model.context_tokens) == (file, "My Model 1M", 512)
    check_model(model)
    with pytest.raises(LocalModelError, match="does not exist"):
        resolve_model(str(file.with_name("other.gguf")))


def test_adding_links_and_describes(folder: Path, file: Path) -> None:
    added = add_file(file)
    assert (added.name, added.label, added.context_tokens, added.has_chat_template) == (
        "my-model",
        "My Model 1M",
        512,
        True,
    )
    assert added.sha256 == digest(file.read_bytes())
    assert added.path.samefile(file)
    assert add_file(file) == added
    file.unlink()
    check_model(added)


def test_adding_copies_where_links_cannot_be(folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    added = add_file(file)
    assert not added.path.samefile(file)
    assert added.path.read_bytes() == file.read_bytes()
    assert added.path.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["my-model.gguf", "my-model.toml"]


def test_adding_through_a_link_takes_the_file(folder: Path, file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.gguf"
    link.symlink_to(file)
    added = add_file(link)
    assert not added.path.is_symlink()
    assert added.name == "link"


def test_a_file_that_lies_in_the_folder_is_registered_where_it_is(folder: Path) -> None:
    folder.mkdir()
    (folder / "dropped.gguf").write_bytes(small_model())
    assert [stray.path.name for stray in strays()] == ["dropped.gguf"]
    assert add_file(folder / "dropped.gguf").path == folder / "dropped.gguf"
    assert strays() == []


def test_what_is_no_model_is_not_added(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.gguf"
    page.write_text("<html>")
    with pytest.raises(LocalModelError, match="not a GGUF"):
        add_file(page)
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(small_model()[:-60])
    with pytest.raises(LocalModelError, match="ends early"):
        add_file(cut)
    assert installed_models() == []


def test_a_taken_name_is_not_given_twice(folder: Path, file: Path, tmp_path: Path) -> None:
    add_file(file, name="mine")
    other = tmp_path / "other.gguf"
    other.write_bytes(small_model("Other"))
    with pytest.raises(ConfigError, match="already"):
        add_file(other, name="mine")


def test_a_model_without_template_says_so(folder: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.gguf"
    base.write_bytes(gguf({"general.name": "Base\x1b[31m"}))
    added = add_file(base)
    assert not added.has_chat_template
    assert "\x1b" not in added.label


@pytest.mark.parametrize("name", ["default", "smollm2", "../up", "a b", "", ".hidden", "x" * 65, "con", "a.gguf", "ü"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(ConfigError):
        check_name(name)


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("Llama 3.2 (1B).gguf", "llama-3.2-1b"),
        ("...gguf", "model"),
        ("ÄÖ.gguf", "model"),
        (f"{'x' * 99}.gguf", "x" * 64),
    ],
)
def test_names_made_from_files(file_name: str, name: str) -> None:
    assert name_from_file(Path(file_name)) == name
    assert check_name(name) == name


def test_removing(folder: Path, file: Path) -> None:
    add_file(file)
    pretend_installed(folder, 0)
    part = folder / f"{SMALLEST.sha256[:16]}.part"
    part.write_bytes(bytes(100))
    assert remove_model("smollm2") > 100
    assert remove_model("my-model") > file.stat().st_size
    assert file.exists()
    assert [path.name for path in folder.iterdir()] == []
    with pytest.raises(LocalModelError, match="not installed"):
        remove_model("smollm2")
    with pytest.raises(ConfigError, match="no local model"):
        remove_model("my-model")


def test_touched_files_are_read_again_changed_ones_refused(folder: Path, file: Path) -> None:
    added = add_file(file)
    os.utime(added.path, ns=(1, 1))
    check_model(added)
    note = read_note(folder / "my-model.toml")
    assert note is not None
    assert note.changed_ns == 1
    content = bytearray(added.path.read_bytes())
    content[-1] ^= 1
    added.path.write_bytes(bytes(content))
    with pytest.raises(LocalModelError, match=r"not the one that was checked.*add it again"):
        check_model(added)
    added.path.write_bytes(bytes(content[:-1]))
    with pytest.raises(LocalModelError, match="damaged"):
        check_model(added)
    added.path.unlink()
    with pytest.raises(LocalModelError, match="is gone"):
        check_model(added)
    assert installed_model("my-model") is None


@pytest.mark.parametrize(
    "change",
    [
        'file = "../outside.gguf"',
        'file = "/etc/passwd"',
        'file = ""',
        'name = "other"',
        "size_bytes = true",
        'context_tokens = "many"',
        "unknown = 1",
        "not toml",
    ],
)
def test_a_note_that_cannot_be_true_is_ignored(folder: Path, file: Path, change: str) -> None:
    add_file(file, name="mine")
    note = folder / "mine.toml"
    key = change.partition(" ")[0]
    kept = [line for line in note.read_text().splitlines() if not line.startswith(f"{key} ")]
    note.write_text("\n".join([*kept, change]))
    assert read_note(note) is None
    assert installed_model("mine") is None


def test_a_damaged_note_is_not_intact(folder: Path) -> None:
    path = pretend_installed(folder, 0)
    assert is_intact(SMALLEST)
    write_note(folder, Note(SMALLEST.name, path.name, path.stat().st_size, path.stat().st_mtime_ns, "0" * 64))
    assert not is_intact(SMALLEST)


def test_strays_are_named(folder: Path) -> None:
    folder.mkdir()
    (folder / f"{SMALLEST.sha256[:16]}.part").write_bytes(bytes(10))
    (folder / "0123.part").touch()
    (folder / "0123.wheels").mkdir()
    (folder / "0123.wheels" / "x").write_bytes(bytes(7))
    (folder / ".tiny.lock").touch()
    found = {stray.path.name: stray for stray in strays()}
    assert {name: stray.size_bytes for name, stray in found.items()} == {
        f"{SMALLEST.sha256[:16]}.part": 10,
        "0123.part": 0,
        "0123.wheels": 7,
    }
    assert "goes on with it" in found[f"{SMALLEST.sha256[:16]}.part"].what
    assert "may be deleted" in found["0123.part"].what


def test_hashing_a_beginning(file: Path) -> None:
    assert hash_file(file, limit_bytes=10) == digest(file.read_bytes()[:10])


def test_a_known_model_under_another_name_keeps_its_defaults(file: Path) -> None:
    model = resolve_model(str(file))
    assert (model.sampling, model.system_prompt) == (OWN_SAMPLING, "")
    twin = replace(model, sha256=SMALLEST.sha256)
    assert (twin.sampling, twin.system_prompt) == (SMALLEST.sampling, SMALLEST.system_prompt)

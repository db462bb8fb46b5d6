"""Drafts survive what sessions survive, hold no key, and belong to one process at a time."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.builders import AT, opening, write_session
from tui.domain.draft import Draft, DraftFile
from tui.domain.record import Attachment, MessageAdded
from tui.store.attachments import AttachmentStore
from tui.store.drafts import MOST_DRAFTS, DraftStore, KeptDraft
from tui.store.sessions import SessionStore
from tui.text.redact import Redactor

FILE = DraftFile(Attachment("a.png", "image/png", "a" * 64, 7), "PNG 1 × 1", 800)
KEPT = KeptDraft(Draft("half a\nthought", (FILE,)), (Draft("waits"), Draft("", (FILE,))))


def test_a_draft_comes_back_as_it_was(tmp_path: Path) -> None:
    store = DraftStore(tmp_path)
    before = os.umask(0)
    try:
        assert store.keep("s1", KEPT, is_new=False)
    finally:
        os.umask(before)
    assert store.read("s1") == KEPT
    (path,) = store.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert store.keep("s1", KeptDraft(), is_new=False)
    assert list(store.folder.iterdir()) == []
    assert store.read("s1").is_empty


@given(st.text())
def test_any_text_can_be_a_draft(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = DraftStore(Path(folder))
        store.keep("s", KeptDraft(Draft("x" + text)), is_new=False)
        assert store.read("s").draft.text == ("x" + text)


def test_a_key_is_masked(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, redactor=Redactor(["sk-canary-123456"]))
    store.keep("s1", KeptDraft(Draft("use sk-canary-123456"), (Draft("sk-canary-123456"),)), is_new=True)
    assert b"canary" not in b"".join(path.read_bytes() for path in store.folder.iterdir())


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b'{"text": 1, "files": [1, {}], "waiting": [1, {}]}', b"[" * 100_000]
)
def test_a_damaged_file_is_no_draft(tmp_path: Path, content: bytes) -> None:
    store = DraftStore(tmp_path)
    store.keep("s1", KEPT, is_new=False)
    next(store.folder.iterdir()).write_bytes(content)
    assert store.read("s1").is_empty


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "CON", "x" * 100])
def test_a_name_that_is_no_id_leads_nowhere(tmp_path: Path, name: str) -> None:
    store = DraftStore(tmp_path)
    assert not store.keep(name, KEPT, is_new=False)
    assert store.read(name).is_empty
    assert store.adopt(name).is_empty
    assert list(tmp_path.iterdir()) == []


def test_a_draft_of_a_session_without_a_word_is_taken_over_once_its_process_is_gone(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tui.domain.draft import Draft;"
        "from tui.store.drafts import DraftStore, KeptDraft;"
        "DraftStore(Path(sys.argv[1])).keep('other', KeptDraft(Draft('left')), is_new=True);"
        "print(flush=True); sys.stdin.read()"
    )
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        store = DraftStore(tmp_path)
        assert store.adopt("mine").is_empty  # its writer lives
        other.kill()
        other.wait()
        assert store.adopt("mine").draft.text == "left"
        assert store.adopt("another").draft.text == "left"  # this process left it behind, and took it up again
        assert [path.name for path in store.folder.iterdir()] == ["another.new.json"]


def test_what_was_new_is_one_draft_when_something_was_said(tmp_path: Path) -> None:
    store = DraftStore(tmp_path)
    store.keep("s1", KEPT, is_new=True)
    store.keep("s1", KEPT, is_new=False)
    assert [path.name for path in store.folder.iterdir()] == ["s1.json"]
    assert "pid" not in json.loads((store.folder / "s1.json").read_text())


def test_emptying_the_trash_takes_drafts_along_and_leaves_what_other_drafts_name(tmp_path: Path) -> None:
    sessions, files = SessionStore(tmp_path / "sessions"), AttachmentStore(tmp_path / "sessions")
    wanted, unwanted = files.add("a", "text/plain", b"a"), files.add("b", "text/plain", b"b")
    write_session(
        tmp_path / "sessions", "gone", [*opening("gone"), MessageAdded("m", AT, None, "user", "?", (wanted, unwanted))]
    )
    store = DraftStore(tmp_path)
    store.keep("gone", KEPT, is_new=False)
    store.keep("other", KeptDraft(Draft("", (DraftFile(wanted),))), is_new=False)
    sessions.delete("gone")
    sessions.empty_trash()
    assert store.read("gone").is_empty
    assert files.read(wanted) == b"a"
    assert not files.path(unwanted).exists()


def test_the_oldest_are_swept_and_a_full_disk_is_no_error(tmp_path: Path) -> None:
    store = DraftStore(tmp_path)
    for number in range(MOST_DRAFTS + 3):
        store.keep(f"s{number}", KEPT, is_new=False)
        os.utime(store.folder / f"s{number}.json", (number, number))
    store.sweep()
    assert len(list(store.folder.iterdir())) == MOST_DRAFTS
    assert store.read("s0").is_empty
    store.forget(["s5"])
    assert store.read("s5").is_empty
    (tmp_path / "file").write_text("")
    assert not DraftStore(tmp_path / "file").keep("s1", KEPT, is_new=False)

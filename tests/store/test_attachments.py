"""Attached files are kept once, exactly, and privately."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.store.builders import AT, opening, write_session
from tui.domain.record import Attachment, MessageAdded
from tui.errors import SessionError
from tui.store.attachments import LIMIT_BYTES, AttachmentStore, shown_name
from tui.store.sessions import SessionStore


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = AttachmentStore(tmp_path)
        first = store.add("/home/me/a.png", "image/png", b"\x89PNG")
        second = store.add("b.png", "image/png", b"\x89PNG")
    finally:
        os.umask(before)
    assert first.sha256 == second.sha256
    assert (first.name, second.name, first.size_bytes) == ("a.png", "b.png", 4)
    assert store.read(second) == b"\x89PNG"
    (path,) = store.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_content_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="too large"):
        AttachmentStore(tmp_path).add("x", "text/plain", b"x" * (LIMIT_BYTES + 1))
    assert list(tmp_path.iterdir()) == []


def test_damaged_and_missing_content_is_told(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path)
    kept = store.add("x", "text/plain", b"abc")
    store.path(kept).write_bytes(b"abd")
    with pytest.raises(SessionError, match="damaged"):
        store.read(kept)
    store.path(kept).unlink()
    with pytest.raises(SessionError, match="not there"):
        store.read(kept)


@pytest.mark.parametrize("sha256", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "/"])
def test_a_hash_that_is_none_leads_nowhere(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(SessionError, match="valid hash"):
        AttachmentStore(tmp_path).read(Attachment("x", "", sha256, 1))


def test_attachments_go_with_the_last_session_that_names_them(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    kept = AttachmentStore(tmp_path)
    shared, own = kept.add("a", "", b"a"), kept.add("b", "", b"b")
    (kept.folder / "not-ours.txt").write_text("stays")
    for name, files in {"s1": (shared, own), "s2": (shared,)}.items():
        write_session(tmp_path, name, [*opening(name), MessageAdded("m1", AT, None, "user", "see", files)])
    store.delete("s1")
    assert kept.read(own) == b"b"
    assert store.empty_trash() == 1
    assert sorted(path.name for path in kept.folder.iterdir()) == sorted([shared.sha256, "not-ours.txt"])
    store.delete("s2")
    store.empty_trash()
    assert [path.name for path in kept.folder.iterdir()] == ["not-ours.txt"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("C:\\x\\y.txt", "y.txt"), ("a\x1b[31m", "a␛[31m"), ("", "attachment"), ("..", ".."), ("é" * 300, "é" * 100)],
)
def test_names_are_cleaned_and_short(name: str, shown: str) -> None:
    assert shown_name(name) == shown

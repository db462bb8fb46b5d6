"""What tests of screens stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chat.files_of_all_kinds import png


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a few files."""
    place = tmp_path / "work"
    (place / "node_modules").mkdir(parents=True)
    (place / "notes.py").write_text("x = 1\n")
    (place / "photo.png").write_bytes(png())
    (place / "node_modules" / "notes.js").write_text("")
    (place / ".hidden-notes").write_text("secret")
    monkeypatch.chdir(place)
    return place

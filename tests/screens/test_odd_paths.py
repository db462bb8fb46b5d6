"""Paths that cannot be, typed where a path is asked for: no user of that name, names too long, no path at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.staging import on_stage
from tests.screens.driving import driving
from tests.waiting import wait_until
from tui.errors import ConfigError
from tui.screens.evidence import _new_file
from tui.screens.export_session import ExportDialog
from tui.screens.import_sessions import ImportDialog, candidate_rows
from tui.screens.presets import pattern_folder
from tui.widgets.filter_input import PathInput

NOBODY = "~nobody-of-this-name/x"
ODD = [
    pytest.param(NOBODY, id="nobody's"),
    pytest.param("n" * 300, id="long"),
    pytest.param("/" + "n" * 5000, id="longer"),
]


async def test_a_home_that_is_nobodys_offers_nothing() -> None:
    async with on_stage() as stage:
        await stage.type(f"See @{NOBODY}")
        await stage.pilot.pause()
        assert stage.screen.composer.text == f"See @{NOBODY}"
        stage.screen.composer.load_text("")
        await stage.ask("Still there?")
        assert "Still there?" in stage.last.text


@pytest.mark.parametrize("typed", ODD[:2])
async def test_a_file_that_cannot_be_written_is_a_sentence(
    typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with driving(["demo/echo"]) as drive:
        await drive.say("to be kept")
        drive.bench.act_export_session()
        await wait_until(lambda: isinstance(drive.app.screen, ExportDialog) and drive.app.screen.query(PathInput))
        field = drive.app.screen.query_one(PathInput)
        await wait_until(lambda: field.value.endswith(".md"))
        field.value = typed
        await drive.press("enter")
        await drive.see("cannot be written")


@pytest.mark.parametrize("typed", ODD)
async def test_a_file_that_cannot_be_read_is_not_found(typed: str) -> None:
    async with driving(["demo/echo"]) as drive:
        drive.bench.act_import_sessions()
        await wait_until(lambda: isinstance(drive.app.screen, ImportDialog) and drive.app.screen.query(PathInput))
        drive.app.screen.query_one(PathInput).value = typed
        await wait_until(lambda: "no such file" in drive.text or "there is no folder" in drive.text)
        await drive.press("enter", "escape")
        await wait_until(lambda: drive.app.screen is drive.chat)


@pytest.mark.parametrize("typed", ODD)
def test_what_is_read_from_a_line_is_refused_in_words(typed: str) -> None:
    assert candidate_rows(typed)
    for read in (pattern_folder, _new_file):
        with pytest.raises(ConfigError):
            read(typed)


def test_a_home_is_found_at_the_beginning_only(clean_environment: Path) -> None:
    with pytest.raises(ConfigError, match="folder"):
        _new_file("~/no-such-folder/figures.json")
    assert _new_file("~/figures.json") == clean_environment / "figures.json"

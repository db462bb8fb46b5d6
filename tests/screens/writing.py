"""Hands on the composer."""

from __future__ import annotations

from textual import events

from tests.app.staging import Stage
from tests.waiting import wait_until
from tui.widgets.composer import Composer


def composer(stage: Stage) -> Composer:
    return stage.screen.composer


def offered(stage: Stage) -> list[str]:
    return [one.words for one in composer(stage)._suggestions]


async def paste(stage: Stage, text: str) -> None:
    composer(stage).focus()
    composer(stage).post_message(events.Paste(text))
    await stage.pilot.pause()


async def files_are(stage: Stage, *names: str) -> None:
    await wait_until(lambda: [one.attachment.name for one in stage.bench.files] == list(names))

"""Turning from column to column: the panes follow, and what is alike is not painted again."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widget import Widget

from tests.app.staging import on_stage
from tests.waiting import wait_until
from tui.widgets.composer import Composer
from tui.widgets.parameters.pane import SystemPrompt

TWO = ("play/it", "play/it")


async def test_what_both_columns_have_is_not_painted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[str] = []

    def noting(widget: Widget, *_: Any, **__: Any) -> Widget:
        painted.append(type(widget).__name__)
        return widget

    async with on_stage(models=TWO) as stage:
        await stage.press("f4")
        await stage.pilot.pause()
        for widget in (Composer, SystemPrompt):
            monkeypatch.setattr(widget, "refresh", noting)
        first = stage.bench.current_id
        await stage.press("f6")
        await wait_until(lambda: stage.bench.current_id != first)
        await stage.pilot.pause()
        monkeypatch.undo()
    assert painted == []


async def test_undo_brings_back_nothing_of_another_column() -> None:
    async with on_stage(models=TWO) as stage:
        await stage.press("f4")
        prompt = stage.bench.right.system_prompt
        first = stage.bench.current_id
        prompt.focus()
        await stage.type("Be kind")
        for _ in "Be kind":
            await stage.press("backspace")
        await stage.press("f6")
        await wait_until(lambda: stage.bench.current_id != first)
        prompt.focus()
        await stage.press("ctrl+underscore")
        await stage.pilot.pause()
        assert prompt.text == ""

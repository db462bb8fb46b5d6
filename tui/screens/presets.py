"""Presets of the current column: saving its settings under a name, taking those of a saved one."""

from __future__ import annotations

import asyncio

from tui.domain.record import ColumnChanged, now
from tui.errors import ConfigError
from tui.paths import presets_dir
from tui.screens.bench import Bench
from tui.screens.fill_in import FillInDialog
from tui.screens.pick import PickDialog
from tui.screens.save_preset import SavePresetDialog, Saving
from tui.store.presets import Preset, load_preset, load_presets, preset_path, save_preset
from tui.widgets.parameters.row import value_words
from tui.widgets.pick_list import Row


class Presets(Bench):
    """The acts on presets."""

    # -- saving ----------------------------------------------------------------------------------------------------

    async def act_save_preset(self) -> None:
        """Save the current column's settings, or some of them, under a name."""
        await self.keep_settings()
        parts = _parts(self._as_preset("-", frozenset({"model", "system", "parameters", "prompt"})))

        def check(name: str) -> str:
            is_there = preset_path(presets_dir(), name).exists()
            return f"Replaces the preset “{name}”." if is_there else ""

        async def chosen(saving: Saving | None) -> None:
            if saving is None:
                return
            preset = self._as_preset(saving.name, saving.parts)
            try:
                path = await asyncio.to_thread(save_preset, presets_dir(), preset)
            except ConfigError as error:
                self.say(str(error), is_problem=True)
            else:
                self.say(f"Saved in {path}, to be edited and shared.")

        self.app.push_screen(SavePresetDialog(parts, check_name=check), chosen)

    def _as_preset(self, name: str, parts: frozenset[str]) -> Preset:
        column = self.current_column
        return Preset(
            name,
            model=column.model if "model" in parts else None,
            system=column.system or None if "system" in parts else None,
            prompt=self.composer.text.strip() or None if "prompt" in parts else None,
            parameters=dict(column.parameters) if "parameters" in parts else {},
        )

    # -- using -----------------------------------------------------------------------------------------------------

    async def act_load_preset(self) -> None:
        """Set the current column as a preset says."""
        found = await asyncio.to_thread(load_presets, presets_dir())
        for error in found.failed:
            self.say(str(error), is_problem=True)
        if not found.presets:
            self.say("There are no presets yet; “Save the settings as a preset” makes one.")
            return
        rows = [Row(preset.name, preset.name, preset.description or _summary(preset)) for preset in found.presets]

        async def picked(name: str | None) -> None:
            if not name:
                return
            try:
                await self.use_preset(name)
            except ConfigError as error:
                self.say(str(error), is_problem=True)

        self.app.push_screen(PickDialog("Presets", rows), picked)

    async def use_preset(self, name: str) -> None:
        """Set the current column as a preset says.

        Raises:
            ConfigError: there is none of that name, or its file is broken.
        """
        await self._use(await asyncio.to_thread(load_preset, presets_dir(), name))

    async def _use(self, preset: Preset) -> None:
        if not preset.asked:
            await self._set(preset, {})
            return

        async def filled(values: dict[str, str] | None) -> None:
            if values is not None:
                await self._set(preset, values)

        self.app.push_screen(FillInDialog(preset.name, preset.asked, preset.variables), filled)

    async def _set(self, preset: Preset, values: dict[str, str]) -> None:
        """Set what the preset pins; everything else stays as it is."""
        await self.keep_settings()
        column = self.current_column
        ready = preset.filled(values)
        if ready.model and ready.model != column.model:
            await self.choose_model(ready.model)
        changed = ColumnChanged(
            column.id,
            now(),
            system=ready.system,
            parameters={**column.parameters, **ready.parameters} if ready.parameters else None,
        )
        if (changed.system, changed.parameters) != (None, None):
            await self.commit([changed])
        self.show_columns()
        self.show_settings()
        if preset.prompt:
            self.composer.load_text(preset.question(self.composer.text, values))
            self.composer.focus()
        self.say(f"The column is set as {preset.name} says.")


def _parts(preset: Preset) -> dict[str, str]:
    """What a preset would hold, in words, by part."""
    parts = {
        "model": preset.model or "",
        "system": " ".join((preset.system or "").split()),
        "parameters": ", ".join(f"{name} {value_words(value)}" for name, value in preset.parameters.items()),
        "prompt": " ".join((preset.prompt or "").split()),
    }
    return {name: words for name, words in parts.items() if words}


def _summary(preset: Preset) -> str:
    return " · ".join(_parts(preset).values())

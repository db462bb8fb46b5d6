"""Presets of the current column: saving its settings under a name, taking those of a saved one.

Refuses to know the files: `tui.store.presets` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tui.errors import ConfigError
from tui.paths import from_home, is_dir, presets_dir
from tui.screens.bench import Bench
from tui.screens.confirm import ConfirmDialog
from tui.screens.edit_text import TextDialog
from tui.screens.fill_in import FillInDialog
from tui.screens.pick import PickDialog
from tui.screens.save_preset import SavePresetDialog, Saving
from tui.store.presets import (
    Preset,
    delete_preset,
    import_patterns,
    load_preset,
    load_presets,
    path_of_preset,
    patterns_in,
    preset_path,
    save_preset,
)
from tui.text.clean import clean_line
from tui.widgets.parameters.row import value_words
from tui.widgets.pick_list import Row

NO_PRESETS = "There are no presets yet; “Save the settings as a preset” makes one, “Import presets” brings them in."
FABRIC_PATTERNS = ".config/fabric/patterns"
"""Where Fabric keeps its patterns, under the home folder. Source: its documentation."""


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
        self._say_failed(found.failed, "parley presets list")
        if not found.presets:
            self.say(NO_PRESETS)
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
            ConfigError: there is none of that name, its file is broken, or its model's endpoint is none.
        """
        preset = await asyncio.to_thread(load_preset, presets_dir(), name)
        if preset.model is not None:
            preset = replace(preset, model=self.desk.connections.canonical(preset.model))
        await self._use(preset)

    async def begin_with(self, preset: Preset) -> None:
        """Set all columns as the preset of the command line says; they have their models."""
        await self._use(preset, list(self.session.columns))

    async def _use(self, preset: Preset, column_ids: Sequence[str] = ()) -> None:
        if not preset.asked:
            await self._set(preset, {}, column_ids)
            return

        async def filled(values: dict[str, str] | None) -> None:
            if values is not None:
                await self._set(preset, values, column_ids)

        self.app.push_screen(FillInDialog(preset.name, preset.asked, preset.variables), filled)

    async def _set(self, preset: Preset, values: dict[str, str], column_ids: Sequence[str] = ()) -> None:
        """Set what the preset pins in these columns (none: the current one); everything else stays as it is."""
        await self.keep_settings()
        ready = preset.filled(values)
        if ready.model and ready.model != self.current_column.model:
            await self.choose_model(ready.model)
        columns = [self.session.columns[one] for one in column_ids] or [self.current_column]
        if changed := ready.changes(columns):
            await self.commit(changed)
        self.show_columns()
        self.show_settings()
        if preset.prompt:
            self.composer.load_text(preset.question(self.composer.text, values))
            self.composer.focus()
        said = "columns are" if len(columns) > 1 else "column is"
        self.say(f"The {said} set as {preset.name} says.")

    # -- bringing in, taking away ----------------------------------------------------------------------------------

    def act_import_presets(self) -> None:
        """Take over a folder of patterns: each becomes a preset, those that are there stay as they are."""

        async def chosen(text: str | None) -> None:
            if text is None:
                return
            added, failed = await asyncio.to_thread(import_patterns, pattern_folder(text), presets_dir())
            self._say_failed(failed, "parley presets import")
            if added:
                names = ", ".join(map(clean_line, added[:3])) + (" …" if len(added) > 3 else "")
                self.say(f"{len(added)} preset{'s' if len(added) > 1 else ''} brought in: {names}")
            elif not failed:
                self.say("Nothing new: every pattern there is a preset already.")

        known = Path.home() / FABRIC_PATTERNS
        dialog = TextDialog(
            "Import presets",
            str(known) if known.is_dir() else "",
            hint="A folder of patterns, or one pattern: a folder with a system.md, as Fabric has them.",
            check=pattern_folder,
            is_line=True,
            does="imports",
        )
        self.app.push_screen(dialog, chosen)

    def _say_failed(self, failed: Sequence[ConfigError], command: str) -> None:
        """Say what is wrong with the first file: one sentence each would cover the screen."""
        if failed:
            more = f" ({len(failed) - 1} more: `{command}` names them all)" if failed[1:] else ""
            self.say(f"{failed[0]}{more}", is_problem=True)

    async def act_delete_preset(self) -> None:
        """Delete a preset's file, once the user has said so."""
        found = await asyncio.to_thread(load_presets, presets_dir())
        if not found.presets:
            self.say(NO_PRESETS)
            return
        rows = [Row(preset.name, preset.name, preset.description or _summary(preset)) for preset in found.presets]

        def picked(name: str | None) -> None:
            if not name:
                return

            async def agreed(is_agreed: bool | None) -> None:
                if not is_agreed:
                    return
                try:
                    await asyncio.to_thread(delete_preset, presets_dir(), name)
                except ConfigError as error:
                    self.say(str(error), is_problem=True)
                else:
                    self.say(f"Deleted the preset {clean_line(name, 60)}.")

            path = str(path_of_preset(presets_dir(), name))
            self.app.push_screen(ConfirmDialog(f"Delete the preset {name}?", path, yes="Delete", no="Keep"), agreed)

        self.app.push_screen(PickDialog("Delete a preset", rows), picked)


def pattern_folder(text: str) -> Path:
    """The folder that was written, if patterns can be taken from it.

    Raises:
        ConfigError: it is none, or nothing in it is a pattern.
    """
    folder = from_home(text.strip())
    if not text.strip() or not is_dir(folder):
        raise ConfigError("Write the path of a folder.")
    if not patterns_in(folder):
        raise ConfigError("There is no folder with a system.md in it.")
    return folder


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

"""`parley presets`: list, show, import, delete. Presets are TOML files made to be edited; nothing here edits one.

Results go to stdout, notes to stderr.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.output import complain, json_text, say
from tui.errors import ConfigError
from tui.paths import from_home, presets_dir
from tui.text.clean import clean, clean_line

if TYPE_CHECKING:
    from tui.store.presets import Preset

OK, FAILED = 0, 1


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "presets",
        help="list, show, import and delete presets",
        description="Presets: model, system prompt, prompt template and parameters under a name; any subset of them.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the presets that there are")
    listing.add_argument("--json", action="store_true", help="a list of objects on stdout")
    show = actions.add_parser("show", help="a preset as it stands in its file")
    show.add_argument("preset", metavar="NAME")
    show.add_argument("--json", action="store_true", help="an object on stdout")
    bring = actions.add_parser("import", help="take patterns over: folders with a system.md, as Fabric has them")
    bring.add_argument("folder", metavar="FOLDER", type=Path, help="one such folder, or a folder of them")
    delete = actions.add_parser("delete", help="delete a preset's file")
    delete.add_argument("preset", metavar="NAME")
    actions.add_parser("path", help="the folder that presets are in")


def run(args: argparse.Namespace) -> int:
    """Run one action; returns the exit code.

    Raises:
        ConfigError: there is no such preset, or a file cannot be used.
    """
    match args.action:
        case "list":
            return _list(is_json=args.json)
        case "show":
            return _show(args.preset, is_json=args.json)
        case "import":
            return _import(from_home(args.folder))
        case "delete":
            from tui.store.presets import delete_preset, load_preset, path_of_preset

            if not os.path.lexists(path_of_preset(presets_dir(), args.preset)):
                load_preset(presets_dir(), args.preset)  # a name that is none gets the nearest one
            delete_preset(presets_dir(), args.preset)
            say(f"Deleted the preset {clean_line(args.preset, 60)}.")
            return OK
        case _:
            print(clean_line(str(presets_dir())))
            return OK


def preset_object(preset: Preset) -> dict[str, Any]:
    """A preset as `--json` prints it; null is not set."""
    return {
        "name": preset.name,
        "description": preset.description or None,
        "model": preset.model,
        "system": preset.system,
        "prompt": preset.prompt,
        "parameters": dict(preset.parameters),
        "variables": {name: preset.variables.get(name) for name in (*preset.asked, *preset.variables)},
    }


def _list(*, is_json: bool) -> int:
    from tui.store.presets import load_presets

    found = load_presets(presets_dir())
    if is_json:
        print(json_text([preset_object(preset) for preset in found.presets], indent=2))
    else:
        widest = max((len(preset.name) for preset in found.presets), default=0)
        for preset in found.presets:
            print(f"{clean_line(preset.name):<{widest}}  {clean_line(preset_words(preset), 100)}".rstrip())
        if not found.presets:
            say(f"There are no presets in {presets_dir()} yet.")
    for error in found.failed:
        complain(str(error))
    return FAILED if found.failed else OK


def preset_words(preset: Preset) -> str:
    """What a preset is, in one line: its description, else what it sets."""
    if preset.description:
        return preset.description
    parts = [preset.model or ""]
    if preset.parameters:
        from tui.providers.parameters import written

        parts.append(", ".join(f"{name} {written(value)}" for name, value in preset.parameters.items()))
    if preset.system:
        parts.append(" ".join(preset.system.split()))
    if preset.prompt:
        parts.append(f"asks: {' '.join(preset.prompt.split())}")
    return " · ".join(part for part in parts if part)


def _show(name: str, *, is_json: bool) -> int:
    from tui.store.presets import load_preset, path_of_preset

    preset = load_preset(presets_dir(), name)
    if is_json:
        print(json_text(preset_object(preset), indent=2))
    else:
        print(clean(path_of_preset(presets_dir(), name).read_text("utf-8")).rstrip("\n"))
    return OK


def _import(folder: Path) -> int:
    from tui.store.presets import import_patterns

    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder.")
    added, failed = import_patterns(folder, presets_dir())
    for name in added:
        print(clean_line(name))
    for error in failed:
        complain(str(error))
    if not added and not failed:
        say("Nothing new: no folder with a system.md that is not a preset already.")
    return FAILED if failed else OK

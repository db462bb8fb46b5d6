"""A preset on the command line: loaded, its variables filled in from `--var`, from what it offers, or by asking.

Asks only when a person is there to answer. Refuses to know models and sessions.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.errors import ConfigError
from tui.text.clean import clean_line

if TYPE_CHECKING:
    from tui.store.presets import Preset


def add_preset_options(parser: argparse.ArgumentParser) -> None:
    """`--preset` and what goes with it."""
    parser.add_argument("--preset", metavar="NAME", help="start from a saved preset (see “parley presets”)")
    parser.add_argument(
        "--var",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of a variable in the preset; repeat for more",
    )


def chosen_preset(args: argparse.Namespace) -> Preset | None:
    """The preset of `--preset` with its system prompt filled in and the given values among its variables, or None.

    Raises:
        ConfigError: there is no such preset, or no value for one of its variables.
    """
    preset, given = _named(args)
    if preset is None:
        return None
    missing = [name for name in preset.asked if name not in given and name not in preset.variables]
    if missing and _somebody_is_there(args):
        given = {**given, **_ask(missing)}
    elif missing:
        raise ConfigError(
            f"The preset “{clean_line(preset.name, 60)}” needs a value: --var {missing[0]}=VALUE"
            + (f" (and {', '.join(missing[1:])})." if missing[1:] else ".")
        )
    values = {**preset.variables, **given}
    return replace(preset.filled(given), prompt=preset.prompt, variables=values)


def opening_preset(args: argparse.Namespace) -> Preset | None:
    """The preset of `--preset` for the app, which asks for its variables: the given values are offered there.

    Raises:
        ConfigError: there is no such preset, or no such variable in it.
    """
    preset, given = _named(args)
    return None if preset is None else replace(preset, variables={**preset.variables, **given})


def _named(args: argparse.Namespace) -> tuple[Preset | None, dict[str, str]]:
    """The preset as it is saved, and the values that were given for its variables."""
    given = read_variables(args.var)
    if args.preset is None:
        if given:
            raise ConfigError("--var goes with --preset: there is nothing to fill in.")
        return None, given
    from tui.paths import presets_dir
    from tui.store.presets import load_preset

    preset = load_preset(presets_dir(), args.preset)
    _check_names(preset, given)
    return preset, given


def read_variables(given: Sequence[str]) -> dict[str, str]:
    """The `NAME=VALUE` pairs of `--var`.

    Raises:
        ConfigError: one of them is none.
    """
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise ConfigError(f"“{clean_line(text, 60)}” is no variable; write it as name=value.")
        found[name.strip()] = value
    return found


def _check_names(preset: Preset, given: Mapping[str, str]) -> None:
    known = tuple(dict.fromkeys((*preset.asked, *preset.variables)))
    for name in given:
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known) or 'none'}."
            raise ConfigError(
                f"The preset “{clean_line(preset.name, 60)}” has no variable “{clean_line(name, 40)}”; {hint}"
            )


def _somebody_is_there(args: argparse.Namespace) -> bool:
    is_for_scripts = getattr(args, "json", False) or getattr(args, "jsonl", False)
    return not is_for_scripts and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _ask(names: Sequence[str]) -> dict[str, str]:
    values = {}
    for name in names:
        sys.stderr.write(f"{name}: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise ConfigError(f"There is no value for {name}.")
        values[name] = line.rstrip("\r\n")
    return values

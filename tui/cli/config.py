"""`parley config path / init / check`: where the configuration is, a first one, and what is wrong with it.

`init` writes the documented example and never over a file that is there; nothing else ever writes the user's file.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.errors import ConfigError

if TYPE_CHECKING:
    from tui.config import Config


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "config",
        help="the configuration file: path, init, check",
        description="The configuration file: say where it is, write a first one, check it.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("path", help="print where the file is, or would be")
    actions.add_parser("init", help="write the documented example there; never over an existing file")
    actions.add_parser("check", help="say everything that is wrong with it")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; returns the exit code."""
    from tui.paths import config_file

    file = args.config or config_file()
    match args.action:
        case "path":
            print(_shown(file))
            return 0
        case "init":
            return _init(file)
        case _:
            return _check(args.config)


def _shown(file: Path) -> str:
    from tui.text.clean import clean_line

    return clean_line(str(file))


def _init(file: Path) -> int:
    from tui.cli.output import say
    from tui.paths import atomic_write, example_config_file

    if file.exists() or file.is_symlink():
        raise ConfigError(f"There is a file {_shown(file)} already; it was left as it is.")
    try:
        example = example_config_file().read_bytes()
    except OSError as error:
        raise ConfigError(
            "The example configuration is missing from this installation; install Parley again."
        ) from error
    atomic_write(file, example)
    print(_shown(file))
    say("every setting is in it, with its default, behind a #; open it in an editor")
    return 0


def _check(given: Path | None) -> int:
    from tui.cli.output import complain
    from tui.paths import config_file

    _, problems = usable_config(given)
    for sentence in problems:
        complain(sentence)
    if problems:
        return 2
    file = given or config_file()
    print(
        f"{_shown(file)}: {'all is well' if file.exists() else 'there is no such file, which is fine: defaults hold'}"
    )
    return 0


def usable_config(given: Path | None) -> tuple[Config | None, list[str]]:
    """What can be used of the configuration, and everything wrong with it: a sentence each, with file and line.

    What is only missing because the setting that gives it is wrong is not said as well.
    """
    from tui.config import check_config, place_in
    from tui.providers.endpoints import check_endpoints
    from tui.providers.parameters import check_types

    config, problems, wrong = check_config(given)
    if config is not None:
        found = [one for one in check_endpoints(config) if not _follows(one[0], wrong)]
        for setting, words in (*found, *check_types(config.parameters)):
            problems.append(f"{place_in(given, setting)}: {words}")
        for setting, words in (*_key_problems(config), *_theme_problems(config)):
            problems.append(f"{place_in(given, setting)}: {words}")
    return config, problems


_MAKING = ("dialect", "base_url", "like", "script")
"""The settings without which an endpoint cannot be one."""


def _follows(setting: tuple[str, ...], wrong: Sequence[tuple[str | int, ...]]) -> bool:
    """Whether something is amiss with a setting only because others, or what it was misspelt as, were `wrong`."""
    from tui.config import EndpointSection

    if setting == ("model",):  # the endpoint it names was to be in a table that is none
        return any(path == setting or (len(path) < 3 and str(path[0]).startswith("endpoint")) for path in wrong)
    others = {field.name for field in fields(EndpointSection)}.difference(_MAKING)
    inside = [path for path in wrong if path[:2] == setting]
    return any(len(path) < 3 or path[2] not in others for path in inside)


def _key_problems(config: Config) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with `[keys]`, and where; looks at the screens only when there is something to look at."""
    if not config.keys:
        return []
    from tui.screens.keymap import keymap_of

    return [(("keys", problem.act), problem.words) for problem in keymap_of(config)[1]]


def _theme_problems(config: Config) -> list[tuple[tuple[str, ...], str]]:
    """Which settings name a theme that is not there; the app starts with another one."""
    import difflib

    from tui.cli.known_names import theme_names
    from tui.text.clean import clean_line

    known = list(theme_names())
    named = {
        ("theme",): config.theme if config.theme != "auto" else "",
        ("ui", "dark_theme"): config.ui.dark_theme,
        ("ui", "light_theme"): config.ui.light_theme,
    }
    problems = []
    for setting, name in named.items():
        if name and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
            problems.append((setting, f"There is no theme “{clean_line(name, 40)}”; {clean_line(hint)}"))
    return problems

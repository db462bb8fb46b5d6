"""Which theme to start with, and which one suits the terminal's background.

What a terminal says of its background is data, read here; nothing is asked and nothing is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from textual.color import Color
from textual.theme import Theme

from tui.errors import ConfigError, ThemeError
from tui.paths import is_file, themes_dir, user_themes_dir
from tui.text.clean import clean_line
from tui.theming import load_theme

AUTO = "auto"
"""The choice that follows the terminal."""
FALLBACK_THEME = "parley-dark"
MIDDLE = 0.5
"""A background brighter than this, from 0 to 1, is a light one."""

_BACKGROUND = re.compile(r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
_LIGHT_ANSI = frozenset({"7", "9", "10", "11", "12", "13", "14", "15"})


def is_dark_background(colour: str) -> bool | None:
    """Whether a background such as `rgb:1515/1818/1e1e` is dark; None when that cannot be read.

    Source: xterm control sequences, OSC 11; XParseColor's rgb:R/G/B with one to four digits each.
    """
    found = _BACKGROUND.match(colour)
    if found is None:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    return Color(round(red * 255), round(green * 255), round(blue * 255)).brightness < MIDDLE


def is_dark_environment(environ: Mapping[str, str]) -> bool:
    """What COLORFGBG says, where a terminal sets it (`15;0`: white on black); dark when nothing does."""
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return background not in _LIGHT_ANSI


def first_theme(asked: str | None, *others: str) -> tuple[Theme | None, list[str]]:
    """The theme to start with, and what is wrong with those that would have come first.

    Args:
        asked: The one named on the command line: it must be there.
        others: Names that count in this order when nothing was asked for; empty ones do not.

    Raises:
        ConfigError: there is no theme of the name asked for, or its file is broken.
    """
    problems: list[str] = []
    for name in (asked, *others, FALLBACK_THEME):
        if not name:
            continue
        try:
            return find_theme(name), problems
        except ThemeError as error:
            if name == asked:
                raise ConfigError(str(error)) from error
            problems.append(str(error))
    return None, problems


def find_theme(name: str) -> Theme:
    """The theme of this name, the user's own before Parley's.

    Raises:
        ThemeError: there is none, or its file is broken.
    """
    folders = (user_themes_dir(), themes_dir())
    for folder in folders:
        path = folder / f"{name}.toml"
        if path.parent == folder and is_file(path):
            return load_theme(path)
    import difflib  # only what is wrong needs it

    names = sorted({path.stem for folder in folders for path in folder.glob("*.toml")} | {AUTO})
    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean “{near[0]}”?" if near else f"there are {', '.join(names)}."
    raise ThemeError(f"There is no theme “{clean_line(name, 40)}”; {hint}")


def file_states(folder: Path) -> dict[Path, tuple[int, int]]:
    """When each theme file of a folder was written last, and its size; what cannot be read is not there."""
    found = {}
    try:
        for path in folder.glob("[!.]*.toml"):
            stat = path.stat()
            found[path] = (stat.st_mtime_ns, stat.st_size)
    except OSError:
        pass  # gone between two looks: the next one sees the rest
    return found

"""Theme files to Textual themes: `themes/*.toml`, the shipped ones and the user's own.

A theme names a few colours and may name any more; what it leaves out is derived from what it names, readable on its
backgrounds. A file that cannot be used is a sentence in `LoadedThemes.failed` and takes no other theme with it. This
module refuses to mend a colour that a file does give, and to run or fetch anything a file mentions: themes are data.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from textual.color import WHITE, Color, ColorParseError
from textual.theme import Theme

from tui.errors import ThemeError
from tui.text.clean import clean_line
from tui.theming.colours import BASE_COLOURS, SYNTAX_COLOURS, TRANSCRIPT_COLOURS, Colours, contrast

__all__ = ["SYNTAX_COLOURS", "TRANSCRIPT_COLOURS", "LoadedThemes", "contrast", "load_theme", "load_themes"]

_FIRST = ("parley-dark", "parley-light", "parley-contrast")
_NUMBERS = ("luminosity-spread", "text-alpha")
_FIELDS = (*BASE_COLOURS, "dark", *_NUMBERS, "variables", "syntax")
_LARGEST_BYTES = 256 * 1024
_NAME = re.compile(r"\w[\w .+-]{0,63}")
_SHADE = re.compile(r"-(?:lighten|darken)-[123]$")
_ALPHA = re.compile(r" +(\d{1,3})%$")
_TEXT_STYLE = re.compile(r"(?:not +)?(?:bold|b|italic|i|underline|u|strike|s|reverse|r|dim|d|none)")


@dataclass(frozen=True, slots=True)
class LoadedThemes:
    """What the theme folders gave."""

    themes: tuple[Theme, ...]
    """Parley's own three first, the rest by name."""
    failed: tuple[ThemeError, ...]
    """One error for each file or folder that could not be used."""


def load_themes(*folders: Path) -> LoadedThemes:
    """Read every `*.toml` in `folders`; a folder that is not there holds no themes.

    Args:
        folders: Later ones win where names are the same. A broken file wins nothing: the theme before it stays.

    Returns:
        The themes that can be used, and a sentence for each file that cannot.
    """
    themes: dict[str, Theme] = {}
    failed: list[ThemeError] = []
    for folder in folders:
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and path.name[0] != ".")
        except FileNotFoundError:
            continue
        except OSError as error:
            failed.append(ThemeError(f"The theme folder {_shown(folder)} cannot be read: {_reason(error)}."))
            continue
        for path in files:
            try:
                theme = load_theme(path)
            except ThemeError as error:
                failed.append(error)
            else:
                themes[theme.name] = theme
    return LoadedThemes(tuple(sorted(themes.values(), key=_place)), tuple(failed))


def load_theme(path: Path) -> Theme:
    """Read one theme file; its name is the file's stem.

    Raises:
        ThemeError: The file cannot be read, is not TOML, or has a field that cannot be.
    """
    if _NAME.fullmatch(path.stem) is None:
        raise ThemeError(
            f"The theme file {_shown(path)} has a name that no theme can have; use letters, digits and “-”."
        )
    fields = _read(path)
    problems: list[str] = []
    draft = _Draft(path.stem, fields, problems.append)
    if problems:
        more = f" ({len(problems) - 1} more in this file)" if len(problems) > 1 else ""
        raise ThemeError(f"The theme file {_shown(path)} cannot be used: {problems[0]}.{more}")
    return draft.theme()


def _place(theme: Theme) -> tuple[int, str]:
    return (_FIRST.index(theme.name) if theme.name in _FIRST else len(_FIRST), theme.name)


def _shown(path: Path) -> str:
    return clean_line(str(path))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file() and path.exists():  # reading a pipe would wait for somebody to write
        raise ThemeError(f"The theme file {_shown(path)} is not a file.")
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise ThemeError(f"The theme file {_shown(path)} cannot be read: {_reason(error)}.") from error
    if len(content) > _LARGEST_BYTES:
        raise ThemeError(f"The theme file {_shown(path)} is larger than {_LARGEST_BYTES // 1024} KiB.")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ThemeError(f"The theme file {_shown(path)} is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise ThemeError(f"The theme file {_shown(path)} is not valid TOML: {clean_line(str(error), 200)}.") from error
    except (RecursionError, ValueError) as error:  # nested too deep; a number of thousands of digits
        raise ThemeError(f"The theme file {_shown(path)} cannot be read as TOML.") from error


@cache
def _variable_names() -> frozenset[str]:
    return frozenset(Theme("", primary="#000000").to_color_system().generate()) | {*TRANSCRIPT_COLOURS}


class _Draft:
    """A theme file's fields, checked: what is wrong goes to `complain` as half a sentence."""

    def __init__(self, name: str, fields: Mapping[str, Any], complain: Callable[[str], None]) -> None:
        self.name = name
        self._complain = complain
        self._check_names("", fields, _FIELDS)
        self.base = {key: fields[key] for key in BASE_COLOURS if key in fields}
        for key, value in self.base.items():
            self._check_colour(key, value, is_opaque=key != "boost")
        if "primary" not in fields:
            complain("“primary” is missing; it is the one colour that a theme must have")
        self.dark = fields.get("dark", True)
        if not isinstance(self.dark, bool):
            complain(f"“dark” must be true or false, not {_quoted(self.dark)}")
        self.numbers = {key: fields[key] for key in _NUMBERS if key in fields}
        for key, value in self.numbers.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                complain(f"“{key}” must be a number from 0 to 1, not {_quoted(value)}")
        self.variables = self._table(fields, "variables", _variable_names())
        for key, value in self.variables.items():
            self._check_variable(key, value)
        self.syntax = self._table(fields, "syntax", SYNTAX_COLOURS)
        for key, value in self.syntax.items():
            self._check_colour(f"syntax.{key}", value)

    def theme(self) -> Theme:
        """The theme, with everything derived that the file leaves out."""
        colours = Colours({key: Color.parse(value) for key, value in self.base.items()}, is_dark=self.dark)
        given = {**self.variables, **{f"syntax-{key}": value for key, value in self.syntax.items()}}
        named = {key: getattr(colours, key).hex for key in BASE_COLOURS if key != "boost"}
        return Theme(
            name=self.name,
            dark=self.dark,
            luminosity_spread=float(self.numbers.get("luminosity-spread", 0.15)),
            text_alpha=float(self.numbers.get("text-alpha", 0.95)),
            boost=colours.boost.hex,
            variables=colours.variables(given),
            **named,
        )

    def _check_names(self, table: str, fields: Iterable[str], known: Iterable[str]) -> None:
        names = list(known)
        for key in fields:
            if key not in names:
                near = difflib.get_close_matches(key, names, 1)
                hint = f"; did you mean “{near[0]}”?" if near else ""
                self._complain(f"“{table}{clean_line(key, 60)}” is not a field of themes{hint}".removesuffix("?"))

    def _table(self, fields: Mapping[str, Any], name: str, known: Iterable[str]) -> dict[str, Any]:
        table = fields.get(name, {})
        if not isinstance(table, dict):
            self._complain(f"“{name}” must be a table, not {_quoted(table)}")
            return {}
        self._check_names(f"{name}.", table, known)
        return table

    def _check_colour(self, key: str, value: object, *, is_opaque: bool = True) -> None:
        colour = _colour(value)
        if colour is None:
            self._complain(f'“{key}” must be a colour such as "#88c0d0", not {_quoted(value)}')
        elif is_opaque and colour.a < 1:
            self._complain(f"“{key}” must be an opaque colour, not {_quoted(value)}")

    def _check_variable(self, key: str, value: object) -> None:
        name = f"variables.{key}"
        if "style" in key.split("-"):
            words = value.split() if isinstance(value, str) else []
            if not words or not all(_TEXT_STYLE.fullmatch(word) or word == "not" for word in words):
                self._complain(f'“{name}” must be a text style such as "bold underline", not {_quoted(value)}')
        elif key in TRANSCRIPT_COLOURS or key in BASE_COLOURS or _SHADE.search(key):
            self._check_colour(name, value, is_opaque=key != "boost")
        elif not isinstance(value, str) or _flexible_colour(value) is None:
            self._complain(f'“{name}” must be a colour such as "#88c0d0" or "#88c0d0 35%", not {_quoted(value)}')


def _quoted(value: object) -> str:
    return f"“{clean_line(str(value), 40)}”"


def _colour(value: object) -> Color | None:
    """A colour as themes may name it; the terminal's own sixteen are left out, for nothing can be derived from them."""
    if not isinstance(value, str) or not value.isascii():
        return None
    try:
        colour = Color.parse(value)
    except (ColorParseError, ValueError):
        return None
    return None if colour.ansi is not None else colour


def _flexible_colour(value: str) -> Color | None:
    """A colour that a style sheet can use: with a percentage, or one that follows from what is below it."""
    plain = _ALPHA.sub("", value)
    return WHITE if plain in ("auto", "transparent", "initial") else _colour(plain)

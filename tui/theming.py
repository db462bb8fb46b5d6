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

from textual.color import BLACK, WHITE, Color, ColorParseError
from textual.design import (
    DEFAULT_DARK_BACKGROUND,
    DEFAULT_DARK_SURFACE,
    DEFAULT_LIGHT_BACKGROUND,
    DEFAULT_LIGHT_SURFACE,
)
from textual.theme import Theme

from tui.errors import ThemeError
from tui.text.clean import clean_line

BASE_COLOURS = (
    *("primary", "secondary", "accent", "warning", "error", "success"),
    *("foreground", "background", "surface", "panel", "boost"),
)
TRANSCRIPT_COLOURS = (
    *("role-user", "role-assistant", "role-system", "role-tool", "thinking", "code-background", "code-foreground"),
    *("link", "heading", "quote", "rule", "state-stopped", "state-cut", "state-failed"),
    *("selection", "match", "match-current"),
)
"""What `[variables]` may name besides Textual's own variables; every loaded theme has them all."""

SYNTAX_COLOURS = {
    "keyword": "primary",
    "string": "success",
    "number": "warning",
    "comment": "thinking",
    "function": "accent",
    "class": "accent",
    "name": "code-foreground",
    "builtin": "accent",
    "type": "accent",
    "constant": "warning",
    "decorator": "secondary",
    "operator": "code-foreground",
    "punctuation": "code-foreground",
    "tag": "primary",
    "attribute": "secondary",
    "error": "error",
    "inserted": "success",
    "deleted": "error",
    "heading": "primary",
}
"""What `[syntax]` may name, and the colour each one follows when it is left out."""

READABLE = 4.5
"""The contrast that WCAG 2 asks of text at level AA."""
VERY_READABLE = 7.0
"""The contrast that WCAG 2 asks of text at level AAA; what is derived for a high-contrast theme meets it."""

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


def contrast(one: Color, other: Color) -> float:
    """How far two opaque colours stand apart, from 1 to 21.

    Source: WCAG 2.2, definitions of contrast ratio and relative luminance.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
        colours = _Colours({key: Color.parse(value) for key, value in self.base.items()}, is_dark=self.dark)
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


class _Colours:
    """The colours that a file gives, and all that follow from them."""

    def __init__(self, given: Mapping[str, Color], *, is_dark: bool) -> None:
        self._pole = WHITE if is_dark else BLACK
        default_background = Color.parse(DEFAULT_DARK_BACKGROUND if is_dark else DEFAULT_LIGHT_BACKGROUND)
        default_surface = Color.parse(DEFAULT_DARK_SURFACE if is_dark else DEFAULT_LIGHT_SURFACE)
        self.primary = given["primary"]
        self.background = given.get("background", default_background)
        self.foreground = given.get("foreground", self.background.blend(self._pole, 0.88))
        self.surface = given.get(
            "surface", self.background.blend(self.foreground, 0.04) if "background" in given else default_surface
        )
        self.panel = given.get("panel", self.surface.blend(self.primary, 0.1, alpha=1))
        self.secondary = given.get("secondary", self.primary)
        self.accent = given.get("accent", self.primary)
        self.warning = given.get("warning", Color.parse("#d7a448" if is_dark else "#8a5a00"))
        self.error = given.get("error", Color.parse("#e5706b" if is_dark else "#b3261e"))
        self.success = given.get("success", Color.parse("#7fb77e" if is_dark else "#2b6e3f"))
        self.boost = given.get("boost", self.foreground.with_alpha(0.06))
        self._grounds = [self.background, self.surface, self.panel]
        # At 18:1 black and white are nearly reached: whoever asks for that asks for it everywhere.
        self._least = VERY_READABLE if contrast(self.foreground, self.background) >= 18 else READABLE

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """Every variable that themes have beyond what Textual derives well itself; `given` ones as they are."""
        code = _colour(given.get("code-background")) or self.surface
        transcript = self._transcript(code)
        known = {key: _colour(given.get(key)) or colour for key, colour in transcript.items()}
        syntax = {
            f"syntax-{name}": self._readable(known.get(source) or getattr(self, source), code)
            for name, source in SYNTAX_COLOURS.items()
        }
        derived = {**transcript, **syntax, **self._chrome(known)}
        return {**{key: colour.hex for key, colour in derived.items()}, **self._adaptive(), **given}

    def _transcript(self, code: Color) -> dict[str, Color]:
        quiet = self._readable(self.foreground.blend(self.background, 0.42), code)
        return {
            "role-user": self._readable(self.secondary),
            "role-assistant": self._readable(self.primary),
            "role-system": self._readable(self.warning),
            "role-tool": self._readable(self.accent),
            "thinking": quiet,
            "code-background": code,
            "code-foreground": self._readable(self.foreground, code),
            "link": self._readable(self.accent),
            "heading": self._readable(self.primary),
            "quote": quiet,
            "rule": self.background.blend(self.foreground, 0.25),
            "state-stopped": self._readable(self.warning),
            "state-cut": self._readable(self.warning),
            "state-failed": self._readable(self.error),
            "selection": self._under_text(self.primary),
            "match": self._under_text(self.warning),
            "match-current": self.warning,
        }

    def _chrome(self, known: Mapping[str, Color]) -> dict[str, Color]:
        """What frames the transcript: borders, bars, cursors, footer; quiet but for where the focus is."""
        cursor_text = self._best_on(self.primary)
        chrome = {
            "boost": self.boost,
            "border": self.primary,
            "border-blurred": self.background.blend(self.foreground, 0.22),
            "block-cursor-background": self.primary,
            "block-cursor-foreground": cursor_text,
            "block-cursor-blurred-background": self.background.blend(self.foreground, 0.12),
            "block-cursor-blurred-foreground": self.foreground,
            "block-hover-background": self.foreground.with_alpha(0.08),
            "scrollbar": self.background.blend(self.foreground, 0.22),
            "scrollbar-hover": self.background.blend(self.foreground, 0.35),
            "scrollbar-active": self.primary,
            "scrollbar-background": self.background,
            "scrollbar-background-hover": self.background,
            "scrollbar-background-active": self.background,
            "scrollbar-corner-color": self.background,
            "footer-background": self.panel,
            "footer-foreground": known["thinking"],
            "footer-description-foreground": known["thinking"],
            "footer-key-foreground": self._readable(self.accent),
            "input-cursor-background": self.foreground,
            "input-cursor-foreground": self.background,
            "input-selection-background": known["selection"],
            "input-selection-foreground": self.foreground,
            "screen-selection-background": known["selection"],
            "link-color": known["link"],
            "link-background-hover": self.primary,
            "link-color-hover": cursor_text,
            "button-color-foreground": self._best_on(self.primary, self.success, self.warning, self.error),
        }
        for level in range(1, 7):
            chrome[f"markdown-h{level}-color"] = known["heading"] if level < 4 else self.foreground
        for name in ("primary", "secondary", "accent", "warning", "error", "success"):
            muted = getattr(self, name).blend(self.background, 0.75)
            chrome[f"{name}-muted"] = muted
            chrome[f"text-{name}"] = self._readable(getattr(self, name), muted)
        return chrome

    def _adaptive(self) -> dict[str, str]:
        """Text that takes its colour from what is below it, at the faintest that can still be read."""
        faint = {"text-muted": 65, "text-disabled": 45}
        for name, least in faint.items():
            faint[name] = next((alpha for alpha in range(least, 100, 5) if self._is_readable_at(alpha / 100)), 100)
        return {name: f"auto {alpha}%" for name, alpha in faint.items()}

    def _is_readable_at(self, alpha: float) -> bool:
        return all(
            contrast(ground + ground.get_contrast_text(alpha), ground) >= self._least for ground in self._grounds
        )

    def _readable(self, colour: Color, *more_grounds: Color) -> Color:
        """The colour, moved towards white or black until it can be read on every background of the theme."""
        grounds = [*self._grounds, *more_grounds]
        for step in range(21):
            moved = colour.blend(self._pole, step / 20)
            if all(contrast(moved, ground) >= self._least for ground in grounds):
                return moved
        return self._best_on(*grounds)

    def _under_text(self, colour: Color) -> Color:
        """A background for the foreground, as far from the theme's own as reading allows."""
        for strength in (0.4, 0.32, 0.25, 0.18, 0.12):
            mixed = self.background.blend(colour, strength)
            if contrast(self.foreground, mixed) >= self._least:
                return mixed
        return self.surface

    def _best_on(self, *grounds: Color) -> Color:
        candidates = (self.background, self.foreground, WHITE, BLACK)
        good = [one for one in candidates if all(contrast(one, ground) >= self._least for ground in grounds)]
        return good[0] if good else max(candidates, key=lambda one: min(contrast(one, ground) for ground in grounds))

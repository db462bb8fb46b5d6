"""The user's `config.toml`: found, read, checked; never written.

`load_config()` gives plain frozen values or one clear sentence. What an endpoint of the file finally is, and its key,
is worked out in `tui.providers.endpoints`. This package refuses to know any vendor, to hold a key, and to change the
user's file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tui import paths
from tui.config.lines import find_line
from tui.config.reading import Path as Place
from tui.config.reading import Problem, read_section
from tui.config.sections import (
    KEY_FORMS,
    BudgetSection,
    Config,
    ContextSection,
    EndpointSection,
    KeyReference,
    LocalSection,
    PriceSection,
    RetrySection,
    TimeoutSection,
    UiSection,
)
from tui.domain.request import ModelRef
from tui.errors import ConfigError
from tui.text.clean import clean_line

__all__ = [
    "KEY_FORMS",
    "BudgetSection",
    "Config",
    "ContextSection",
    "EndpointSection",
    "KeyReference",
    "LocalSection",
    "PriceSection",
    "RetrySection",
    "TimeoutSection",
    "UiSection",
    "check_config",
    "load_config",
    "parse_config",
    "place_in",
]

_MAXIMUM_BYTES = 4 * 2**20
"""A config file beyond this is something else given by mistake."""

_TWICE = re.compile(r"Cannot declare \((.*)\) twice")
_QUOTED = re.compile(r"'([^']*)'")
_NAME = re.compile(r"\s*([\w.-]+)\s*=")


@dataclass(frozen=True, slots=True)
class _Read:
    config: Config
    problems: tuple[str, ...]
    """One sentence each."""
    settings: tuple[Place, ...] = ()
    """What each of them is about."""


def load_config(path: Path | None = None) -> Config:
    """The user's configuration.

    Args:
        path: The file to read, which must exist; None: the usual one, whose absence means defaults.

    Raises:
        ConfigError: one sentence with file, line, setting and what is expected. When there is more than one thing
            wrong, the sentence is about the first and says how to see the others.
    """
    file = path or paths.config_file()
    text = _read_text(file, must_exist=path is not None)
    if text is None:
        return Config()
    read = _read_config(text, file)
    if read.problems:
        more = len(read.problems) - 1
        hint = f" ({more} more: `parley config check` shows {'it' if more == 1 else 'them'} all)" if more else ""
        raise ConfigError(read.problems[0] + hint)
    return read.config


def check_config(path: Path | None = None) -> tuple[Config | None, list[str], tuple[Place, ...]]:
    """Everything wrong with the configuration, one sentence each, and what can be used of it all the same.

    Returns:
        The configuration with defaults in place of what does not fit (None when the file cannot be read at all), the
        sentences, and the settings that were left out of it.
    """
    file = path or paths.config_file()
    try:
        text = _read_text(file, must_exist=path is not None)
        read = _Read(Config(), ()) if text is None else _read_config(text, file)
    except ConfigError as error:
        return None, [str(error)], ()
    return read.config, list(read.problems), read.settings


def place_in(path: Path | None, setting: Sequence[str]) -> str:
    """Where a setting stands, for messages: “FILE, line N”, or the file alone."""
    file = path or paths.config_file()
    shown = clean_line(str(file))
    try:
        line = find_line(_read_text(file, must_exist=False) or "", setting)
    except ConfigError:
        line = None
    return f"{shown}, line {line}" if line else shown


def parse_config(text: str, file: Path | None = None) -> Config:
    """A configuration from TOML text.

    Args:
        text: What a config file would hold.
        file: What messages call it, and whose folder relative paths start from.

    Raises:
        ConfigError: as `load_config`.
    """
    read = _read_config(text, file or Path("config.toml"))
    if read.problems:
        raise ConfigError(read.problems[0])
    return read.config


def _read_text(file: Path, *, must_exist: bool) -> str | None:
    shown = clean_line(str(file))
    try:
        with file.open("rb") as opened:
            raw = opened.read(_MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        if must_exist:
            raise ConfigError(f"There is no config file {shown}; `parley config init` writes one.") from None
        return None
    except IsADirectoryError:
        raise ConfigError(f"{shown} is a folder, not a config file.") from None
    except OSError as error:
        raise ConfigError(f"{shown} cannot be read: {(error.strerror or 'an error of the system').lower()}.") from error
    if len(raw) > _MAXIMUM_BYTES:
        raise ConfigError(f"{shown} is larger than {_MAXIMUM_BYTES // 2**20} MiB, which no config file is.")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown}, line {line}: the file is not UTF-8 text.") from None


def _read_config(text: str, file: Path) -> _Read:
    shown = clean_line(str(file))
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax_words(shown, text, error)) from None
    except (RecursionError, ValueError):  # thousands of brackets, or a number of thousands of digits
        raise ConfigError(f"{shown} is not TOML that can be read: too deep, or a number too long.") from None
    problems: list[Problem] = []
    config = read_section(Config, values, (), problems) or Config()
    problems.extend(_cross_checks(config))
    return _Read(
        _anchored(config, file.parent),
        tuple(_sentence(shown, text, problem) for problem in problems),
        tuple(problem.path for problem in problems),
    )


def _syntax_words(shown: str, text: str, error: tomllib.TOMLDecodeError) -> str:
    """Where and what; tomllib's own words hold at most a name or a character of the file, never a value."""
    message, _, place = str(error).rpartition(" (at ")
    line = text.rstrip("\n").count("\n") + 1
    if place.startswith("line "):
        line = int(place.removeprefix("line ").partition(",")[0])
    twice = _TWICE.fullmatch(message)
    if twice:
        message = f"the table [{'.'.join(re.findall(_QUOTED, twice[1]))}] stands in it twice"
        return clean_line(f"{shown}, line {line}: {message}; join the two.")
    if message == "Cannot overwrite a value":
        return clean_line(f"{shown}, line {line}: {_named_on(text, line)} stands in its table twice; take one away.")
    message = message[:1].lower() + message[1:]
    return clean_line(f"{shown}, line {line}: not TOML: {message}; is a quote, bracket or equals sign missing?")


def _named_on(text: str, line: int) -> str:
    """The setting that a line gives a value, as it is written there."""
    named = _NAME.match(text.split("\n")[line - 1])
    return named[1] if named else "a setting"


def _sentence(shown: str, text: str, problem: Problem) -> str:
    line = find_line(text, problem.path)
    where = f"{shown}, line {line}" if line else shown
    name = problem.dotted
    words = problem.words if problem.words.endswith("?") else f"{problem.words}."
    return clean_line(f"{where}: {name} {words}" if name else f"{where}: {words}")


def _cross_checks(config: Config) -> Iterator[Problem]:
    """What the types alone do not say."""
    try:
        ModelRef.parse(config.model)
    except ConfigError:
        yield Problem(("model",), 'must be written endpoint/model, such as "local/default"')
    for name, endpoint in config.endpoints.items():
        path = ("endpoints", name)
        if not name or "/" in name or any(not char.isprintable() or char.isspace() for char in name):
            yield Problem(path, "is not a name for an endpoint: no “/” and no blanks, please")
        for header, value in endpoint.headers.items():
            if not header.isascii() or not header.replace("-", "").replace("_", "").isalnum():
                yield Problem((*path, "headers", header), "is not a name for a header")
            elif isinstance(value, str) and not (value.isascii() and value.isprintable()):
                yield Problem((*path, "headers", header), "must be plain ASCII text on one line")


def _anchored(config: Config, folder: Path) -> Config:
    """Relative paths of the file, made to start from the file's own folder."""
    endpoints = {
        name: replace(
            section,
            api_key=_anchored_key(section.api_key, folder),
            headers={header: _anchored_key(value, folder) for header, value in section.headers.items()},
            script=str(folder / paths.from_home(section.script)) if section.script else section.script,
        )
        for name, section in config.endpoints.items()
    }
    return replace(config, endpoints=endpoints)


def _anchored_key(value: Any, folder: Path) -> Any:
    if isinstance(value, KeyReference) and value.file:
        return replace(value, file=str(folder / paths.from_home(value.file)))
    return value

"""The command line as a tree of plain values, read off the real parsers: what completions and man page are made of.

Refuses to know options that the parsers do not have; hidden ones are left out.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Literal

Kind = Literal["none", "text", "file", "model", "endpoint", "session", "preset", "theme", "local", "parameter"]
"""What a value is, so far as a shell can offer some."""

_BY_DEST: dict[str, Kind] = {
    "model": "model",
    "judge": "model",
    "endpoint": "endpoint",
    "session": "session",
    "resume": "session",
    "preset": "preset",
    "theme": "theme",
    "parameter": "parameter",
}


@dataclass(frozen=True, slots=True)
class Option:
    """An option, or an operand when it has no flags."""

    flags: tuple[str, ...]
    metavar: str
    """What its value is called; empty for a switch."""
    help: str
    kind: Kind
    choices: tuple[str, ...] = ()
    is_repeatable: bool = False
    is_optional: bool = False
    """Whether the value may be left out."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, with its actions below it."""

    name: str
    summary: str
    description: str
    options: tuple[Option, ...]
    operands: tuple[Option, ...]
    children: tuple[Command, ...] = ()


def whole_grammar() -> Command:
    """Everything that `parley` understands."""
    from tui.cli.main import COMMANDS, build_parser

    top = _command("parley", "", build_parser(None))
    children = []
    for name, summary in COMMANDS.items():
        parser = _children(build_parser(name))[name]
        children.append(_command(name, summary, parser))
    return Command(top.name, top.summary, top.description, top.options, (), tuple(children))


def _children(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _summaries(parser: argparse.ArgumentParser) -> dict[str, str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return {str(choice.dest): _words(choice.help) for choice in action._choices_actions}
    return {}


def _command(name: str, summary: str, parser: argparse.ArgumentParser) -> Command:
    found = [_option(action, name) for action in parser._actions if _is_shown(action)]
    summaries = _summaries(parser)
    return Command(
        name,
        summary,
        _words(parser.description),
        tuple(option for option in found if option.flags),
        tuple(option for option in found if not option.flags),
        tuple(_command(child, summaries.get(child, ""), below) for child, below in _children(parser).items())
        if name != "parley"
        else (),
    )


def _is_shown(action: argparse.Action) -> bool:
    return action.help != argparse.SUPPRESS and not isinstance(action, argparse._SubParsersAction)


def _option(action: argparse.Action, owner: str) -> Option:
    takes_value = action.nargs != 0
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    choices = tuple(map(str, action.choices)) if action.choices is not None else ()
    return Option(
        tuple(action.option_strings),
        (metavar if takes_value else ""),
        _words(action.help),
        _kind(action, metavar, owner) if takes_value else "none",
        choices,
        isinstance(action, argparse._AppendAction) or action.nargs == "*",
        action.nargs in ("?", "*"),
    )


def _kind(action: argparse.Action, metavar: str, owner: str) -> Kind:
    if action.dest in _BY_DEST:
        return _BY_DEST[action.dest]
    if metavar.startswith("FILE"):
        return "file"
    if metavar == "ID":
        return "session"
    return "local" if owner in ("install", "remove") else "text"


def _words(text: str | None) -> str:
    return " ".join((text or "").replace("%%", "%").split())

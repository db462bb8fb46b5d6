"""Which command was meant, and how it ends: exit codes, closed pipes, Ctrl+C, crashes.

Each command is a module with `add_parser(subparsers)` and `run(args) -> int`; only the one that was asked for is
imported. Nothing here knows what a command does.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, NoReturn, TypeVar

from tui import __version__
from tui.cli.output import complain, prepare_streams
from tui.errors import ConfigError, LocalModelError, ParleyError, SessionError
from tui.paths import from_home

Found = TypeVar("Found")

OK, FAILED, USAGE, CUT_SHORT, INTERRUPTED = 0, 1, 2, 3, 130

COMMANDS = {
    "ask": "one reply, streamed to stdout",
    "complete": "text completion, without a chat template",
    "compare": "the same prompt to several models at once",
    "models": "list models",
    "sessions": "list, show, search, export, import and delete sessions",
    "board": "which models won, over all sessions, with error bars",
    "doctor": "what works here, and what is missing",
    "presets": "list, show, import and delete presets",
    "local": "the embedded models: list, install, remove, add",
    "config": "the configuration file: path, init, check",
    "serve": "the app in a browser, on this computer only",
    "completions": "scripts that complete the command line in bash, zsh and fish",
}
ASKING = ("ask", "complete", "compare", "models", "serve")
"""The commands that hang on the configuration; the app says on its screen what the others say here."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, like all of Parley's."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message[:1].upper()}{message[1:].rstrip('.')}; try “{self.prog} --help”.")
        raise SystemExit(USAGE)


def build_parser(command: str | None) -> argparse.ArgumentParser:
    """The parser for `command`; without one, for the app and for help over all commands."""
    parser = _Parser(
        prog="parley",
        description="Talk to language models in the terminal. Without a command, opens the app.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", "-V", action="version", version=f"parley {__version__}")
    parser.add_argument("--config", metavar="FILE", help="the configuration file to use")
    if command is None:
        _add_app_options(parser)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, summary in COMMANDS.items():
        if name == command:
            module = importlib.import_module(f"tui.cli.{name}")
            module.add_parser(subparsers)
            _accept_config_after(subparsers.choices[name])
        else:
            subparsers.add_parser(name, help=summary)
    return parser


def _accept_config_after(parser: argparse.ArgumentParser) -> None:
    """`--config` may stand after the command, too."""
    if not any(action.dest == "config" for action in parser._actions):
        parser.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                _accept_config_after(child)


def _add_app_options(parser: argparse.ArgumentParser) -> None:
    from tui.cli.preset_use import add_preset_options

    parser.add_argument(
        "-m",
        "--model",
        action="append",
        default=[],
        metavar="ENDPOINT/MODEL",
        help="start with this model; repeat for columns",
    )
    parser.add_argument("--resume", nargs="?", const="", metavar="ID", help="open the last session, or the one named")
    parser.add_argument("--theme", metavar="NAME", help="the theme to start with")
    add_preset_options(parser)
    parser.add_argument("--no-store", action="store_true", help="keep nothing of this chat on disk")
    parser.add_argument(
        "--linear",
        action="store_true",
        help="plain lines instead of a screen: for screen readers, dumb terminals, scripts",
    )


def _command_in(arguments: Sequence[str]) -> str | None:
    """The command among `arguments`: the first word that is not an option or an option's value."""
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in ("--config", "-m", "--model", "--theme", "--preset", "--var"):
            skip = True
        elif argument in COMMANDS:
            return argument
        elif argument == "--resume":
            continue
        elif not argument.startswith("-"):
            return None
    return None


def run(arguments: Sequence[str]) -> int:
    """Run one command line; every way to end comes back as an exit code, a failure with one sentence on stderr."""
    prepare_streams()
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _forget_stdout()
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except ParleyError as error:
        complain(str(error))
        return exit_code_of(error)
    except SystemExit as stop:
        _forget_unwritable_stdout()
        return stop.code if isinstance(stop.code, int) else OK
    except OSError as error:
        complain(_words_for(error))
        _forget_unwritable_stdout()
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last resort: a bug becomes one sentence and a redacted log
        from tui.cli.crash import report_crash

        complain(report_crash(error))
        return FAILED


def run_to_end(work: Coroutine[Any, Any, Found]) -> Found:
    """Run a command's coroutine; returns what it returns, which may be the exit code.

    An interrupted command ends the process at once, all being recorded by then: a thread that still looks up a host
    name, reads a pipe or waits for the command that gives a key would otherwise hold it for as long as it likes.
    """
    import asyncio

    with asyncio.Runner() as runner:
        try:
            found = runner.run(work)
        except KeyboardInterrupt:
            _end_now()
        if isinstance(found, int) and found == INTERRUPTED:
            _end_now()
        return found


def _end_now() -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(INTERRUPTED)


def exit_code_of(error: ParleyError) -> int:
    """2 for what the user can mend on the command line or in the configuration, else 1."""
    is_mendable = isinstance(error, ConfigError | SessionError | LocalModelError)
    return USAGE if is_mendable else FAILED


def _dispatch(arguments: Sequence[str]) -> int:
    command = _command_in(arguments)
    args = _parse(build_parser(command), arguments)
    if args.config:
        args.config = from_home(args.config).absolute()
        os.environ["PARLEY_CONFIG"] = str(args.config)  # the themes beside it count, too
    else:
        args.config = None
        if (args.command in ASKING or getattr(args, "linear", False)) and (words := missing_config_words()):
            complain(words)
    module = importlib.import_module(f"tui.cli.{args.command or 'app'}")
    code: int = module.run(args)
    return code


def _parse(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """The options. Words that nobody takes are an error of the command that they stand behind: its help says more."""
    args, extra = parser.parse_known_args(list(arguments))
    if extra:
        _parser_of(args, parser).error(f"unrecognized arguments: {' '.join(extra)}")
    return args


def _parser_of(args: argparse.Namespace, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The parser of the command that was given, with its action where it has some."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction) and (chosen := getattr(args, action.dest, None)):
            return _parser_of(args, action.choices[chosen])
    return parser


def missing_config_words() -> str:
    """What to say when `PARLEY_CONFIG` names a file that is not there; empty when all is well.

    Not an error as with `--config`: the variable is set once, often before the file is written.
    """
    named = os.environ.get("PARLEY_CONFIG", "")
    if not named or from_home(named).exists():
        return ""
    return f"PARLEY_CONFIG names {named}, which does not exist; defaults hold."


def _words_for(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or 'the system refused'}; check the path, its permissions and the disk."


def _forget_unwritable_stdout() -> None:
    """Where stdout cannot take what is left for it (a full disk), spare the interpreter its last try."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _forget_stdout()


def _forget_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not complain about the closed pipe."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())

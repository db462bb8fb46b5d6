"""`parley serve`: the app in a browser on this computer.

Only this computer can reach it, and only with the address that is printed: it holds a secret that is new each time.
Needs the extra `serve` (textual-serve). Refuses to listen to the network: there is no option for that; a tunnel such as
`ssh -L` brings it to another machine without a password travelling in the clear.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from importlib.util import find_spec
from typing import Any

from tui.errors import ConfigError

HIGHEST_PORT = 65535


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "serve",
        help="the app in a browser, on this computer only",
        description="Serve the app to a browser on this computer; the address that is printed holds a secret.",
    )
    parser.add_argument("--port", type=_port, default=0, metavar="PORT", help="unset: any free one")
    parser.add_argument(
        "-m", "--model", action="append", default=[], metavar="ENDPOINT/MODEL", help="start with it; repeat for columns"
    )
    parser.add_argument("--theme", metavar="NAME", help="the theme to start with")
    parser.add_argument("--no-store", action="store_true", help="keep nothing of these chats on disk")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 5 or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"“{text}” is no port; ports go from 1 to {HIGHEST_PORT}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl+C; returns the exit code.

    Raises:
        ConfigError: the extra is not installed, the configuration cannot be used, or the port is taken.
    """
    if find_spec("textual_serve") is None:
        raise ConfigError("Serving needs textual-serve; install it with: pip install 'parley-tui[serve]'.")
    from tui.config import load_config

    load_config(args.config)  # what is wrong with it is said here, not in a browser window
    from tui.cli.web_server import serve

    return serve(shlex.join(app_command(args)), args.port)


def app_command(args: argparse.Namespace) -> list[str]:
    """The command that each browser window runs; the configuration's place is in the environment."""
    command = [sys.executable, "-m", "tui"]
    for model in args.model:
        command += ["-m", model]
    if args.theme:
        command += ["--theme", args.theme]
    return [*command, "--no-store"] if args.no_store else command

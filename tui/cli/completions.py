"""`parley completions`: what bash, zsh and fish need to complete Parley's command line.

The scripts are made from the real parsers, so they cannot offer what there is not. Names of models, sessions and the
like are asked for at the tab key, from files only.
"""

from __future__ import annotations

import argparse
from typing import Any

from tui.cli.known_names import KINDS
from tui.errors import ConfigError

SHELLS = ("bash", "zsh", "fish")
_HOW_TO = """\
to use them, for bash in ~/.bashrc:   source <(parley completions bash)
for zsh, in a folder of $fpath:       parley completions zsh > _parley
for fish:                             parley completions fish > ~/.config/fish/completions/parley.fish"""


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "completions",
        help="scripts that complete the command line in bash, zsh and fish",
        description="Print the completion script for a shell.",
        epilog=_HOW_TO,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", nargs="?", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    parser.add_argument(
        "--list",
        dest="kind",
        choices=list(KINDS),
        metavar="KIND",
        help=f"print the names that are offered, one a line: {', '.join(KINDS)}",
    )


def run(args: argparse.Namespace) -> int:
    """Print a script, or names; returns the exit code.

    Raises:
        ConfigError: neither a shell nor a kind of names is given.
    """
    if (args.shell is None) == (args.kind is None):
        raise ConfigError("Name a shell (bash, zsh or fish), or --list and a kind of names.")
    if args.kind is not None:
        from tui.cli.known_names import known_names

        for name in known_names(args.kind):
            print(name)
        return 0
    from tui.cli.completion_scripts import SCRIPTS
    from tui.cli.grammar import whole_grammar

    print(SCRIPTS[args.shell](whole_grammar()), end="")
    return 0

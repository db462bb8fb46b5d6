"""`parley ask`: one reply, streamed to stdout.

Refuses to ask and to print: `one_reply` does, for `complete` as well.
"""

from __future__ import annotations

import argparse
from typing import Any

from tui.cli.asking import add_output_options, add_request_options, add_session_options
from tui.cli.budget import add_budget_option
from tui.cli.main import run_to_end
from tui.cli.making_room import add_context_option
from tui.cli.one_reply import OneReply


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "ask", help="one reply, streamed to stdout", description="Ask a model; the reply is streamed to stdout."
    )
    add_request_options(parser)
    add_session_options(parser)
    add_budget_option(parser)
    add_context_option(parser)
    add_output_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the request as it would be sent; send nothing")


def run(args: argparse.Namespace) -> int:
    """Ask once; returns the exit code."""
    return run_to_end(OneReply(args, kind="chat").run())

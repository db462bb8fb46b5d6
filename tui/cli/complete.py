"""`parley complete`: text completion, without a chat template.

Refuses to ask and to print: `one_reply` does, for `ask` as well.
"""

from __future__ import annotations

import argparse
from typing import Any

from tui.cli.asking import add_output_options, add_request_options, add_session_options
from tui.cli.budget import add_budget_option
from tui.cli.main import run_to_end
from tui.cli.one_reply import OneReply


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "complete",
        help="text completion, without a chat template",
        description="Let a model go on from a text, or fill the gap before --suffix.",
    )
    add_request_options(parser)
    parser.add_argument("--suffix", metavar="TEXT", help="the text after the gap that is to be filled")
    add_session_options(parser)
    add_budget_option(parser)
    add_output_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the request as it would be sent; send nothing")


def run(args: argparse.Namespace) -> int:
    """Complete once; returns the exit code."""
    return run_to_end(OneReply(args, kind="completion").run())

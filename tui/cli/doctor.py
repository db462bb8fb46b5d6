"""`parley doctor`: what works here, and what is missing.

Looks at the configuration, at every endpoint that has a key (all at once, a few seconds in all), at the terminal and at
the embedded model, and prints what it found. Exit code 2 when the configuration cannot be used, else 0: an endpoint
that is down is the endpoint's illness. Refuses to change anything.
"""

from __future__ import annotations

import argparse
import platform
from typing import Any

from tui import __version__
from tui.cli.diagnosis import (
    Finding,
    State,
    about_config,
    about_embedded,
    about_endpoints,
    about_folders,
    about_terminal,
    as_json,
)
from tui.cli.output import json_text

_MARKS: dict[State, str] = {"ok": "ok  ", "note": "note", "fail": "FAIL", "off": "–   "}


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "doctor",
        help="what works here, and what is missing",
        description="Check configuration, keys, endpoints, terminal and the embedded model.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Look around and report; returns the exit code."""
    from tui.cli.config import usable_config
    from tui.cli.main import run_to_end
    from tui.config import Config
    from tui.paths import config_file

    usable, problems = usable_config(args.config)
    config = usable or Config()
    findings = [
        *about_config(args.config or config_file(), problems),
        *run_to_end(_endpoints(config)),
        *about_embedded(config),
        *about_terminal(),
        *about_folders(),
    ]
    system = f"{platform.system()} {platform.machine()}"
    if args.json:
        about = {"version": __version__, "python": platform.python_version(), "system": system}
        print(json_text({**about, **as_json(findings)}, indent=2))
    else:
        print(f"Parley {__version__}, Python {platform.python_version()}, {system}")
        for line in report_lines(findings):
            print(line)
    return 2 if problems else 0


async def _endpoints(config: Any) -> list[Finding]:
    from tui.chat.connections import Connections

    connections = Connections(config)
    try:
        return await about_endpoints(connections, config)
    finally:
        await connections.close()


def report_lines(findings: list[Finding]) -> list[str]:
    """The findings as lines, group by group."""
    from tui.text.clean import clean_line
    from tui.text.widths import cell_width

    names = [clean_line(finding.name) for finding in findings]
    width = max((cell_width(name) for name in names), default=0)
    lines: list[str] = []
    group = ""
    for finding, name in zip(findings, names, strict=True):
        if finding.group != group:
            group = finding.group
            lines += ["", group[:1].upper() + group[1:]]
        blanks = " " * (width - cell_width(name))
        lines.append(f"  {_MARKS[finding.state]}  {name}{blanks}  {clean_line(finding.words)}".rstrip())
    return lines

"""`parley models`: the models of all endpoints, or of one.

All endpoints are asked at once. One that does not answer is a line on stderr; the rest is listed all the same.
Endpoints without their key are left out in silence, as are local servers that are not running: `parley doctor` knows.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.cli.output import json_text, say
from tui.errors import ConfigError, ParleyError

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.config import Config
    from tui.providers.base import ModelFacts
    from tui.providers.catalog import Listing

AT_ONCE = 8
"""How many endpoints are asked at the same time."""
LONGEST_S = 60.0
"""An endpoint whose listing takes longer counts as unreachable."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of asking one endpoint."""

    endpoint: str
    listing: Listing | None = None
    failure: ParleyError | None = None


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "models",
        help="list models",
        description="List the models of all endpoints that have a key or need none, or of one endpoint.",
    )
    parser.add_argument("endpoint", nargs="?", metavar="ENDPOINT", help="this endpoint only")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    parser.add_argument("--refresh", action="store_true", help="ask the servers, whatever is remembered")
    parser.add_argument("--pull", metavar="NAME", help="let an Ollama server download this model first")


def run(args: argparse.Namespace) -> int:
    """List models; returns the exit code.

    Raises:
        ConfigError: something is to be downloaded, and no endpoint is named.
    """
    from tui.cli.main import OK, exit_code_of, run_to_end
    from tui.config import load_config

    config = load_config(args.config)
    if args.pull is not None:
        if args.endpoint is None:
            raise ConfigError("Say where to download it: parley models ENDPOINT --pull NAME.")
        from tui.cli.pulling import pull_model

        run_to_end(pull_model(config, args.endpoint, args.pull))
    found = run_to_end(_list(config, args.endpoint, refresh=args.refresh))
    for listed in found:
        _report(listed)
    if args.json:
        print(json_text([_as_json(listed.endpoint, model) for listed, model in _models(found)], indent=2))
    else:
        for line in table_lines([_row(listed.endpoint, model) for listed, model in _models(found)]):
            print(line)
    if args.endpoint and found[0].failure is not None:
        return exit_code_of(found[0].failure)
    return OK


async def _list(config: Config, endpoint: str | None, *, refresh: bool) -> list[Listed]:
    from tui.chat.connections import Connections

    connections = Connections(config)
    try:
        if endpoint is not None:
            await connections.look_up(endpoint)  # an unknown name is the user's to mend, not a server's
            names: Iterable[str] = [endpoint]
        else:
            names = await _worth_asking(connections, config)
        gate = asyncio.Semaphore(AT_ONCE)
        return list(await asyncio.gather(*(_ask(connections, name, gate, refresh=refresh) for name in names)))
    finally:
        await connections.close()


async def _worth_asking(connections: Connections, config: Config) -> list[str]:
    """The endpoints that could answer: those with a key or without need of one, and local servers that run."""
    from tui.providers.discovery import not_running, running_servers

    statuses = connections.endpoints()
    perhaps_off = not_running(config, statuses, await running_servers(config))
    # What the user's own file names is worth a word even when it cannot be asked.
    return [
        status.name
        for status in statuses
        if status.name not in perhaps_off and (status.is_usable or status.name in config.endpoints)
    ]


async def _ask(connections: Connections, name: str, gate: asyncio.Semaphore, *, refresh: bool) -> Listed:
    async with gate:
        try:
            await asyncio.to_thread(connections.endpoint, name)  # may run the command that gives the key
            async with asyncio.timeout(LONGEST_S):
                listing = await connections.models(name, refresh=refresh)
        except ParleyError as error:
            return Listed(name, failure=error)
        except TimeoutError:
            from tui.errors import ResponseTimeout

            words = f"{name} took more than {LONGEST_S:g} seconds to list its models."
            return Listed(name, failure=ResponseTimeout(words, after_s=LONGEST_S, endpoint=name))
    return Listed(name, listing, listing.failure)


def _models(found: Sequence[Listed]) -> Iterable[tuple[Listed, ModelFacts]]:
    for listed in found:
        if listed.listing is not None:
            for model in listed.listing.models:
                yield listed, model


def _report(listed: Listed) -> None:
    """One line on stderr about an endpoint that did not answer."""
    from tui.text.clean import clean_line

    if listed.failure is None:
        return
    if listed.listing is not None and listed.listing.is_stale:
        old = f"; this is its list of {age_words(listed.listing.age_s)} ago"
        say(clean_line(f"{listed.endpoint}: {str(listed.failure).rstrip('.')}{old}."))
    elif isinstance(listed.failure, ConfigError):
        say(clean_line(str(listed.failure)))
    else:
        say(clean_line(f"{listed.endpoint}: {listed.failure}"))


def age_words(age_s: float) -> str:
    """A span of time in its largest unit: “3 days”."""
    for unit, length_s in (("day", 86400.0), ("hour", 3600.0), ("minute", 60.0)):
        if age_s >= length_s:
            count = int(age_s // length_s)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "a moment"


def _as_json(endpoint: str, model: ModelFacts) -> dict[str, Any]:
    """A model as product and scripts know it; null is unknown."""
    return {
        "model": f"{endpoint}/{model.id}",
        "name": model.name or None,
        "kinds": list(model.kinds),
        "context_tokens": model.context_tokens,
        "prices": {"input": model.price.input, "output": model.price.output},
        "parameters": None if model.parameters is None else list(model.parameters),
    }


def _row(endpoint: str, model: ModelFacts) -> tuple[str, ...]:
    price = model.price
    prices = (
        "" if price.input is None and price.output is None else f"{_dollars(price.input)} / {_dollars(price.output)}"
    )
    kinds = "" if model.kinds == ("chat",) else ", ".join(model.kinds)
    context = "" if model.context_tokens is None else f"{model.context_tokens:,}"
    name = "" if model.name == model.id else model.name
    return (f"{endpoint}/{model.id}", context, prices, kinds, name)


def _dollars(value: float | None) -> str:
    return "–" if value is None else f"${value:.6f}".rstrip("0").rstrip(".")


def table_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as aligned lines; the second column is a number. Foreign text is cleaned here."""
    from tui.text.clean import clean_line
    from tui.text.widths import cell_width

    if not rows:
        return []
    cells = [[clean_line(cell) for cell in row] for row in rows]
    widths = [max(cell_width(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = []
    for row in cells:
        padded = []
        for i, cell in enumerate(row):
            if widths[i]:
                blanks = " " * (widths[i] - cell_width(cell))
                padded.append(blanks + cell if i == 1 else cell + blanks)
        lines.append("  ".join(padded).rstrip())
    return lines

"""Run one of the strict fakes by hand: `python -m tests.wire openai_chat --port 8901`."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
from pathlib import Path

from tests.wire.server import WireServer


def fakes() -> list[str]:
    """The names of all fakes."""
    folder = Path(__file__).parent
    return sorted(p.stem for p in folder.glob("*.py") if p.stem not in ("__init__", "__main__", "server"))


async def serve(name: str, port: int) -> None:
    """Serve until interrupted."""
    handler = importlib.import_module(f"tests.wire.{name}").make_handler()
    async with WireServer(handler, port=port) as server:
        sys.stdout.write(f"{name} at {server.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.wire")
    parser.add_argument("name", choices=fakes())
    parser.add_argument("--port", type=int, default=0)
    args = parser.parse_args()
    try:
        asyncio.run(serve(args.name.replace("-", "_"), args.port))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

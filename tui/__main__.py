"""`python -m tui`, and the `parley` command.

Answers `--version` by itself. Refuses to know any other argument: `tui.cli.main` does.
"""

from __future__ import annotations

import gc
import os
import sys

COLLECT_EVERY = (20_000, 20, 20)
"""How much is made between two looks for garbage: of what a start makes, nothing is, and looking costs much of it."""


def main() -> int:
    """Run the command line; returns the exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # answered before anything is imported
        from tui import __version__

        if sys.stdout is not None:  # where it was closed, nobody wants to know
            try:
                sys.stdout.write(f"parley {__version__}\n")
                sys.stdout.flush()
            except OSError as error:  # nobody reads it, or the disk is full
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the interpreter's last flush
                return 0 if isinstance(error, BrokenPipeError) else 1
        return 0
    gc.set_threshold(*COLLECT_EVERY)
    try:
        from tui.cli.main import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # while the first modules were being loaded
        return 130


if __name__ == "__main__":
    sys.exit(main())

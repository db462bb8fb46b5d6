"""`parley` without a command: the app, from arguments to exit code."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from tui.cli import main
from tui.cli.output import complain
from tui.config import load_config
from tui.errors import ConfigError
from tui.text.terminal_colours import colour_system

if TYPE_CHECKING:
    from tui.app import ParleyApp
    from tui.config import Config

UPDATES_PER_S = 120
"""How often the toolkit may paint: what a key changes waits for the next time. Replies have a slower clock of their
own, and where nothing changes nothing is painted."""


def run(args: argparse.Namespace) -> int:
    """Open the app; returns the exit code once it has closed and the terminal is as it was.

    Raises:
        ConfigError: this is not a terminal, or the options cannot be.
    """
    if args.linear:
        from tui.cli import linear

        return linear.run(args)
    config = load_config(args.config)
    is_in_browser = "TEXTUAL_DRIVER" in os.environ  # “parley serve” runs this with pipes instead of a terminal
    if not is_in_browser and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "The app needs a terminal, and this is none; “parley --linear” and “parley ask” work without one."
        )
    os.environ.setdefault("TEXTUAL_FPS", str(UPDATES_PER_S))  # both are read when the toolkit is imported
    if not is_in_browser:
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", colour_system(os.environ))
    if os.environ.get("TERM") == "dumb" and not is_in_browser:
        from tui.cli import linear

        complain("TERM is dumb: this terminal has no screen to paint, so here are plain lines (parley --linear).")
        return linear.run(args)
    app = _made(args, config)
    app.has_few_colours = not is_in_browser and app.console.color_system == "standard"
    if not args.config and (words := main.missing_config_words()):
        app.start_problems.append(words)
    app.run()
    if app.crash is not None:
        from tui.cli.crash import report_crash

        complain(report_crash(app.crash))
        return main.FAILED
    if app.failure is not None:
        raise app.failure
    return app.return_code or main.OK


def _made(args: argparse.Namespace, config: Config) -> ParleyApp:
    from tui.app import make_app
    from tui.cli.preset_use import opening_preset

    return make_app(
        config,
        models=args.model,
        resume=args.resume,
        preset=opening_preset(args),
        theme=args.theme,
        is_stored=not args.no_store,
    )

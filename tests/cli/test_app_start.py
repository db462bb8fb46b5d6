"""How the app is started, beyond what it shows."""

from __future__ import annotations

import subprocess
import sys

from tui.cli.app import UPDATES_PER_S


def test_the_toolkit_is_told_how_often_to_paint_before_it_is_imported() -> None:
    """It reads this once, so an import of it that comes too early would leave every key waiting twice as long."""
    # What is imported on the way to the app must not bring the toolkit along.
    ways = "import sys, tui.cli.main, tui.cli.app; print('textual' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", ways], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
    assert UPDATES_PER_S > 60

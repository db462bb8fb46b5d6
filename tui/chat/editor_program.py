"""A text in the user's own editor: `$VISUAL`, else `$EDITOR`. What was there is never lost by it.

Refuses to know the terminal: whoever calls has made room for the editor on it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tui.errors import ConfigError
from tui.text.clean import clean_line

USUAL = "vi"
"""What is tried when neither variable is set."""


def editor_command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The editor and its arguments.

    Raises:
        ConfigError: the variable cannot be read as a command.
    """
    for name in ("VISUAL", "EDITOR"):
        text = environ.get(name, "").strip()
        if text:
            try:
                return shlex.split(text)
            except ValueError as error:
                raise ConfigError(f"{name} is no command: a quote in it is not closed.") from error
    return [USUAL]


def edited(text: str, command: list[str]) -> str:
    """What the user makes of `text` in an editor; blocks until it is closed.

    Raises:
        ConfigError: it cannot be started, failed, or left nothing that can be read.
    """
    shown = clean_line(command[0], 60)
    with tempfile.TemporaryDirectory(prefix="parley-") as folder:  # 0700
        file = Path(folder) / "prompt.md"
        file.write_text(f"{text}\n" if text else "", encoding="utf-8", errors="replace")
        try:
            done = subprocess.run([*command, str(file)], check=False)
        except OSError as error:
            raise ConfigError(
                f"The editor {shown} cannot be started: {error.strerror}; set VISUAL or EDITOR to another."
            ) from error
        if done.returncode != 0:
            raise ConfigError(f"The editor {shown} failed (exit code {done.returncode}); nothing was changed.")
        try:
            return file.read_text("utf-8", "replace").rstrip("\n")
        except OSError as error:
            raise ConfigError(f"The editor {shown} left no text: {error.strerror}; nothing was changed.") from error

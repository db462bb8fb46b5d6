"""The picture on the clipboard, by whatever program the desktop has for it. Only ever by the user's act.

Terminals hand over text alone when one pastes. Refuses to leave this machine, and to wait long: a clipboard's owner may
hang. Over ssh the clipboard would be that of the wrong machine, and mostly there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tui.chat.attaching import LIMIT_BYTES
from tui.chat.pictures import picture_kind
from tui.errors import ConfigError

LONGEST_S = 5.0
_MAC_SCRIPT = 'write (the clipboard as «class PNGf») to (open for access (POSIX file "{path}") with write permission)'


def clipboard_commands(environ: Mapping[str, str], platform: str) -> list[list[str]]:
    """What can be asked for a picture here, the likeliest first; each prints PNG."""
    if platform == "darwin":
        return [["pngpaste", "-"]]
    found = []
    if environ.get("WAYLAND_DISPLAY"):
        found.append(["wl-paste", "--no-newline", "--type", "image/png"])
    if environ.get("DISPLAY"):
        found.append(["xclip", "-selection", "clipboard", "-target", "image/png", "-out"])
    return found


def read_clipboard_picture(
    environ: Mapping[str, str] = os.environ, platform: str = sys.platform, *, longest_s: float = LONGEST_S
) -> bytes:
    """The picture on the clipboard; blocks for a moment.

    Raises:
        ConfigError: there is none, or no program that could read it.
    """
    there = [one for one in clipboard_commands(environ, platform) if shutil.which(one[0], path=environ.get("PATH"))]
    for command in there:
        content = _output(command, environ, longest_s)
        if picture_kind(content):
            return content
    if platform == "darwin" and (content := _by_applescript(environ, longest_s)):
        return content
    if there or platform == "darwin":
        raise ConfigError("There is no picture on the clipboard.")
    raise ConfigError(
        "The clipboard's picture cannot be read here: that takes wl-paste (Wayland), xclip (X11) or pngpaste (macOS); "
        "save the picture and attach the file."
    )


def _output(command: list[str], environ: Mapping[str, str], longest_s: float) -> bytes:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=longest_s, check=False, env=dict(environ)
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 and len(done.stdout) <= LIMIT_BYTES else b""


def _by_applescript(environ: Mapping[str, str], longest_s: float) -> bytes:
    """What every Mac has; it can only write to a file."""
    with tempfile.TemporaryDirectory(prefix="parley-") as folder:  # 0700
        file = Path(folder) / "clipboard.png"
        _output(["osascript", "-e", _MAC_SCRIPT.format(path=file)], environ, longest_s)
        try:
            content = file.read_bytes()
        except OSError:
            return b""
    return content if picture_kind(content) else b""

"""Putting text on the clipboard by every way that may work, and saying which one did.

A program of the system's (wl-copy, xclip, xsel, pbcopy, clip.exe, tmux) where one can reach a clipboard, and the
terminal's own OSC 52 sequence, wrapped for tmux and screen, which also reaches through ssh. When neither can be used
the text goes to a private file. Called by the user's act only, with exactly the text he chose; this module refuses to
read the clipboard.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tui import paths

if TYPE_CHECKING:
    from textual.app import App

LONGEST_OSC52_BYTES = 74_994
"""Base64 bytes that common terminals take in one sequence; xterm's limit is the lowest."""

_TOOL_TIMEOUT_S = 2.0
_CLIPBOARD_FILE = "clipboard.txt"


@dataclass(frozen=True, slots=True)
class CopyRoute:
    """How a text was copied."""

    kind: Literal["tool", "terminal", "file", "nowhere"]
    words: str
    """For the user: "with wl-copy", "through the terminal (OSC 52)", "to the file …"; why not, for `nowhere`."""
    path: Path | None = None


def copy(text: str, app: App[Any]) -> CopyRoute:
    """Copy exactly `text`.

    Args:
        text: What the user chose.
        app: The running app, whose terminal takes the sequence.

    Returns:
        The route taken; `nowhere` when not even a file could be written.
    """
    tool = _copy_with_tool(text)
    sent = _send_to_terminal(text, app)
    if tool is not None:
        return CopyRoute("tool", f"with {tool}" + (" and through the terminal" if sent else ""))
    if sent:
        return CopyRoute("terminal", "through the terminal (OSC 52)")
    return _copy_to_file(text)


def tool_commands() -> list[list[str]]:
    """The system's programs that could reach a clipboard from here, best first."""
    found: list[list[str]] = []
    if sys.platform == "darwin":
        found.append(["pbcopy"])
    if os.environ.get("WAYLAND_DISPLAY"):
        found.append(["wl-copy"])
    if os.environ.get("DISPLAY"):
        found += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    if sys.platform == "win32" or "WSL_DISTRO_NAME" in os.environ:
        found.append(["clip.exe"])
    if os.environ.get("TMUX"):  # it passes the text on to the terminal, also where it lets no sequence of ours through
        found.append(["tmux", "load-buffer", "-w", "-"])
    return [command for command in found if shutil.which(command[0])]


def osc52(text: str) -> str | None:
    """The sequence that asks the terminal to copy, wrapped as the multiplexer around us wants it.

    Returns:
        None when the text is too long for terminals to take.

    Source: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html (Operating System Commands, Ps = 5 2)
    """
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(encoded) > LONGEST_OSC52_BYTES:
        return None
    sequence = f"\x1b]52;c;{encoded}\x07"
    if os.environ.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if os.environ.get("TERM", "").startswith("screen"):
        pieces = [sequence[first : first + 76] for first in range(0, len(sequence), 76)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence


def _copy_with_tool(text: str) -> str | None:
    for command in tool_commands():
        data = text.encode("utf-16-le" if command[0] == "clip.exe" else "utf-8", "replace")
        try:
            finished = subprocess.run(
                command, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_TOOL_TIMEOUT_S
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if finished.returncode == 0:
            return command[0]
    return None


def _send_to_terminal(text: str, app: App[Any]) -> bool:
    driver = app._driver  # the toolkit's own copy_to_clipboard knows no tmux and no limit
    sequence = osc52(text)
    if driver is None or sequence is None or app.is_headless or os.environ.get("TERM") in ("dumb", "linux"):
        return False
    driver.write(sequence)
    driver.flush()
    return True


def _copy_to_file(text: str) -> CopyRoute:
    path = paths.cache_dir() / _CLIPBOARD_FILE
    try:
        paths.atomic_write(path, text.encode("utf-8", "replace"))
    except OSError as error:
        return CopyRoute("nowhere", f"{path} cannot be written ({error.strerror})")
    return CopyRoute("file", f"to the file {path}", path)

"""The text of a PDF file, read in a process of its own: a hostile file costs time and memory there, and is given up.

A PDF is a program as much as a document: some hold loops that never end or unpack into gigabytes. So the parser gets a
clock, a limit on memory and no say in this process. Refuses to look at pictures, fonts, scripts and links.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass

from tui.errors import ConfigError

LONGEST_S = 60.0
"""A longer parse is given up."""
MEMORY_BYTES = 2 * 1024**3
"""Address space of the child, where the system can limit it."""
MOST_CHARS = 8 * 1024 * 1024
"""More text fits no model."""

_ENCRYPTED, _TOO_LARGE = 3, 4
_UNREADABLE_WORDS = "is damaged: it cannot be read as a PDF."
"""Any other end of the child: the parser fails in as many ways as files are damaged."""
_WORDS = {
    _ENCRYPTED: "is encrypted; save it without a password first.",
    _TOO_LARGE: "holds more text than any model takes; attach the pages that matter.",
}


@dataclass(frozen=True, slots=True)
class PdfText:
    """What a PDF says."""

    text: str
    pages: int


def read_pdf(content: bytes, name: str, *, longest_s: float = LONGEST_S) -> PdfText:
    """The text of a PDF; takes a moment, so it is called beside the event loop.

    Args:
        content: The file.
        name: What to call it in errors; clean.
        longest_s: When to give up.

    Raises:
        ConfigError: it is encrypted, damaged, takes too long, or holds no text at all.
    """
    command = [sys.executable, "-c", f"from {__name__} import main; raise SystemExit(main())"]
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=longest_s, check=False, env=_environment()
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(f"{name} took longer than {longest_s:.0f} s to read, so it was given up.") from error
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}.") from error
    if done.returncode:
        raise ConfigError(f"{name} {_WORDS.get(done.returncode, _UNREADABLE_WORDS)}")
    found = json.loads(done.stdout)
    text: str = found["text"]
    if not text.strip():
        raise ConfigError(f"{name} holds no text, only pictures of pages; attach those as images instead.")
    return PdfText(text, found["pages"])


def _environment() -> dict[str, str]:
    """The child finds the same modules, and none of the keys."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "LANG", "LC_ALL")}
    return {**kept, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part), "PYTHONIOENCODING": "utf-8"}


def main() -> int:
    """The child: a PDF on stdin, JSON on stdout; returns the exit code."""
    import io
    import logging

    _limit_memory()
    logging.disable(logging.CRITICAL)  # the parser reports each oddity; the user asked for the text
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    try:
        reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
        if reader.is_encrypted and not reader.decrypt(""):
            return _ENCRYPTED
        texts: list[str] = []
        for page in reader.pages:
            texts.append(page.extract_text())
            if sum(map(len, texts)) > MOST_CHARS:
                return _TOO_LARGE
    except (DependencyError, FileNotDecryptedError):
        return _ENCRYPTED  # ciphers beyond the standard library
    sys.stdout.write(json.dumps({"text": _joined(texts), "pages": len(texts)}))
    return 0


def _joined(texts: list[str]) -> str:
    """The pages one after the other; each of several has its number above it, so that it can be named."""
    stripped = [text.encode("utf-8", "replace").decode().replace("\0", "").strip() for text in texts]
    if len(stripped) == 1 or not any(stripped):
        return "".join(stripped)
    return "\n\n".join(f"[page {number}]\n{text}" for number, text in enumerate(stripped, 1))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # no such limits on this system; the clock remains
    with contextlib.suppress(ValueError, OSError):  # a lower limit holds already, or the system has none
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))

"""What a bug leaves behind: one sentence for the user, and a log without secrets.

The log has file names, line numbers and the kind of error, never values of variables nor the error's own text: both may
hold a key or a conversation.
"""

from __future__ import annotations

import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from tui import __version__
from tui.errors import ParleyError
from tui.paths import atomic_write, log_file


def crash_report(error: BaseException) -> str:
    """The redacted traceback of `error` and of what caused it."""
    lines = [
        f"parley {__version__}, Python {sys.version.split()[0]} on {sys.platform}, "
        f"{datetime.now(UTC).isoformat(timespec='seconds')}"
    ]
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        for frame in traceback.extract_tb(cause.__traceback__):
            path = Path(frame.filename)
            lines.append(f"  {'/'.join(path.parts[-3:])}:{frame.lineno} in {frame.name}")
        inner = getattr(cause, "error", None)  # a failed worker carries what failed in it as an attribute
        cause = cause.__cause__ or cause.__context__ or (inner if isinstance(inner, BaseException) else None)
    return "\n".join(lines) + "\n"


def report_crash(error: BaseException) -> str:
    """Write the crash log; returns the sentence for the user."""
    sorry = f"Something went wrong inside Parley ({type(error).__name__}); your session is saved"
    try:
        where = log_file()
        atomic_write(where, crash_report(error).encode("utf-8", "replace"))
    except (OSError, ParleyError):
        return f"{sorry}, please start it again."
    return f"{sorry}, and where it happened is noted in {where}."

"""The transcript engine: incremental Markdown, laid out as cached rows, painted by one scrolling widget.

What a column shows is a `Transcript` of `Entry` values. Nothing here knows sessions, providers or files.
"""

from tui.transcript.collector import GentleCollector
from tui.transcript.entry import Entry, MessageState, Role
from tui.transcript.frames import Breather, FrameClock
from tui.transcript.transcript import Action, Transcript

__all__ = ["Action", "Breather", "Entry", "FrameClock", "GentleCollector", "MessageState", "Role", "Transcript"]

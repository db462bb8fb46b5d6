"""Real servers on loopback: the scripted one (`server.py`), and one strict fake per wire dialect.

A fake is a module with `make_handler() -> Handler`; `python -m tests.wire NAME --port P` runs it by hand.
"""

from tests.wire.server import (
    Close,
    Handler,
    Hold,
    Pause,
    Reply,
    Reset,
    Script,
    SeenRequest,
    Step,
    Until,
    WireServer,
    chunk,
    cut,
    event,
    events_reply,
    json_reply,
    lines_reply,
    served_in_thread,
    text_reply,
    two_servers,
)

__all__ = [
    "Close",
    "Handler",
    "Hold",
    "Pause",
    "Reply",
    "Reset",
    "Script",
    "SeenRequest",
    "Step",
    "Until",
    "WireServer",
    "chunk",
    "cut",
    "event",
    "events_reply",
    "json_reply",
    "lines_reply",
    "served_in_thread",
    "text_reply",
    "two_servers",
]

"""A session with a bit of everything, for exports."""

from __future__ import annotations

from tests.store.builders import AT
from tui.domain.events import Finish, TokenLogprob, Usage
from tui.domain.record import (
    AskedAside,
    Attachment,
    ColumnAdded,
    HeadMoved,
    MessageAdded,
    MessageMarked,
    ReplyEnded,
    ReplyStarted,
    SessionEvent,
    SessionMarked,
    SessionStarted,
    Unknown,
    Voted,
)
from tui.domain.reply import Failure, Timings, ToolCall

HOSTILE = "\x1b[31mred\x1b[0m \u202egnp.exe \x9b2J <script>alert(1)</script> ![x](https://evil.example/a.png)"
KEY = "canary-key-123456"
CODE = "Sure:\n\n```python\ndef answer() -> int:\n\treturn 42\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


def rich_session(attachment: Attachment | None = None) -> list[SessionEvent]:
    """Two columns that share a beginning, variants, reasoning, a failure, notes, tools, votes and hostile text."""
    files = (attachment,) if attachment else ()
    sent = {"method": "POST", "url": "http://x/v1", "headers": {"Authorization": f"Bearer {KEY}"}, "json": {"m": 1}}
    return [
        SessionStarted("rich1", AT, "parley test"),
        ColumnAdded("left", AT, "demo/alpha", "Be <brief>.", {"temperature": 0.5}),
        ColumnAdded("right", AT, "demo/beta"),
        MessageAdded("q1", AT, None, "user", f"First <b>question</b> & {HOSTILE}", files),
        ReplyStarted("a1", AT, "q1", "left", "demo/alpha", "Be <brief>.", {"temperature": 0.5, "api_key": "sk-123"}),
        ReplyEnded(
            "a1",
            AT,
            Finish.STOP,
            CODE + HOSTILE,
            "thinking <hard>",
            usage=Usage(14, 5, 2),
            timings=Timings(0.41, 1.09, 7.25),
            cost_usd=0.00125,
            tool_calls=(ToolCall("0", "look<up>", '{"x": 1}'),),
            logprobs=(TokenLogprob("Sure", -0.1),),
            meta={"id": "x"},
            sent=sent,
        ),
        ReplyStarted("a1b", AT, "q1", "left", "demo/alpha"),
        ReplyEnded("a1b", AT, Finish.CANCELLED, "A second variant", usage=Usage(14, 6, is_estimated=True)),
        HeadMoved("left", AT, "a1"),
        ReplyStarted("b1", AT, "q1", "right", "demo/beta"),
        ReplyEnded("b1", AT, Finish.STOP, "Beta says: see <!-- parley:end -->\n<!-- parley:end -->\nand more"),
        MessageAdded("q2", AT, "a1", "user", "Second question"),
        MessageAdded("q2b", AT, "b1", "user", "Second question"),
        ReplyStarted("a2", AT, "q2", "left", "demo/alpha"),
        ReplyEnded("a2", AT, Finish.ERROR, "half", error=Failure("rate-limited", f"Slow down, {KEY}!", 429)),
        ReplyStarted("b2", AT, "q2b", "right", "demo/beta"),
        ReplyEnded("b2", AT, Finish.LENGTH, f"the key is {KEY} and sk-proj-abcdefghijklmnopqrstuvwxyz0123"),
        HeadMoved("left", AT, "a2"),
        HeadMoved("right", AT, "b2"),
        MessageMarked("a1", AT, True, "remember <this>"),
        Voted(AT, ("a1", "b1"), "a1", note="clearer"),
        AskedAside(AT, "demo/judge", "judge", Usage(90, 30), cost_usd=0.0005, cost_is_estimated=True),
        SessionMarked(AT, "Title <i>& co</i>", True, ("tag<1>", "two")),
        Unknown({"event": "from-the-future", "api_key": "sk-other", "kept": [1, {"x": None}]}),
    ]

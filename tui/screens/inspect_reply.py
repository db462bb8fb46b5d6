"""What was really sent for a reply, and what came back beside its text. Secrets were masked before they got here."""

from __future__ import annotations

import json
import math
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.domain.session import Message
from tui.screens.dialog import Dialog
from tui.text.clean import clean_line
from tui.widgets.editor import Editor
from tui.widgets.entries import figures_of
from tui.widgets.figures import figure_texts

MOST_CHARS = 400_000
"""A request that fills a hundred screens has been read by nobody; the rest is in the session file."""
TOKENS_SHOWN = 8


class InspectReply(Dialog[None]):
    """A read-only text of all that is known about a reply."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "cancel", "Close", show=False)]

    DEFAULT_CSS = """
    InspectReply {
        & > .dialog-box { width: 100; height: 80%; padding: 0; }
        & Editor { height: 1fr; background: $surface; }
    }
    """

    def __init__(self, message: Message) -> None:
        super().__init__()
        self._message = message

    def compose(self) -> ComposeResult:
        """The text."""
        with self.frame(Vertical(), f"What was sent to {self._message.model or 'nobody'}", "esc closes"):
            editor = Editor(inspection(self._message)[:MOST_CHARS])
            editor.read_only = True
            yield editor

    def on_mount(self) -> None:
        """From the beginning."""
        editor = self.query_one(Editor)
        editor.move_cursor((0, 0))
        editor.focus()


def inspection(message: Message) -> str:
    """Request, figures, head of the response, error and what the provider added, as text."""
    parts = []
    if message.sent:
        sent = dict(message.sent)
        body = sent.pop("json", None)
        head = [f"{sent.get('method', '')} {sent.get('url', '')}"]
        head += [f"{name}: {value}" for name, value in dict(sent.get("headers") or {}).items()]
        parts.append("\n".join(clean_line(str(line)) for line in head))
        parts.append(_json(body))
    else:
        parts.append("Nothing is on record about the request: it never left, or the message was imported.")
    if message.is_reply:
        parts.append("\n".join(figure_texts(figures_of(message), length="full")))
        parts.append(f"finish: {message.finish or 'none'} {message.finish_words}".strip())
    if message.error is not None:
        parts.append(f"error: {message.error.kind}: {message.error.message}")
    if message.meta:
        parts.append(_json(dict(message.meta)))
    return "\n\n".join(part for part in parts if part)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str) if value is not None else ""


def token_words(message: Message) -> str:
    """The reply's perplexity and its least likely tokens, or how to get them."""
    known = [token for token in message.logprobs if token.logprob is not None]
    if not known:
        return "This reply came without token probabilities; set “logprobs” where the model takes it."
    total = sum(token.logprob or 0.0 for token in known)
    rare = sorted(known, key=lambda token: token.logprob or 0.0)[:TOKENS_SHOWN]
    listed = ", ".join(f"“{clean_line(token.token)}” {math.exp(token.logprob or 0.0):.0%}" for token in rare)
    return f"Perplexity {math.exp(-total / len(known)):.2f} over {len(known)} tokens. Least likely: {listed}."

"""The figures of a session's replies as CSV, one line a reply: for spreadsheets and notebooks.

Unknown figures are empty cells, never 0. No cell can be taken for a formula. This module refuses to write the texts:
the other formats do.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from tui.domain.comparing import prompt_message
from tui.domain.session import Message, Session
from tui.store.scrub import Scrubber
from tui.text.spreadsheet import text_cell

FIELDS = (
    *("session", "prompt", "column", "model", "at", "variant", "finish", "first_token_s", "total_s", "tokens_per_s"),
    *("speed_is_estimated", "input_tokens", "output_tokens", "reasoning_tokens", "tokens_are_estimated", "cost_usd"),
    *("cost_is_estimated", "chars", "parameters", "won", "lost", "tied"),
)


def export_csv(session: Session, scrubber: Scrubber) -> str:
    """The session's replies, oldest first, with a heading line."""
    session.settle()
    written = io.StringIO()
    writer = csv.DictWriter(written, FIELDS, lineterminator="\n")
    writer.writeheader()
    for message in session.messages.values():
        if message.is_reply and not message.is_deleted:
            row = _row(session, message)
            writer.writerow({name: _cell(value, scrubber) for name, value in row.items()})
    return written.getvalue()


def _row(session: Session, message: Message) -> dict[str, Any]:
    usage, timings = message.usage, message.timings
    prompt = prompt_message(session, message.parent)
    own = [one.id for one in session.variants(message.id) if one.column == message.column]
    won, lost, tied = _verdicts(session, message.id)
    return {
        "session": session.id,
        "prompt": prompt.text if prompt is not None else "",
        "column": message.column,
        "model": message.model,
        "at": message.at,
        "variant": own.index(message.id) + 1 if message.id in own else 1,
        "finish": str(message.finish or "cut_short"),
        "first_token_s": timings.first_token_s,
        "total_s": timings.total_s,
        "tokens_per_s": timings.tokens_per_s,
        "speed_is_estimated": timings.is_estimated if timings.tokens_per_s is not None else None,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "tokens_are_estimated": usage.is_estimated if usage.output_tokens is not None else None,
        "cost_usd": message.cost_usd,
        "cost_is_estimated": message.cost_is_estimated if message.cost_usd is not None else None,
        "chars": len(message.text),
        "parameters": json.dumps(dict(message.parameters), ensure_ascii=False, default=str)
        if message.parameters
        else "",
        "won": won,
        "lost": lost,
        "tied": tied,
    }


def _verdicts(session: Session, message_id: str) -> tuple[int, int, int]:
    """How often the user's votes let this reply win, lose and tie."""
    won = lost = tied = 0
    for vote in session.votes:
        if vote.judge or message_id not in vote.candidates:
            continue
        if vote.verdict != "winner":
            tied += 1
        elif vote.winner == message_id:
            won += 1
        else:
            lost += 1
    return won, lost, tied


def _cell(value: Any, scrubber: Scrubber) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return format(value, ".9g")
        case str():
            return text_cell(scrubber.text(value))
        case _:
            return str(value)

"""What `parley sessions` prints: lines for people, objects for scripts. Everything foreign in a line is cleaned.

Refuses to read files: sessions are handed in.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.domain.session import Message, Session
    from tui.store.index import Hit, Summary


def summary_object(summary: Summary) -> dict[str, Any]:
    """One session as `list --json` prints it."""
    return {
        "id": summary.id,
        "title": summary.title,
        "models": list(summary.models),
        "created": summary.created,
        "last_at": summary.last_at,
        "messages": summary.messages,
        "size_bytes": summary.size_bytes,
        "cost_usd": summary.cost_usd,
        "pinned": summary.is_pinned,
        "tags": list(summary.tags),
        "problem": summary.problem or None,
    }


def summary_cells(summary: Summary) -> list[str]:
    """One line of the list."""
    from tui.text.clean import clean_line

    problem = f"({summary.problem})" if summary.problem else ""
    title = " ".join(filter(None, [summary.title, problem])) or "(nothing asked)"
    pin = "★ " if summary.is_pinned else ""
    models = ", ".join(summary.models[:2]) + ("…" if len(summary.models) > 2 else "")
    return [
        summary.id,
        _local_time(summary.last_at),
        f"{summary.messages} message{'' if summary.messages == 1 else 's'}",
        clean_line(models, 40),
        pin + title,
    ]


def table(found: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows in columns; on a terminal the last cell is cut to fit."""
    return (before + last for before, last in _aligned(list(found)))


def hit_table(hits: Sequence[Hit]) -> Iterator[str]:
    """Search results in columns; on a terminal what was found is bold."""
    rows = _aligned([_hit_cells(hit) for hit in hits])
    return (before + _marked(hit, last) for hit, (before, last) in zip(hits, rows, strict=True))


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Each row as its padded cells and its last one."""
    from tui.text.widths import cell_width, cut_to_cells

    if not rows:
        return
    widths = [max(cell_width(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    room_cells = shutil.get_terminal_size().columns - sum(widths) - 2 * len(widths) if sys.stdout.isatty() else None
    for *cells, last in rows:
        before = "".join(cell + " " * (width - cell_width(cell) + 2) for cell, width in zip(cells, widths, strict=True))
        yield before, last if room_cells is None else cut_to_cells(last, max(room_cells, 10))


def _local_time(at: str) -> str:
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError):
        return "–"


def conversation_lines(session: Session) -> Iterator[str]:
    """The session in reading order, as text."""
    from tui.store.exports.outline import make_outline
    from tui.text.clean import clean_line

    outline = make_outline(session)
    yield f"{clean_line(outline.title)}  ({session.id})"
    for message in outline.shared:
        yield from _message_lines(session, message)
    for number, strand in enumerate(outline.strands, 1):
        yield f"\n━━ Column {number}: {clean_line(strand.column.model)} ━━"
        for message in strand.messages:
            yield from _message_lines(session, message)


def _message_lines(session: Session, message: Message) -> Iterator[str]:
    from tui.store.exports.outline import figures, speaker, variant_words
    from tui.text.clean import clean, clean_line

    yield f"\n{speaker(message, {})}{' ★' if message.is_starred else ''}:"
    yield clean(message.text)
    for attachment in message.attachments:
        yield f"[{clean_line(attachment.name)}, {attachment.size_bytes} bytes]"
    if message.note:
        yield f"Note: {clean(message.note)}"
    details = [*figures(message, {}), variant_words(session, message)]
    if any(details):
        yield f"({' · '.join(filter(None, details))})"


def session_object(session: Session) -> dict[str, Any]:
    """A session as `show --json` prints it: all messages, also of branches that no column ends at."""
    from tui.store.shapes import to_values

    return {
        "id": session.id,
        "title": session.shown_title,
        "created": session.at,
        "last_at": session.last_at,
        "forked_from": session.forked_from or None,
        "pinned": session.is_pinned,
        "tags": list(session.tags),
        "columns": [
            {
                "id": column.id,
                "model": column.model,
                "system": column.system,
                "parameters": dict(column.parameters),
                "head": column.head,
                "on": column.is_on,
                "kind": column.kind,
            }
            for column in session.columns.values()
        ],
        "messages": [_message_object(message) for message in session.messages.values()],
        "votes": [to_values(vote) for vote in session.votes],
        "asides": [to_values(aside) for aside in session.asides],
    }


def _message_object(message: Message) -> dict[str, Any]:
    found = {
        "id": message.id,
        "parent": message.parent,
        "role": message.role,
        "at": message.at,
        "text": message.text,
        "attachments": [{"name": file.name, "size_bytes": file.size_bytes} for file in message.attachments],
        "starred": message.is_starred,
        "note": message.note,
        "deleted": message.is_deleted,
    }
    if not message.is_reply:
        return found
    usage, timings = message.usage, message.timings
    return found | {
        "column": message.column or None,
        "model": message.model,
        "choice": message.choice,
        "reasoning": message.reasoning,
        "finish": message.finish.value if message.finish else None,
        "finish_words": message.finish_words or None,
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
            **({"estimated": True} if usage.is_estimated else {}),
        },
        "timings": {
            "first_token_s": timings.first_token_s,
            "total_s": timings.total_s,
            "tokens_per_s": timings.tokens_per_s,
            **({"estimated": True} if timings.is_estimated else {}),
        },
        "cost_usd": message.cost_usd,
        "parameters": dict(message.parameters),
        "sources": list(message.sources),
        "error": None if message.error is None else {"kind": message.error.kind, "message": message.error.message},
    }


def _hit_cells(hit: Hit) -> list[str]:
    return [hit.session_id, _local_time(hit.at), _hit_place(hit) + hit.snippet]


def _hit_place(hit: Hit) -> str:
    where = hit.part if hit.part != "text" else {"user": "you", "assistant": "reply"}.get(hit.role, hit.role)
    return f"{where}: "


def _marked(hit: Hit, text: str) -> str:
    """`text`, a hit's last cell, perhaps cut; on a terminal with what was found in bold."""
    if not sys.stdout.isatty():
        return text
    shift, parts, at = len(_hit_place(hit)), [], 0
    for start, end in hit.ranges:
        if end + shift < len(text):
            parts += [text[at : start + shift], "\x1b[1m", text[start + shift : end + shift], "\x1b[0m"]
            at = end + shift
    return "".join([*parts, text[at:]])


def hit_object(hit: Hit) -> dict[str, Any]:
    """One hit as `search --json` prints it."""
    return {
        "session": hit.session_id,
        "message": hit.message_id or None,
        "part": hit.part,
        "role": hit.role or None,
        "title": hit.title,
        "snippet": hit.snippet,
        "ranges": [list(found) for found in hit.ranges],
        "at": hit.at,
    }

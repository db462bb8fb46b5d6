"""Saved sessions and places found in them, as rows of a list. Pure functions; read nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.text.clean import clean_line
from tui.text.sizes import size_words
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.ages import age_words
from tui.widgets.figures import count
from tui.widgets.pick_list import Row

if TYPE_CHECKING:
    from tui.store.index import Hit, Summary

SESSION, HIT = "session:", "hit:"
"""What the ids of rows begin with; a session id follows, for a hit also a colon and the message's id."""
MODELS_CELLS = 30
AGE_CELLS = 10
SIZE_CELLS = 7
LEAST_FULL_CELLS = 100
"""In narrower lists a session is a title and an age, a place its words and an age."""


def models_words(models: Sequence[str]) -> str:
    """The model, or the first one and how many more."""
    if not models:
        return ""
    more = f" +{len(models) - 1}" if len(models) > 1 else ""
    return f"{clean_line(models[0])}{more}"


def summary_words(summary: Summary) -> str:
    """All that the list knows of a session, on two lines."""
    if summary.problem:
        return f"{summary.problem}\n{size_words(summary.size_bytes)}"
    models = ", ".join(map(clean_line, summary.models)) or "no model asked"
    parts = [f"{summary.messages} message{'' if summary.messages == 1 else 's'}", size_words(summary.size_bytes)]
    parts += [f"${count_cost(summary.cost_usd)}"] if summary.cost_usd is not None else []
    parts += ["pinned"] * summary.is_pinned
    parts += [f"#{clean_line(tag)}" for tag in summary.tags]
    return f"{models}\n{' · '.join(parts)}"


def count_cost(cost_usd: float) -> str:
    """Dollars with as many digits as they are worth."""
    return f"{cost_usd:.2f}" if cost_usd >= 1 else f"{cost_usd:.4f}"


def mark_of(summary: Summary, current: str) -> str:
    """● the open session, ★ a pinned one."""
    return "●" if summary.id == current else "★" if summary.is_pinned else ""


def session_row(summary: Summary, current: str, *, width_cells: int, now: datetime) -> Row:
    """A session: its title, and where there is room its tags, models, size and age."""
    is_unreadable = summary.problem and not summary.messages
    age = "unreadable" if is_unreadable else age_words(summary.last_at, now=now)
    detail = age
    if width_cells >= LEAST_FULL_CELLS:
        tags = " ".join(f"#{clean_line(tag)}" for tag in summary.tags)
        models = cut_to_cells(models_words(summary.models), MODELS_CELLS)
        models += " " * (MODELS_CELLS - cell_width(models))
        size = f"{size_words(summary.size_bytes):>{SIZE_CELLS}}"
        detail = f"{tags}  {models}  {size}  {age:>{AGE_CELLS}}".lstrip()
    title = summary.title or "(nothing said)"
    if summary.is_pinned and summary.id == current:
        title = f"★ {title}"  # its mark says that it is open
    return Row(SESSION + summary.id, title, detail, mark=mark_of(summary, current))


def session_rows(summaries: Sequence[Summary], current: str, *, width_cells: int) -> list[Row]:
    """The list of sessions, as it comes: pinned ones first, then the newest."""
    now = datetime.now(UTC)
    rows = [session_row(one, current, width_cells=width_cells, now=now) for one in summaries]
    return rows or [Row("", "no session yet", is_dim=True)]


def hit_rows(hits: Sequence[Hit], summaries: Sequence[Summary], current: str, *, width_cells: int) -> list[Row]:
    """Places found, under the sessions that they stand in; the session of the newest place first."""
    if not hits:
        return [Row("", "nothing found", is_dim=True)]
    known = {summary.id: summary for summary in summaries}
    now = datetime.now(UTC)
    grouped: dict[str, list[Hit]] = {}
    for hit in hits:
        grouped.setdefault(hit.session_id, []).append(hit)
    rows: list[Row] = []
    for session_id, places in grouped.items():
        summary = known.get(session_id)
        if summary is not None:
            rows.append(session_row(summary, current, width_cells=width_cells, now=now))
        else:
            rows.append(Row(SESSION + session_id, places[0].title or "(nothing said)"))
        rows += [_hit_row(hit, width_cells, now) for hit in places if hit.message_id]
    return rows


def _hit_row(hit: Hit, width_cells: int, now: datetime) -> Row:
    speaker = {"user": "you", "assistant": "model"}.get(hit.role, clean_line(hit.role))
    part = {"reasoning": "thinking", "note": "note"}.get(hit.part, speaker)
    age = age_words(hit.at, now=now)
    return Row(
        f"{HIT}{hit.session_id}:{hit.message_id}",
        hit.snippet,
        f"{part}  {age:>{AGE_CELLS}}" if width_cells >= LEAST_FULL_CELLS else age,
        indent=1,
        ranges=hit.ranges,
    )


def found_words(hits: Sequence[Hit], limit: int) -> str:
    """How much was found, in words."""
    sessions = len({hit.session_id for hit in hits})
    places = f"{count(len(hits))}{' newest' if len(hits) >= limit else ''} place{'' if len(hits) == 1 else 's'}"
    return f"{places} in {sessions} session{'' if sessions == 1 else 's'}" if hits else ""


def target_of(row_id: str) -> tuple[str, str]:
    """Session and message that a row stands for; empty: none."""
    if row_id.startswith(SESSION):
        return row_id[len(SESSION) :], ""
    if row_id.startswith(HIT):
        session_id, _, message_id = row_id[len(HIT) :].partition(":")
        return session_id, message_id
    return "", ""

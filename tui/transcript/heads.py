"""The lines around a message's text: head, reasoning fold, notices with their retry, attachments and note.

All words from the app pass the gate here and fit their line or wrap. This module refuses to know the message's text.
"""

from __future__ import annotations

from tui.text.clean import clean, clean_line
from tui.transcript.cells import cut, width_cells
from tui.transcript.entry import Entry, MessageState
from tui.transcript.rows import Look, Row, Run
from tui.transcript.wrap import wrap

DETAIL_JOINT = " · "
"""Stands between the figures of an entry's detail."""
_SIGNS = {"user": "❯", "assistant": "◆", "system": "§", "note": "✎", "tool": "⚙"}
_STATES: dict[MessageState, tuple[str, str]] = {
    MessageState.WAITING: ("… waiting", "state-open"),
    MessageState.STREAMING: ("● streaming", "state-open"),
    MessageState.STOPPED: ("■ stopped", "state-stopped"),
    MessageState.CUT_SHORT: ("✂ cut short", "state-cut"),
    MessageState.FAILED: ("✖ failed", "state-failed"),
}


def head_row(entry: Entry, width: int) -> Row:
    """Who speaks, which variant, how far it has come; on the right what the app says of it."""
    left: list[Run] = [Run(f"{_SIGNS[entry.role]} ", (f"role-{entry.role}",))]
    right: list[Run] = []
    if entry.starred:
        left.append(Run("★ ", ("star",)))
    state = _STATES.get(entry.state)
    if state is not None:
        right.append(Run(f"{state[0]}  " if entry.detail else state[0], (state[1],)))
    detail = clean_line(entry.detail)
    tail: list[Run] = []
    if entry.variant is not None:
        number, count = entry.variant
        tail = [
            Run("  "),
            Run("◂", ("action",), link="action:variant-previous"),
            Run(f" {number}/{count} ", ("detail",)),
            Run("▸", ("action",), link="action:variant-next"),
        ]
    taken = _width(left) + _width(right) + _width(tail)
    title = cut(clean_line(entry.title), max(4, width - taken))
    left.append(Run(title, (f"role-{entry.role}",)))
    left.extend(tail)
    room = width - _width(left) - _width(right) - 2
    while detail and width_cells(detail) > room:  # whole figures or none: half a figure is a wrong one
        detail = detail.rpartition(DETAIL_JOINT)[0]
    if detail:
        right.append(Run(detail, ("detail",)))
    space = width - _width(left) - _width(right)
    if space < 1:
        return Row(tuple(left))
    return Row((*left, Run(" " * space), *right)) if right else Row(tuple(left))


def fold_row(entry: Entry, lines: int, width: int, *, is_open: bool, is_thinking: bool) -> Row:
    """The line that folds and unfolds the reasoning."""
    words = "Thinking" if is_thinking else "Thought"
    if entry.reasoning_s is not None:
        words += f" for {entry.reasoning_s:.1f} s"
    lines -= entry.reasoning.endswith("\n") and not is_thinking
    words += f" · {lines:,} {'line' if lines == 1 else 'lines'}"
    return Row((Run(cut(f"{'▾' if is_open else '▸'} {words}", width), ("fold",), link="action:fold-reasoning"),))


def long_row(lines: int, width: int, *, is_folded: bool) -> Row:
    """The line under a long message that folds and unfolds it."""
    words = f"▸ folded: {lines:,} lines in all, unfold" if is_folded else "▴ fold"
    return Row((Run(cut(words, width), ("fold",), link="action:fold"),))


def above_rows(entry: Entry, width: int) -> list[Row]:
    """What stands between the head and the text: attachments."""
    rows = []
    for name in entry.attachments:
        rows.extend(_wrapped(f"▤ {clean_line(name)}", ("detail",), width))
    return rows


def below_rows(entry: Entry, width: int) -> list[Row]:
    """What stands under the text: why it ended, what can be done about it, the reader's note."""
    rows: list[Row] = []
    state = _STATES.get(entry.state)
    if entry.notice or entry.state.is_broken:
        look: Look = (state[1],) if state is not None and entry.state.is_broken else ("detail",)
        words = clean(entry.notice).strip() or (state[0][2:] if state is not None else "")
        sign = state[0][:2] if state is not None and entry.state.is_broken else "· "
        actions: list[Run] = []
        if entry.state.is_broken:
            actions = [Run("  "), Run("[retry]", ("action",), link="action:retry")]
            if entry.text and entry.state is not MessageState.FAILED:
                actions += [Run("  "), Run("[continue]", ("action",), link="action:continue")]
        rows.extend(Row(row) for row in wrap([Run(sign + words, look), *actions], width))
    if entry.note:
        rows.extend(_wrapped(f"✎ {clean(entry.note)}", ("star",), width))
    return rows


def _wrapped(text: str, look: Look, width: int) -> list[Row]:
    return [Row(row) for row in wrap([Run(text, look)], width)]


def _width(runs: list[Run]) -> int:
    return sum(width_cells(run.text) for run in runs)

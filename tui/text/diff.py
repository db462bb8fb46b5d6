"""Word-level difference of two texts, for replies side by side and for edits, in prose and in code.

Lines are matched first, then the words inside changed runs of lines; each time first at what is unique on both sides,
then by brute force under a ceiling: past it a run is shown as replaced whole. Nothing is normalised: the pieces put
together are the two texts, to the character. This module refuses to decide how a difference looks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "removed", "added"]

_LINES = re.compile("[^\n]*\n|[^\n]+")
# Scripts written without spaces count letter by letter, or a whole sentence would be one word.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# What never stands alone: marks, joiners, skin tones. `\w` knows no marks, so Hebrew to Sinhala are named whole.
_CLINGING = (
    "\u0300-\u036f\u0e31\u0e33-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b6-\u17d3"
    "\u200c\u20d0-\u20f0\u3099\u309a\ufe0e\ufe0f\U0001f3fb-\U0001f3ff"
)
_TOKENS = re.compile(
    rf"(?:[^\W{_UNSPACED}]|[\u0300-\u036f\u0590-\u0dff\u200c\u200d])+(?:['’][^\W\d_]+)?"
    r"|[ \t]+"
    r"|[\U0001f1e6-\U0001f1ff]{2}"
    rf"|.(?:[{_CLINGING}]|\u200d.)*",
    re.DOTALL,
)
_PAIRS_MOST = 20_000
"""Most pairs of equal elements that one quadratic match looks at: milliseconds."""
_DEPTH_MOST = 8
"""How often a stretch is cut again at what has become unique in it."""

_Run = tuple[bool, list[str], list[str]]
"""Whether both sides are equal, and the sides."""


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A stretch of text that both texts have, or one of them."""

    kind: Kind
    text: str


def diff_words(old: str, new: str) -> tuple[DiffPiece, ...]:
    """How `new` differs from `old`, word by word.

    Returns:
        Pieces in reading order, never empty, neighbours of different kinds, removed before added. The texts of
        "same" and "removed" pieces join to `old`, those of "same" and "added" pieces to `new`.
    """
    if old == new:
        return (DiffPiece("same", old),) if old else ()
    return tuple(_merged(_line_pieces(_LINES.findall(old), _LINES.findall(new))))


def _line_pieces(old: list[str], new: list[str]) -> Iterator[DiffPiece]:
    for is_same, gone, come in _joined(_runs(old, new, _DEPTH_MOST)):
        if is_same:
            yield DiffPiece("same", "".join(gone))
            continue
        words = _joined(_runs(_TOKENS.findall("".join(gone)), _TOKENS.findall("".join(come)), _DEPTH_MOST))
        for same_words, removed, added in _without_islands(words):
            if same_words:
                yield DiffPiece("same", "".join(removed))
            else:
                yield DiffPiece("removed", "".join(removed))
                yield DiffPiece("added", "".join(added))


def _runs(old: list[str], new: list[str], depth: int) -> Iterator[_Run]:
    """Both sequences cut into runs that are equal and runs that differ, in order; some may be empty."""
    most = min(len(old), len(new))
    head = next((index for index in range(most) if old[index] != new[index]), most)
    tail = next((index for index in range(most - head) if old[-1 - index] != new[-1 - index]), most - head)
    yield True, old[:head], new[:head]
    yield from _middle_runs(old[head : len(old) - tail], new[head : len(new) - tail], depth)
    yield True, old[len(old) - tail :], new[len(new) - tail :]


def _middle_runs(old: list[str], new: list[str], depth: int) -> Iterator[_Run]:
    anchors = _anchors(old, new) if old and new and depth else []
    if anchors:
        old_start = new_start = 0
        for old_at, new_at in [*anchors, (len(old), len(new))]:
            yield from _runs(old[old_start:old_at], new[new_start:new_at], depth - 1)
            yield True, old[old_at : old_at + 1], new[new_at : new_at + 1]
            old_start, new_start = old_at + 1, new_at + 1
    elif not old or not new or _equal_pairs(old, new) > _PAIRS_MOST:
        yield False, old, new
    else:
        opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        for tag, old_start, old_end, new_start, new_end in opcodes:
            yield tag == "equal", old[old_start:old_end], new[new_start:new_end]


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """The longest rising chain of elements that each side has exactly once (patience diff), as pairs of indices."""
    old_counts, new_counts = Counter(old), Counter(new)
    places = {element: index for index, element in enumerate(new) if new_counts[element] == 1}
    pairs = [(at, places[one]) for at, one in enumerate(old) if old_counts[one] == 1 and one in places]
    ends: list[int] = []  # the smallest new index that ends a chain of each length, and which pair that is
    end_pairs: list[int] = []
    before: list[int] = []
    for number, (_, new_at) in enumerate(pairs):
        length = bisect_left(ends, new_at)
        before.append(end_pairs[length - 1] if length else -1)
        ends[length : length + 1] = [new_at]
        end_pairs[length : length + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = end_pairs[-1] if end_pairs else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _equal_pairs(old: list[str], new: list[str]) -> int:
    counts = Counter(new)
    return sum(times * counts[element] for element, times in Counter(old).items())


def _joined(runs: Iterable[_Run]) -> list[_Run]:
    """Runs that differ in turn from their neighbours, none of them empty."""
    joined: list[_Run] = []
    for is_same, gone, come in runs:
        if not gone and not come:
            continue
        if joined and joined[-1][0] == is_same:
            joined[-1][1].extend(gone)
            joined[-1][2].extend(come)
        else:
            joined.append((is_same, [*gone], [*come]))
    return joined


def _without_islands(runs: list[_Run]) -> list[_Run]:
    """The runs with lone spaces and marks between two changes made part of the change: they are no common ground."""
    return _joined(
        (is_same and not (0 < index < len(runs) - 1 and _is_island(gone)), gone, come)
        for index, (is_same, gone, come) in enumerate(runs)
    )


def _is_island(same: list[str]) -> bool:
    return len(same) <= 2 and sum(map(len, same)) <= 2 and not any(one[0].isalnum() or one == "\n" for one in same)


def _merged(pieces: Iterable[DiffPiece]) -> Iterator[DiffPiece]:
    """Neighbouring changes as one, what was removed before what was added; nothing empty."""
    texts: dict[Kind, list[str]] = {"removed": [], "added": []}
    same: list[str] = []
    for piece in pieces:
        if not piece.text:
            continue
        if piece.kind == "same":
            yield from _flushed(texts)
            same.append(piece.text)
            continue
        if same:
            yield DiffPiece("same", "".join(same))
            same = []
        texts[piece.kind].append(piece.text)
    yield from _flushed(texts)
    if same:
        yield DiffPiece("same", "".join(same))


def _flushed(texts: dict[Kind, list[str]]) -> Iterator[DiffPiece]:
    for kind, parts in texts.items():
        if parts:
            yield DiffPiece(kind, "".join(parts))
        parts.clear()

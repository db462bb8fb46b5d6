"""What was sent for each reply holds the conversation so far; this keeps a file from growing with its square.

A list in a request's JSON that begins like the same list of an earlier reply is written as a reference to that
beginning and the rest. Reading puts the lists together again. The format is described in docs/session-format.md.
This module refuses to share anything but whole items at the beginning of lists, so that a person can still follow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

FIRST, OF, LITERAL = "$first", "of", "$literal"
FEWEST_SHARED = 2
"""Fewer items are not worth a reference."""
CLOSE_ENOUGH_ITEMS = 2
"""A reference that leaves no more than these to be written is taken without a look at others."""
_CANDIDATES = 8
"""How many of the newest requests are looked at: one for each of six columns, and two to spare."""


class SentRequests:
    """The requests of one session, as they are written."""

    def __init__(self) -> None:
        self._written: dict[str, Mapping[str, Any]] = {}
        """Reply id -> the request's JSON, with references."""
        self._newest: deque[str] = deque(maxlen=_CANDIDATES)

    def note(self, reply_id: str, sent: Any) -> None:
        """Remember a request as it stands in the file."""
        body = sent.get("json") if isinstance(sent, Mapping) else None
        if isinstance(body, Mapping):
            self._written[reply_id] = body
            if reply_id in self._newest:
                self._newest.remove(reply_id)
            self._newest.append(reply_id)

    def shortened(self, reply_id: str, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """`sent` with the beginnings of its lists as references, for writing; remembers it."""
        body = sent.get("json")
        if not isinstance(body, Mapping):
            return sent
        short = {
            key: self._shortened_list(reply_id, key, value) if isinstance(value, list) and value else value
            for key, value in body.items()
        }
        result = {**sent, "json": short}
        self.note(reply_id, result)
        return result

    def _shortened_list(self, reply_id: str, key: str, items: list[Any]) -> list[Any]:
        best, shared = "", FEWEST_SHARED - 1
        for candidate in reversed(self._newest):
            if candidate == reply_id:
                continue
            count = _common(items, self._items(candidate, key) or [])
            if count > shared:
                best, shared = candidate, count
            if len(items) - count <= CLOSE_ENOUGH_ITEMS:
                break  # as a rule the turn before: no other would share more than an item or two
        if best:
            return [{FIRST: shared, OF: best}, *items[shared:]]
        return [{LITERAL: items[0]}, *items[1:]] if _is_special(items[0]) else items

    def expanded(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """`sent` as it was; a beginning whose reply is lost stays a reference.

        The lists are put together when somebody looks: all of a long session's together are as large as the square
        of the conversation, and hardly any is ever looked at.
        """
        body = sent.get("json")
        if not isinstance(body, Mapping) or not any(_is_marked(value) for value in body.values()):
            return sent
        return _WholeRequest(self, sent, body)

    def whole_body(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A request's JSON with its lists put together."""
        return {key: self._whole(key, value) for key, value in body.items()}

    def _whole(self, key: str, items: Any) -> Any:
        if not _is_marked(items):
            return items
        marker, *rest = items
        if LITERAL in marker:
            return [marker[LITERAL], *rest]
        beginning = self._items(marker[OF], key, marker[FIRST])
        return items if beginning is None else beginning + rest

    def _items(self, reply_id: str, key: str, count: int | None = None) -> list[Any] | None:
        """The first `count` items of a list (None: all), put together from reply to reply; None when one is lost."""
        parts: list[list[Any]] = []
        seen: set[str] = set()
        while True:
            items = self._written.get(reply_id, {}).get(key)
            if not isinstance(items, list) or reply_id in seen:
                return None
            seen.add(reply_id)
            if not _is_marked(items) or LITERAL in items[0]:
                parts.append((self._whole(key, items))[:count])
                break
            before = items[0][FIRST]
            if count is None or count > before:
                parts.append(items[1:] if count is None else items[1 : 1 + count - before])
                count = before
            reply_id = items[0][OF]
        return [item for part in reversed(parts) for item in part]


def _common(items: list[Any], others: list[Any]) -> int:
    count = 0
    for item, other in zip(items, others, strict=False):
        if item != other:
            break
        count += 1
    return count


def _is_special(item: Any) -> bool:
    return isinstance(item, dict) and (FIRST in item or LITERAL in item)


def _is_marked(items: Any) -> bool:
    if not isinstance(items, list) or not items or not isinstance(items[0], dict):
        return False
    marker = items[0]
    if marker.keys() == {LITERAL}:
        return True
    count = marker.get(FIRST)
    return marker.keys() == {FIRST, OF} and type(count) is int and count > 0 and isinstance(marker[OF], str)


class _WholeRequest(Mapping[str, Any]):
    """What was sent, put together anew whenever its JSON is looked at."""

    __slots__ = ("_body", "_requests", "_sent")

    def __init__(self, requests: SentRequests, sent: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        self._requests = requests
        self._sent = sent
        self._body = body

    def __getitem__(self, key: str) -> Any:
        return self._requests.whole_body(self._body) if key == "json" else self._sent[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sent)

    def __len__(self) -> int:
        return len(self._sent)

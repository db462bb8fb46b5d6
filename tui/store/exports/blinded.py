"""Lines of a session file as they may be exported while its columns are compared blind: nothing tells the models.

Works on plain values, so that keys and events of other versions are left out rather than let through. This module
refuses to decide when a session is blind.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tui.domain.blind import ELSEWHERE, Blind

_KEPT = {
    "parley-session": ("format", "version", "id", "at", "app", "forked_from"),
    "column-added": ("event", "column", "at", "head", "kind"),
    "column-changed": ("event", "column", "at", "is_on"),
    "column-removed": ("event", "column", "at"),
    "message-added": ("event", "id", "at", "parent", "role", "text", "attachments", "sources", "edited_from", "finish"),
    "reply-started": ("event", "id", "at", "parent", "column", "choice", "continues", "sources"),
    "reply-text": ("event", "id", "text"),
    "reply-ended": ("event", "id", "at", "finish", "text"),
    "head-moved": ("event", "column", "at", "head"),
    "messages-deleted": ("event", "ids", "at"),
    "messages-restored": ("event", "ids", "at"),
    "message-marked": ("event", "id", "at", "is_starred", "note"),
    "session-marked": ("event", "at", "title", "is_pinned", "tags", "layout"),
}
"""What tells nothing, by event; events that are not named here (votes, those of later versions) are left out."""


def blinded(lines: Iterable[dict[str, Any]], blind: Blind) -> list[dict[str, Any]]:
    """The lines with letters for models, without settings, figures, thinking, errors and verdicts.

    The moments of replies are left out, too: the fast one would be known by them.
    """
    found = []
    for values in lines:
        kind = str(values.get("event") or values.get("format") or "")
        kept = {name: values[name] for name in _KEPT.get(kind, ()) if name in values}
        if not kept:
            continue
        if kind == "column-added" or kind == "reply-started":
            kept["model"] = blind.name(str(values.get("column")))
        elif kind == "message-added" and values.get("model"):
            kept["model"] = ELSEWHERE
        elif kind == "reply-ended":
            kept["at"] = ""
        found.append(kept)
    return found

"""What was found on this machine that can answer, in a few words each: keys, servers, the embedded model.

Pure functions over what is known so far; a key is named by where it is, never shown.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.text.sizes import size_words
from tui.widgets.figures import count
from tui.widgets.model_rows import EMBEDDED, Shelf, what_is_missing

if TYPE_CHECKING:
    from tui.providers.base import ModelFacts
    from tui.providers.endpoints import EndpointStatus

MOST_FINDINGS = 6
"""More are counted: the screen stays calm."""
SCRIPTED = "demo"
_SMALL = re.compile(r"(?:^|[-/:_. ])(?:mini|flash|haiku|small|lite|instant)(?:$|[-/:_. ])", re.IGNORECASE)
_ODD = re.compile(r"preview|audio|search|codex|research|live|guard|ocr|image|-exp", re.IGNORECASE)
"""Models for one thing only, and those that may be gone tomorrow."""
OFFERED = "It is not on this machine yet; your first prompt offers to install it."


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that can answer, or could."""

    name: str
    words: str
    is_ready: bool = True


def findings(shelf: Shelf) -> tuple[Found, ...]:
    """What was found, what is ready first; the script, which is no model, is not counted."""
    found = [_embedded(shelf)]
    for status in shelf.statuses:
        if status.name in (EMBEDDED, SCRIPTED) or not shelf.is_ready(status):
            continue
        found.append(Found(status.label or status.name, why_ready(shelf, status)))
    found.sort(key=lambda one: not one.is_ready)
    more = len(found) - MOST_FINDINGS
    if more > 1:
        found[MOST_FINDINGS:] = [Found(f"{more} more", "in the list of models")]
    if len(found) == 1:
        found.append(Found("No key yet", "set a provider’s variable, such as OPENAI_API_KEY", is_ready=False))
    return tuple(found)


def why_ready(shelf: Shelf, status: EndpointStatus) -> str:
    """What makes an endpoint one that can answer, and how many models it lists where that is known."""
    listing = shelf.listings.get(status.name)
    many = len(listing.models) if listing is not None else 0
    models = f", {count(many)} model{'s' if many > 1 else ''}" if many else ""
    if status.name in shelf.probed:
        return f"answers on this machine{models}"
    if status.key_place:
        return f"key from {status.key_place}{models}"
    return f"set up in your configuration{models}"


def _embedded(shelf: Shelf) -> Found:
    if shelf.installed:
        others = len(shelf.installed) - 1
        more = f" and {others} more" if others else ""
        return Found(f"{shelf.installed[0]}{more}", "small local model, offline; quick, and often wrong")
    smallest = shelf.installable[0] if shelf.installable else None
    size = f", {size_words(smallest.size_bytes)} to download" if smallest is not None else ""
    return Found("Small local model", f"not on this machine yet{size}", is_ready=False)


def what_stops(shelf: Shelf, model: str) -> str:
    """Why a model cannot answer now, in a sentence; empty when it can, as far as is known."""
    endpoint = model.partition("/")[0]
    status = next((one for one in shelf.statuses if one.name == endpoint), None)
    if status is None:
        return ""
    if endpoint == EMBEDDED:
        is_there = bool(shelf.installed) or status.base_url
        return "" if is_there or not shelf.installable else OFFERED
    if shelf.is_ready(status) or (status.name in shelf.probed and not shelf.was_probed):
        return ""
    if status.needs_key and not status.has_key:
        return f"It needs a key: set {status.key_variable or 'one'}, then start Parley again."
    if status.problem:
        return status.problem
    return f"Nothing answers at {what_is_missing(status)}."


def proposable(shelf: Shelf, own: Container[str]) -> list[str]:
    """The endpoints that could answer a first prompt: those in the user's file, servers that run here, then keys.

    Args:
        shelf: What was found.
        own: The endpoints that the user's configuration names.
    """
    found = [one for one in shelf.statuses if one.name not in (EMBEDDED, SCRIPTED) and shelf.is_ready(one)]
    found.sort(key=lambda one: 0 if one.name in own else 1 if one.name in shelf.running else 2)
    return [one.name for one in found]


def chat_model_of(models: Sequence[ModelFacts], *, is_here: bool) -> str:
    """The model of a listing to begin with; empty where none chats.

    A server on this machine lists what its owner put there, what came last first. Of a vendor's many models it is a
    small one, which is quick and costs little, and the newest of those where the listing tells.
    """
    chatting = [one for one in models if "chat" in one.kinds]
    usual = [one for one in chatting if not _ODD.search(one.id)] or chatting
    if is_here or not usual:
        return usual[0].id if usual else ""
    small = [one for one in usual if _SMALL.search(one.id)] or usual
    return max(small, key=_created).id


def _created(model: ModelFacts) -> int:
    at = model.meta.get("created")
    return at if type(at) is int else 0

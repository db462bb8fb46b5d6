"""Telling a provider what the user thinks of its reply, where it has a place for that: Humanloop's ratings.

Only ratings that the user gave are passed on, each for one reply by the id that came with it. A failure is the
caller's to show: the vote itself is recorded in the session whatever the provider says. Refuses to guess a rating.

Source: wire-contracts 1.4 (`POST /feedback`)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.domain.request import ModelRef
from tui.errors import ParleyError

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.domain.record import Voted
    from tui.domain.session import Message, Session

GOOD, BAD = "good", "bad"
"""The values of a rating."""
DATA_IDS = "data_ids"
"""Where a reply's `meta` has the ids of its choices, by index as text."""


def data_id_of(meta: Mapping[str, Any], choice: int = 0) -> str:
    """The id by which the provider knows a choice of a reply; empty when there is none."""
    ids = meta.get(DATA_IDS)
    found = ids.get(str(choice)) if isinstance(ids, Mapping) else None
    return found if isinstance(found, str) else ""


def renumbered(meta: Mapping[str, Any], one: int, other: int) -> dict[str, Any]:
    """A reply's meta where two of its choices change numbers."""
    found, ids = dict(meta), meta.get(DATA_IDS)
    if one != other and isinstance(ids, Mapping):
        numbers = {str(one): str(other), str(other): str(one)}
        found[DATA_IDS] = {numbers.get(number, number): value for number, value in ids.items()}
    return found


def meta_of_choice(meta: Mapping[str, Any], choice: int) -> dict[str, Any]:
    """What a choice but the first keeps of its reply's meta: the id that rates it."""
    found = data_id_of(meta, choice)
    return {DATA_IDS: {str(choice): found}} if found else {}


def takes_ratings(connections: Connections, message: Message) -> bool:
    """Whether the provider of a reply can be told what the user thinks of it."""
    if not message.is_reply or not data_id_of(message.meta, message.choice):
        return False
    try:
        endpoint = connections.endpoint(ModelRef.parse(message.model).endpoint)
    except ParleyError:
        return False  # an endpoint that is configured no more
    return endpoint.dialect == "humanloop" and endpoint.quirks.get("feedback", True) is not False


async def rate(
    connections: Connections, message: Message, value: str, *, kind: str = "rating", user: str | None = None
) -> bool:
    """Send the user's rating of a reply to its provider.

    Args:
        connections: Everything that can be talked to.
        message: The reply.
        value: For example `GOOD` or `BAD`.
        kind: The kind of feedback, as the provider's project names it.
        user: Who rates, for the provider's records.

    Returns:
        Whether it was sent; False when the provider has no place for it.

    Raises:
        ProviderError: the provider did not take it.
        ConfigError: the endpoint's key is missing.
    """
    if not takes_ratings(connections, message):
        return False
    from tui.providers.endpoints import require_key
    from tui.providers.humanloop import DIALECT, feedback_call

    endpoint = connections.endpoint(ModelRef.parse(message.model).endpoint)
    require_key(endpoint)
    call = feedback_call(endpoint, data_id_of(message.meta, message.choice), value, kind=kind, user=user)
    await connections.http.get_json(call, endpoint, read_rejection=DIALECT.rejection)
    return True


async def pass_on_vote(connections: Connections, session: Session, vote: Voted) -> int:
    """Rate what the user's vote was about: the winner is good, all are bad when the user said so; a tie says nothing.

    Returns:
        How many ratings were sent.

    Raises:
        ProviderError, ConfigError: as `rate`.
    """
    if vote.judge:
        return 0  # a model's opinion is not the user's
    rated = vote.candidates if vote.verdict == "all_bad" else (vote.winner,) if vote.winner else ()
    value = BAD if vote.verdict == "all_bad" else GOOD
    messages = [session.messages[name] for name in rated if name in session.messages]
    return sum([await rate(connections, message, value) for message in messages])

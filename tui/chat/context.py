"""Whether what is to be sent fits what the model can read at once, and what can be left out when it does not.

Reckoned from the tokens that the model counted itself so far, else estimated. Says what could be done; the user
chooses, and nothing is ever left out without a note on the path (`tui.domain.context`). Refuses to cut single messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tui.chat.conversation import Conversation
from tui.chat.prices import TOKENS_PER_MESSAGE, estimate_tokens, request_tokens
from tui.domain.context import sent_part, turns
from tui.domain.request import ChatRequest, PromptMessage
from tui.domain.session import Column, Message
from tui.errors import ConfigError

WhenFull = Literal["ask", "drop", "summarise", "stop", "send"]
"""What is done when a conversation is too long: the user is asked; the oldest messages are dropped; a summary stands
for them; nothing is sent; it is sent all the same."""

LEAST_REPLY_TOKENS = 256
"""Room for a reply when no cap on it is set."""
WIDEST_RESERVE = 4
"""At most a fourth of the context is kept for the reply, whatever cap is set: many set it as high as it goes."""
SCALE = (0.5, 3.0)
"""How far the model's own count may be from our estimate; more is a miscount, or a prompt that was not sent by us."""
FEWEST_COUNTED = 64
"""Shorter prompts say nothing of how a model counts: what its template adds is most of them."""
SUMMARY_SHARE = 0.5
"""How much of the context a request for a summary may fill with what is to be summarised."""
ASK_SUMMARY = """Summarise the conversation below so that it can go on from your summary alone: what is wanted, what was
found out, decided and promised, names, figures and code that are still needed. Write in its language, without a
heading, and as briefly as that allows."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How much a request takes of what a model can read."""

    needed_tokens: int
    reserve_tokens: int
    limit_tokens: int
    scale: float = 1.0
    """The model's tokens for one of our estimate."""

    @property
    def is_too_long(self) -> bool:
        """Whether there would be no room for a reply worth having."""
        return self.needed_tokens + self.reserve_tokens > self.limit_tokens

    @property
    def is_hopeless(self) -> bool:
        """Whether not even the request alone fits, reply or not."""
        return self.needed_tokens > self.limit_tokens


@dataclass(frozen=True, slots=True)
class Cut:
    """What could be left out of a column."""

    column: Column
    messages: tuple[Message, ...]
    """The oldest ones, in whole turns; empty: leaving out does not help."""
    of_all: int
    """How many messages would be sent otherwise."""
    fit: Fit


def measure(
    conversation: Conversation, column: Column, limit_tokens: int, *, text: str = "", more_tokens: int = 0
) -> Fit | None:
    """How much of the model's context a column takes at its head.

    Args:
        conversation: The session.
        column: Who is asked.
        limit_tokens: What the model can read.
        text: The prompt that comes behind what is there.
        more_tokens: What goes with the prompt, such as files, by our estimate.

    Returns:
        None for a text completion, whose one document cannot be cut in turns, and when the request cannot be made.
    """
    if column.kind == "completion":
        return None
    try:
        request = conversation.request(column)
    except ConfigError:
        return None  # sending it says why
    more = more_tokens + (estimate_tokens(text) + TOKENS_PER_MESSAGE if text else 0)
    scale = _scale(conversation, column)
    needed = round((request_tokens(request) + more) * scale)
    cap = request.parameters.get("max_tokens")
    wanted = cap if isinstance(cap, int) and not isinstance(cap, bool) and cap > 0 else LEAST_REPLY_TOKENS
    return Fit(needed, min(wanted, limit_tokens // WIDEST_RESERVE), limit_tokens, scale)


def _scale(conversation: Conversation, column: Column) -> float:
    """What the model counted for the newest reply's prompt, by what we estimate for it."""
    session = conversation.session
    for message in reversed(session.path(column.head)):
        counted = message.usage.input_tokens
        if not message.is_reply or counted is None or message.usage.is_estimated or message.model != column.model:
            continue
        if message.sources:
            continue  # it was asked something else
        try:
            estimated = request_tokens(conversation.request(column, head=message.parent))
        except ConfigError:
            return 1.0
        if estimated < FEWEST_COUNTED or message.parent is None:
            return 1.0
        return min(max(counted / estimated, SCALE[0]), SCALE[1])
    return 1.0


def plan_cut(
    conversation: Conversation, column: Column, fit: Fit, *, has_prompt: bool = False, was_refused: bool = False
) -> Cut:
    """What to leave out so that about half of the context is free again.

    Args:
        conversation: The session.
        column: Whose messages they are.
        fit: How much it takes now.
        has_prompt: Whether what is to be answered stands on the path already: its turn stays.
        was_refused: Whether the server refused it: half of what was sent goes, since our reckoning was wrong.
    """
    part = sent_part(conversation.session.path(column.head))
    groups = turns(part.messages)
    target = min(fit.limit_tokens, fit.needed_tokens) // 2 if was_refused else fit.limit_tokens // 2
    most = fit.limit_tokens - fit.reserve_tokens
    # What was said last is what the next words are about: it goes only when nothing else helps.
    last = len(groups) - 1
    needed, left_out = fit.needed_tokens, 0
    while left_out < (last if has_prompt or was_refused else len(groups)) and needed > (
        target if left_out < last else most
    ):
        needed -= round(sum(_tokens(message) for message in groups[left_out]) * fit.scale)
        left_out += 1
    helps = was_refused or needed <= most
    messages = [message for group in groups[:left_out] for message in group] if helps else []
    return Cut(column, tuple(messages), len(part.messages), fit)


def refused_fit(conversation: Conversation, column: Column, limit_tokens: int | None) -> Fit:
    """How much a request took that its server refused; what the model can read may be unknown."""
    found = measure(conversation, column, limit_tokens or 1)
    needed = found.needed_tokens if found is not None else 0
    return Fit(needed, 0, limit_tokens or max(1, needed), found.scale if found is not None else 1.0)


def _tokens(message: Message) -> int:
    return estimate_tokens(message.text) + TOKENS_PER_MESSAGE


def summary_prompts(cut: Cut, earlier: Sequence[Message]) -> list[str]:
    """What is asked for a summary, in as many parts as the model can read; each but the first goes on from the last.

    Args:
        cut: What is left out.
        earlier: Summaries that stand for what was left out before; they go into the new one.
    """
    room = max(256, int(cut.fit.limit_tokens * SUMMARY_SHARE / cut.fit.scale))
    pieces = [f"Summary so far: {message.text.strip()}" for message in earlier]
    pieces += [f"{'User' if one.role == 'user' else 'Assistant'}: {one.text.strip()}" for one in cut.messages]
    parts: list[list[str]] = [[]]
    taken = 0
    for piece in (part for whole in pieces for part in _split(whole, room)):
        tokens = estimate_tokens(piece)
        if parts[-1] and taken + tokens > room:
            parts.append([])
            taken = 0
        parts[-1].append(piece)
        taken += tokens
    return ["\n\n".join(part) for part in parts if part]


def _split(text: str, room_tokens: int) -> list[str]:
    """A piece longer than the room, in several; one character is at most one token of ours."""
    if estimate_tokens(text) <= room_tokens:
        return [text]
    return [text[at : at + room_tokens] for at in range(0, len(text), room_tokens)]


def summary_request(prompt: str, before: str = "") -> tuple[PromptMessage, ...]:
    """The messages that ask for a summary of `prompt`, with the summary of what came before it."""
    told = f"Summary so far: {before.strip()}\n\n{prompt}" if before else prompt
    return (PromptMessage("user", f"{ASK_SUMMARY}\n\n<conversation>\n{told}\n</conversation>"),)


def asking_instead(request: ChatRequest, messages: tuple[PromptMessage, ...]) -> ChatRequest:
    """A column's request that asks something else; what shapes replies for machines to read is not for it."""
    kept = {name: value for name, value in request.parameters.items() if name not in ("response_format", "n", "stop")}
    return replace(request, messages=messages, parameters=kept)

"""A model asked beside the conversation, to judge or for a title: one request, and word of what it took.

What is paid for is told however the request ended. Refuses to know where that is recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tui.chat.turn import Turn, run_turn
from tui.domain.record import AskedAside, now
from tui.domain.reply import Reply
from tui.domain.request import ChatRequest, ModelRef, PromptMessage
from tui.providers.base import Price, Provider

Tell = Callable[[AskedAside], Awaitable[None]]
"""Hears what a request took, once it has ended."""


async def ask_aside(
    provider: Provider, model: ModelRef, prompt: str, purpose: str, *, price: Price | None, tell: Tell | None
) -> Reply:
    """The reply to one prompt; a failure is in it. A request that is cancelled is told of, too."""
    turn = Turn(provider, ChatRequest(model, (PromptMessage("user", prompt),)), price=price)
    try:
        return await run_turn(turn)
    finally:
        reply = turn.reply()
        has_taken = reply.text or reply.reasoning or reply.usage.output_tokens or reply.cost_usd
        if tell is not None and has_taken:
            aside = AskedAside(now(), str(model), purpose, reply.usage, reply.cost_usd, reply.cost_is_estimated)
            await asyncio.shield(tell(aside))  # a dialog that is closed must not lose it

"""What a column needs to ask its model: request, provider, price, queue. A failure is a provider, too.

Refuses to send.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tui.chat.fanout import MODEL_RUNNERS, THIS_MACHINE
from tui.chat.unavailable import Unavailable
from tui.domain.request import ChatRequest, CompletionRequest, ModelRef, Request, RequestOptions
from tui.domain.session import Column
from tui.errors import ParleyError
from tui.providers.base import Price, Provider
from tui.widgets.desk import Desk


async def provider_and_request(
    desk: Desk, column: Column, parent: str | None, options: RequestOptions, suffix: str
) -> tuple[Provider, Request]:
    """What is asked and who answers it, which is why it cannot be asked when it cannot.

    Of the columns of one endpoint, or of this machine's models, those that came first are done first.
    """
    endpoint, _, name = column.model.partition("/")
    async with desk.in_order[THIS_MACHINE if endpoint in MODEL_RUNNERS else endpoint]:
        await warm_attachments(desk, parent or column.head)
        try:
            request = desk.conversation.request(column, head=parent, options=options)
        except ParleyError as error:
            # Asked in vain, and recorded with the reason; a column of another program's may have a model that is none.
            return Unavailable(error, endpoint), ChatRequest(ModelRef(endpoint, name), ())
        if suffix and isinstance(request, CompletionRequest):
            request = replace(request, suffix=suffix)
        return await _provider(desk, column), request


async def warm_attachments(desk: Desk, head: str | None) -> None:
    """Read the files of a conversation beside the event loop, so that requests are put together at once."""
    files = desk.conversation.attached
    if files is not None and (attachments := desk.conversation.path_attachments(head)):
        await asyncio.to_thread(files.warm, attachments)


async def _provider(desk: Desk, column: Column) -> Provider:
    """The column's provider, or one whose only reply is why there is none."""
    try:
        reference = ModelRef.parse(column.model)
        # Finding a key may run a command, and the first request imports the HTTP library: both would hold up the keys.
        await asyncio.to_thread(desk.connections.endpoint, reference.endpoint)
        return await asyncio.to_thread(desk.connections.provider, reference)
    except ParleyError as error:
        return Unavailable(error, column.model.partition("/")[0])


def price_of(desk: Desk, column: Column) -> Price | None:
    """The price of the column's model, where one is known."""
    try:
        return desk.connections.price(column.model)
    except ParleyError:
        return None  # the request fails with the reason

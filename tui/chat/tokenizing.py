"""Token ids of a text, from the model's own server; only some can tell.

Refuses to guess: the ids of another tokenizer would push other words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.domain.request import ModelRef
from tui.errors import ConfigError, ParleyError
from tui.providers.base import Endpoint

if TYPE_CHECKING:
    from tui.chat.connections import Connections


def can_tokenize(connections: Connections, model: str) -> bool:
    """Whether the model's endpoint tells token ids."""
    try:
        return bool(connections.endpoint(ModelRef.parse(model).endpoint).quirks.get("tokenize_url"))
    except ParleyError:
        return False


async def token_ids(connections: Connections, model: str, text: str) -> list[int]:
    """The ids of the tokens that `text` is made of.

    Raises:
        ConfigError: the endpoint cannot tell.
        ProviderError: it was asked and did not answer.
        LocalModelError: the embedded model cannot be started.
    """
    from tui.chat.connections import EMBEDDED

    reference = ModelRef.parse(model)
    endpoint = connections.endpoint(reference.endpoint)
    if endpoint.name == EMBEDDED and not endpoint.base_url:
        embedded = connections.embedded
        async with embedded.turn(endpoint, embedded.model(reference.model)) as running:
            return await _ask(connections, running, reference.model, text)
    return await _ask(connections, endpoint, reference.model, text)


async def _ask(connections: Connections, endpoint: Endpoint, model: str, text: str) -> list[int]:
    from tui.providers import openai_chat

    call = openai_chat.tokenize_call(endpoint, model, text)
    if call is None:
        raise ConfigError(f"{endpoint.label or endpoint.name} does not tell token ids.")
    return openai_chat.token_ids(await connections.http.get_json(call, endpoint, model=model))

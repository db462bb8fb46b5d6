"""Whether a model goes on from words that are put into its mouth; what a chosen alternative needs to become a branch.

Refuses to try: a server that begins anew, where it was asked to go on, answers another question and is paid for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.domain.record import ColumnKind
from tui.domain.request import ModelRef
from tui.errors import ParleyError

if TYPE_CHECKING:
    from tui.chat.connections import Connections

_DIALECTS = frozenset({"anthropic-messages", "gemini", "ollama", "scripted"})
"""Dialects whose servers go on from a last message of the model's."""
_ENDPOINTS = frozenset({"local", "llamacpp", "openrouter"})
"""`openai-chat` servers that do so without being told."""


def can_prefill(connections: Connections, model: str, kind: ColumnKind) -> str:
    """Empty when the model can go on from the middle of its reply; else a sentence why it cannot.

    Source: Anthropic “prefill Claude's response”; llama.cpp server `prefill_assistant`; vLLM
    `continue_final_message`; Mistral `prefix`; OpenRouter “assistant prefill”; Ollama and Gemini go on from a last
    message with the role of the model.
    """
    if kind == "completion":
        return ""
    try:
        endpoint = connections.endpoint(ModelRef.parse(model).endpoint)
    except ParleyError as error:
        return str(error)
    goes_on = endpoint.dialect in _DIALECTS or bool(endpoint.quirks.get("prefix_style"))
    if goes_on or endpoint.name in _ENDPOINTS or endpoint.family in _ENDPOINTS:
        return ""
    return f"{endpoint.label or endpoint.name} cannot go on from the middle of a reply."

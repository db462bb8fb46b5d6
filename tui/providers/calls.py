"""Building HTTP calls out of requests: what every dialect does the same way.

Addresses, headers, whether to stream, who said what. Refuses to know any one wire format, and to send anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from tui.domain.request import ChatRequest, CompletionRequest, PromptMessage, Request
from tui.errors import ConfigError
from tui.providers.base import Endpoint, HttpCall

PAGES_AT_MOST = 200
"""No listing is read further: a server that always has one more page is broken."""


def wants_stream(request: Request, endpoint: Endpoint) -> bool:
    """Whether the reply is asked for as a stream: the request says, else its `stream` parameter, else the endpoint.

    Raises:
        ConfigError: the `stream` parameter is neither true nor false.
    """
    if request.options.stream is not None:
        return request.options.stream
    value = request.parameters.get("stream")
    if value is None:
        return endpoint.stream
    if not isinstance(value, bool):
        raise ConfigError(f"stream must be true or false for {request.model}.")
    return value


def address(endpoint: Endpoint, path: str, query: Mapping[str, str | int] | None = None) -> str:
    """The URL of `path` below the endpoint's base, with the endpoint's own query parameters."""
    parameters = {**{name: str(value) for name, value in (query or {}).items()}, **endpoint.query}
    url = f"{endpoint.base_url.rstrip('/')}{path}"
    return f"{url}?{urlencode(parameters)}" if parameters else url


def path_part(text: str) -> str:
    """`text` as one part of a path, slashes included: an id from a listing can't climb elsewhere."""
    return quote(text, safe=":@-._~")


def head(endpoint: Endpoint, own: Mapping[str, str]) -> dict[str, str]:
    """A dialect's headers, the key, and the endpoint's headers, later ones replacing earlier whatever their case."""
    result: dict[str, str] = {}
    for headers in (own, endpoint.auth_headers(), endpoint.headers):
        for name, value in headers.items():
            for same in [old for old in result if old.lower() == name.lower()]:
                del result[same]
            result[name] = value
    return result


def post(
    endpoint: Endpoint,
    path: str,
    body: Mapping[str, Any],
    *,
    is_streamed: bool = False,
    stream_type: str = "text/event-stream",
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str | int] | None = None,
    notes: Iterable[str] = (),
) -> HttpCall:
    """A POST of `body` as JSON; `stream_type` is the media type asked for when the reply is streamed."""
    accept = stream_type if is_streamed else "application/json"
    own = {"Content-Type": "application/json", "Accept": accept, **(headers or {})}
    url = address(endpoint, path, query)
    return HttpCall("POST", url, head(endpoint, own), body, is_streamed=is_streamed, notes=tuple(notes))


def get(
    endpoint: Endpoint,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str | int] | None = None,
) -> HttpCall:
    """A GET of a listing."""
    own = {"Accept": "application/json", **(headers or {})}
    return HttpCall("GET", address(endpoint, path, query), head(endpoint, own))


def require_chat(request: Request, what: str) -> ChatRequest:
    """`request` when it is a chat.

    Raises:
        ConfigError: it is a text completion; `what` is who can't do that.
    """
    if isinstance(request, ChatRequest):
        return request
    command = f"parley ask -m {request.model}"
    raise ConfigError(f"{what} can only chat, not complete text; use `{command}`, or a chat in the app.")


def require_completion(request: Request, what: str) -> CompletionRequest:
    """`request` when it is a text completion.

    Raises:
        ConfigError: it is a chat; `what` is who can't do that.
    """
    if isinstance(request, CompletionRequest):
        return request
    command = f"parley complete -m {request.model}"
    raise ConfigError(f"{what} can only complete text, not chat; use `{command}`, or a document in the app.")


def system_text(request: ChatRequest) -> str:
    """The system prompt and all system messages as one text, for wires that take one at most."""
    said = [request.system, *(message.text for message in request.messages if message.role == "system")]
    return "\n\n".join(text for text in said if text)


def spoken_turns(request: ChatRequest) -> list[PromptMessage]:
    """The messages that are not system messages and say something."""
    return [m for m in request.messages if m.role != "system" and (m.text or m.images)]


def all_turns(request: ChatRequest) -> list[PromptMessage]:
    """The system prompt as a first message, then every message as it stands."""
    first = [PromptMessage("system", request.system)] if request.system else []
    return [*first, *request.messages]


def merged_turns(turns: Iterable[PromptMessage]) -> list[list[PromptMessage]]:
    """Runs of turns of the same side; a tool's words count as the user's, since no call of ours was run."""
    runs: list[list[PromptMessage]] = []
    for turn in turns:
        if runs and (runs[-1][0].role == "assistant") == (turn.role == "assistant"):
            runs[-1].append(turn)
        else:
            runs.append([turn])
    return runs


def refuse_images(request: ChatRequest, sentence: str) -> None:
    """Let no request pass that has an image in any message.

    Raises:
        ConfigError: it has one; says `sentence`.
    """
    if any(message.images for message in request.messages):
        raise ConfigError(sentence)


def check_turns(turns: Iterable[PromptMessage], request: ChatRequest) -> None:
    """Refuse an empty conversation.

    Raises:
        ConfigError: nothing would be said.
    """
    if not any(turn.text.strip() or turn.images for turn in turns):
        raise ConfigError(f"There is nothing to send to {request.model}: the prompt is empty.")

"""A request whose JSON the user wrote by hand: address and headers stay the dialect's, secrets come back in.

What the user saw and edited had `***` where secrets are; those places get the secret again, and only those. Refuses
to check what was written: trying what Parley would not send is what it is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tui.domain.request import Request
from tui.providers.base import HttpCall
from tui.text.redact import MASK, mask_json

EDITED_WORDS = "The request was edited by hand before it was sent."


def with_own_body(request: Request, make_call: Callable[[Any], HttpCall]) -> HttpCall:
    """The call for `request`, with the user's own JSON in it when there is one.

    A `stream` in that JSON counts: the reply is read the way it was asked for. What the dialect says about parameters
    it left out is not repeated; they are not its body any more.

    Raises:
        ConfigError: the request cannot be made.
    """
    body = request.options.body
    if body is None:
        return make_call(request)
    asked = body.get("stream") if isinstance(body, Mapping) else None
    call = make_call(request)
    says_stream = isinstance(call.json, Mapping) and "stream" in call.json
    if isinstance(body, Mapping) and (says_stream or "stream" in body):
        # A body that had `stream` and lost it asks for the server's default, which is not to stream.
        is_streamed = asked is True or (asked is None and call.is_streamed and not says_stream)
        if is_streamed != call.is_streamed:
            call = make_call(replace(request, options=replace(request.options, stream=is_streamed)))
    return replace(call, json=unmasked(body, call.json, mask_json(call.json)), notes=(EDITED_WORDS,))


def unmasked(written: Any, real: Any, shown: Any) -> Any:
    """`written` with each `***` that stands where `shown` has one replaced by what `real` has there."""
    match written, real, shown:
        case str(), _, str():
            return real if written == MASK == shown else written
        case Mapping(), Mapping(), Mapping():
            return {
                name: unmasked(value, real[name], shown[name]) if name in real and name in shown else value
                for name, value in written.items()
            }
        case list(), list() | tuple(), list():
            paired = min(len(written), len(real), len(shown))
            kept = [unmasked(*three) for three in zip(written[:paired], real[:paired], shown[:paired], strict=True)]
            return [*kept, *written[paired:]]
        case _:
            return written

"""A strict Hatz AI: plain text only, one system message, raw keys; streams lines without usage or finish."""

from __future__ import annotations

from tests.wire.rules import Refused, answer, boolean, check, list_, listing_reply, text, texts
from tests.wire.server import Handler, Reply, SeenRequest, json_reply

KEY = "hatz-test"
NAME = "hatz"

_RULES = {
    "messages": list_,
    "model": text,
    "stream": boolean,
    "file_uuids": texts(),
    "auto_tool_selection": boolean,
    "tools_to_use": texts(),
}


def make_handler() -> Handler:
    """A server of its own."""
    return handle


def handle(request: SeenRequest) -> Reply:
    """One request; every reply carries a request id."""
    try:
        if request.headers.get("x-api-key") != KEY or "authorization" in request.headers:
            raise Refused("Invalid API key", status=401)
        if request.method == "GET":
            return listing_reply(NAME, request, "/v1") or json_reply({"detail": "Not Found"}, status=404)
        if request.path != "/v1/chat/completions":
            raise Refused("Not Found", status=404)
        body = check(request.json, _RULES, required=("messages",))
        _check_messages(body["messages"])
        prompt = body["messages"][-1]["content"]
        return answer(NAME, prompt, "ndjson", is_streamed=body.get("stream", False))
    except Refused as refused:
        return _refusal(refused)


def _refusal(refused: Refused) -> Reply:
    headers = (("X-Request-ID", "req-hatz-1"),)
    if refused.status != 400:
        return json_reply({"detail": refused.words}, status=refused.status, headers=headers)
    where = ["body", *(int(part) if part.isdigit() else part for part in refused.parameter.split("."))]
    detail = [{"loc": where, "msg": refused.words, "type": "value_error"}]
    return json_reply({"detail": detail}, status=422, headers=headers)


def _check_messages(messages: list[dict[str, str]]) -> None:
    if not messages:
        raise Refused("ensure this value has at least 1 item", "messages")
    for position, message in enumerate(messages):
        if set(message) != {"role", "content"} or message["role"] not in ("system", "user", "assistant"):
            raise Refused("unexpected value", f"messages.{position}.role")
        if not isinstance(message["content"], str):
            raise Refused("str type expected", f"messages.{position}.content")
    if sum(message["role"] == "system" for message in messages) > 1:
        raise Refused("at most one system message", "messages")

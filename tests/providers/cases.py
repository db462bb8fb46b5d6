"""Reading a fixture's cases with a dialect's reader, and comparing what came with what is expected."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from tests.wire.rules import load_fixture
from tui.domain.events import StreamEvent
from tui.domain.reply import Reply, ReplyFold
from tui.domain.request import ChatRequest, ModelRef, PromptMessage
from tui.errors import RequestRejected
from tui.providers.base import Dialect, Endpoint, HttpCall, ModelFacts, Rejection, StreamError

ENDPOINT = Endpoint("there", "any", "http://127.0.0.1:9/v1", key="k")
ASK = ChatRequest(ModelRef("there", "m"), (PromptMessage("user", "Hi"),))


def case_names(fixture: str, section: str = "cases", *, on_wire: bool = False) -> list[str]:
    """The names of a fixture's entries; those that need real bytes only `on_wire`."""
    entries = load_fixture(fixture).get(section, {})
    return [name for name, entry in entries.items() if on_wire or not entry.get("needs_wire")]


def read_case(dialect: Dialect, case: Mapping[str, Any]) -> tuple[Reply, StreamError | None]:
    """The reply that a case folds to, and the error in it if there is one."""
    endpoint = replace(ENDPOINT, generation=case.get("generation", 1))
    fold = ReplyFold("there/m")
    reader = dialect.reader(ASK, endpoint, is_streamed="frames" in case)
    try:
        if "document" in case:
            fold_all(fold, reader.document(case["document"]))
            return fold.reply(), None
        for frame in case["frames"]:
            if reader.is_done:
                break
            if frame == "[DONE]":
                fold_all(fold, reader.done_mark())
            elif not isinstance(frame, str):
                fold_all(fold, reader.frame(frame))
        if not reader.is_done:
            fold_all(fold, reader.end())
    except StreamError as error:
        return fold.reply(), error
    return fold.reply(), None


def fold_all(fold: ReplyFold, events: Iterable[StreamEvent]) -> None:
    """Fold events."""
    for event in events:
        fold.add(event)


def check_case(dialect: Dialect, fixture: str, name: str) -> None:
    """Read one case and compare."""
    case = load_fixture(fixture)["cases"][name]
    reply, error = read_case(dialect, case)
    assert (error is not None) == ("error" in case)
    if error is not None:
        wanted = dict(case["error"])
        assert error.status == wanted.pop("status", error.status)
        check_rejection(error.rejection, wanted)
    check_reply(reply, case["expect"])


def check_reply(reply: Reply, expect: Mapping[str, Any]) -> None:
    """Compare a reply with what a fixture expects of it."""
    first = reply.choices[0]
    for name, wanted in expect.items():
        match name:
            case "usage":
                assert {key: getattr(reply.usage, key) for key in wanted} == wanted
            case "meta":
                assert {key: reply.meta.get(key) for key in wanted} == wanted
            case "tool_calls":
                found = [[call.name, call.arguments, call.call_id] for call in first.tool_calls]
                assert found == wanted
            case "logprobs":
                assert [[t.token, t.logprob, len(t.alternatives)] for t in first.logprobs] == wanted
            case "choices":
                assert [{"index": c.index, "text": c.text, "finish": c.finish} for c in reply.choices] == wanted
            case "cost_usd":
                assert reply.cost_usd == pytest.approx(wanted)
            case "notes":
                assert list(reply.notes) == wanted
            case _:
                assert getattr(first, name) == wanted, name
    json.dumps(dict(reply.meta))


def check_rejection(found: Rejection, wanted: Mapping[str, Any]) -> None:
    """Compare what was read from an error."""
    assert {key: getattr(found, key) for key in wanted} == dict(wanted)


def check_error(dialect: Dialect, fixture: str, name: str) -> None:
    """Read one of a fixture's error bodies."""
    error = load_fixture(fixture)["errors"][name]
    body = error["body"]
    text = body if isinstance(body, str) else json.dumps(body)
    found = dialect.rejection(error["status"], None if isinstance(body, str) else body, text)
    check_rejection(found, error["rejection"])


def list_case(dialect: Dialect, fixture: str, endpoint: Endpoint = ENDPOINT) -> tuple[list[ModelFacts], list[HttpCall]]:
    """The models of a fixture's listing, and the calls that were made for them."""
    pages = load_fixture(fixture)["listing"]["pages"]
    calls: list[HttpCall] = []
    generator = dialect.model_pages(endpoint)
    try:
        call = next(generator)
        while True:
            calls.append(call)
            page = find_page(pages, call.url.removeprefix(endpoint.base_url))
            if page.get("status", 200) != 200:
                call = generator.throw(RequestRejected("no", status=page["status"]))
            else:
                call = generator.send(page["body"])
    except StopIteration as end:
        return end.value, calls


def find_page(pages: Iterable[Mapping[str, Any]], target: str) -> Mapping[str, Any]:
    """The page of a listing that a path and query ask for."""
    from urllib.parse import parse_qsl, unquote, urlsplit

    parts = urlsplit(target)
    for page in pages:
        if page["path"] == unquote(parts.path) and page.get("query", {}) == dict(parse_qsl(parts.query)):
            return page
    raise AssertionError(f"nobody asks for {target}")


def check_listing(dialect: Dialect, fixture: str, endpoint: Endpoint = ENDPOINT) -> None:
    """Read a fixture's listing and compare."""
    models, calls = list_case(dialect, fixture, endpoint)
    pages, expect = load_fixture(fixture)["listing"]["pages"], load_fixture(fixture)["listing"]["expect"]
    assert len(calls) == len(pages)
    assert [model.id for model in models] == [wanted["id"] for wanted in expect]
    names = {field.name for field in fields(ModelFacts)}
    for model, wanted in zip(models, expect, strict=True):
        assert wanted.keys() <= names
        found = {key: getattr(model, key) for key in wanted}
        assert {key: list(v) if isinstance(v, tuple) else v for key, v in found.items()} == wanted
    assert all(call.headers for call in calls)

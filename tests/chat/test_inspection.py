"""What the inspector copies: JSON that is harmless, a curl command that a real shell and curl understand."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.server import Reply, WireServer
from tui.chat.inspection import curl_command, differences, gap_plot, harmless_json, json_text, timing_lines
from tui.domain.reply import Timings
from tui.domain.session import Message
from tui.screens.inspector import Subject, response_text
from tui.text.clean import clean

NASTY = 'it\'s "quoted" $HOME `id` \\ ! 日本 \u202e \x1b[31m \x9b \U0001f600 \ud83d'


def sent(url: str, body: Any) -> dict[str, Any]:
    headers = {
        "Authorization": "***",
        "X-Secret-Thing": "***",
        "X-Odd": "a\"b$c'd",
        "X-Empty": "",
        "User-Agent": "mine/1",
        "Content-Type": "application/json",
        "Accept-Encoding": "gzip",
    }
    return {"method": "POST", "url": url, "headers": headers, "json": body}


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
async def test_the_command_sends_what_was_sent_with_the_key_from_a_variable() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": NASTY.replace("\ud83d", "")}]}
    async with WireServer(Reply((b"{}",))) as server:
        command = curl_command(sent(f"{server.url}/chat?a=b&c=d", body), key_variable="MY_KEY")
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", command, env={"PATH": "/usr/bin:/bin", "MY_KEY": "sk-1", "X_SECRET_THING": "s3"}
        )
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        seen = server.requests[0]
    assert seen.json == body
    found = {name.lower(): value for name, value in seen.headers.items()}
    assert found["authorization"] == "Bearer sk-1"
    assert found["x-secret-thing"] == "s3"
    assert found["x-odd"] == "a\"b$c'd"
    assert found["x-empty"] == ""
    assert found["user-agent"] == "mine/1"
    assert "***" not in command


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("padding", [0, 300_000])
async def test_a_secret_in_the_body_is_a_variable_and_a_long_body_is_no_argument(padding: int) -> None:
    nasty = NASTY.replace("\ud83d", "") + "\nEND_OF_REQUEST\n*** " + "x" * padding
    keys = {"openai": "***", "anthropic": "***"}
    body = {"messages": [{"role": "user", "content": nasty}, {"role": "user", "content": "***"}]}
    async with WireServer(Reply((b"{}",))) as server:
        command = curl_command(sent(server.url, {**body, "provider_api_keys": keys}), key_variable="MY_KEY")
        environment = {"PATH": "/usr/bin:/bin", "MY_KEY": "1", "X_SECRET_THING": "2"}
        environment |= {"OPENAI_API_KEY": "sk-o", "ANTHROPIC_API_KEY": "sk-a"}
        shell = await asyncio.create_subprocess_exec("sh", stdin=asyncio.subprocess.PIPE, env=environment)
        async with asyncio.timeout(20):
            await shell.communicate(command.encode())
        assert shell.returncode == 0
        seen = server.requests[0]
    assert seen.json == {**body, "provider_api_keys": {"openai": "sk-o", "anthropic": "sk-a"}}


def test_the_command_holds_nothing_hostile() -> None:
    command = curl_command(sent("https://example.org/v1", {"text": NASTY}), key_variable="K")
    assert clean(command) == command


def test_a_script_is_nothing_for_curl() -> None:
    assert curl_command({"method": "SCRIPT", "url": "script:demo/tour", "json": {}}) == ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_text_says_the_same_and_is_harmless(value: Any) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert clean(text) == text


def test_escapes_of_c1_and_bidi() -> None:
    assert harmless_json('"\x9b\u202e\x7f"') == '"\\u009b\\u202e\\u007f"'


@given(st.lists(st.integers(0, 10_000), max_size=400), st.integers(1, 90))
def test_a_plot_fits_and_shows_the_longest_gap(gaps: list[int], width: int) -> None:
    plot = gap_plot(tuple(gaps), width)
    assert len(plot) == min(len(gaps), width)
    if gaps and max(gaps) > 20:
        assert "█" in plot


def test_unknown_times_are_said_to_be_unknown() -> None:
    message = Message("a", None, "assistant", "2026-01-01T00:00:00.000Z")
    assert "Nothing is known" in timing_lines(message, 40)[0]
    message.timings = Timings(0.5, 1.0, 10.0, first_byte_s=0.2, gaps_ms=(10, 500))
    lines = "\n".join(timing_lines(message, 40))
    assert "0.200 s" in lines
    assert "longest 500 ms" in lines


def test_true_is_not_one() -> None:
    assert [one.name for one in differences({"a": 1, "b": 2}, {"a": True, "b": 2, "c": 3})] == ["a", "c"]


def test_times_that_hold_a_try_which_failed_say_so() -> None:
    message = Message("a", None, "assistant", "2026-01-01T00:00:00.000Z")
    message.timings = Timings(first_byte_s=62.0)
    assert timing_lines(message, 40)[0].endswith("since the request had left")
    message.meta = {"http": {"status": 200, "headers": {}, "failed_tries": ["503: \x1bbusy"]}}
    assert timing_lines(message, 40)[0].endswith("since the first of 2 requests had left")
    page = response_text(Subject("x", None, message))
    assert page.startswith("a try before failed: 503: ␛busy\nHTTP 200")

"""Scripts: played the same each time, at the speed that is asked for, and read strictly."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.turn import Turn, run_turn
from tui.domain.events import RawFrame, RequestSent, Retrying, StreamEvent
from tui.domain.reply import Reply
from tui.domain.request import ChatRequest, CompletionRequest, ModelRef, PromptMessage, Request, RequestOptions
from tui.errors import ConfigError
from tui.providers.base import Endpoint
from tui.providers.script_files import SHIPPED, load_script, pieces
from tui.providers.scripted import ScriptedProvider, known_script

DEMO = Endpoint("demo", "scripted", "")
SHIPPED_NAMES = sorted(path.stem for path in SHIPPED.glob("*.toml"))


def request(model: str, *prompts: str, **parameters: Any) -> ChatRequest:
    turns = [PromptMessage("user", prompt) for prompt in prompts or ("Hello there",)]
    return ChatRequest(ModelRef("demo", model), tuple(turns), parameters={"tokens_per_s": 0, **parameters})


async def play(asked: Request, endpoint: Endpoint = DEMO) -> Reply:
    return await run_turn(Turn(ScriptedProvider(endpoint), asked))


async def events_of(asked: Request, endpoint: Endpoint = DEMO) -> list[StreamEvent]:
    return [event async for event in ScriptedProvider(endpoint).stream(asked)]


@pytest.mark.parametrize("name", SHIPPED_NAMES)
async def test_a_shipped_script_plays_the_same_each_time(name: str) -> None:
    script = load_script(SHIPPED / f"{name}.toml")
    for turn in range(1, len(script.replies) + 1):
        asked = request(name, *["Hi"] * turn)
        first, second = await play(asked), await play(asked)
        assert replace(first, timings=second.timings) == second
        assert first.error is not None or not first.is_empty


async def test_the_demo_lists_its_models() -> None:
    models = await ScriptedProvider(DEMO).models()
    assert [model.id for model in models] == SHIPPED_NAMES
    assert {"tour", "markdown", "code", "reasoning", "slow", "error", "cut", "echo"} <= set(SHIPPED_NAMES)
    assert all(model.name for model in models)


async def test_what_a_listing_would_say_is_known_beforehand(tmp_path: Path) -> None:
    own(tmp_path, "[[replies]\n", "broken")
    for listed in await ScriptedProvider(DEMO).models():
        assert known_script(DEMO, listed.id) == listed
    assert known_script(DEMO, "nobody") is None
    assert known_script(replace(DEMO, quirks={"script": str(tmp_path)}), "broken") is None


async def test_echo_says_what_was_said() -> None:
    reply = await play(request("echo", "First", "Grüße, {{model}} 😀"))
    assert reply.text == "Grüße, {{model}} 😀"
    assert (reply.finish, reply.usage.output_tokens) == ("stop", 8)
    assert (
        await play(CompletionRequest(ModelRef("demo", "echo"), "x y", parameters={"tokens_per_s": 0}))
    ).text == "x y"


async def test_the_request_is_shown_as_a_wire_would_carry_it() -> None:
    asked = replace(request("echo", "Hi", temperature=0.5), system="Be brief.")
    (sent,) = [event for event in await events_of(asked) if isinstance(event, RequestSent)]
    assert (sent.method, sent.url) == ("SCRIPT", "script:demo/echo")
    assert sent.json["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    assert sent.json["temperature"] == 0.5
    assert ScriptedProvider(DEMO).prepare(asked).json == sent.json


async def test_parameters_act() -> None:
    assert (await play(request("echo", "one two three", stop=["two"]))).text == "one "
    short = await play(request("echo", "one two three", max_tokens=2))
    assert (short.text, short.finish) == ("one two", "length")
    choices = (await play(request("tour", n=3))).choices
    assert len({choice.text for choice in choices}) == 3
    assert (await play(request("reasoning"))).reasoning
    assert not (await play(request("reasoning", reasoning_effort="none"))).reasoning
    odds = (await play(request("echo", "one two", logprobs=3))).choices[0].logprobs
    assert "".join(token.token for token in odds) == "one two"
    assert all(len(token.alternatives) == 3 for token in odds)
    assert (await play(request("tour", seed=1))).text != (await play(request("tour", seed=0))).text


@pytest.mark.parametrize("value", [-1, "fast", True, float("nan"), float("inf")])
async def test_a_bad_speed_is_a_config_error(value: Any) -> None:
    reply = await play(request("echo", tokens_per_s=value))
    assert reply.error is not None
    assert reply.error.kind == "config-error"


async def test_scripts_fail_as_servers_do() -> None:
    events: list[StreamEvent] = []
    turn = Turn(ScriptedProvider(DEMO), request("error"))
    async for event in turn.events():
        events.append(event)
    assert len([event for event in events if isinstance(event, Retrying)]) == 2
    failed = turn.reply()
    assert failed.error is not None
    assert (failed.error.kind, failed.error.status, failed.error.retry_after_s) == ("rate-limited", 429, 120)
    broken = await play(request("error", "a", "b"))
    assert (broken.finish, broken.error and broken.error.kind) == ("cut_short", "stream-broken")
    cut = await play(request("cut"))
    assert (cut.finish, cut.error and cut.error.kind) == ("cut_short", "stream-broken")
    assert cut.text


async def test_an_unknown_script_names_the_nearest() -> None:
    reply = await play(request("turo"))
    assert reply.error is not None
    assert reply.error.kind == "model-unknown"
    assert "tour" in reply.error.message


async def test_slow_is_slow_and_can_be_stopped() -> None:
    asked = replace(request("slow"), parameters={})
    turn = Turn(ScriptedProvider(DEMO), asked)
    task = asyncio.create_task(run_turn(turn))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait({task}, timeout=10)
    assert task.cancelled()
    assert turn.reply().text == ""


async def test_frames_are_there_when_wanted() -> None:
    asked = replace(request("echo", "a b"), options=RequestOptions(wants_frames=True))
    assert [event.text for event in await events_of(asked) if isinstance(event, RawFrame)] == ["a", " b"]


# -- files of one's own ------------------------------------------------------------------------------------------------


def own(folder: Path, text: str, name: str = "mine") -> Endpoint:
    file = folder / f"{name}.toml"
    file.write_text(text, "utf-8")
    return replace(DEMO, quirks={"script": str(file)})


async def test_a_script_of_ones_own(tmp_path: Path) -> None:
    endpoint = own(
        tmp_path,
        '[[replies]]\ntext = "any {{turn}}"\nchunk = 2\nusage = { input_tokens = 7 }\n'
        '[[replies]]\nmatch = "(?i)rain"\ntext = "It rains."\nfinish = "length"\n',
    )
    assert [model.id for model in await ScriptedProvider(endpoint).models()] == ["mine"]
    plain = await play(request("mine", "x"), endpoint)
    assert (plain.text, plain.usage.input_tokens) == ("any 1", 7)
    matched = await play(request("mine", "x", "Will it RAIN?"), endpoint)
    assert (matched.text, matched.finish) == ("It rains.", "length")


async def test_a_folder_of_scripts(tmp_path: Path) -> None:
    own(tmp_path, '[[replies]]\ntext = "A"\n', "a")
    own(tmp_path, '[[replies]]\ntext = "B"\n', "b")
    endpoint = replace(DEMO, quirks={"script": str(tmp_path)})
    assert [model.id for model in await ScriptedProvider(endpoint).models()] == ["a", "b"]
    assert (await play(request("b"), endpoint)).text == "B"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[replies]", "not TOML"),
        ("", "no [[replies]]"),
        ("replies = 5", "no [[replies]]"),
        ("[[replies]]\ntxt = 'x'", "did you mean text"),
        ("desc = 'x'\n[[replies]]", "desc"),
        ("[[replies]]\ntext = 5", "replies.text must be a text"),
        ("[[replies]]\ntokens_per_s = 'x'", "replies.tokens_per_s must be a number"),
        ("[[replies]]\nfirst_token_s = -1", "at least 0"),
        ("[[replies]]\nchunk = 0", "replies.chunk"),
        ("[[replies]]\nchunk = 'page'", "replies.chunk"),
        ("[[replies]]\nmatch = '('", "regular expression"),
        ("[[replies]]\nfinish = 'soon'", "replies.finish"),
        ("[[replies]]\nerror = { kind = 'x' }", "error.kind"),
        ("[[replies]]\nerror = 5", "replies.error must be a table"),
        ("[[replies]]\nusage = { tokens = 1 }", "usage.tokens"),
        ("context_tokens = 'x'\n[[replies]]", "context_tokens"),
        ("price = 5\n[[replies]]", "price"),
    ],
)
def test_a_slip_of_the_pen_is_told(tmp_path: Path, text: str, words: str) -> None:
    own(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_script(tmp_path / "mine.toml")
    assert words in str(caught.value)
    assert "mine.toml" in str(caught.value)


def test_a_script_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_script(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not TOML"):
        load_script(tmp_path / "bytes.toml")


@given(st.text(), st.sampled_from(["token", "word", "line", 1, 7]))
def test_pieces_are_the_text(text: str, chunk: str | int) -> None:
    assert "".join(pieces(text, chunk)) == text


def test_playing_imports_nothing_that_reaches_the_network() -> None:
    code = (
        "import sys, asyncio; from tui.providers.base import Endpoint;"
        "from tui.providers.scripted import ScriptedProvider;"
        "asyncio.run(ScriptedProvider(Endpoint('demo', 'scripted', '')).models()); print('httpx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

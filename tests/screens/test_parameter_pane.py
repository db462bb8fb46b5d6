"""Every kind of control by key and by mouse, down to the bytes that a server gets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from textual.widgets import Input, Static

from tests.screens.driving import Drive, driving
from tests.waiting import wait_until
from tests.wire.server import Reply, SeenRequest, Until, WireServer
from tui.domain.session import Session
from tui.paths import sessions_dir
from tui.screens.edit_text import TextDialog
from tui.store.sessions import SessionStore
from tui.widgets.editor import Editor
from tui.widgets.parameters.parameter_list import LEFT_CELLS
from tui.widgets.parameters.row import ParameterRow

CHUNKS = (
    b'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
)


@dataclass
class Server:
    """Answers chats, lists no models, knows tokens; keeps the bodies of the chats."""

    bodies: list[Any] = field(default_factory=list)

    def __call__(self, seen: SeenRequest) -> Reply:
        if seen.path.endswith("/tokenize"):
            return Reply((json.dumps({"tokens": [ord(one) for one in seen.json["content"]]}).encode(),))
        if seen.method == "GET":
            return Reply((b'{"data":[]}',))
        self.bodies.append(seen.json)
        return Reply(CHUNKS, headers=[("content-type", "text/event-stream")])


@asynccontextmanager
async def pane(*, more: str = "", size: tuple[int, int] = (140, 60)) -> AsyncGenerator[tuple[Drive, Server], None]:
    server = Server()
    async with WireServer(server) as wire:
        config = (
            f'[endpoints.work]\ndialect = "openai-chat"\nbase_url = "{wire.url}"\nmodels = ["m"]\n'
            f'[endpoints.claude]\ndialect = "anthropic-messages"\nbase_url = "{wire.url}"\nmodels = ["m"]\n{more}'
        )
        async with driving(["work/m"], config=config, size=size) as drive:
            await wait_until(lambda: len(drive.bench.right.rows) > 10)
            yield drive, server


def row(drive: Drive, name: str) -> ParameterRow:
    return next(one for one in drive.bench.right.rows if one.spec.name == name)


async def go_to(drive: Drive, name: str) -> ParameterRow:
    found = row(drive, name)
    found.focus()
    await wait_until(lambda: found.has_focus)
    return found


async def told(drive: Drive, words: str) -> None:
    """Wait until the user was told so."""
    await wait_until(lambda: any(words in note.message for note in drive.app._notifications))


async def sent(drive: Drive, server: Server) -> Any:
    await drive.say("Hello")
    return server.bodies[-1]


async def test_what_is_unset_is_not_sent() -> None:
    async with pane() as (drive, server):
        assert set(await sent(drive, server)) <= {"model", "messages", "stream", "stream_options"}


async def test_a_number_by_key() -> None:
    async with pane() as (drive, server):
        temperature = await go_to(drive, "temperature")
        step = temperature.spec.step
        await drive.press("right")
        assert temperature.value == step
        await drive.press("shift+right")
        assert temperature.value == round(11 * step, 4)
        await drive.press("left")
        assert temperature.value == round(10 * step, 4)
        await drive.press("1", ".", "2", "5", "enter")
        assert (await sent(drive, server))["temperature"] == 1.25
        await go_to(drive, "temperature")
        await drive.press("9", "enter")
        assert temperature.problem, "out of range is said"
        assert (await sent(drive, server))["temperature"] == 1.25, "and never sent"
        await go_to(drive, "temperature")
        await drive.press("escape", "backspace")
        assert "temperature" not in await sent(drive, server)


def foot(drive: Drive) -> str:
    """What the pane says at its foot."""
    return str(drive.bench.right.query_one(".pane-about", Static).content)


async def test_what_a_row_has_no_room_for_stands_in_full_at_the_foot() -> None:
    async with pane() as (drive, _):
        temperature = await go_to(drive, "temperature")
        await wait_until(lambda: foot(drive) == temperature.spec.help)
        await drive.press("9", "enter")
        await wait_until(lambda: foot(drive) == "temperature must be between 0 and 2, not 9.")
        await drive.press("escape")
        await wait_until(lambda: foot(drive) == temperature.spec.help)
        controls = drive.bench.right.parameter_list
        refused = row(drive, "top_k")
        assert not refused.is_usable
        await drive.pilot.hover(controls, offset=(LEFT_CELLS + 2, controls.line_of(refused)))
        await wait_until(lambda: foot(drive) == refused.spec.reason)
        await drive.pilot.hover(controls, offset=(LEFT_CELLS + 2, controls.line_of(temperature)))
        await wait_until(lambda: foot(drive) == temperature.spec.help)


async def test_why_a_parameter_is_grey_is_read_by_keyboard_too() -> None:
    async with pane() as (drive, server):
        top_p, refused = await go_to(drive, "top_p"), row(drive, "top_k")
        assert not refused.is_usable
        await drive.press("down")
        assert drive.bench.right.current_row is refused
        await wait_until(lambda: foot(drive) == refused.spec.reason)
        await drive.press("right", "space", "enter", "5", "backspace", "up")
        assert drive.bench.right.current_row is top_p
        await drive.press(*"top", "space", *"k", "down")
        assert drive.bench.right.current_row is refused, "also when the filter leaves nothing else"
        assert "top_k" not in await sent(drive, server)


async def test_a_number_by_mouse() -> None:
    async with pane() as (drive, server):
        temperature = row(drive, "temperature")
        controls = drive.bench.right.parameter_list
        line, right = controls.line_of(temperature) + 1, controls.size.width - 2
        await drive.pilot.mouse_down(controls, offset=(4, line))
        await drive.pilot.hover(controls, offset=(right, line))
        await drive.pilot.mouse_up(controls, offset=(right, line))
        await drive.pilot.pause()
        assert temperature.value == temperature.spec.maximum
        await drive.pilot._post_mouse_events([_wheel_down()], controls, (5, line))
        await wait_until(lambda: temperature.value < temperature.spec.maximum)
        body = await sent(drive, server)
        assert body["temperature"] == temperature.value


def _wheel_down() -> Any:
    from textual.events import MouseScrollDown

    return MouseScrollDown


async def test_an_integer_takes_no_fractions() -> None:
    async with pane() as (drive, server):
        await go_to(drive, "max_tokens")
        await drive.press("1", ".", "5", "enter")
        assert 15 in (await sent(drive, server)).values()


async def test_a_choice_by_key_and_by_click() -> None:
    async with pane() as (drive, server):
        effort = await go_to(drive, "reasoning_effort")
        await drive.press("right")
        assert effort.value in effort.spec.choices
        assert (await sent(drive, server))["reasoning_effort"] == effort.value
        kind = row(drive, "response_format")
        kind.focus()
        await drive.pilot.pause()
        controls = drive.bench.right.parameter_list
        await drive.pilot.click(controls, offset=(LEFT_CELLS + 7, controls.line_of(kind) + 1))
        assert kind.value == "json_object"
        assert (await sent(drive, server))["response_format"] == {"type": "json_object"}


async def keep(drive: Drive) -> None:
    """Accept what an editor holds, and wait until it is closed: a click before that would go to it."""
    await drive.press("ctrl+s")
    await wait_until(lambda: not isinstance(drive.app.screen, TextDialog))


async def edit(drive: Drive, text: str) -> TextDialog:
    await wait_until(lambda: isinstance(drive.app.screen, TextDialog))
    dialog = drive.app.screen
    assert isinstance(dialog, TextDialog)
    dialog.query_one(Editor).load_text(text)
    await drive.pilot.pause()
    return dialog


async def test_a_list_with_visible_escapes() -> None:
    async with pane() as (drive, server):
        await go_to(drive, "stop")
        await drive.press("enter")
        await edit(drive, "END\n\\n\\n\n\\\\n")
        await keep(drive)
        assert (await sent(drive, server))["stop"] == ["END", "\n\n", "\\n"]


async def test_a_map_without_a_server_that_knows_tokens() -> None:
    async with pane() as (drive, server):
        await go_to(drive, "logit_bias")
        await drive.press("enter")
        await edit(drive, "42 = -5")
        await keep(drive)
        assert (await sent(drive, server))["logit_bias"] == {"42": -5}


async def test_a_map_whose_token_ids_are_looked_up() -> None:
    server = Server()
    async with WireServer(server) as wire:
        config = f'[endpoints.vllm]\nbase_url = "{wire.url}"\nmodels = ["m"]\n'
        async with driving(["vllm/m"], config=config, size=(140, 60)) as drive:
            await go_to(drive, "logit_bias")
            await drive.press("enter", "f4")
            await drive.press("a", "b", "=", "-", "5", "enter")
            await drive.see("97, 98")
            await keep(drive)
            assert (await sent(drive, server))["logit_bias"] == {"97": -5, "98": -5}


async def test_a_schema_is_checked_while_it_is_written() -> None:
    async with pane() as (drive, server):
        await go_to(drive, "response_format")
        await drive.press("enter")
        dialog = await edit(drive, '{"type": "objekt"}')
        await drive.press("ctrl+s")
        assert drive.app.screen is dialog
        await drive.see("no type of JSON Schema")
        schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
        await edit(drive, json.dumps(schema))
        await keep(drive)
        assert (await sent(drive, server))["response_format"]["json_schema"]["schema"] == schema


async def test_free_json_is_laid_over_the_body() -> None:
    async with pane() as (drive, server):
        await go_to(drive, "extra_body")
        await drive.press("enter")
        dialog = await edit(drive, "[1]")
        await drive.press("ctrl+s")
        assert drive.app.screen is dialog
        await edit(drive, '{"own": {"deep": [1, null]}}')
        await keep(drive)
        assert (await sent(drive, server))["own"] == {"deep": [1, None]}


async def test_a_boolean() -> None:
    async with pane() as (drive, server):
        stream = await go_to(drive, "stream")
        await drive.press("right")
        assert stream.value is False
        server.bodies.clear()
        await drive.say("Hello")
        assert server.bodies[-1]["stream"] is False


async def click(drive: Drive, name: str, x: int) -> ParameterRow:
    """Click a cell of a control, brought into sight by the keys as a user would."""
    found = await go_to(drive, name)
    await drive.pilot.pause()
    pane, controls = drive.bench.right, drive.bench.right.parameter_list
    line = controls.line_of(found) + 1
    await wait_until(lambda: pane.region.contains(controls.region.x, controls.region.y + line))
    await drive.pilot.click(controls, offset=(LEFT_CELLS + x, line))
    await drive.pilot.pause()
    return found


async def test_editors_open_by_click_and_a_switch_is_clicked() -> None:
    values = {"stop": ("END", ["END"]), "logit_bias": ("7 = 3", {"7": 3}), "user": ("me", "me")}
    async with pane() as (drive, server):
        for name, (text, _) in values.items():
            await click(drive, name, 3)
            await edit(drive, text)
            await keep(drive)
        await click(drive, "extra_body", 3)
        await edit(drive, '{"own": 1}')
        await keep(drive)
        await click(drive, "response_format", 14)
        await edit(drive, '{"type": "object", "properties": {}}')
        await keep(drive)
        stream = await click(drive, "stream", 1)
        assert stream.value is False
        server.bodies.clear()
        await drive.say("Hello")
        body = server.bodies[-1]
        assert {name: body[name] for name in values} == {name: value for name, (_, value) in values.items()}
        assert (body["own"], body["stream"]) == (1, False)
        assert body["response_format"]["json_schema"]["schema"] == {"type": "object", "properties": {}}


async def test_a_schema_that_is_set_opens_again_by_click() -> None:
    config = '[parameters.response_format]\ntype = "object"\nproperties = { a = { type = "string" } }\n'
    async with pane(more=config) as (drive, _):
        await click(drive, "response_format", 14)
        await wait_until(lambda: isinstance(drive.app.screen, TextDialog))
        await drive.see('"a"')


async def test_what_the_current_parameter_is_for_stands_below() -> None:
    async with pane() as (drive, _):
        await go_to(drive, "seed")
        await drive.see("The same seed with")
        await drive.press("escape")
        await drive.see("Arrows set, backspace")


async def test_a_slider_that_is_dragged_drops_no_token_and_is_recorded_once() -> None:
    words = [f"w{number} " for number in range(200)]
    moved = [asyncio.Event() for _ in range(10)]
    steps: list[bytes | Until] = []
    for number, word in enumerate(words):
        if number % 20 == 10:
            steps.append(Until(moved[number // 20]))  # so that pieces and moves alternate, however slow the machine is
        steps.append(f'data: {{"choices":[{{"index":0,"delta":{{"content":"{word}"}}}}]}}\n\n'.encode())

    def answer(seen: SeenRequest) -> Reply:
        if seen.method == "GET":
            return Reply((b'{"data":[]}',))
        return Reply((*steps, CHUNKS[1]), headers=[("content-type", "text/event-stream")])

    async with WireServer(answer) as wire:
        config = f'[endpoints.work]\ndialect = "openai-chat"\nbase_url = "{wire.url}"\nmodels = ["m"]\n'
        async with driving(["work/m"], config=config, size=(140, 60)) as drive:
            await wait_until(lambda: len(drive.bench.right.rows) > 10)
            controls, temperature = drive.bench.right.parameter_list, row(drive, "temperature")
            line, right = controls.line_of(temperature) + 1, controls.size.width - 2
            drive.chat.composer.load_text("Hello")
            await drive.pilot.press("enter")
            await wait_until(lambda: drive.bench.is_replying)
            await drive.pilot.mouse_down(controls, offset=(4, line))
            for number, event in enumerate(moved):
                for cell in range(4, right, 5):
                    await drive.pilot.hover(controls, offset=(cell + number % 5, line))
                event.set()
            await drive.quiet()
            await drive.pilot.mouse_up(controls, offset=(right, line))
            column_id = drive.bench.current_id
            await wait_until(lambda: drive.session.columns[column_id].parameters == {"temperature": temperature.value})
            (reply,) = (one for one in drive.session.messages.values() if one.is_reply)
            assert reply.text == "".join(words)
            await wait_until(lambda: all(word.strip() in drive.text for word in words))

            def saved() -> Session:
                return SessionStore(sessions_dir()).read(drive.session.id).session

            assert saved().messages[reply.id].text == reply.text
            await wait_until(lambda: saved().columns[column_id].parameters == {"temperature": temperature.value})


async def test_another_column_is_shown_by_the_same_rows_in_place() -> None:
    async with pane(size=(200, 60)) as (drive, _):
        await drive.bench.act_add_column()
        await wait_until(lambda: drive.bench.left.filter_input.has_focus)
        await drive.bench.choose_model("claude/m")
        rows = drive.bench.right.rows
        await go_to(drive, "temperature")
        await drive.press("0", ".", "5", "enter")
        assert row(drive, "temperature").value == 0.5
        layouts: list[object] = []
        drive.chat.screen_layout_refresh_signal.subscribe(drive.chat, layouts.append)
        await drive.press("f6")
        await wait_until(lambda: drive.bench.current_column.model == "work/m")
        await drive.pilot.pause()
        assert row(drive, "temperature").value is None
        assert row(drive, "seed").spec.is_taken
        assert all(one is before for one, before in zip(drive.bench.right.rows, rows, strict=True))
        assert not layouts, "nothing is laid out anew"


async def test_typing_narrows_and_escape_shows_all_again() -> None:
    async with pane() as (drive, _):
        await go_to(drive, "temperature")
        await drive.press("p", "e", "n", "a", "l")
        shown = [one.spec.name for one in drive.bench.right.rows if one.is_shown]
        assert shown
        assert all("penalty" in name for name in shown)
        await drive.press("down")
        assert drive.bench.right.current_row in [one for one in drive.bench.right.rows if one.is_shown]
        await drive.press("x", "q")
        await drive.see("Nothing matches.")
        field = drive.bench.right.query_one("#parameter-filter", Input)
        await drive.press("escape")
        assert field.value == ""
        assert all(one.is_shown for one in drive.bench.right.rows)


async def test_one_key_unsets_everything_and_another_model_keeps_values_and_says_which_do_not_apply() -> None:
    async with pane() as (drive, server):
        await go_to(drive, "temperature")
        await drive.press("1", ".", "5", "enter")
        await go_to(drive, "seed")
        await drive.press("7", "enter")
        await drive.bench.keep_settings()
        await drive.bench.choose_model("claude/m")
        await told(drive, "does not take Seed; the values are kept, not sent")
        await told(drive, "temperature will be sent as 1, not 1.5: claude/m takes between 0 and 1.")
        assert row(drive, "temperature").remark == "sent as 1: between 0 and 1"
        assert "kept, not sent" in row(drive, "seed").words()
        await drive.bench.choose_model("work/m")
        body = await sent(drive, server)
        assert (body["temperature"], body["seed"]) == (1.5, 7)
        await go_to(drive, "temperature")
        await drive.press("ctrl+x")
        await told(drive, "2 parameters unset")
        body = await sent(drive, server)
        assert "temperature" not in body
        assert "seed" not in body


async def test_the_pane_follows_to_a_hidden_column_before_that_comes_into_view(monkeypatch: pytest.MonkeyPatch) -> None:
    models = ["work/m", "claude/m", "work/m", "claude/m"]
    config = "\n".join(
        f'[endpoints.{name}]\ndialect = "{dialect}"\nbase_url = "http://127.0.0.1:9/v1"\nmodels = ["m"]\n'
        for name, dialect in (("work", "openai-chat"), ("claude", "anthropic-messages"))
    )
    async with driving(models, config=config, size=(130, 40)) as drive:
        bench = drive.bench
        order: list[tuple[str, bool]] = []

        def noted(name: str, does: Callable[[], None]) -> Callable[[], None]:
            def noting() -> None:
                order.append((name, bool(bench.current_view.display)))
                does()

            return noting

        monkeypatch.setattr(bench, "show_settings", noted("pane", bench.show_settings))
        monkeypatch.setattr(bench, "fit_columns", noted("columns", bench.fit_columns))
        await drive.press("f4")
        await wait_until(lambda: drive.chat.is_open("right"))
        order.clear()
        for _ in models:
            await drive.press("f6")
        await wait_until(lambda: order[-1][0] == "columns" and bench.current_view.display)
        assert order[order.index(("pane", False)) + 1] == ("columns", False)


async def test_only_the_row_with_the_keys_is_painted_anew_when_the_focus_comes_or_goes() -> None:
    async with pane() as (drive, _):
        found = drive.bench.right.parameter_list
        found.focus_first()
        await wait_until(lambda: found.has_focus and len(found._strips) > 5 and id(found.current_row) in found._strips)
        before = dict(found._strips)
        current = found.current_row
        drive.chat.composer.focus()
        await wait_until(lambda: not found.has_focus and id(current) in found._strips)
        assert all(found._strips[one] is strips for one, strips in before.items() if one != id(current))
        assert found._strips[id(current)] != before[id(current)]


async def test_what_no_table_knows_and_is_sent_is_seen_edited_and_unset() -> None:
    async with pane(more='[parameters]\nguided = ["a"]\nretry = {attempts = 1}\n') as (drive, server):
        assert row(drive, "guided").value == ["a"]
        await go_to(drive, "retry")
        assert "not in its body" in foot(drive)
        await go_to(drive, "guided")
        await drive.press("enter")
        await edit(drive, '{"choice": null}')
        await keep(drive)
        assert (await sent(drive, server))["guided"] == {"choice": None}
        await go_to(drive, "guided")
        await drive.press("backspace", "backspace")
        await wait_until(lambda: "guided" not in drive.bench.current_column.parameters)
        assert drive.bench.right.current_row is row(drive, "guided")
        await drive.press("up", "down", "ctrl+x")
        await told(drive, "1 parameter unset")
        assert "guided" not in await sent(drive, server)
        await go_to(drive, "seed")
        await drive.press("1", "enter")
        await wait_until(lambda: "guided" not in [one.spec.name for one in drive.bench.right.rows])


async def test_what_is_typed_belongs_to_the_column_it_was_typed_for() -> None:
    async with driving(["demo/a", "demo/b"], config="") as drive:
        first, second = drive.session.columns.values()
        await drive.press("f5", "A", "f6")
        await wait_until(lambda: drive.session.columns[first.id].system == "A")
        assert drive.bench.right.system_prompt.text == ""
        await drive.press("B", "escape")
        await wait_until(lambda: drive.session.columns[second.id].system == "B")
        assert drive.session.columns[first.id].system == "A"


async def test_a_number_that_is_typed_counts_for_its_own_column_and_not_before_it_is_whole() -> None:
    async with pane(size=(200, 60)) as (drive, _):
        await drive.press("ctrl+t")
        await wait_until(lambda: len(drive.session.columns) == 2)
        first, second = drive.session.columns
        assert drive.bench.current_column.id == second
        await go_to(drive, "temperature")
        await drive.press("1", ".", "5", "f6")
        await wait_until(lambda: drive.bench.current_column.id == first)
        await drive.press("down", "up", "right", "1")
        await wait_until(lambda: drive.bench._keeper is None)
        await drive.press(".", "2")
        await drive.bench.keep_settings()
        values = {name: column.parameters.get("temperature") for name, column in drive.session.columns.items()}
        assert values == {first: 1.2, second: 1.5}


async def test_the_last_line_names_only_keys_that_mean_something_on_the_row() -> None:
    async with driving(["anthropic/claude-sonnet-4-5"], config="") as drive:
        await drive.press("f4")

        def named() -> list[str]:
            return [hint.words for hint in drive.bench.screen.hint_line.hints]

        await go_to(drive, "temperature")
        await wait_until(lambda: {"set", "unset"} <= {*named()})
        await go_to(drive, "min_p")
        await wait_until(lambda: not {"set", "unset"} & {*named()})
        await go_to(drive, "stop")
        await wait_until(lambda: "unset" in named() and "set" not in named())

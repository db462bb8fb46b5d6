"""Controls of parameters: keys, digits, mouse, what is refused, what is edited as text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.events import MouseScrollUp

from tui.domain.parameters import Kind, ParameterSpec
from tui.errors import ConfigError
from tui.text.clean import drop_controls
from tui.widgets.parameters.choice_row import ChoiceRow
from tui.widgets.parameters.json_rules import check_json
from tui.widgets.parameters.number_row import NumberRow
from tui.widgets.parameters.pane import control_for
from tui.widgets.parameters.parameter_list import LEFT_CELLS, RIGHT_CELLS, ParameterList
from tui.widgets.parameters.row import ParameterRow
from tui.widgets.parameters.scale import Scale, snap, stepped
from tui.widgets.parameters.text_row import text_of, value_of

TEMPERATURE = ParameterSpec(
    "temperature", Kind.NUMBER, "Temperature", minimum=0, maximum=2, step=0.05, default=1.0, slider_maximum=2
)
MAX_TOKENS = ParameterSpec("max_tokens", Kind.INTEGER, "Max tokens", minimum=1, step=64, slider_maximum=4096)
SEED = ParameterSpec("seed", Kind.INTEGER, "Seed", minimum=0, maximum=2**53)
EFFORT = ParameterSpec("reasoning_effort", Kind.CHOICE, "Effort", choices=("low", "medium", "high"), default="medium")
ECHO = ParameterSpec("echo", Kind.BOOLEAN, "Echo")
STOP = ParameterSpec("stop", Kind.LIST, "Stop", max_items=4)
BIAS = ParameterSpec("logit_bias", Kind.MAP, "Bias", minimum=-100, maximum=100)
EXTRA = ParameterSpec("extra_body", Kind.JSON, "Extra")
REFUSED = ParameterSpec("top_k", Kind.INTEGER, "Top k", reason="Groq refuses it")


class Rows(App[None]):
    """Rows and what they post."""

    def __init__(self, *rows: ParameterRow) -> None:
        super().__init__()
        self._rows = rows
        self.changes: list[tuple[str, Any]] = []
        self.edits: list[str] = []

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield ParameterList()

    def on_mount(self) -> None:
        self.list.set_rows(self._rows)

    @property
    def list(self) -> ParameterList:
        return self.query_one(ParameterList)

    def on_parameter_row_changed(self, event: ParameterRow.Changed) -> None:
        self.changes.append((event.name, event.value))

    def on_parameter_row_edit_requested(self, event: ParameterRow.EditRequested) -> None:
        self.edits.append(event.row.spec.name)


async def test_arrows_step_and_shift_steps_by_ten_from_the_default() -> None:
    row = NumberRow(TEMPERATURE)
    app = Rows(row)
    async with app.run_test(size=(40, 10)) as pilot:
        row.focus()
        await pilot.press("right")
        assert row.value == 1.05
        await pilot.press("shift+left")
        assert row.value == 0.55
        await pilot.press("home")
        assert row.value == 0
        await pilot.press("left")
        assert row.value == 0
        await pilot.press("end")
        assert row.value == 2
        await pilot.press("backspace")
        assert row.value is None
        assert app.changes[-1] == ("temperature", None)


async def test_digits_type_backspace_corrects_enter_accepts_escape_forgets() -> None:
    row = NumberRow(TEMPERATURE)
    async with Rows(row).run_test(size=(40, 10)) as pilot:
        row.focus()
        await pilot.press("0", ".", "7", "5", "backspace", "enter")
        assert row.value == 0.7
        await pilot.press("1", "escape")
        assert row.typed == ""
        assert row.value == 0.7
        await pilot.press("9", "enter")
        assert row.value == 0.7
        assert "between 0 and 2" in row.problem
        await pilot.press("x", "minus", "1", "enter")
        assert "between 0 and 2" in row.problem


@pytest.mark.parametrize(
    ("keys", "value"),
    [("0,7", 0.7), ("1e-7", 1e-7), ("1.5e-1", 0.15), ("1,5,2", 1.52), ("--1", None), ("1e999", None), ("1e", None)],
)
async def test_a_number_is_typed_as_people_write_it(keys: str, value: float | None) -> None:
    row = NumberRow(TEMPERATURE)
    async with Rows(row).run_test(size=(40, 10)) as pilot:
        row.focus()
        await pilot.press(*keys, "enter")
        assert row.value == value
        assert bool(row.problem) == (value is None)


async def test_a_whole_number_has_no_point_and_no_exponent() -> None:
    row = NumberRow(SEED)
    async with Rows(row).run_test(size=(40, 10)) as pilot:
        row.focus()
        await pilot.press(*"1,0.0", "enter")
        assert row.value == 100


async def test_leaving_the_box_takes_what_was_typed() -> None:
    row, other = NumberRow(TEMPERATURE), NumberRow(MAX_TOKENS)
    async with Rows(row, other).run_test(size=(40, 10)) as pilot:
        row.focus()
        await pilot.press("0", ".", "3")
        other.focus()
        await pilot.pause()
        assert row.value == 0.3


async def test_a_whole_number_stays_whole_and_goes_to_the_steps() -> None:
    row = NumberRow(MAX_TOKENS)
    app = Rows(row)
    async with app.run_test(size=(40, 10)) as pilot:
        row.focus()
        await pilot.press("right")
        assert row.value == 64
        await pilot.press("right")
        assert row.value == 128
        await pilot.press("1", "0", "0", "enter")
        assert row.value == 100
        await pilot.press("right")
        assert row.value == 128
        assert all(isinstance(value, int) for _, value in app.changes)


async def test_the_mouse_sets_and_drags_and_the_wheel_steps_the_focused_slider() -> None:
    first, row = NumberRow(MAX_TOKENS), NumberRow(TEMPERATURE)
    app = Rows(first, row)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        line, right = app.list.line_of(row) + 1, app.list.size.width - RIGHT_CELLS - 1
        await pilot.mouse_down(app.list, offset=(LEFT_CELLS, line))
        await pilot.pause()
        assert row.value == 0
        await pilot.hover(app.list, offset=(right, line))
        await pilot.pause()
        assert row.value == 2
        await pilot.hover(app.list, offset=(right, 0))
        await pilot.hover(app.list, offset=(LEFT_CELLS, 0))
        await pilot.pause()
        assert row.value == 0, "a held slider follows the mouse wherever it is"
        await pilot.mouse_up(app.list, offset=(LEFT_CELLS, line))
        await pilot.hover(app.list, offset=(right, line))
        await pilot.pause()
        assert row.value == 0, "it was let go"
        assert row.has_focus
        await pilot._post_mouse_events([MouseScrollUp], app.list, (4, line))
        await pilot.pause()
        assert row.value == 0.05
        await pilot._post_mouse_events([MouseScrollUp], app.list, (4, 1))
        await pilot.pause()
        assert first.value is None, "the wheel steps the focused slider only"


async def test_choices_walk_and_click_and_unset() -> None:
    row, switch = ChoiceRow(EFFORT), ChoiceRow(ECHO)
    app = Rows(row, switch)
    async with app.run_test(size=(60, 10)) as pilot:
        row.focus()
        seen = []
        for key in ("right", "left", "left", "delete"):
            await pilot.press(key)
            seen.append(row.value)
        assert seen == ["high", "medium", "low", None]
        await pilot.click(app.list, offset=(LEFT_CELLS + 6, 1))
        assert row.value == "medium"
        switch.focus()
        seen.clear()
        for _ in range(2):
            await pilot.press("right")
            seen.append(switch.value)
        assert seen == [False, True]


def test_a_value_of_another_model_says_what_is_sent_in_its_place() -> None:
    temperature, effort = NumberRow(TEMPERATURE, 3), ChoiceRow(EFFORT, "max")
    assert "sent as 2: between 0 and 2" in temperature.words()
    assert "sent as high: low, medium, high" in effort.words()
    assert not temperature.problem
    for row in (temperature, effort):
        row.show(row.spec, row.spec.default)
        assert "sent as" not in row.words()


def test_a_parameter_is_found_by_what_the_wire_and_people_call_it() -> None:
    row = control_for(ParameterSpec("n", Kind.INTEGER, "Replies", wire="num_samples", words="variants"), None)
    assert all(word in row.search_text for word in ("replies", "samples", "variants"))


async def test_values_with_an_inside_ask_for_an_editor() -> None:
    row = control_for(STOP, None)
    app = Rows(row)
    async with app.run_test(size=(40, 10)) as pilot:
        row.focus()
        await pilot.press("enter")
        await pilot.press("space")
        await pilot.click(app.list, offset=(LEFT_CELLS, 1))
        assert app.edits == ["stop"] * 3


async def test_what_is_not_taken_cannot_be_set_only_unset() -> None:
    assert not control_for(REFUSED, None).is_usable
    kept = NumberRow(REFUSED, 40)
    async with Rows(kept).run_test(size=(60, 10)) as pilot:
        kept.focus()
        await pilot.press("right", "5", "enter")
        assert kept.value == 40
        await pilot.press("backspace")
        assert kept.value is None


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        (STOP, "END\n\\n\\n", ["END", "\n\n"]),
        (STOP, "a\\\\n", ["a\\n"]),
        (BIAS, "50256 = -100\n 7=1.5", {"50256": -100, "7": 1.5}),
        (EXTRA, '{"a": [1, 2]}', {"a": [1, 2]}),
        (STOP, "  \n", None),
    ],
)
def test_edited_text_means_values(spec: ParameterSpec, text: str, value: Any) -> None:
    assert value_of(spec, text) == value


@pytest.mark.parametrize(
    ("spec", "text", "words"),
    [
        (STOP, "a\nb\nc\nd\ne", "at most 4"),
        (BIAS, "x", "name = number"),
        (BIAS, "x = nan", "not a number"),
        (BIAS, "x = 200", "between -100 and 100"),
        (EXTRA, "{", "line 1"),
        (EXTRA, "[" * 100_000, "extra_body"),
        (EXTRA, '{"a": NaN}', "no server could read it"),
        (EXTRA, '{"a": 1e999}', "no server could read it"),
    ],
)
def test_what_means_nothing_is_one_sentence(spec: ParameterSpec, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        value_of(spec, text)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$defs": {"Step": {"type": "strng"}}}, "In “Step”, “strng” is no type"),
        ({"definitions": {"Step": {"properties": {"at": {"type": 1}}}}}, "In “at”, “1” is no type"),
        ({"$defs": []}, "“\\$defs” must be an object"),
        ({"$defs": {"Step": 1}}, "“Step” must be a schema"),
        (
            {"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "nul"}]}}},
            "In “anyOf” of “a”, “nul” is no type",
        ),
        ({"oneOf": {}}, "“oneOf” must be a list"),
    ],
)
def test_a_schema_is_checked_wherever_it_has_others(schema: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_json("response_format", {"type": "object", **schema})


def test_a_part_of_a_schema_may_require_what_the_whole_describes() -> None:
    whole = {"properties": {"a": {}}, "anyOf": [{"properties": {"b": {}}, "required": ["a"]}], "$defs": {"x": True}}
    assert check_json("response_format", whole) == whole


def test_a_large_whole_number_in_a_map_stays_what_it_is() -> None:
    spec = ParameterSpec("logit_bias", Kind.MAP, "Bias")
    assert value_of(spec, "x = 9007199254740993\ny = -2.0\nz = 1e-7") == {"x": 9007199254740993, "y": -2, "z": 1e-7}
    for digits, words in (("9" * 400, "from names to numbers"), ("9" * 5000, "is not a number")):
        with pytest.raises(ConfigError, match=words):
            value_of(spec, f"x = {digits}")


def test_a_list_of_one_that_was_set_as_a_text_is_edited_as_a_list() -> None:
    assert value_of(STOP, text_of(STOP, 'a\n"')) == ['a\n"']


@given(st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1), max_size=4))
def test_a_list_survives_its_editor(items: list[str]) -> None:
    assert value_of(STOP, text_of(STOP, items)) == (items or None) or not "".join(items).strip()


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), max_size=4))
def test_a_list_survives_its_editor_whatever_is_in_it(items: list[str]) -> None:
    text = text_of(STOP, items)
    assert drop_controls(text) == text
    assert text.splitlines() == text.split("\n") or not items
    assert value_of(STOP, text) == (items or None)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1), st.integers(-100, 100) | st.floats(-100, 100), max_size=4
    )
)
def test_a_map_survives_its_editor(biases: dict[str, float]) -> None:
    text = text_of(BIAS, biases)
    assert drop_controls(text) == text
    assert value_of(BIAS, text) == (biases or None)


def test_a_blank_line_is_no_stop_sequence() -> None:
    assert value_of(STOP, "a\n   \nb\\u00A0\\ud800") == ["a", "b\xa0\\ud800"]


@pytest.mark.parametrize("items", [[" "], ["a", "  ", "\\s"], ["\\", " b"], ["\u2028"], ["\x0b", "a\x1cb"], ["\u3000"]])
def test_blanks_survive_the_editor_of_a_list(items: list[str]) -> None:
    assert value_of(STOP, text_of(STOP, items)) == items


@given(st.integers(1, 400), st.integers(0, 400))
def test_every_cell_of_a_track_is_a_value_in_range(width_cells: int, cell: int) -> None:
    scale = Scale.of(TEMPERATURE)
    assert scale is not None
    value = scale.value_at(min(cell, width_cells - 1), width_cells)
    assert 0 <= value <= 2
    assert TEMPERATURE.check(value) == value


@pytest.mark.parametrize(("value", "fraction"), [(10**400, 1), (-(10**400), 0), (1, 0.5)])
def test_values_of_any_size_have_a_place_on_the_track(value: int, fraction: float) -> None:
    scale = Scale.of(TEMPERATURE)
    assert scale is not None
    assert scale.fraction(value) == fraction


@given(st.floats(0, 2), st.integers(-30, 30))
def test_steps_stay_in_range_and_on_the_grid(value: float, steps: int) -> None:
    moved = stepped(TEMPERATURE, value, steps or 1)
    assert 0 <= moved <= 2
    assert snap(moved, 0.05) == pytest.approx(moved)


def test_a_range_too_long_for_a_track_has_a_box_only() -> None:
    assert Scale.of(SEED) is None


def test_a_range_from_far_below_zero_begins_where_people_are() -> None:
    spec = ParameterSpec(
        "seed", Kind.INTEGER, minimum=-(2**63), maximum=2**63 - 1, slider_minimum=0, slider_maximum=1000
    )
    scale = Scale.of(spec)
    assert scale is not None
    assert (scale.low, scale.high) == (0, 1000)

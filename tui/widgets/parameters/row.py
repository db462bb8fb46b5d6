"""What every parameter's control has in common: a line with name and value, a line with the control, unsetting.

A row is no widget: the list paints all of them and hands keys and the mouse to the one they are for, so that 25 of
them cost no more than one. A row shows what it is given and posts what the user wants; whether that is allowed is the
spec's word. Refuses to know sessions and requests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from textual.message import Message

from tui.domain.parameters import ParameterSpec, within_limits
from tui.errors import ConfigError
from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells

UNSET_WORDS = "unset"
CONTROL_LINE = 1
"""The line of a row that the mouse sets it on; the one above has name and value."""

Look = str
"""One of the looks of `ParameterList`: `label`, `value`, `muted` …"""
Piece = tuple[str, Look]


class RowOwner(Protocol):
    """What a row needs of the list that it stands in."""

    of: str
    """Whose values are shown."""

    def post_message(self, message: Message) -> bool:
        """Tell the screen."""
        ...

    def repaint_row(self, row: ParameterRow) -> None:
        """Paint a row again."""
        ...

    def focus_row(self, row: ParameterRow) -> None:
        """Go to a row."""
        ...

    def is_at(self, row: ParameterRow) -> bool:
        """Whether the keys go to a row."""
        ...


class ParameterRow:
    """One parameter. `value` None is unset: nothing is sent."""

    ACTIONS: ClassVar[frozenset[str]] = frozenset()
    """What the list's keys can do here, besides unsetting."""

    @dataclass
    class Changed(Message):
        """The user gave a parameter another value; None unsets it."""

        row: ParameterRow
        name: str
        value: Any
        of: str = ""
        """Whose value it was: when this arrives, another's may be shown."""

    @dataclass
    class EditRequested(Message):
        """The value needs an editor of its own."""

        row: ParameterRow

    def __init__(self, spec: ParameterSpec, value: Any = None) -> None:
        self.spec = spec
        self.value = value
        self.problem = ""
        """Why what was just entered, or is set, is not taken."""
        self.remark = ""
        """What is sent in place of what is set."""
        self.judge()
        self.owner: RowOwner | None = None
        self.is_shown = True

    def show(self, spec: ParameterSpec, value: Any) -> None:
        """Show the same parameter of another model or column."""
        if spec is self.spec and value == self.value and type(value) is type(self.value):
            return
        self.spec = spec
        self.value = value
        self.judge()
        self.repaint()

    def judge(self) -> None:
        """Note what becomes of a value that was good for another model: the nearest is sent, or it cannot be."""
        self.problem = self.remark = ""
        if self.value is None or not self.spec.is_taken:
            return
        name = self.spec.name
        sent = within_limits({name: self.value}, {name: self.spec}, "")[0][name]
        try:
            self.spec.check(sent)
        except ConfigError as error:
            self.problem = str(error)
            return
        if sent != self.value:
            self.remark = f"sent as {value_words(sent)}: {', '.join(self.spec.choices) or self.spec.range_words()}"

    @property
    def is_usable(self) -> bool:
        """Whether there is anything to do here: set it, or at least unset it."""
        return self.spec.is_taken or self.value is not None

    @property
    def search_text(self) -> str:
        """What the filter looks in."""
        spec, state = self.spec, "set changed" if self.value is not None else ""
        return " ".join((spec.name, spec.label, spec.wire.rpartition(".")[2], spec.words, state)).lower()

    @property
    def draft(self) -> Any:
        """What an editor starts with."""
        return self.value

    def propose(self, value: Any) -> bool:
        """Take a value if the model does; returns whether it was taken."""
        try:
            checked = self.spec.check(value)
        except ConfigError as error:
            self.problem = str(error)
            self.repaint()
            return False
        self.problem = self.remark = ""
        if checked != self.value or type(checked) is not type(self.value):
            self.value = checked
            self._post_change()
        self.repaint()
        return True

    def unset(self) -> None:
        """Back to the provider's default."""
        self.problem = self.remark = ""
        if self.value is not None:
            self.value = None
            self._post_change()
        self.repaint()

    def _post_change(self) -> None:
        self.post(self.Changed(self, self.spec.name, self.value, self.owner.of if self.owner is not None else ""))

    # -- the list --------------------------------------------------------------------------------------------------

    def post(self, message: Message) -> None:
        """Tell the screen."""
        if self.owner is not None:
            self.owner.post_message(message)

    def repaint(self) -> None:
        """What is shown is another thing now."""
        if self.owner is not None:
            self.owner.repaint_row(self)

    def focus(self) -> None:
        """Go here."""
        if self.owner is not None:
            self.owner.focus_row(self)

    @property
    def has_focus(self) -> bool:
        """Whether the keys go here."""
        return self.owner is not None and self.owner.is_at(self)

    def does(self, action: str) -> bool:
        """Whether an action of the list means something here now."""
        return self.spec.is_taken and action in self.ACTIONS

    @property
    def is_unfinished(self) -> bool:
        """Whether something was typed that does not count yet."""
        return False

    def type(self, character: str) -> bool:
        """Take a character that was typed; False leaves it to others."""
        del character
        return False

    def leave(self) -> None:
        """The keys go elsewhere now."""

    def press(self, x: int, line: int, width: int) -> bool:
        """The mouse was pressed here; whether to follow it until it is let go."""
        del x, line, width
        return False

    def drag(self, x: int, width: int) -> None:
        """The mouse was moved while it was held."""

    def click(self, x: int, line: int, width: int) -> None:
        """The mouse was pressed and let go here."""

    def wheel(self, steps: int) -> bool:
        """The wheel was turned; False leaves it to the pane."""
        del steps
        return False

    # -- painting --------------------------------------------------------------------------------------------------

    def lines(self, width: int) -> tuple[list[Piece], list[Piece]]:
        """Both lines."""
        if self.objection is None:
            return self._headline(width), self.control_line(width)
        words, look = self.objection
        return self._headline(width), [(cut_to_cells(words, width), look)]

    @property
    def objection(self) -> Piece | None:
        """What stands in the place of the control, uncut: why there is none, or what becomes of the value."""
        if not self.spec.is_taken:
            kept = f"{self.value_words()} is kept, not sent: " if self.value is not None else ""
            return f"{kept}{clean_line(self.spec.reason)}", "reason"
        if self.problem:
            return clean_line(self.problem), "problem"
        return (clean_line(self.remark), "reason") if self.remark else None

    @property
    def about(self) -> str:
        """What the foot of the pane says: the objection, which the own line may cut, else what it is for."""
        return clean_line(self.spec.help) if self.objection is None else self.objection[0]

    def words(self, width: int = 200) -> str:
        """Both lines without their looks."""
        return "\n".join("".join(text for text, _ in line) for line in self.lines(width))

    def _headline(self, width: int) -> list[Piece]:
        label = clean_line(self.spec.label or self.spec.name)
        is_set = self.value is not None
        if not self.spec.is_taken:
            return [(cut_to_cells(label, width), "faint")]
        value, look = self.value_content()
        value = cut_to_cells(value, max(4, width - cell_width(label) - (3 if is_set else 1)))
        gap = " " * max(1, width - cell_width(label) - cell_width(value) - (2 if is_set else 0))
        mark: list[Piece] = [("● ", "accent")] if is_set else []
        return [*mark, (label, "label-set" if is_set else "label"), (gap, "label"), (value, look)]

    def value_content(self) -> Piece:
        """The value at the right of the first line; unset shows the provider's default dim."""
        if self.value is not None:
            return self.value_words(), "value"
        if self.spec.default is not None:
            return f"default {value_words(self.spec.default)}", "muted"
        return UNSET_WORDS, "muted"

    def value_words(self) -> str:
        """The value in one line."""
        return value_words(self.value)

    def control_line(self, width: int) -> list[Piece]:
        """The second line."""
        raise NotImplementedError


def value_words(value: Any) -> str:
    """Any value in one line, line breaks and controls visible."""
    match value:
        case bool():
            return "on" if value else "off"
        case int() | float():
            return f"{value:.10g}" if isinstance(value, float) else str(value)
        case str():
            return clean_line(value)
        case list() | tuple():
            return clean_line(", ".join(json.dumps(item, ensure_ascii=False) for item in value))
        case _:
            return clean_line(json.dumps(value, ensure_ascii=False))

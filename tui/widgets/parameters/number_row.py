"""A number as a slider and a box that show one value: arrows step, shift+arrows step by ten, digits type."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive

from tui.domain.parameters import Kind
from tui.widgets.looks import FAINT, MUTED
from tui.widgets.parameters.row import ParameterRow
from tui.widgets.parameters.scale import Scale, number_text, stepped

BIG_STEPS = 10
LONGEST_NUMBER = 16
"""Characters; no parameter needs more, and a longer run of digits is a cat on the keyboard."""


class NumberRow(ParameterRow):
    """Slider and number box."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Less", id="parameter-less"),
        Binding("right", "step(1)", "More", id="parameter-more"),
        Binding("shift+left", f"step(-{BIG_STEPS})", "Much less", id="parameter-much-less", show=False),
        Binding("shift+right", f"step({BIG_STEPS})", "Much more", id="parameter-much-more", show=False),
        Binding("home", "to_end(-1)", "Lowest", id="parameter-lowest", show=False),
        Binding("end", "to_end(1)", "Highest", id="parameter-highest", show=False),
        Binding("enter", "accept", "Accept", show=False),
        Binding("escape", "dismiss_typing", "Dismiss", show=False),
    ]

    typed: reactive[str] = reactive("")
    """What was typed into the box and not yet accepted."""

    # -- keys ------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape belongs to the box only while something is typed in it."""
        if action == "dismiss_typing":
            return bool(self.typed or self.problem)
        if not self.spec.is_taken:
            return action in ("unset", "leave", "blur")
        return True

    def on_key(self, event: events.Key) -> None:
        """Digits type into the box."""
        one = event.character or ""
        allowed = "0123456789" + ("-" if not self.typed else "") + ("." if self._takes_fractions else "")
        if not self.spec.is_taken or len(one) != 1 or one not in allowed or ("." in self.typed and one == "."):
            return
        event.stop()
        event.prevent_default()
        if len(self.typed) < LONGEST_NUMBER:
            self.problem = ""
            self.typed += one

    @property
    def _takes_fractions(self) -> bool:
        return self.spec.kind is Kind.NUMBER

    def action_step(self, steps: int) -> None:
        """Move by steps; an unset parameter starts from its default."""
        self._accept_typed()
        start = self.value if self.value is not None else self._start()
        self.propose(stepped(self.spec, start, steps))

    def _start(self) -> float:
        if isinstance(self.spec.default, int | float) and not isinstance(self.spec.default, bool):
            return self.spec.default
        return self.spec.minimum or 0

    def action_to_end(self, side: int) -> None:
        """The lowest or the highest value of the slider."""
        scale = Scale.of(self.spec)
        self.typed = ""
        if scale is not None:
            self._propose_number(scale.low if side < 0 else scale.high)
        elif side < 0 and self.spec.minimum is not None:
            self._propose_number(self.spec.minimum)

    def action_unset(self) -> None:
        """Delete what is being typed, digit by digit; else back to the default."""
        if self.typed:
            self.typed = self.typed[:-1]
        else:
            super().action_unset()

    def action_accept(self) -> None:
        """Take what was typed."""
        self._accept_typed()

    def action_dismiss_typing(self) -> None:
        """Forget what was typed."""
        self.typed = ""
        self.problem = ""

    def on_blur(self) -> None:
        """Leaving the box takes what was typed in it."""
        self._accept_typed()

    def _accept_typed(self) -> None:
        text, self.typed = self.typed, ""
        if not text:
            return
        try:
            number = float(text) if self._takes_fractions else int(text)
        except ValueError:
            self.problem = f"{self.spec.name} must be {self.spec.range_words()}."
            return
        self._propose_number(number)

    def _propose_number(self, number: float) -> None:
        self.propose(int(number) if self.spec.kind is Kind.INTEGER or number == int(number) else number)

    # -- mouse -----------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the slider."""
        if self.spec.is_taken and event.button == 1 and self._slide_to(event):
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the slider."""
        if self.app.mouse_captured is self:
            self._slide_to(event, is_dragging=True)

    def on_mouse_up(self) -> None:
        """Let go of the slider."""
        self.release_mouse()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel steps the focused slider; over the others it scrolls the pane."""
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel steps the focused slider; over the others it scrolls the pane."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, steps: int) -> None:
        if self.has_focus and self.spec.is_taken:
            event.stop()
            event.prevent_default()
            self.action_step(steps)

    def _slide_to(self, event: events.MouseEvent, *, is_dragging: bool = False) -> bool:
        scale = Scale.of(self.spec)
        place = event.get_content_offset_capture(self)
        if scale is None or (place.y != 1 and not is_dragging):
            return False
        self.typed = ""
        self._propose_number(scale.value_at(place.x, self.content_size.width))
        return True

    # -- painting --------------------------------------------------------------------------------------------------

    def value_content(self) -> tuple[str, str]:
        """What is being typed comes before the value."""
        if self.typed:
            return f"{self.typed}▏", "bold $text-accent"
        return super().value_content()

    def value_words(self) -> str:
        """The number, or whatever else an older session has here."""
        return number_text(self.value) if isinstance(self.value, int | float) else super().value_words()

    def control_line(self, width: int) -> Content:
        """The track, with a handle at the value; unset, a hollow one at the default."""
        scale = Scale.of(self.spec)
        if scale is None:
            return Content.styled(self.spec.range_words(), FAINT)
        known = self.value if self.value is not None else self.spec.default
        if not isinstance(known, int | float) or isinstance(known, bool):
            return Content.styled("─" * width, FAINT)
        place = scale.cell(known, width)
        if self.value is None:
            return Content.assemble(("─" * place, FAINT), ("○", MUTED), ("─" * (width - place - 1), FAINT))
        return Content.assemble(("━" * place, "$accent"), ("●", "$accent"), ("─" * (width - place - 1), FAINT))

"""What an empty column says: who will answer, what was found on this machine, and the keys to begin with.

Gone with the first message. Nothing here has to be filled in; a line that names a key can be clicked, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.findings import Found
from tui.widgets.looks import MUTED
from tui.widgets.named_keys import NamesKeys

ABOUT = {
    "local": "A small local model: it answers on this machine, offline and fast, and is often wrong.",
    "demo": "A script, not a model: nothing leaves this machine.",
}
"""What the user must know of an endpoint at once."""

ACTS = {
    "new-line": "starts a new line",
    "show-models": "other models",
    "show-sessions": "earlier sessions",
    "show-parameters": "parameters and the system prompt",
    "commands": "everything else, by name",
}
"""What is worth knowing first, by the ids of the acts."""
INSTALL, GO_ON = "install-model", "last-session"
NAME_CELLS = 24
"""Room for what was found; what is said of it stands behind."""

Part = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Line:
    parts: tuple[Part, ...] = ()
    act: str = ""
    """What a click on it does."""


class Beginning(Widget):
    """A few calm lines."""

    DEFAULT_CSS = """
    Beginning { height: auto; max-height: 100%; padding: 1 2 0 2; color: $foreground; display: none; }
    """

    model: reactive[str] = reactive("", layout=True)
    obstacle: reactive[str] = reactive("", layout=True)
    """Why the model cannot answer now; empty when it can."""
    found: reactive[tuple[Found, ...]] = reactive((), layout=True)
    is_first_run: reactive[bool] = reactive(False, layout=True)
    can_install: reactive[bool] = reactive(False, layout=True)
    """Whether there is no embedded model on this machine yet."""
    last_session: reactive[str] = reactive("", layout=True)
    """The title of the session that was open last."""

    @dataclass
    class Chosen(Message):
        """A line was clicked that stands for an act."""

        act: str

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A row for each line."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The lines."""
        parts: list[Part] = []
        for line in self._lines(self.content_size.width):
            if parts:
                parts.append("\n")
            parts += line.parts or ("",)
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Do what the line under the mouse says."""
        offset = event.get_content_offset(self)
        lines = self._lines(self.content_size.width)
        if offset is not None and 0 <= offset.y < len(lines) and lines[offset.y].act:
            self.post_message(self.Chosen(lines[offset.y].act))

    # -- the lines -------------------------------------------------------------------------------------------------

    def _lines(self, width: int) -> list[_Line]:
        groups = [self._greeting(width)]
        if self.found and (self.is_first_run or self.obstacle):
            groups.append(self._findings(width))
        groups.append(self._keys(width))
        lines: list[_Line] = []
        for group in groups:
            if lines and group:
                lines.append(_Line())
            lines += group
        return lines

    def _greeting(self, width: int) -> list[_Line]:
        name = (cut_to_cells(clean_line(self.model), max(8, min(60, width - 16))), "bold $text-primary")
        if self.is_first_run:
            is_short = bool(self.obstacle) or width < 42 + cell_width(name[0])
            first = _Line(("Welcome. Ask ", name, " anything."))
            if not is_short:
                first = _Line(("Welcome. Type, and press enter: ", name, " answers."))
        else:
            first = _Line(("Ask ", name, " anything."))
        about = self.obstacle or ABOUT.get(self.model.partition("/")[0], "")
        style = "$text-warning" if self.obstacle else MUTED
        return [first, *(_Line(((row, style),)) for row in wrap(clean_line(about), max(8, width)))]

    def _findings(self, width: int) -> list[_Line]:
        lines = [_Line((("Found on this machine", "bold"),))]
        names = min(NAME_CELLS, max((cell_width(one.name) for one in self.found), default=0))
        for one in self.found:
            name = cut_to_cells(clean_line(one.name), names)
            words = cut_to_cells(clean_line(one.words), max(0, width - names - 4))
            sign = ("● ", "$text-success") if one.is_ready else ("○ ", MUTED)
            lines.append(_Line((sign, name + " " * (names - cell_width(name)), (f"  {words}", MUTED))))
        return lines

    def _keys(self, width: int) -> list[_Line]:
        """The keys to begin with, as they are bound now, and what they do."""
        app = self.app
        if not isinstance(app, NamesKeys):
            return []
        named = [(act, app.keys_of(act), words) for act, words in self._acts()]
        rows = [(act, keys[0], words) for act, keys, words in named if keys]
        cells = max((cell_width(key) for _, key, _ in rows), default=0)
        lines = []
        for act, key, words in rows:
            blanks = " " * (cells - cell_width(key))
            shown = cut_to_cells(words, max(0, width - cells - 2))
            lines.append(_Line(((key, "bold $text-accent"), (f"{blanks}  {shown}", MUTED)), act))
        return lines

    def _acts(self) -> Sequence[tuple[str, str]]:
        first = []
        if self.can_install:
            first.append((INSTALL, "install a small model on this machine"))
        if self.last_session:
            first.append((GO_ON, f"go on with “{clean_line(self.last_session, 40)}”"))
        return [*first, *ACTS.items()]

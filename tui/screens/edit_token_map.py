"""A dialog for biases by token id, with a field that finds the ids of words. Refuses to know any server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from tui.errors import ConfigError, ParleyError
from tui.screens.edit_text import TextDialog
from tui.text.clean import clean, clean_line
from tui.widgets.editor import Editor

LookUp = Callable[[str], Awaitable[list[int]]]
STRONGEST = 100


class TokenMapDialog(TextDialog):
    """Gives the edited text, one `id = bias` a line, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "look_up", "Find token ids", priority=True, id="dialog-find-tokens"),
    ]

    DEFAULT_CSS = """
    TokenMapDialog {
        & Input { margin: 1 1 0 1; }
        & .found { height: auto; color: $text-muted; padding: 0 2; }
    }
    """

    def __init__(self, title: str, text: str, *, hint: str, check: Callable[[str], object], look_up: LookUp) -> None:
        super().__init__(title, text, hint=hint, check=check)
        self._look_up = look_up

    def on_mount(self) -> None:
        """The field comes after the editor."""
        super().on_mount()
        box = self.query_one(".dialog-box")
        words = Input(placeholder="a word = its bias; f4 comes here, enter adds its tokens", compact=True)
        box.mount(words, Static(classes="found", markup=False))

    def action_look_up(self) -> None:
        """Go to the field for words, or back to the list."""
        words = self.query_one(Input)
        (self.query_one(Editor) if words.has_focus else words).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            words, bias = read_words(event.value)
        except ConfigError as error:
            self._say(str(error))
            return
        self._say("asking …")
        self._add(words, bias)

    @work(exclusive=True, group="look-up")
    async def _add(self, words: str, bias: float) -> None:
        try:
            ids = await self._look_up(words)
        except ParleyError as error:
            self._say(str(error))
            return
        editor = self.query_one(Editor)
        lines = [line for line in editor.text.splitlines() if line.partition("=")[0].strip() not in map(str, ids)]
        editor.load_text("\n".join([*lines, *(f"{one} = {bias:g}" for one in dict.fromkeys(ids))]))
        shown = ", ".join(map(str, ids)) or "no token"
        self._say(f"“{clean_line(words)}” is {shown}")
        self.query_one(Input).value = ""

    def _say(self, words: str) -> None:
        self.query_one(".found", Static).update(Content(clean(words)))


def read_words(text: str) -> tuple[str, float]:
    r"""The words and their bias: `hello = -5`. Blanks in front count, as most tokens begin with one; `\n` is a break.

    Raises:
        ConfigError: there are no words, or the bias is no number between -100 and 100.
    """
    words, sign, number = text.rpartition("=")
    if not sign:
        words, number = text, str(STRONGEST)
    words = words.removesuffix(" ") if sign else words
    words = words.replace("\\n", "\n").replace("\\t", "\t")
    if not words.strip(" "):
        raise ConfigError("Write a word and its bias, such as hello = -5.")
    try:
        bias = float(number)
    except ValueError as error:
        raise ConfigError(f"“{clean_line(number.strip(), 20)}” is not a number.") from error
    if not -STRONGEST <= bias <= STRONGEST:
        raise ConfigError(f"A bias is a number between -{STRONGEST} and {STRONGEST}.")
    return words, bias

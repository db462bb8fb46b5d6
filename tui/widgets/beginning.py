"""What an empty column says: who will answer, and the keys to begin with. Gone with the first message."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.text.clean import clean_line
from tui.widgets.looks import MUTED

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


@runtime_checkable
class NamesKeys(Protocol):
    """An app that knows how its acts are bound."""

    def keys_of(self, binding_id: str) -> list[str]:
        """The keys of an act, in words."""
        ...


class Beginning(Widget):
    """A few calm lines."""

    DEFAULT_CSS = """
    Beginning { height: auto; padding: 1 2 0 2; color: $foreground; display: none; }
    """

    model: reactive[str] = reactive("", layout=True)

    def render(self) -> Content:
        """The lines."""
        about = ABOUT.get(self.model.partition("/")[0], "")
        parts: list[str | tuple[str, str]] = [
            ("Ask ", ""),
            (clean_line(self.model, 60), "bold $text-primary"),
            " anything.",
        ]
        if about:
            parts += ["\n", (about, MUTED)]
        parts.append("\n")
        keys = self._keys()
        width = max((len(key) for key, _ in keys), default=0)
        for key, words in keys:
            parts += ["\n", (f"{key:<{width}}", "bold $text-accent"), (f"  {words}", MUTED)]
        return Content.assemble(*parts)

    def _keys(self) -> list[tuple[str, str]]:
        """The keys to begin with, as they are bound now, and what they do."""
        app = self.app
        if not isinstance(app, NamesKeys):
            return []
        named = [(app.keys_of(act), words) for act, words in ACTS.items()]
        return [(keys[0], words) for keys, words in named if keys]

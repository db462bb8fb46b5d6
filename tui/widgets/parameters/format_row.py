"""The response format: text, any JSON, or a schema. The first two are chosen like words, the third has an editor.

Refuses to judge a schema: `json_rules` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tui.text.clean import clean_line
from tui.widgets.parameters.choice_row import ChoiceRow
from tui.widgets.parameters.json_rules import TEMPLATE
from tui.widgets.parameters.row import CONTROL_LINE

SCHEMA = "schema"


class FormatRow(ChoiceRow):
    """Three words; choosing the last one, or Enter, opens the editor."""

    ACTIONS: ClassVar[frozenset[str]] = frozenset({"choose", "edit_format"})

    @property
    def _choices(self) -> tuple[tuple[str, Any], ...]:
        schema = self.value if isinstance(self.value, Mapping) else SCHEMA
        return (("text", "text"), ("json", "json_object"), (SCHEMA, schema))

    @property
    def draft(self) -> Any:
        """The schema that is set, or one to start from."""
        return self.value if isinstance(self.value, Mapping) else TEMPLATE

    def propose(self, value: Any) -> bool:
        """Take a word; a schema comes from the editor."""
        if value == SCHEMA:
            self.edit()
            return False
        return super().propose(value)

    def click(self, x: int, line: int, width: int) -> None:
        """Choose the word under the mouse; on a schema that is set, open it again."""
        was_set = isinstance(self.value, Mapping)
        super().click(x, line, width)
        if was_set and isinstance(self.value, Mapping) and line == CONTROL_LINE and self.spec.is_taken:
            self.edit()

    def edit(self) -> None:
        """Open the editor."""
        self.post(self.EditRequested(self))

    def value_words(self) -> str:
        """A schema is called by its name, or its first properties."""
        if not isinstance(self.value, Mapping):
            return super().value_words()
        inner = self.value.get("json_schema", self.value)
        name = inner.get("name") if isinstance(inner, Mapping) else None
        return clean_line(name) if isinstance(name, str) and name else SCHEMA

"""Foreign text on its way into a cell of a CSV file.

Refuses to quote: that is for whoever writes the file.
"""

from __future__ import annotations

from tui.text.clean import clean_line

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def text_cell(text: str) -> str:
    """A text as it stands in a cell: on one line, cleaned, and nothing that a spreadsheet takes for a formula."""
    line = clean_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line

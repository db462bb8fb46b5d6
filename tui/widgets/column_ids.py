"""What a column is called among the widgets: its own id, by whatever program, made fit for a selector."""

from __future__ import annotations

import re

_UNFIT = re.compile(r"[^A-Za-z0-9-]")


def widget_id(column_id: str) -> str:
    """The id of a column's widget; different for different columns."""
    return "column-" + _UNFIT.sub(lambda found: f"_{ord(found[0]):x}_", column_id)

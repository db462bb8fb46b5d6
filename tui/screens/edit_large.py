"""A dialog like the one for short texts, as large as the screen allows: requests, schemas, long prompts.

Refuses to know what the text is for.
"""

from __future__ import annotations

import json
from typing import Any

from tui.errors import ConfigError
from tui.providers.parameters import JSON_OR_WORD
from tui.screens.edit_text import TextDialog


class LargeTextDialog(TextDialog):
    """Gives the edited text, or None."""

    DEFAULT_CSS = """
    LargeTextDialog {
        & > .dialog-box { width: 110; height: 88%; }
        & Editor { height: 1fr; max-height: 100%; }
    }
    """


def json_object(text: str) -> dict[str, Any]:
    """What was written, if it is a JSON object.

    Raises:
        ConfigError: it is not; the sentence says where.
    """
    try:
        value = JSON_OR_WORD.decode(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError("This JSON cannot be read, or no server could read it (NaN, 1e999).") from error
    if not isinstance(value, dict):
        raise ConfigError("A request must be a JSON object.")
    return value

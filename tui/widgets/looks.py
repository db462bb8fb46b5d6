"""Styles for words inside a widget. Textual's `$text-muted` needs a background, which content does not know."""

from __future__ import annotations

MUTED = "$foreground 65%"
"""What is there to be looked up."""
FAINT = "$foreground 50%"
"""What cannot be used now, and lines that only guide the eye."""

"""Styles for words inside a widget. Textual's `$text-muted` needs a background, which content does not know."""

from __future__ import annotations

MUTED = "$footer-description-foreground"
"""What is there to be looked up: the theme's quiet colour, which can be read on all of its backgrounds."""
FAINT = "$foreground 50%"
"""What cannot be used now, and lines that only guide the eye."""

"""JSON that says the same and that a terminal cannot act on: characters that could steer one are written as escapes.

Refuses to change what is said: reading it back gives the exact text.
"""

from __future__ import annotations

import re

# DEL, C1, soft hyphen, bidi and invisible characters, surrogates and tags: data in JSON, never raw on a terminal.
_RISKY = re.compile(
    "[\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def without_risks(text: str) -> str:
    """JSON text with every risky character in it as an escape; C0 is escaped by whoever wrote the JSON."""
    return _RISKY.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"

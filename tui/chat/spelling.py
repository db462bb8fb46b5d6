r"""From the tokens of a reply back to its text: how the reply begins that is to go on from one of them.

A token may be a half of a character. Servers that tell its bytes have them here as `\xf0\x9f`, as OpenAI writes them;
for the others it is U+FFFD, and which characters it was shows by the tokens around it. Refuses to guess: where the
tokens do not spell the reply there is no beginning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui.domain.session import Message

_BYTES = re.compile(r"(?:bytes:)?((?:\\x[0-9a-f]{2})+)", re.IGNORECASE)
_UNTOLD = "\ufffd"


def beginning(message: Message, place: int, token: str = "") -> str | None:
    """The reply's text before the token at `place`, and then `token`; None when its tokens do not spell it.

    Servers leave pieces out of the tokens (special ones, thinking): what is spelled must be the reply's beginning, or
    stand in it once.
    """
    tokens = [one.token for one in message.logprobs]
    spelled = "".join(tokens[:place])
    if message.text.startswith(spelled):
        before: tuple[str, bytes] | None = (spelled, b"")
    else:
        start = "".join(tokens).find(message.text)
        is_inside = start >= 0 and len(spelled) >= start
        before = (spelled[start:], b"") if is_inside else _followed(message.text, tokens, place)
    if before is None:
        return None
    text, half = before
    piece = _bytes_of(token)
    if not half and piece is None:
        return None if token == _UNTOLD else text + token
    try:
        return text + (half + (token.encode() if piece is None else piece)).decode()
    except UnicodeDecodeError:
        return None  # half a character cannot be sent


def _bytes_of(token: str) -> bytes | None:
    """The bytes of a token that is told by them."""
    found = _BYTES.fullmatch(token)
    return None if found is None else bytes.fromhex(found[1].replace("\\x", "").replace("\\X", ""))


def _followed(text: str, tokens: Sequence[str], place: int) -> tuple[str, bytes] | None:
    """What of `text` the tokens before `place` spell, and the first half of a character behind it."""
    at, half, untold = 0, b"", 0
    for number, token in enumerate(tokens):
        piece = _bytes_of(token)
        if _UNTOLD in token and not text.startswith(token, at):
            if number == place and untold:
                return None
            if number == place:
                break
            untold += len(token)
            continue
        if untold and token:
            found = text.find(token, at + 1, at + untold + len(token))
            if found < 0:
                return None
            at, untold = found, 0
        if number == place:
            break
        if not half and text.startswith(token, at):
            at += len(token)
        elif piece is None:
            return None
        else:
            half += piece
            at, half = _taken(text, at, half)
            if at < 0:
                return None
    if untold and any(tokens[place:]):
        return None
    return text if untold else text[:at], half


def _taken(text: str, at: int, half: bytes) -> tuple[int, bytes]:
    """Where the text goes on behind the characters that `half` holds, and what is left of it; -1: it has others."""
    try:
        whole = half.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return -1, b""
        whole, rest = half[: error.start].decode(), half[error.start :]
    else:
        rest = b""
    return (at + len(whole), rest) if text.startswith(whole, at) else (-1, b"")

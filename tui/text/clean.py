"""The one gate before every sink: foreign text in, text that only shows itself out.

Replies, thinking, errors, titles, file names, pastes and log lines are other people's text. `clean()` makes every
character that could steer a terminal, reorder a line or hide in one visible, and leaves real writing alone:
right-to-left and Indic text, emoji sequences and flags pass untouched. Single characters are mapped, so a sequence
cut between two pieces needs no state. Only three rules look at neighbours: CR LF, flags spelled with tag characters,
and the limit on marks per base.

This module refuses to interpret escape sequences (they are shown, never parsed), to know about markup, and to change
what is stored: stored text stays exact.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from tui.text.widths import cut_to_cells

TAB = "    "
"""What a tab becomes: tab stops would need to know the column, and a sink seldom does."""

MARK = "\N{REPLACEMENT CHARACTER}"
"""Stands for a C1 control, a stray tag character, a supplementary variation selector or a surrogate."""

LINE_END = "\N{RETURN SYMBOL}"
"""What a line break becomes where only one line fits."""

MARKS_PER_BASE = 8
"""The tallest stacks of real writing (Tibetan seed syllables) have eight; more is an attack on the lines around."""

_CONTROLS = r"\x00-\x09\x0b-\x1f\x7f-\x9f"
_BIDI = r"\u202a-\u202e\u2066-\u2069"
# Default-ignorable and format characters, less those that writing needs and that stay: ZWNJ, ZWJ, LRM, RLM, VS15, VS16.
# Line and paragraph separators are here because half of all libraries break lines at them and half do not.
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164"
    r"\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U00016fe4\U0001bca0-\U0001bca3"
    r"\U0001d159\U0001d173-\U0001d17a"
)
# Noncharacters; and from the last of plane 3 to that of plane 14, which hold nothing but tag characters, VS17 to VS256
# and gaps. One range, because each range beyond the first plane is tried for each character of CJK text.
_UNASSIGNABLE = (
    r"\ufdd0-\ufdef\ufffe\uffff\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0003fffe-\U000effff"
    r"\U000ffffe\U000fffff\U0010fffe\U0010ffff"
)
_SURROGATES = r"\ud800-\udfff"

_HOSTILE = re.compile(f"[{_CONTROLS}{_BIDI}{_INVISIBLE}{_UNASSIGNABLE}{_SURROGATES}]+")
_TAG = re.compile("[\U000e0020-\U000e007f]")
# A black flag, then a region (two letters or three digits) and a subdivision in tag characters, then the end tag.
_FLAG = re.compile(
    "(\U0001f3f4(?:[\U000e0061-\U000e007a]{2}|[\U000e0030-\U000e0039]{3})"
    "[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,4}\U000e007f)"
)
# Thai, Lao, Burmese and Khmer mark word ends with ZERO WIDTH SPACE: a dot keeps such text readable, eight cells do not.
_WORDY = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
_WORD_END = re.compile(rf"(?<={_WORDY})\u200b(?={_WORDY})")
_MAYBE_STACKED = re.compile(rf"[\u0300-\u036f\u0483-\u0489\u0591-\U0010ffff]{{{MARKS_PER_BASE + 1}}}")
_ASTRAL_SCRIPT = re.compile("[\U00010000-\U0001efff]")  # less the emoji, which hold no marks
_NOT_MARKS = ((0x3400, 0x9FFF), (0xAC00, 0xD7FF), (0xE000, 0xF8FF), (0x17000, 0x18CFF))  # large, known, slow to ask for

_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_PASTE_DROPPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


class _Pictures(dict[int, str]):
    """Code point -> what is shown instead; filled on first sight. Asked for hostile characters only."""

    def __missing__(self, code: int) -> str:
        picture = self[code] = _picture(code)
        return picture


def _picture(code: int) -> str:
    if code == 0x09:
        return TAB
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if code <= 0x9F or 0xD800 <= code <= 0xDFFF or 0xE0000 <= code <= 0xE0FFF:
        return MARK
    return f"⟨U+{code:04X}⟩"


_PICTURES = _Pictures()


def clean(text: str) -> str:
    """Make foreign text safe for any sink; text that is already clean comes back as it is.

    C0 controls become their pictures (ESC is ␛), CR LF becomes LF and a lone CR ␍, TAB four spaces, DEL ␡; C1 controls,
    tag characters outside flags, supplementary variation selectors and surrogates become U+FFFD; bidi embeddings,
    overrides and isolates and all invisible characters become their code, such as ⟨U+202E⟩. A base keeps its first
    eight combining marks. Cleaning twice changes nothing. Time is linear in the text.

    Args:
        text: Anything at all, lone surrogates included.

    Returns:
        Text whose only control is LF.
    """
    if _HOSTILE.search(text):
        if "\r\n" in text:
            text = text.replace("\r\n", "\n")
        if "\u200b" in text:
            text = _WORD_END.sub("·", text)
        if _TAG.search(text):
            pieces = _FLAG.split(text)
            pieces[::2] = [_HOSTILE.sub(_shown, piece) for piece in pieces[::2]]
            text = "".join(pieces)
        else:
            text = _HOSTILE.sub(_shown, text)
    if _MAYBE_STACKED.search(text):
        text = _surplus_marks(is_astral=_ASTRAL_SCRIPT.search(text) is not None).sub(r"\1", text)
    return text


def clean_line(text: str, limit: int | None = None) -> str:
    """Make foreign text safe for a sink of one line: a title, a list entry, a status line.

    Args:
        text: Anything at all.
        limit: Most cells the line may take; a longer one is cut and ends in "…". None: no limit.

    Returns:
        Cleaned text in which each line break is shown as ⏎.
    """
    line = clean(text).replace("\n", LINE_END)
    return line if limit is None else cut_to_cells(line, limit)


def drop_controls(text: str) -> str:
    """Make a paste into text: line ends become LF, tabs stay, every other C0 control, DEL and C1 goes.

    U+2028 and U+2029 are line ends here, as they are in the toolkit's editor, which would not give them back. For what
    the user enters, where the text is theirs and stays otherwise exact. What is shown of it still passes `clean()`.
    """
    return _PASTE_DROPPED.sub("", _LINE_ENDS.sub("\n", text))


def _shown(hostile: re.Match[str]) -> str:
    return hostile[0].translate(_PICTURES)


@cache
def _surplus_marks(*, is_astral: bool) -> re.Pattern[str]:
    """The pattern of a stack too tall, built once, when text first holds nine candidates in a row.

    Joiners, direction marks and emoji selectors count as marks: they take no cell either, and a long run of them is
    hidden writing.
    """
    skipped = {code for first, last in _NOT_MARKS for code in range(first, last + 1)}
    marks = "".join(
        chr(code)
        for code in range(0x300, 0x1F000 if is_astral else 0x10000)
        if code not in skipped and unicodedata.category(chr(code)).startswith("M")
    )
    one = f"[{marks}\u200c-\u200f]"
    return re.compile(f"({one}{{{MARKS_PER_BASE}}}){one}+")

"""From a search text to the places that may hold it, newest first, by the trigrams of the full-text index.

A term of three characters or more is found by its trigrams; a pair of Chinese, Japanese or Korean characters by a
trigram made of it (`index_grams`); a shorter term by every trigram of the index that begins with it. Places that hold
the trigrams need not hold the term: whoever asks looks again. This module refuses to know what a place is.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

NEWEST_SCANNED = 600
"""Places that are looked through one by one for a short term, which is often in all of them."""
MOST_FORMS = 4000
"""A short term that begins more trigrams than these, in a library of many scripts, is looked for place by place."""

_PAIRED = re.compile("[\u2e80-\u312f\u3190-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]{2,}")
_END = "\x01"
"""Stands in trigrams for the end of a pair, and for the end of a text."""
_LAST = chr(0x10FFFF)
_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_SELECT = (  # how a model thinks tells which one it is: while a session is blind, that is not found
    "SELECT parts.session, parts.message, parts.part, parts.role, parts.at, texts.body,"
    " CASE WHEN sessions.title != '' THEN sessions.title ELSE sessions.question END"
    " FROM {source} JOIN sessions ON sessions.id = parts.session"
    " WHERE {condition} AND NOT parts.is_deleted AND (parts.part != 'reasoning' OR sessions.letters = '[]')"
    " ORDER BY {order} DESC"
)
_MATCHING = _SELECT.format(
    source="texts CROSS JOIN parts ON parts.rowid = texts.rowid",
    condition="texts MATCH ? AND texts.rowid < ?",
    order="texts.rowid",
)
_SCANNING = _SELECT.format(
    source="parts CROSS JOIN texts ON texts.rowid = parts.rowid",
    condition="texts.body LIKE ? ESCAPE '!' AND parts.rowid < ? AND parts.rowid >= ?",
    order="parts.rowid",
)
_NO_LIMIT = 2**63 - 1
Place = tuple[str, ...]


def search_terms(text: str) -> list[str]:
    """The terms of a search text, in lower case; the longest first."""
    found = [(quoted or bare).lower() for quoted, bare in _TERM.findall(text)]
    return sorted(
        {" ".join(term.split()) if " " in term else term for term in found if term.strip()}, key=lambda t: -len(t)
    )


def index_grams(text: str) -> str:
    """What is indexed beside a text, so that terms of one or two characters are found by trigrams, too.

    Every pair of neighbouring Chinese, Japanese or Korean characters, whose words often have two, made three
    characters long; and the end of the text, where no trigram begins.
    """
    runs = _PAIRED.findall(text)
    pairs = dict.fromkeys(run[at : at + 2] + _END for run in runs for at in range(len(run) - 1))
    return "".join(pairs) + (text[-2:] + _END * 2 if text else "")


def candidates(connection: sqlite3.Connection, terms: list[str]) -> Iterator[Place]:
    """Session, message, part, role, moment, text and title of places that may hold all terms, newest first."""
    grams = sorted({gram for term in terms for gram in _grams(term)})
    if grams:
        yield from connection.execute(_MATCHING, (" AND ".join(map(_quoted, grams)), _NO_LIMIT))
        return
    yield from _with_short_term(connection, terms[0])


def _with_short_term(connection: sqlite3.Connection, term: str) -> Iterator[Place]:
    """Places that may hold a term of one or two characters: a common one is in the newest, a rare one has few forms."""
    pattern = "%" + re.sub("[%_!]", r"!\g<0>", term) + "%"
    scanned_to = _NO_LIMIT
    if term.isascii():  # LIKE knows no other letters' cases
        query = "SELECT rowid FROM parts ORDER BY rowid DESC LIMIT 1 OFFSET ?"
        oldest = connection.execute(query, (NEWEST_SCANNED,)).fetchone()
        scanned_to = int(oldest[0]) if oldest else 0
        yield from connection.execute(_SCANNING, (pattern, _NO_LIMIT, scanned_to))
    forms = _forms(connection, term) if scanned_to else []
    if len(forms) > MOST_FORMS:
        yield from connection.execute(_SCANNING, (pattern, scanned_to, 0))
    elif forms:
        yield from connection.execute(_MATCHING, (" OR ".join(map(_quoted, forms)), scanned_to))


def _grams(term: str) -> list[str]:
    if len(term) == 2 and _PAIRED.fullmatch(term):
        return [term + _END]
    return [term[at : at + 3] for at in range(len(term) - 2)]


def _forms(connection: sqlite3.Connection, term: str) -> list[str]:
    """The trigrams of the index that begin with a shorter term, in whatever text."""
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, texts, row)")
    found = connection.execute(
        "SELECT term FROM temp.vocabulary WHERE term >= ? AND term < ? LIMIT ?", (term, term + _LAST, MOST_FORMS + 1)
    )
    return [form for (form,) in found]


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'

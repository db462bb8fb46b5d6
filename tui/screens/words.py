"""Words that begin with a slash: every act by its name, and short ones that take what is to be done with.

`/model openai/gpt-4.1` chooses the model, `/vote` votes. A prompt that begins with a slash and names no word here, or
gives one more than it takes, is a prompt like any other. This module refuses to do anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui.screens.acts import APP_ACTS, CHAT_ACTS, Act

_WORD = re.compile(r"/([a-z][a-z-]*)(?:\s+(.*))?\s*\Z", re.DOTALL)
UNLISTED = frozenset({"back", "interrupt", "commands", "focus-composer"})
"""Acts about what is on the screen when a key is pressed; they make no sense as words."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that means an act."""

    name: str
    act: str
    """The act's id; done when nothing stands after the word."""
    argument: str = ""
    """What may stand after it, as the list shows it; empty: nothing."""
    takes_lines: bool = False
    """Whether that may be several lines."""


SHORT_WORDS: tuple[Word, ...] = (
    Word("model", "show-models", "ENDPOINT/MODEL"),
    Word("add", "add-column", "ENDPOINT/MODEL"),
    Word("system", "edit-system", "TEXT", takes_lines=True),
    Word("set", "show-parameters", "NAME=VALUE"),
    Word("attach", "attach-file", "PATH"),
    Word("preset", "load-preset", "NAME"),
    Word("layout", "open-layout", "NAME"),
    Word("new", "new-session"),
    Word("find", "find-sessions", "WORDS"),
    Word("title", "rename-session", "TEXT"),
    Word("export", "export-session", "FILE.md"),
    Word("theme", "choose-theme", "NAME"),
    Word("retry", "regenerate"),
    Word("edit", "edit-last"),
    Word("copy", "copy-reply"),
    Word("fork", "fork-session"),
    Word("close", "close-column"),
    Word("inspect", "inspect-request"),
    Word("sessions", "show-sessions"),
    Word("parameters", "show-parameters"),
)


def acts_by_id() -> dict[str, Act]:
    """Every act that a word can mean."""
    return {act.id: act for act in (*CHAT_ACTS, *APP_ACTS) if act.id not in UNLISTED}


def all_words() -> list[Word]:
    """The short words, then every act by its id."""
    acts = acts_by_id()
    short = [word for word in SHORT_WORDS if word.act in acts]
    names = {word.name for word in short}
    return [*short, *(Word(act_id, act_id) for act_id in acts if act_id not in names)]


def parse_word(text: str) -> tuple[Word, str] | None:
    """The word that a prompt is, and what stands after it; None when it is a prompt."""
    found = _WORD.match(text)
    if found is None:
        return None
    word = next((one for one in all_words() if one.name == found[1]), None)
    argument = (found[2] or "").strip()
    if word is None or (argument and not word.argument) or ("\n" in argument and not word.takes_lines):
        return None
    return word, argument


def without_escape(text: str) -> str:
    """A prompt that looks like a word is written with two slashes; any other is left as it is."""
    return text[1:] if text.startswith("//") and parse_word(text[1:]) is not None else text


def matching_words(typed: str) -> list[Word]:
    """The words that begin so, then those of which a part does."""
    words = all_words()
    exact = [word for word in words if word.name == typed]
    begun = [word for word in words if word.name.startswith(typed) and word.name != typed]
    part = [word for word in words if f"-{typed}" in word.name and not word.name.startswith(typed)] if typed else []
    return [*exact, *begun, *part]

"""What the readable exports have in common: what stands in which order, and the line of figures under a reply.

A session is shown as its columns see it: what all columns share comes first, once; then each column's own way. Where
the columns went on from one of several models' replies, the others stand after it. This module refuses to know
Markdown and HTML.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tui.domain.comparing import prompt_message
from tui.domain.events import Finish
from tui.domain.record import AskedAside, Voted
from tui.domain.session import Column, Message, Session
from tui.text.clean import clean_line

_FINISH_WORDS = {
    Finish.LENGTH: "ended at the length limit",
    Finish.FILTER: "ended by a content filter",
    Finish.TOOL_CALLS: "asks for tools",
    Finish.CUT_SHORT: "cut short",
    Finish.CANCELLED: "stopped",
    Finish.ERROR: "failed",
}
NOT_CONTINUED = "not continued"
"""Stands with a reply that no column went on from."""
PROMPT_CHARS = 60
"""How much of a prompt stands with a verdict."""
ROLE_WORDS = {"user": "You", "assistant": "Reply", "system": "Note", "tool": "Tool"}


@dataclass(frozen=True, slots=True)
class Strand:
    """One column's own way, after what all columns share."""

    column: Column
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A session in reading order."""

    title: str
    shared: tuple[Message, ...]
    strands: tuple[Strand, ...]
    """Empty when there is only one way."""
    rivals: Mapping[str, tuple[Message, ...]] = field(default_factory=dict)
    """By a shown reply's id: what other columns answered to the same prompt, where no column went on from it."""
    asides: tuple[AskedAside, ...] = ()
    """What models were asked beside the conversation."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """Everything shown, each once."""
        return tuple({message.id: message for message in self._all()}.values())

    def _all(self) -> Iterator[Message]:
        for messages in (self.shared, *(strand.messages for strand in self.strands)):
            for message in messages:
                yield message
                yield from self.rivals.get(message.id, ())


def make_outline(session: Session, mask: Callable[[str], str] = str) -> Outline:
    """The session in reading order: the variants that the columns' heads chose; `mask` keeps keys out of its title."""
    return replace(_ordered(session, mask), asides=tuple(session.asides))


def _ordered(session: Session, mask: Callable[[str], str]) -> Outline:
    session.settle()
    paths = [(column, session.path(column.head)) for column in session.columns.values()]
    paths = [(column, path) for column, path in paths if path]
    title = session.titled(mask) or "Untitled"
    if not paths:
        return Outline(title, tuple(_newest_path(session)), ())
    common = 0
    shortest = min(len(path) for _, path in paths)
    while common < shortest and len({path[common].id for _, path in paths}) == 1:
        common += 1
    shared = tuple(paths[0][1][:common])
    rivals = _rivals(session, [path for _, path in paths])
    if all(len(path) == common for _, path in paths):
        return Outline(title, shared, (), rivals)
    return Outline(title, shared, tuple(Strand(column, tuple(path[common:])) for column, path in paths), rivals)


def _rivals(session: Session, paths: list[list[Message]]) -> dict[str, tuple[Message, ...]]:
    """The newest reply of each other column to a prompt, by the reply that is shown; none stands under two."""
    shown = {message.id: message for path in paths for message in path}
    answering = {(message.parent, message.column) for message in shown.values() if message.is_reply}
    found: dict[str, tuple[Message, ...]] = {}
    for message in shown.values():
        if not message.is_reply or not message.column:
            continue
        others: dict[str, Message] = {}
        for other in session.variants(message.id):
            if other.column and (message.parent, other.column) not in answering:
                others[other.column] = other
        answering |= {(message.parent, column) for column in others}
        if others:
            found[message.id] = tuple(others.values())
    return found


def _newest_path(session: Session) -> list[Message]:
    roots = session.children(None)
    return session.path(session.leaf_below(roots[-1].id)) if roots else []


def variant_words(session: Session, message: Message) -> str:
    """`variant 2 of 3` when there are others beside it, else nothing; other columns' replies are no variants."""
    siblings = [other for other in session.variants(message.id) if other.column == message.column]
    if len(siblings) < 2:
        return ""
    return f"variant {siblings.index(message) + 1} of {len(siblings)}"


def speaker(message: Message, aliases: Mapping[str, str]) -> str:
    """Who says it: the user, a model, or what stands for the model while votes are blind."""
    if message.column in aliases:
        return clean_line(aliases[message.column])
    if message.is_reply and message.model:
        return clean_line(message.model)
    return ROLE_WORDS[message.role]


def verdict_words(session: Session, vote: Voted, mask: Callable[[str], str]) -> str:
    """What was decided, and about what: `“Why?”: a/b (column 2) wins, judged by c/d: a note`.

    `mask` sees the whole prompt before it is shortened: half a key would be none to it.
    """
    compared = [session.messages[one] for one in vote.candidates if one in session.messages]
    prompt = prompt_message(session, compared[0].parent) if compared else None
    asked = " ".join(mask(prompt.text).split()) if prompt is not None else ""
    words = f"“{asked[:PROMPT_CHARS]}{'…' if len(asked) > PROMPT_CHARS else ''}”: " if asked else ""
    winner = session.messages.get(vote.winner or "")
    if winner is None:
        words += "a tie" if vote.verdict == "tie" else vote.verdict.replace("_", " ")
    else:
        places = list(session.columns)
        is_one_of_several = sum(one.model == winner.model for one in compared) > 1 and winner.column in places
        place = f" (column {places.index(winner.column) + 1})" if is_one_of_several else ""
        words += f"{speaker(winner, {})}{place} wins"
    words += f", judged by {vote.judge}" if vote.judge else ""
    return words + (f": {vote.note}" if vote.note else "")


def figures(message: Message, aliases: Mapping[str, str]) -> list[str]:
    """How a reply ended, what it took and what it was asked with; estimates carry `~`, unknown figures are left out."""
    if not message.is_reply:
        return []
    words = []
    if message.finish in _FINISH_WORDS:
        cause = clean_line(message.finish_words or (message.error.message if message.error else ""))
        words.append(_FINISH_WORDS[message.finish] + (f" ({cause})" if cause else ""))
    if message.column in aliases:
        return words
    usage, timings = message.usage, message.timings
    about = "~" if usage.is_estimated else ""
    if usage.input_tokens is not None or usage.output_tokens is not None:
        words.append(f"{_count(usage.input_tokens, about)} tokens in, {_count(usage.output_tokens, about)} out")
    if usage.reasoning_tokens:
        words.append(f"{about}{usage.reasoning_tokens} of them reasoning")
    if timings.first_token_s is not None:
        words.append(f"first token after {timings.first_token_s:.2f} s")
    if timings.total_s is not None:
        words.append(f"{timings.total_s:.2f} s in all")
    if timings.tokens_per_s is not None:
        words.append(f"{'~' if timings.is_estimated else ''}{timings.tokens_per_s:.1f} tokens/s")
    if message.cost_usd is not None:
        words.append(f"{'~' if message.cost_is_estimated else ''}${message.cost_usd:.6g}")
    words += [f"{clean_line(name)} = {_value(value)}" for name, value in message.parameters.items()]
    return words


def cost_words(outline: Outline) -> str:
    """What all that is shown cost, as far as known, and what of it models took that were asked beside it."""
    asked = _sum_words(outline.asides)
    total = _sum_words((*outline.messages, *outline.asides))
    return f"{total} ({asked} of it for {_purposes(outline.asides)})" if asked else total


def _sum_words(paid: Iterable[Message | AskedAside]) -> str:
    known = [one for one in paid if one.cost_usd is not None]
    if not known:
        return ""
    about = "~" if any(one.cost_is_estimated for one in known) else ""
    return f"{about}${sum(one.cost_usd or 0.0 for one in known):.6g}"


def _purposes(asides: Iterable[AskedAside]) -> str:
    words = {"judge": "judging", "title": "titles"}
    return " and ".join(dict.fromkeys(words.get(one.purpose, clean_line(one.purpose)) for one in asides))


def _count(tokens: int | None, about: str) -> str:
    return "–" if tokens is None else f"{about}{tokens}"


def _value(value: object) -> str:
    return clean_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))

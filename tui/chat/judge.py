"""A model as judge, and a model as editor: scoring replies by a rubric, and merging several into one.

The judge sees no names and is asked in both orders; where the orders disagree that is said, not averaged away. Its
words are foreign text like any reply. Refuses to decide anything the judge did not say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tui.chat.asides import Tell, ask_aside
from tui.domain.record import Voted, now
from tui.domain.request import ModelRef
from tui.errors import ProviderError, ReplyUnreadable
from tui.providers.base import Price, Provider

RUBRIC = """Judge which answers are better for the person who asked. Weigh, in this order: correctness; whether the
question was answered in full; clarity; brevity. Do not reward length, confidence or the order of the answers."""

_FORM = """{rubric}

Question:
<question>
{question}
</question>

{answers}

Reply with one JSON object and nothing else:
{{"scores": {{{names}}}, "winner": one of {choices}, "reason": "one sentence"}}
Scores are whole numbers from 1 (useless) to 10 (could not be better)."""

_MERGE = """Write the best possible answer to the question, using what is right in the answers below and leaving out
what is wrong or doubtful in them. Reply with the answer alone, without mentioning that there were several.

Question:
<question>
{question}
</question>

{answers}"""

_BEGINS = re.compile(r"\{")
_SCORE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:/\s*10\s*)?")
_TRIES_AT_MOST = 256
"""Braces that are looked at for the beginning of the judgement; thinking aloud may come before it."""
Outcome = Literal["winner", "tie", "disagreement"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said about candidates, by their place in the list that it was given."""

    outcome: Outcome
    winner: int | None
    scores: tuple[tuple[float, ...], ...]
    """One row for each order asked; in the order of the candidates, whatever order the judge saw."""
    reasons: tuple[str, ...]

    @property
    def mean_scores(self) -> tuple[float, ...]:
        """Each candidate's mean over the orders."""
        return tuple(sum(column) / len(column) for column in zip(*self.scores, strict=True))

    def vote(self, candidates: Sequence[str], judge: str) -> Voted | None:
        """The verdict as it is recorded of these messages, cast now.

        None where the orders disagreed: a judge that goes by the order has said nothing worth keeping.
        """
        if self.outcome == "disagreement":
            return None
        winner = None if self.winner is None else candidates[self.winner]
        return Voted(
            at=now(),
            candidates=tuple(candidates),
            winner=winner,
            verdict="winner" if winner else "tie",
            note=" / ".join(reason for reason in self.reasons if reason),
            is_blind=True,
            judge=judge,
            scores=dict(zip(candidates, self.mean_scores, strict=True)),
        )


def judging_prompt(question: str, answers: Sequence[str], rubric: str = RUBRIC) -> str:
    """What the judge is asked; answers are called A, B, C … in the order given."""
    letters = _letters(len(answers))
    return _FORM.format(
        rubric=rubric.strip(),
        question=question,
        answers=_listed(answers),
        names=", ".join(f'"{letter}": score' for letter in letters),
        choices=", ".join([*(f'"{letter}"' for letter in letters), '"tie"']),
    )


def merging_prompt(question: str, answers: Sequence[str]) -> str:
    """What a model is asked that writes one reply out of several."""
    return _MERGE.format(question=question, answers=_listed(answers))


def read_judgement(text: str, count: int) -> tuple[tuple[float, ...], int | None, str]:
    """Scores by place, the winner's place (None: a tie) and the reason, from the judge's words.

    A judge that names no winner has said by its scores who won.

    Raises:
        ReplyUnreadable: there is no such object in it.
    """
    values = _judgement_in(text)
    if values is None:
        raise ReplyUnreadable("The judge did not answer in the form asked for; try another judge.", fragment=text[:200])
    letters = _letters(count)
    given = {_letter_of(name): score for name, score in values["scores"].items()}
    found = []
    for letter in letters:
        score = _score_of(given.get(letter))
        if score is None:
            raise ReplyUnreadable(f"The judge gave no score for answer {letter}; try another judge.")
        found.append(score)
    said = _letter_of(values.get("winner"))
    reason = values.get("reason")
    words = reason if isinstance(reason, str) else ""
    if said in letters:
        return tuple(found), letters.index(said), words
    best = [place for place, score in enumerate(found) if score == max(found)]
    is_tie = said in ("TIE", "DRAW") or len(best) > 1
    return tuple(found), None if is_tie else best[0], words


def _judgement_in(text: str) -> Mapping[str, Any] | None:
    """The last object with scores: what comes before may be thinking aloud, or the form repeated."""
    decoder, last, begins = json.JSONDecoder(), None, 0
    for _ in range(_TRIES_AT_MOST):
        match = _BEGINS.search(text, begins)
        if match is None:
            break
        begins = match.end()
        try:
            values, end = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(values.get("scores"), Mapping):
            last, begins = values, end
    return last


def _letter_of(name: Any) -> str:
    """`A`, as judges write it: `a`, `Answer A`, `"A"`; of anything else, its words in capitals."""
    words = name.strip(" \"'.*").upper() if isinstance(name, str) else ""
    return words.removeprefix("ANSWER ").strip()


def _score_of(value: Any) -> float | None:
    """A score from 0 to 10, also written as a text such as `8/10`."""
    if isinstance(value, str):
        match = _SCORE.fullmatch(value)
        value = float(match[1]) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10:
        return None
    return float(value)


async def judge(
    provider: Provider,
    model: ModelRef,
    question: str,
    answers: Sequence[str],
    *,
    rubric: str = RUBRIC,
    price: Price | None = None,
    tell: Tell | None = None,
) -> Verdict:
    """Ask a judge in both orders; `tell` hears what each request took, also where no verdict comes of it.

    Raises:
        ProviderError: a request failed, or the judge's answer could not be read.
    """
    forward = list(range(len(answers)))
    rows: list[tuple[float, ...]] = []
    winners: list[int | None] = []
    reasons: list[str] = []
    for order in (forward, forward[::-1]):
        prompt = judging_prompt(question, [answers[place] for place in order], rubric)
        reply = await ask_aside(provider, model, prompt, "judge", price=price, tell=tell)
        if reply.error is not None:
            raise ProviderError(f"The judge could not be asked: {reply.error.message}", status=reply.error.status)
        scores, winner, reason = read_judgement(reply.text, len(answers))
        by_place = [0.0] * len(answers)
        for seen, place in enumerate(order):
            by_place[place] = scores[seen]
        rows.append(tuple(by_place))
        winners.append(None if winner is None else order[winner])
        reasons.append(reason)
    first, second = winners
    outcome: Outcome = "disagreement" if first != second else "tie" if first is None else "winner"
    return Verdict(outcome, first if outcome == "winner" else None, tuple(rows), tuple(reasons))


def _letters(count: int) -> list[str]:
    return [chr(ord("A") + place) for place in range(count)]


def _listed(answers: Sequence[str]) -> str:
    return "\n\n".join(
        f"Answer {letter}:\n<answer>\n{answer}\n</answer>"
        for letter, answer in zip(_letters(len(answers)), answers, strict=True)
    )

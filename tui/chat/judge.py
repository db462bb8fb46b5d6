"""A model as judge, and a model as editor: scoring replies by a rubric, and merging several into one.

The judge sees no names and is asked in both orders; where the orders disagree that is said, not averaged away. Its
words are foreign text like any reply. Refuses to decide anything the judge did not say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

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

_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
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

    Raises:
        ReplyUnreadable: there is no such object in it.
    """
    values = None
    match = _OBJECT.search(text)
    if match:
        try:
            values = json.loads(match[0])
        except (ValueError, RecursionError):
            values = None
    scores = values.get("scores") if isinstance(values, Mapping) else None
    letters = _letters(count)
    if not isinstance(values, Mapping) or not isinstance(scores, Mapping):
        raise ReplyUnreadable("The judge did not answer in the form asked for; try another judge.", fragment=text[:200])
    found = []
    for letter in letters:
        score = scores.get(letter)
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 10:
            raise ReplyUnreadable(f"The judge gave no score for answer {letter}; try another judge.")
        found.append(float(score))
    said = values.get("winner")
    winner = letters.index(said) if said in letters else None
    reason = values.get("reason")
    return tuple(found), winner, reason if isinstance(reason, str) else ""


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

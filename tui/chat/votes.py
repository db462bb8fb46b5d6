"""Verdicts on replies, and the board they add up to.

Only replies to the same prompt are ever compared. Strengths are Bradley–Terry, fitted by maximum likelihood with a weak
prior (one virtual tie against an average opponent, so that a single win is not infinite strength), shown on the Elo
scale with 95 % intervals. Ties and “all bad” count half for each side. Refuses to rank what has too few votes.

Source: Hunter, “MM algorithms for generalized Bradley–Terry models”, Annals of Statistics 32 (2004).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from tui.domain.comparing import prompt_message
from tui.domain.record import Voted
from tui.domain.session import Session

ENOUGH_VOTES = 5
"""Pairs a model needs before it is ranked."""
ELO_PER_LOGIT = 400 / math.log(10)
CENTRE = 1000.0
_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models' replies to one prompt; `score` is what the first one got: 1, 0.5 or 0."""

    first: str
    second: str
    score: float
    at: str = ""
    tags: tuple[str, ...] = ()
    replies: frozenset[str] = frozenset()
    """The two messages that were compared."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the board."""

    model: str
    rating: float
    """Elo scale, 1000 is the average."""
    low: float
    high: float
    """The 95 % interval."""
    wins: int
    losses: int
    ties: int
    has_enough: bool
    """False: not enough votes yet to rank it."""

    @property
    def pairs(self) -> int:
        """How many comparisons it took part in."""
        return self.wins + self.losses + self.ties


def pairs_of(session: Session, *, by_judge: bool = False) -> list[Pair]:
    """The pairs that a session's votes amount to: the user's, or with `by_judge` the judges'.

    Replies of the same model against itself say nothing and are left out, as are votes on messages that are gone, and
    candidates that did not answer the same prompt.
    """
    found: list[Pair] = []
    for vote in latest_votes(session.votes):
        if bool(vote.judge) != by_judge:
            continue
        replies = [session.messages[name] for name in vote.candidates if name in session.messages]
        for one, other in combinations(replies, 2):
            if one.model == other.model or prompt_of(session, one.parent) != prompt_of(session, other.parent):
                continue
            if vote.verdict == "winner" and vote.winner not in (one.id, other.id):
                continue  # neither won: their order among the losers is not known
            score = 0.5 if vote.verdict != "winner" else 1.0 if vote.winner == one.id else 0.0
            found.append(Pair(one.model, other.model, score, vote.at, session.tags, frozenset((one.id, other.id))))
    return found


def prompt_of(session: Session, message_id: str | None) -> str:
    """The words that a reply under `message_id` answered."""
    message = prompt_message(session, message_id)
    return message.text if message is not None else ""


def latest_votes(votes: Iterable[Voted]) -> list[Voted]:
    """One vote for each set of candidates and voter: a later one replaces an earlier one."""
    kept: dict[tuple[frozenset[str], str], Voted] = {}
    for vote in votes:
        key = (frozenset(vote.candidates), vote.judge)
        kept.pop(key, None)
        kept[key] = vote
    return list(kept.values())


def board(pairs: Sequence[Pair]) -> list[Standing]:
    """The standings, best first; those without enough votes come last."""
    models = sorted({model for pair in pairs for model in (pair.first, pair.second)})
    if not models:
        return []
    strengths = _fit(models, pairs)
    errors = _errors(models, strengths, pairs)
    mean = sum(strengths.values()) / len(strengths)
    standings = []
    for model in models:
        scores = [pair.score if pair.first == model else 1 - pair.score for pair in pairs if model in _sides(pair)]
        rating = CENTRE + (strengths[model] - mean) * ELO_PER_LOGIT
        margin = _Z95 * errors[model] * ELO_PER_LOGIT
        standings.append(
            Standing(
                model=model,
                rating=rating,
                low=rating - margin,
                high=rating + margin,
                wins=sum(score == 1 for score in scores),
                losses=sum(score == 0 for score in scores),
                ties=sum(score == 0.5 for score in scores),
                has_enough=len(scores) >= ENOUGH_VOTES,
            )
        )
    return sorted(standings, key=lambda line: (not line.has_enough, -line.rating, line.model))


def agreement(ours: Sequence[Pair], theirs: Sequence[Pair]) -> tuple[int, int]:
    """How often two voters agreed on the same two replies: (agreed, compared)."""
    view: dict[tuple[str, str, frozenset[str]], list[float]] = defaultdict(list)
    for pair in theirs:
        view[(pair.first, pair.second, pair.replies)].append(pair.score)
        view[(pair.second, pair.first, pair.replies)].append(1 - pair.score)
    agreed = compared = 0
    for pair in ours:
        for score in view.get((pair.first, pair.second, pair.replies), ()):
            compared += 1
            agreed += score == pair.score
    return agreed, compared


def _sides(pair: Pair) -> tuple[str, str]:
    return pair.first, pair.second


def _fit(models: Sequence[str], pairs: Sequence[Pair]) -> dict[str, float]:
    """Log strengths; each model also has one virtual tie against an opponent of strength 1."""
    strength = dict.fromkeys(models, 1.0)
    won = dict.fromkeys(models, 0.5)
    met: dict[str, dict[str, int]] = {model: defaultdict(int) for model in models}
    for pair in pairs:
        won[pair.first] += pair.score
        won[pair.second] += 1 - pair.score
        met[pair.first][pair.second] += 1
        met[pair.second][pair.first] += 1
    for _ in range(500):
        change = 0.0
        for model in models:
            own = strength[model]
            expected = 1 / (own + 1) + sum(count / (own + strength[other]) for other, count in met[model].items())
            updated = won[model] / expected
            change = max(change, abs(math.log(updated / own)))
            strength[model] = updated
        if change < 1e-9:
            break
    return {model: math.log(value) for model, value in strength.items()}


def _errors(models: Sequence[str], strengths: dict[str, float], pairs: Sequence[Pair]) -> dict[str, float]:
    """Standard errors of the log strengths about their mean, from the information matrix, prior included."""
    place = {model: index for index, model in enumerate(models)}
    information = [[0.0] * len(models) for _ in models]
    for model, index in place.items():
        information[index][index] += _spread(strengths[model])
    for pair in pairs:
        first, second = place[pair.first], place[pair.second]
        spread = _spread(strengths[pair.first] - strengths[pair.second])
        information[first][first] += spread
        information[second][second] += spread
        information[first][second] -= spread
        information[second][first] -= spread
    covariance = _inverse(information)
    # Only differences are known well; what is shown is the distance from the average of all models.
    share = 1 / len(models)
    to_mean = [sum(row) * share for row in covariance]
    of_mean = sum(to_mean) * share
    return {
        model: math.sqrt(max(covariance[index][index] - 2 * to_mean[index] + of_mean, 0.0))
        for model, index in place.items()
    }


def _spread(logit: float) -> float:
    chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
    return chance * (1 - chance)


def _inverse(matrix: list[list[float]]) -> list[list[float]]:
    """Gauss–Jordan; the prior keeps the matrix positive definite."""
    size = len(matrix)
    rows = [[*row, *(1.0 if i == j else 0.0 for j in range(size))] for i, row in enumerate(matrix)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = rows[column][column]
        rows[column] = [value / scale for value in rows[column]]
        for row in range(size):
            if row != column and rows[row][column]:
                factor = rows[row][column]
                rows[row] = [value - factor * above for value, above in zip(rows[row], rows[column], strict=True)]
    return [row[size:] for row in rows]

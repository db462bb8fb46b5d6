"""How each family of Claude models is asked to think.

Old families take a budget of tokens, new ones an effort, the oldest do not think at all. Refuses to know the rest of
the wire.

Source: wire-contracts 2.3; https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tui.domain.parameters import ParameterTable
from tui.domain.request import ModelRef
from tui.errors import ConfigError
from tui.providers.placing import put

LEAST_BUDGET = 1024
ROOM_FOR_THE_ANSWER = 4096

_BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 24576, "max": 32000}
"""Thinking tokens per effort on models that know budgets only."""


@dataclass(frozen=True, slots=True)
class Family:
    """What a family of models takes."""

    has_effort: bool = True
    has_adaptive: bool = True
    has_budget: bool = False
    refuses_sampling: bool = False

    @property
    def can_think(self) -> bool:
        """Whether there is any way to make it think."""
        return self.has_adaptive or self.has_budget


_FAMILIES: tuple[tuple[re.Pattern[str], Family], ...] = (
    (re.compile(r"claude-(?:opus-4-[78]|(?:opus|sonnet|haiku|fable|mythos)-[5-9])"), Family(refuses_sampling=True)),
    (re.compile(r"claude-(?:opus|sonnet)-4-6"), Family()),
    (re.compile(r"claude-opus-4-5"), Family(has_adaptive=False, has_budget=True)),
    (
        re.compile(r"claude-(?:3-7|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:\D|-\d{8}|$))"),
        Family(has_effort=False, has_adaptive=False, has_budget=True),
    ),
    (re.compile(r"claude-(?:3|2|instant)"), Family(has_effort=False, has_adaptive=False)),
)


def family_of(model: str) -> Family:
    """What `model` takes; a name nobody knows is taken for a new model."""
    name = model.lower().replace(".", "-")
    return next((family for pattern, family in _FAMILIES if pattern.search(name)), Family())


def place_effort(body: dict[str, Any], effort: Any, table: ParameterTable, model: ModelRef, notes: list[str]) -> bool:
    """Put `effort` (None: unset) into `body` as its model's family wants it; says whether the model will think.

    Raises:
        ConfigError: the token cap leaves no room to think.
    """
    if "thinking" in body:  # the user's own words win
        given = body["thinking"]
        budget = given.get("budget_tokens") if isinstance(given, dict) else None
        if isinstance(budget, int) and body.get("max_tokens") is None:
            body["max_tokens"] = budget + ROOM_FOR_THE_ANSWER
        if effort not in (None, "none"):
            put(body, "output_config.effort", effort)
        return isinstance(given, dict) and given.get("type") in ("enabled", "adaptive")
    if effort is None:
        return False
    family = family_of(model.model)
    if not family.can_think:
        notes.append(f"reasoning_effort was not sent: {model.model} can't think aloud.")
        return False
    if effort == "none":
        body["thinking"] = {"type": "disabled"}
        return False
    if family.has_effort:
        put(body, "output_config.effort", "low" if effort == "minimal" else effort)
    if family.has_adaptive:
        body["thinking"] = {"type": "adaptive", "display": "summarized"}
    else:
        body["thinking"] = {"type": "enabled", "budget_tokens": _budget(body, str(effort), table)}
    return True


def _budget(body: dict[str, Any], effort: str, table: ParameterTable) -> int:
    """The budget for `effort`, kept below the token cap; sets a cap above it when the user set none."""
    budget = _BUDGETS.get(effort, _BUDGETS["medium"])
    cap = body.get("max_tokens")
    if cap is None:
        spec = table.get("max_tokens")
        highest = spec.maximum if spec is not None and spec.maximum else None
        cap = budget + ROOM_FOR_THE_ANSWER
        body["max_tokens"] = cap = int(min(cap, highest)) if highest else cap
    if cap <= LEAST_BUDGET:
        raise ConfigError(
            f"Thinking needs at least {LEAST_BUDGET} tokens of its own: set max_tokens above that, not to {cap},"
            " or unset reasoning_effort."
        )
    return max(LEAST_BUDGET, min(budget, cap - 1))

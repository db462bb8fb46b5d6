"""The export as CSV: figures, verdicts, no formula and nothing that a blind session hides."""

from __future__ import annotations

import csv
import io

from tests.domain.test_blind import MODELS, answered
from tui.domain import blind
from tui.domain.comparing import ballot, last_bout
from tui.domain.session import Session
from tui.store.exports.csv_ import FIELDS, export_csv
from tui.store.scrub import Scrubber


def rows(session: Session) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export_csv(session, Scrubber(None)))))


def test_each_reply_is_a_line_with_its_figures_and_verdicts() -> None:
    session = answered()
    bout = last_bout(session, session.columns.values())
    assert bout is not None
    session.apply(ballot(bout, bout.ids[0]))
    found = rows(session)
    assert tuple(found[0]) == FIELDS
    assert [row["model"] for row in found] == list(MODELS)
    assert [row["won"] for row in found] == ["1", "0", "0"]
    assert [row["lost"] for row in found] == ["0", "1", "1"]
    assert (found[0]["prompt"], found[0]["tokens_per_s"], found[0]["cost_usd"]) == ("Why?", "20", "0.5")


def test_unknown_is_empty_and_formulas_are_text() -> None:
    session = answered()
    for message in session.messages.values():
        message.cost_usd = None
        if not message.is_reply:
            message.text = "=cmd()|'x\x1b[31m"
    row = rows(session)[0]
    assert (row["cost_usd"], row["cost_is_estimated"], row["reasoning_tokens"]) == ("", "", "")
    assert row["prompt"].startswith("'=cmd()")
    assert "\x1b" not in row["prompt"]


def test_a_blind_session_tells_letters_only() -> None:
    session = answered()
    session.apply(blind.begin(session))
    text = export_csv(blind.masked(session), Scrubber(None))
    assert not any(model in text for model in MODELS)
    assert {row["tokens_per_s"] for row in rows(blind.masked(session))} == {""}

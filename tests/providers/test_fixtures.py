"""Every dialect reads its fixture file: replies streamed and whole, errors, listings."""

from __future__ import annotations

import pytest

from tests.providers.cases import case_names, check_case, check_error, check_listing
from tui.providers import (
    ai_stats,
    anthropic_messages,
    gemini,
    hatz,
    humanloop,
    ollama,
    openai_chat,
    openai_completions,
    openai_responses,
)
from tui.providers.base import Dialect

DIALECTS: dict[str, Dialect] = {
    "ai_stats": ai_stats.DIALECT,
    "anthropic_messages": anthropic_messages.DIALECT,
    "gemini": gemini.DIALECT,
    "hatz": hatz.DIALECT,
    "humanloop": humanloop.DIALECT,
    "ollama": ollama.DIALECT,
    "openai_chat": openai_chat.DIALECT,
    "openai_completions": openai_completions.DIALECT,
    "openai_responses": openai_responses.DIALECT,
}


@pytest.mark.parametrize(("fixture", "name"), [(f, n) for f in DIALECTS for n in case_names(f)])
def test_a_reply_is_read_as_the_fixture_says(fixture: str, name: str) -> None:
    check_case(DIALECTS[fixture], fixture, name)


@pytest.mark.parametrize(("fixture", "name"), [(f, n) for f in DIALECTS for n in case_names(f, "errors")])
def test_an_error_body_is_read_as_the_fixture_says(fixture: str, name: str) -> None:
    check_error(DIALECTS[fixture], fixture, name)


@pytest.mark.parametrize("fixture", [name for name in DIALECTS if name != "openai_completions"])
def test_a_listing_is_read_page_by_page(fixture: str) -> None:
    check_listing(DIALECTS[fixture], fixture)

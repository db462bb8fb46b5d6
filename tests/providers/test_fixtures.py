"""Every dialect reads its fixture file: replies streamed and whole, errors, listings."""

from __future__ import annotations

import pytest

from tests.providers.cases import case_names, check_case, check_error, check_listing
from tests.wire.rules import load_fixture
from tui.providers.base import Dialect
from tui.providers.dialects import NAMES, SCRIPTED, dialect

DIALECTS: dict[str, Dialect] = {name.replace("-", "_"): dialect(name) for name in NAMES if name != SCRIPTED}
"""Every dialect by the name of its module, which is that of its fixture, too."""


@pytest.mark.parametrize(("fixture", "name"), [(f, n) for f in DIALECTS for n in case_names(f)])
def test_a_reply_is_read_as_the_fixture_says(fixture: str, name: str) -> None:
    check_case(DIALECTS[fixture], fixture, name)


@pytest.mark.parametrize(("fixture", "name"), [(f, n) for f in DIALECTS for n in case_names(f, "errors")])
def test_an_error_body_is_read_as_the_fixture_says(fixture: str, name: str) -> None:
    check_error(DIALECTS[fixture], fixture, name)


@pytest.mark.parametrize("fixture", [name for name in DIALECTS if "listing" in load_fixture(name)])
def test_a_listing_is_read_page_by_page(fixture: str) -> None:
    check_listing(DIALECTS[fixture], fixture)

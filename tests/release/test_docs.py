"""The documentation says what is so: links lead somewhere, commands exist, words of linear mode are the real ones."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tui.cli.linear_acts import LinearChat
from tui.cli.main import COMMANDS, build_parser

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def page_id(page: Path) -> str:
    return page.name


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"(?m)^#+ (.+)$", page.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", page.read_text("utf-8"))
    for link in _LINK.findall(text):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def commands(page: Path) -> list[list[str]]:
    """The arguments of each `parley …` in the page's shell examples."""
    found = []
    for block in _SHELL.findall(page.read_text("utf-8")):
        for line in block.splitlines():
            words = shlex.split(re.sub(r"<\(|\)(?=\s|$)", " ", line.replace("…", "x")), comments=True)
            starts = [place for place, word in enumerate(words) if word == "parley"]
            for start in starts:
                end = next((at for at in range(start, len(words)) if words[at] in ("|", ">", "2>/dev/null")), None)
                found.append(words[start + 1 : end])
    return found


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_command_can_be_typed_as_it_stands(page: Path) -> None:
    for arguments in commands(page):
        command = next((word for word in arguments if word in COMMANDS), None)
        build_parser(command).parse_args(arguments)


def test_every_word_of_linear_mode_is_explained() -> None:
    page = (ROOT / "docs" / "linear-mode.md").read_text("utf-8")
    words = {name.removeprefix("word_") for name in vars(LinearChat) if name.startswith("word_")}
    assert set(re.findall(r"`/([a-z]+)", page)) == words


def test_the_licences_are_ones_that_permit() -> None:
    page = (ROOT / "docs" / "licences.md").read_text("utf-8")
    named = {row.split("|")[3].strip() for row in page.splitlines() if row.startswith("| ")} - {"licence", "---"}
    assert named <= {"MIT", "BSD-2-Clause", "BSD-3-Clause", "MPL-2.0", "Apache-2.0", "PSF-2.0"} | {
        "Apache-2.0 OR BSD-2-Clause"
    }

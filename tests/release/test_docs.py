"""The documentation says what is so: links lead somewhere, commands exist, words of linear mode are the real ones."""

from __future__ import annotations

import ast
import dataclasses
import re
import shlex
from pathlib import Path

import pytest

from tui.cli.linear_acts import LinearChat
from tui.cli.main import COMMANDS, build_parser
from tui.config import sections
from tui.local.catalogue import entries
from tui.providers.dialects import SCRIPTED, dialect
from tui.providers.endpoints import built_in
from tui.screens.keymap import all_bindings, key_words
from tui.text.sizes import size_words

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_GENERATED = re.compile(r"<!-- begin .*?<!-- end ", re.DOTALL)
KEYS_OF_OTHERS = {"ctrl+d", "ctrl+z", "shift+click", "shift+drag"}
"""Of the terminal's driver, and of the mouse."""
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


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_key_that_is_named_does_something(page: Path) -> None:
    text = _GENERATED.sub("", page.read_text("utf-8"))
    named = {key.lower() for key in re.findall(r"\b(?:(?:Ctrl|Alt|Shift)\+)+(?:F\d+|\w+|[^\w\s])|\bF\d+\b", text)}
    bound = {word for _, one in all_bindings() for word in key_words(one.key)} | KEYS_OF_OTHERS
    assert named <= bound, named - bound


def test_every_word_of_linear_mode_is_explained() -> None:
    page = (ROOT / "docs" / "linear-mode.md").read_text("utf-8")
    words = {name.removeprefix("word_") for name in dir(LinearChat) if name.startswith("word_")}
    assert set(re.findall(r"`/([a-z]+)", page)) == words


def defined_in(file: Path) -> set[str]:
    """Functions, classes and methods (`Class.method`) of a module."""
    names = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            parts = (
                part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            )
            names |= {f"{node.name}.{part.name}" for part in parts}
    return names


def test_the_way_from_key_to_pixel_leads_through_places_that_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    hops = page.partition("## One prompt, from key to pixel")[2].partition("\n## ")[0]
    files = re.findall(r"`(tui/[\w/]+\.py)`", hops)
    known = {name for file in files for name in defined_in(ROOT / file)}
    named = re.findall(r"`([A-Z]\w+\.\w+)`", hops)
    assert len(re.findall(r"(?m)^\d\. ", hops)) == 8
    assert len(named) > 12
    assert [name for name in named if name not in known] == []


def test_the_map_names_every_package_and_no_other() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`tui/(\w+)/`", page))
    assert named == {file.parent.name for file in (ROOT / "tui").glob("*/__init__.py")}


@pytest.mark.parametrize("name", ["README.md", "docs/getting-started.md", "docs/embedded-model.md"])
def test_sizes_are_those_of_the_catalogue(name: str) -> None:
    told = set(re.findall(r"([\d,]+ MB)", (ROOT / name).read_text("utf-8")))
    assert told
    assert told <= {size_words(entry.size_bytes) for entry in entries()}


def test_the_endpoints_that_continue_texts_are_all_named() -> None:
    beginning = (ROOT / "docs" / "text-completion.md").read_text("utf-8").partition("Alt+T")[0]
    able = {
        name
        for name, one in built_in().items()
        if one.quirks.get("completions") or one.dialect == SCRIPTED or "completion" in dialect(one.dialect).kinds
    }
    assert set(re.findall(r"`([\w-]+)`", beginning)) == able | {"openai-completions"}


def test_there_are_as_many_themes_as_the_readme_says() -> None:
    assert len(list((ROOT / "themes").glob("*.toml"))) == 15
    assert "Fifteen themes" in (ROOT / "README.md").read_text("utf-8")


def test_every_picture_is_shown_somewhere() -> None:
    shown = {
        Path(link).name for page in PAGES for link in _LINK.findall(page.read_text("utf-8")) if "pictures/" in link
    }
    assert shown == {file.name for file in (ROOT / "docs" / "pictures").iterdir()}


def test_every_page_is_in_the_list_of_pages() -> None:
    listed = set(_LINK.findall((ROOT / "README.md").read_text("utf-8")))
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= {link.partition("#")[0] for link in listed}


def test_the_table_of_settings_has_every_section_and_setting() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    owners = [one for one in vars(sections).values() if dataclasses.is_dataclass(one) and isinstance(one, type)]
    assert len(owners) > 8
    missing = [spot.name for owner in owners for spot in dataclasses.fields(owner) if f"| `{spot.name}` |" not in page]
    assert missing == []
    assert "textss" not in page


def test_the_licences_are_ones_that_permit() -> None:
    page = (ROOT / "docs" / "licences.md").read_text("utf-8")
    named = {row.split("|")[3].strip() for row in page.splitlines() if row.startswith("| ")} - {"licence", "---"}
    assert named <= {"MIT", "BSD-2-Clause", "BSD-3-Clause", "MPL-2.0", "Apache-2.0", "PSF-2.0"} | {
        "Apache-2.0 OR BSD-2-Clause"
    }

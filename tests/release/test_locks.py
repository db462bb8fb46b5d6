"""The lock files: fresh, hashed, small, and silent about where somebody got them from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("run.lock", "dev.lock")
ALL_LOCKS = sorted(file.relative_to(ROOT / "requirements").as_posix() for file in ROOT.glob("requirements/**/*.lock"))
MOST_PACKAGES = 25
"""Runtime dependencies in total, without extras."""


def project() -> dict[str, object]:
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return table


def pins(lock: str) -> dict[str, str]:
    """Package -> version, as the lock file has them."""
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    return {str(canonicalize_name(name)): version for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)", text)}


def groups(table: dict[str, object], name: str) -> Iterator[str]:
    for line in table[name]:  # type: ignore[attr-defined]
        if isinstance(line, dict):
            yield from groups(table, line["include-group"])
        else:
            yield line


def direct(lock: str) -> list[Requirement]:
    """What pyproject.toml asks for by name, for this lock file."""
    table = project()
    meta, own_groups = table["project"], table["dependency-groups"]
    assert isinstance(meta, dict)
    assert isinstance(own_groups, dict)
    lines = [*meta["dependencies"], *meta["optional-dependencies"]["local"]]
    if lock == "dev.lock":
        lines += meta["optional-dependencies"]["serve"]
    lines += groups(own_groups, "build" if lock == "run.lock" else "dev")
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_direct_dependency_is_pinned_within_its_range(lock: str) -> None:
    pinned = pins(lock)
    for wanted in direct(lock):
        version = pinned.get(str(canonicalize_name(wanted.name)))
        assert version is not None, f"{wanted} is not in {lock}; run make lock"
        assert wanted.specifier.contains(version, prereleases=True), f"{wanted} but {lock} has {version}"


@pytest.mark.parametrize("lock", ALL_LOCKS)
def test_every_pin_has_a_hash_and_is_exact(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[\w.-]+==\S+", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("lock", ALL_LOCKS)
def test_no_address_is_in_it(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    assert not re.search(r"://|@ |--(extra-)?index|--find-links|--trusted", text)


def test_both_agree() -> None:
    run, dev = pins("run.lock"), pins("dev.lock")
    assert {name: dev.get(name) for name in run} == run


def test_runtime_dependencies_are_few() -> None:
    """Everything that the app needs, and what that needs, from the installed packages' own words."""
    meta = project()["project"]
    assert isinstance(meta, dict)
    found: set[str] = set()
    queue = [Requirement(line) for line in meta["dependencies"]]
    while queue:
        wanted = queue.pop()
        name = str(canonicalize_name(wanted.name))
        if name in found and not wanted.extras:
            continue
        found.add(name)
        extras = tuple(wanted.extras) or ("",)
        below = [Requirement(line) for line in requires(name) or ()]
        holds = [one for one in below if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in extras)]
        queue += [one for one in holds if str(canonicalize_name(one.name)) not in found]
    assert len(found) <= MOST_PACKAGES, sorted(found)
    assert found <= set(pins("run.lock"))

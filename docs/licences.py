"""The licences of what Parley is installed with, from the packages' own metadata. Refuses to judge them."""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).resolve().parent.parent / "requirements" / "run.lock"
_PIN = re.compile(r"(?m)^([\w.-]+)==([^\s;\\]+)")
_BUILD_ONLY = ("hatchling", "editables")
"""Where the packages come from that only building Parley needs; `dependency-groups.build` in pyproject.toml."""
_CLASSIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def licences() -> str:
    """`docs/licences.md`."""
    pins = dict(_PIN.findall(LOCK.read_text("utf-8")))
    building = _needed_by(_BUILD_ONLY, pins) - _needed_by(("textual", "httpx", "pydantic", "xllamacpp"), pins)
    lines = [
        "# Licences",
        "",
        "Made by docs/generate.py from the metadata of the packages in requirements/run.lock. Parley is MIT licensed.",
        "",
        "| package | version | licence | needed for |",
        "| --- | --- | --- | --- |",
    ]
    for name, version in pins.items():
        use = "building" if name in building else "the extra `local`" if name == "xllamacpp" else "running"
        lines.append(f"| {name} | {version} | {_licence(name)} | {use} |")
    lines += [
        "",
        "The weights of the embedded models are not part of Parley; `parley local list` names the licence of each. The",
        "text of the Apache licence 2.0, under which they come, is in `tui/local/licences`.",
    ]
    return "\n".join(lines) + "\n"


def _needed_by(roots: tuple[str, ...], pins: dict[str, str]) -> set[str]:
    """`roots` and what they need, as far as it is pinned, whatever the platform."""
    found: set[str] = set()
    queue = list(roots)
    while queue:
        name = queue.pop()
        if name in found or name not in pins:
            continue
        found.add(name)
        needs = [Requirement(line) for line in metadata(name).get_all("Requires-Dist") or ()]
        queue += [canonicalize_name(one.name) for one in needs if "extra" not in str(one.marker)]
    return found


def _licence(name: str) -> str:
    about = metadata(name)
    expression = about.get("License-Expression")
    if expression:
        return expression
    words = about.get("License") or ""
    if words and len(words) < 40 and "\n" not in words:
        return words
    for classifier in about.get_all("Classifier") or ():
        if classifier.startswith("License :: OSI Approved :: "):
            last = classifier.rpartition(" :: ")[2]
            return _CLASSIFIERS.get(last, last)
    raise LookupError(f"{name} does not say its licence")

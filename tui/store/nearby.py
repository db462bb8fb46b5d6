"""Files that somebody may mean by a few letters: those below the working directory, or in a folder named by a path.

A plain walk with limits on depth, number and time; folders that hold what programs made (`node_modules`, `.git` …) are
left out, hidden ones unless they are asked for. Refuses to follow links to folders, and to open files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

MOST_FILES = 5_000
DEEPEST = 8
LONGEST_S = 0.5
"""A larger or slower tree is listed as far as this; whoever means a file beyond types its path."""
MADE_BY_PROGRAMS = frozenset(
    {"node_modules", "__pycache__", "venv", "site-packages", "target", "dist", "build", "vendor", "bower_components"}
)


def files_below(folder: Path, *, with_hidden: bool = False) -> list[str]:
    """Paths below `folder`, relative to it, the shallow ones first; as many as the limits allow."""
    ends_at = time.monotonic() + LONGEST_S
    found: list[str] = []
    level = [""]
    for _ in range(DEEPEST):
        below: list[str] = []
        for part in level:
            for name, is_folder in _entries(folder / part):
                if name.startswith(".") and not with_hidden:
                    continue
                path = f"{part}{name}"
                if not is_folder:
                    found.append(path)
                elif name not in MADE_BY_PROGRAMS and name != ".git":
                    below.append(path + "/")
            if len(found) >= MOST_FILES or time.monotonic() > ends_at:
                return found[:MOST_FILES]
        if not below:
            break
        level = below
    return found


def entries_of(folder: Path, *, with_hidden: bool = False) -> list[str]:
    """What stands in a folder: folders end in a slash and come first."""
    entries = [one for one in _entries(folder) if with_hidden or not one[0].startswith(".")]
    entries.sort(key=lambda one: (not one[1], one[0].lower()))
    return [name + "/" if is_folder else name for name, is_folder in entries]


def split_path(typed: str) -> tuple[str, str]:
    """A path that is being typed: the folder that is there already, with its slash, and the beginning of a name."""
    folder, slash, name = typed.rpartition("/")
    return folder + slash, name


def is_path(typed: str) -> bool:
    """Whether a path from elsewhere is being typed, not the name of a file nearby."""
    return typed.startswith(("/", "~/", "./", "../")) or typed in ("~", ".", "..")


def best_matches(names: Sequence[str], query: str, limit: int) -> list[str]:
    """The names that hold the letters of `query` in order; the closest first.

    Letters side by side, at the beginning of a word or of the file's name count most; upper case does not matter.
    """
    if not query:
        return list(names[:limit])
    wanted = query.lower()
    scored = []
    for place, name in enumerate(names):
        score = _score(name.lower(), wanted)
        if score is not None:
            scored.append((score, len(name), place, name))
    scored.sort()
    return [name for *_, name in scored[:limit]]


def _score(name: str, wanted: str) -> int | None:
    """How far `wanted` is from standing in `name` as one piece at its best place; None: it does not stand in it."""
    base = name.rstrip("/").rfind("/") + 1
    at = name.find(wanted, base)
    if at < 0:
        at = name.find(wanted)
    if at >= 0:
        is_start = at == base or at == 0 or not name[at - 1].isalnum()
        return (0 if at >= base else 2) + (0 if is_start else 1)
    gaps, position = 0, -1
    for letter in wanted:
        found = name.find(letter, position + 1)
        if found < 0:
            return None
        gaps += position >= 0 and found > position + 1
        position = found
    return 10 + gaps


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """Names in a folder, and whether each is a folder itself; none when it cannot be read."""
    try:
        with os.scandir(folder) as scanned:
            for number, entry in enumerate(scanned):
                if number >= MOST_FILES:
                    return
                try:
                    is_folder = entry.is_dir(follow_symlinks=False)
                    if is_folder or entry.is_file():
                        yield entry.name, is_folder
                except OSError:
                    continue  # gone meanwhile
    except OSError:
        return

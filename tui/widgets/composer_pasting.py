"""What a paste into the composer is: words, a long text that had better be a file, or paths that a terminal dropped.

Pure functions over text; nothing here touches a disk.
"""

from __future__ import annotations

import re

FOLD_FROM_LINES = 40
FOLD_FROM_CHARS = 8_000
"""A paste as long as this in lines or characters becomes an attachment: nobody proofreads it in a composer."""
MOST_PATHS = 20
LONGEST_PATH_CHARS = 4_096

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def is_long(text: str) -> bool:
    """Whether a paste is better kept beside the prompt than in it."""
    return len(text) >= FOLD_FROM_CHARS or text.count("\n") >= FOLD_FROM_LINES


def pasted_name(number: int) -> str:
    """What the attachment of a long paste is called."""
    return f"pasted-{number}.txt"


def dropped_paths(text: str) -> list[str]:
    """The paths in a paste that consists of nothing else, as terminals paste files that are dropped on them.

    They come quoted, with escaped spaces, as file addresses, one a line or side by side. Whether they lead to anything
    is for the caller to find out; a plain word is no path here.
    """
    stripped = text.strip()
    if not stripped or len(stripped) > MOST_PATHS * LONGEST_PATH_CHARS:
        return []
    lines = [line.strip() for line in stripped.split("\n") if line.strip()]
    if len(lines) > MOST_PATHS:
        return []
    whole = [_path_of(_unquoted(line)) for line in lines]
    if all(whole) and (len(lines) > 1 or not _looks_like_several(stripped)):
        return whole
    import shlex  # few pastes get here

    try:
        words = shlex.split(stripped)
    except ValueError:  # a quote that is not closed: no shell's path
        return []
    paths = [_path_of(word) for word in words]
    return paths if paths and len(paths) <= MOST_PATHS and all(paths) else []


def _looks_like_several(line: str) -> bool:
    return len(re.findall(r"(?:^|(?<=[^\\]\s))['\"]?(?:/|~/|file://)", line)) > 1


def _unquoted(line: str) -> str:
    if len(line) > 1 and line[0] == line[-1] and line[0] in "'\"":
        return line[1:-1]
    return re.sub(r"\\(.)", r"\1", line) if not _DRIVE.match(line) else line


def _path_of(word: str) -> str:
    """The path that a word is, or nothing."""
    if len(word) > LONGEST_PATH_CHARS:
        return ""
    if word.startswith("file://"):
        from urllib.parse import unquote, urlsplit

        try:
            address = urlsplit(word)
        except ValueError:
            return ""
        return unquote(address.path) if address.netloc in ("", "localhost") else ""
    return word if word.startswith(("/", "~/", "./", "../")) or _DRIVE.match(word) else ""

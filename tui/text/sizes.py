"""Sizes in words, the same wherever a file is spoken of: `812 B`, `12 kB`, `3.4 MB`, `1.1 GB`.

Refuses to say more digits than anybody compares; what counts up while it is watched is said elsewhere.
"""

from __future__ import annotations


def size_words(size_bytes: int) -> str:
    """A size for people; a kilobyte is 1,000 bytes."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 999_500:
        return f"{size_bytes / 1e3:.0f} kB"
    number, unit = (size_bytes / 1e6, "MB") if size_bytes < 999_500_000 else (size_bytes / 1e9, "GB")
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:,.0f} {unit}"

"""Texts that bring programs to their knees; the transcript has to answer keys while it takes them in."""

from __future__ import annotations

MIB = 1 << 20

PATHOLOGICAL = {
    "1 MiB on a line": "a" * MIB,
    "1 MiB of words": "word " * (MIB // 5),
    "100,000 newlines": "a" + "\n" * 100_000 + "b",
    "10,000 nested quotes": ">" * 10_000 + " x",
    "quotes, one deeper each": "\n".join("> " * depth + "x" for depth in range(1, 400)),
    "bracket runs": "[" * 100_000 + "\n\n" + "![[" * 30_000,
    "emphasis runs": "*a **b " * 20_000,
    "a 5,000-row table": "| a | b | c |\n|---|---|---|\n"
    + "".join(f"| row {row} | some **text** here | {row * row} |\n" for row in range(5_000)),
    "a paragraph of 20,000 lines": "word word\n" * 20_000,
    "a fence of 20,000 lines": "```python\n" + "def f(x): return x + 1  # comment\n" * 20_000 + "```\n",
    "5,000 nested list markers": "- " * 5_000 + "x",
    "escape sequences": "\x1b[31m\x07\u202e" * 20_000,
}

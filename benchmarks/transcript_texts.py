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
    "1 MiB of stars": "*" * MIB,
    "a word of combining marks": "a" + "\u0301" * (MIB // 2),
    "joined emoji": "\U0001f469\u200d" * 100_000,
    "paragraphs of emphasis": ("*a **b _c_ `d` " * 500 + "\n\n") * 60,
    "10,000 links": "".join(f"[link {number}](https://a.b/{number})\n\n" for number in range(10_000)),
    "20,000 definitions": "".join(f"[r{number}]: /u\n" for number in range(20_000)),
    "a list of 20,000 items": "- [ ] an item\n" * 20_000,
    "quotes in lists in quotes": "> - > - > - > x\n" * 5_000,
    "a table of 300 columns": "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + ("|" + "b|" * 300 + "\n") * 300,
    "short rows below 300 columns": "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + "|b|\n" * 3_000,
    "formulas": "$\\frac{a_1}{b}$ and \\(x^2\\)\n\n" * 5_000,
    "20,000 fences": "```py\nx = 1\n```\n" * 20_000,
}

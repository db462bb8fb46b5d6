"""Formulas as readable Unicode."""

from __future__ import annotations

import pytest

from tui.transcript.mathtext import readable


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (r"\frac{1}{3}", "1/3"),
        (r"\tfrac13", "1/3"),
        (r"\frac{a+b}{c}", "(a+b)/c"),
        (r"\frac{\frac12}{x^{2n}}", "(1/2)/(x²ⁿ)"),
        (r"\int_0^1 x^2\,dx", "∫₀¹ x² dx"),
        (r"e^{i\pi}+1=0", "e^(iπ)+1=0"),
        (r"x_{i+1}^{n}", "xᵢ₊₁ⁿ"),
        (r"\alpha \le \beta", "α≤β"),
        (r"\mathbb{R}^n", "ℝⁿ"),
        (r"\sqrt{c}", "√c"),
        (r"\frac{a+b}{\sqrt{c}}", "(a+b)/√c"),
        (r"\sqrt[3]{x+1}", "∛(x+1)"),
        (r"\sqrt{\sqrt x}", "√(√x)"),
    ],
)
def test_a_formula_reads_as_it_would_be_said(formula: str, shown: str) -> None:
    assert readable(formula) == shown


@pytest.mark.parametrize("formula", [r"\frac{", "x^", "{" * 200, "x" * 5000, "\\left(" * 90])
def test_what_cannot_be_read_is_shown_as_it_is(formula: str) -> None:
    assert readable(formula) == formula


def test_nothing_in_a_formula_reaches_the_terminal() -> None:
    assert "\x1b" not in readable("\\text{\x1b[31m}")

"""The workbench is joined from parts that were written apart: none may take another's name by accident."""

from __future__ import annotations

from itertools import combinations

from tui.screens.workbench import Workbench


def hands_on(method: object) -> bool:
    """Whether a method calls the next part's method of the same name, so that it stands before it on purpose."""
    code = getattr(method, "__code__", None)
    return code is not None and "__class__" in code.co_freevars


def test_no_part_hides_a_method_of_another() -> None:
    parts = [part for part in Workbench.__mro__[1:] if part.__module__.startswith("tui.screens")]
    clashes = [
        f"{name}: {one.__name__} and {other.__name__}"
        for one, other in combinations(parts, 2)
        if not issubclass(one, other)
        for name in set(vars(one)) & set(vars(other))
        if not name.startswith("__") and not hands_on(vars(one)[name])
    ]
    assert not clashes

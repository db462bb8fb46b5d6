"""Files nearby: found by a few letters, within limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.store.nearby import MOST_FILES, best_matches, entries_of, files_below, is_path, split_path


def test_files_below_leave_out_what_programs_made(tmp_path: Path) -> None:
    for path in ("a.py", "src/b.py", "src/deep/c.py", "node_modules/x.js", ".git/config", ".env", "src/.hidden/d"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert sorted(files_below(tmp_path)) == ["a.py", "src/b.py", "src/deep/c.py"]
    assert set(files_below(tmp_path, with_hidden=True)) == {
        "a.py",
        "src/b.py",
        "src/deep/c.py",
        ".env",
        "src/.hidden/d",
    }
    assert entries_of(tmp_path / "src") == ["deep/", "b.py"]
    assert files_below(tmp_path / "nothing") == []


def test_a_large_folder_is_listed_as_far_as_the_limit(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 50):
        (tmp_path / f"f{number}").touch()
    assert len(files_below(tmp_path)) <= MOST_FILES


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("comp", "widgets/composer.py"),
        ("wcomp", "widgets/composer.py"),
        ("COMPOSER", "widgets/composer.py"),
        ("main", "main.py"),
        ("py", "main.py"),
    ],
)
def test_the_closest_comes_first(query: str, first: str) -> None:
    names = ["docs/decomposition.md", "widgets/composer.py", "main.py", "remain/x.py"]
    assert best_matches(names, query, 5)[0] == first


def test_what_does_not_hold_the_letters_in_order_is_left_out() -> None:
    assert best_matches(["abc", "acb"], "abc", 5) == ["abc"]
    assert best_matches(["b", "a"], "", 5) == ["b", "a"]


def test_paths_from_elsewhere_are_told_from_names() -> None:
    assert [is_path(one) for one in ("/a", "~/a", "./a", "../a", "~", "a/b", "a", "@a")] == [True] * 5 + [False] * 3
    assert split_path("~/docs/rea") == ("~/docs/", "rea")

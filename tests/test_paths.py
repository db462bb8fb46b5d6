"""Where things are: homes that are nobody's, and names that no file can have."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui import paths
from tui.errors import ConfigError


def test_a_home_is_put_in_and_nobodys_is_left_as_it_is(clean_environment: Path) -> None:
    assert paths.from_home("~/x") == clean_environment / "x"
    assert paths.from_home("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")
    assert paths.from_home("a/~") == Path("a/~")


@pytest.mark.parametrize("name", ["n" * 300, "/" + "n" * 5000, "a\0b", "nothing-of-this-name"])
def test_what_cannot_be_a_path_is_not_there(name: str) -> None:
    assert not paths.is_file(Path(name))
    assert not paths.is_dir(Path(name))


def test_new_files_are_private_whatever_the_umask_and_old_ones_stay(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        for name in ("a", "b"):
            with paths.appended(tmp_path / "lines") as file:
                file.write(f"{name}\n")
        paths.make_private_file(tmp_path / "empty")
    finally:
        os.umask(before)
    assert (tmp_path / "lines").read_text() == "a\nb\n"
    assert [stat.S_IMODE(path.stat().st_mode) for path in sorted(tmp_path.iterdir())] == [0o600, 0o600]
    with pytest.raises(FileExistsError):
        paths.make_private_file(tmp_path / "lines")


def test_a_variable_that_names_a_home_that_is_nobodys_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_DATA_DIR", "~nobody-of-this-name/data")
    with pytest.raises(ConfigError, match="PARLEY_DATA_DIR names the home folder of a user who is not there"):
        paths.data_dir()

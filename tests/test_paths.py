"""Where things are: homes that are nobody's, and names that no file can have."""

from __future__ import annotations

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


def test_a_variable_that_names_a_home_that_is_nobodys_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_DATA_DIR", "~nobody-of-this-name/data")
    with pytest.raises(ConfigError, match="PARLEY_DATA_DIR names the home folder of a user who is not there"):
        paths.data_dir()

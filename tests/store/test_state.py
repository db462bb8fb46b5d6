"""The app's own memory: tolerant when read, whole when written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import ConfigError
from tui.store.state import AppState, load_state, save_state


def test_state_survives_a_round_trip(tmp_path: Path) -> None:
    state = AppState(theme="parley-light", left_width_cells=30, right_is_open=False, others={"from_future": [1, "x"]})
    state.remember_model("demo/echo")
    state.remember_model("local/default")
    state.remember_model("demo/echo")
    save_state(tmp_path / "state.toml", state)
    read = load_state(tmp_path / "state.toml")
    assert read.recent_models == ["demo/echo", "local/default"]
    assert read.last_model == "demo/echo"
    assert read.others == {"from_future": [1, "x"]}
    assert (read.left_width_cells, read.right_width_cells, read.right_is_open) == (30, None, False)


def test_a_missing_file_is_a_first_run(tmp_path: Path) -> None:
    assert load_state(tmp_path / "state.toml") == AppState()


@given(st.binary(max_size=60))
def test_any_file_is_some_state(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.toml"
        path.write_bytes(content)
        load_state(path)


def test_wrong_types_are_as_if_never_set(tmp_path: Path) -> None:
    path = tmp_path / "state.toml"
    path.write_text(
        'last_model = 7\nrecent_models = "x"\nleft_width_cells = -3\ntheme = "nord"\ndrafts = { s1 = "words" }\n'
    )
    assert load_state(path) == AppState(theme="nord")


def test_a_damaged_file_is_set_aside_before_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "state.toml"
    path.write_text("not = = toml")
    save_state(path, AppState(theme="nord"))
    assert load_state(path).theme == "nord"
    assert (tmp_path / "state.toml.damaged-1").read_text() == "not = = toml"


def test_a_state_that_cannot_be_saved_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be saved"):
        save_state(tmp_path / "file" / "state.toml", AppState())

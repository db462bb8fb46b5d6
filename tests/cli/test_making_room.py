"""Conversations that are too long, on the command line and in linear mode: refused with words, dropped, summarised."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Outcome, config_file, parley
from tui.domain.context import sent_part
from tui.domain.session import Session
from tui.paths import sessions_dir
from tui.store.sessions import SessionStore

SCRIPT = """
context_tokens = 90
[[replies]]
match = "Summarise the conversation"
text = "They counted."
tokens_per_s = 0
first_token_s = 0
[[replies]]
text = "Noted."
tokens_per_s = 0
first_token_s = 0
"""
LONG = "one two three four five six seven eight nine ten " * 5


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A model that reads 90 tokens."""
    (tmp_path / "it.toml").write_text(SCRIPT, encoding="utf-8")
    return config_file(tmp_path, '[endpoints.play]\ndialect = "scripted"\nscript = "it.toml"\n')


def ask(config: str, *words: str) -> Outcome:
    return parley("--config", config, "ask", *words)


def sent_words() -> list[str]:
    store = SessionStore(sessions_dir())
    session: Session = store.read(store.latest()).session
    column = next(iter(session.columns.values()))
    return [message.text.split()[0] for message in sent_part(session.path(column.head)).messages]


def test_asking_on_says_that_it_does_not_fit_and_how_it_could(config: str) -> None:
    ask(config, "-m", "play/it", f"first {LONG}")
    ask(config, "--continue", "second")
    refused = ask(config, "--continue", f"third {LONG}")
    assert refused.code == 1
    assert "can read 90 tokens" in refused.err
    assert "--when-full drop" in refused.err
    assert sent_words() == ["first", "Noted.", "second", "Noted."]  # nothing of it went on record
    as_object = ask(config, "--continue", "--json", f"third {LONG}")
    assert as_object.json["error"]["kind"] == "context-too-long"
    dropped = ask(config, "--continue", "--when-full", "drop", f"third {LONG}")
    assert (dropped.code, dropped.out) == (0, "Noted.\n")
    assert "no longer sent" in dropped.err
    assert "first" not in sent_words()


def test_a_summary_is_asked_for_first_and_recorded(config: str) -> None:
    ask(config, "-m", "play/it", f"first {LONG}")
    summed = ask(config, "--continue", "--when-full", "summarise", f"second {LONG}")
    assert (summed.code, summed.out) == (0, "Noted.\n")
    assert "for a summary of 2 messages" in summed.err
    assert sent_words() == ["second", "Noted."]
    store = SessionStore(sessions_dir())
    assert any(one.text == "They counted." for one in store.read(store.latest()).session.messages.values())


def test_it_can_be_sent_all_the_same(config: str) -> None:
    ask(config, "-m", "play/it", f"first {LONG}")
    assert ask(config, "--continue", "--when-full", "send", f"second {LONG}").code == 0
    assert sent_words()[0] == "first"


def test_lines_say_it_and_room_is_made_by_a_word(config: str) -> None:
    lines = [f"first {LONG}", f"second {LONG}", "/room drop", f"third {LONG}", "/quit"]
    done = parley("--config", config, "--linear", "-m", "play/it", stdin="\n".join(lines))
    assert "/room drop" in done.err
    assert "The 2 oldest messages are no longer sent." in done.err
    assert done.out == "Noted.\nNoted.\n"
    assert sent_words() == ["third", "Noted."]


def test_an_unknown_way_is_said(config: str) -> None:
    done = parley("--config", config, "--linear", "-m", "play/it", stdin="/room trim\n")
    assert "drop, summarise, stop, send" in done.err

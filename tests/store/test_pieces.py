"""A key that is cut anywhere between pieces of a reply stands in no file, and no other text waits for it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.store.builders import AT, load, opening
from tui.domain.events import Alternative, Finish, TokenLogprob
from tui.domain.record import ReplyEnded, ReplyStarted, ReplyText
from tui.store.journal import Journal
from tui.store.pieces import GuardedText
from tui.text.redact import Redactor

KEY = "sk-canary-0123456789abcdef/+x"
OTHER = "sk-canary-else-42"
texts = st.lists(st.sampled_from(["s", "sk-", "sk-canary", " ", "word ", KEY, OTHER, KEY[:20], KEY[9:], "*", "\n"]))


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


@given(texts, st.lists(st.integers(0, 500), max_size=12))
def test_no_cut_lets_a_key_through(parts: list[str], places: list[int]) -> None:
    redactor = Redactor([KEY, OTHER])
    guard = GuardedText(redactor)
    written = "".join(guard.take(piece) for piece in cut("".join(parts), places))
    assert KEY not in written
    assert OTHER not in written
    assert redactor.redact(written) == written


@given(st.text(st.sampled_from("sk-canry 0"), max_size=60), st.lists(st.integers(0, 60), max_size=8))
def test_text_that_holds_no_key_is_written_at_once_but_for_a_beginning(text: str, places: list[int]) -> None:
    guard = GuardedText(Redactor([KEY]))
    written, came = "", ""
    for piece in cut(text, places):
        came += piece
        written += guard.take(piece)
        assert came.startswith(written)
        assert KEY.startswith(came[len(written) :])
        assert len(came) == len(written) or len(came) - len(written) >= 7


def test_a_beginning_that_comes_to_nothing_is_written_with_what_follows() -> None:
    guard = GuardedText(Redactor([KEY]))
    assert guard.take("it is sk-canary-0") == "it is "
    assert guard.take("815, no key") == "sk-canary-0815, no key"


def test_a_streamed_key_is_in_no_line_of_the_file(tmp_path: Path) -> None:
    for at in range(1, len(KEY)):
        journal = Journal(tmp_path / f"s{at}.jsonl", f"s{at}", redactor=Redactor([KEY]))
        journal.append([*opening(), ReplyStarted("r1", AT, None, "c1", "demo/echo")])
        journal.append([ReplyText("r1", f"your key is {KEY[:at]}", KEY[:at])])
        journal.append([ReplyText("r1", f"{KEY[at:]}, is it?", KEY[at:])])
        text = load(journal.path).messages["r1"].text
        assert KEY not in text
        assert text.startswith("your key is ")
        assert text.endswith("***, is it?")
        rest = journal.path.read_text()
        assert KEY[at:] not in rest or at > len(KEY) - 4
        journal.append([ReplyEnded("r1", AT, Finish.STOP, f"your key is {KEY}, is it?")])
        journal.close()
        assert load(journal.path).messages["r1"].text == "your key is ***, is it?"


def test_a_key_in_single_tokens_is_masked_with_its_alternatives(tmp_path: Path) -> None:
    tokens = tuple(TokenLogprob(one, -1.0, (Alternative(one, -1.0),)) for one in ["is ", KEY[:9], KEY[9:], "!"])
    journal = Journal(tmp_path / "s1.jsonl", "s1", redactor=Redactor([KEY]))
    journal.append([*opening(), ReplyStarted("r1", AT, None, "c1", "demo/echo")])
    journal.append([ReplyEnded("r1", AT, Finish.STOP, f"is {KEY}!", logprobs=tokens)])
    journal.close()
    assert KEY[9:] not in journal.path.read_text()
    assert [one.token for one in load(journal.path).messages["r1"].logprobs] == ["is ", "***", "***", "!"]

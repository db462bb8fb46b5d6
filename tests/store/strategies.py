"""Any session event at all, for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tui.domain.events import Alternative, Finish, TokenLogprob, Usage
from tui.domain.record import (
    AskedAside,
    Attachment,
    ColumnAdded,
    ColumnChanged,
    ColumnRemoved,
    HeadMoved,
    MessageAdded,
    MessageMarked,
    MessagesDeleted,
    MessagesRestored,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SessionEvent,
    SessionMarked,
    SessionStarted,
    Unknown,
    Voted,
)
from tui.domain.reply import Failure, Timings, ToolCall

texts = st.text(max_size=40)
"""Without surrogates, which no file may hold."""
ids = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=1, max_size=12)
ats = st.just("2026-01-02T03:04:05.678Z")
numbers = st.floats(allow_nan=False, allow_infinity=False)
maybe_ids = st.none() | ids
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, json_values, max_size=4)
id_lists = st.lists(ids, max_size=3).map(tuple)
finishes = st.sampled_from(Finish)
counts = st.none() | st.integers(0, 10**9)
usages = st.builds(Usage, counts, counts, counts, counts, st.booleans())
timings = st.builds(Timings, st.none() | numbers, st.none() | numbers, st.none() | numbers, st.booleans())
failures = st.builds(Failure, texts, texts, counts, st.none() | numbers)
calls = st.lists(st.builds(ToolCall, texts, texts, texts, texts), max_size=2).map(tuple)
logprobs = st.lists(
    st.builds(
        TokenLogprob,
        texts,
        st.none() | numbers,
        st.lists(st.builds(Alternative, texts, numbers), max_size=2).map(tuple),
    ),
    max_size=2,
).map(tuple)
attachments = st.lists(st.builds(Attachment, texts, texts, texts, st.integers(0, 10**12)), max_size=2).map(tuple)
roles: st.SearchStrategy[Any] = st.sampled_from(["user", "assistant", "system", "tool"])
kinds: st.SearchStrategy[Any] = st.sampled_from(["chat", "completion"])
verdicts: st.SearchStrategy[Any] = st.sampled_from(["winner", "tie", "all_bad"])
flags = st.none() | st.booleans()
maybe_texts = st.none() | texts
places = st.none() | st.integers(0, 9)

starts: st.SearchStrategy[SessionStarted] = st.builds(SessionStarted, ids, ats, texts, texts)
events: st.SearchStrategy[SessionEvent] = st.one_of(
    st.builds(ColumnAdded, ids, ats, texts, texts, objects, maybe_ids, kinds, places),
    st.builds(ColumnChanged, ids, ats, maybe_texts, maybe_texts, st.none() | objects, flags, places, st.none() | kinds),
    st.builds(ColumnRemoved, ids, ats),
    st.builds(MessageAdded, ids, ats, maybe_ids, roles, texts, attachments, texts, id_lists, texts, texts, finishes),
    st.builds(ReplyStarted, ids, ats, maybe_ids, ids, texts, texts, objects, st.integers(0, 9), texts, id_lists),
    st.builds(ReplyText, ids, texts, texts),
    st.builds(
        ReplyEnded,
        ids,
        ats,
        finishes,
        texts,
        texts,
        texts,
        usages,
        timings,
        st.none() | numbers,
        st.booleans(),
        calls,
        logprobs,
        objects,
        st.none() | objects,
        st.none() | failures,
    ),
    st.builds(HeadMoved, ids, ats, maybe_ids),
    st.builds(MessagesDeleted, id_lists, ats),
    st.builds(MessagesRestored, id_lists, ats),
    st.builds(MessageMarked, ids, ats, flags, maybe_texts),
    st.builds(SessionMarked, ats, maybe_texts, flags, st.none() | id_lists, st.none() | objects),
    st.builds(Voted, ats, id_lists, maybe_ids, verdicts, texts, st.booleans(), texts, objects),
    st.builds(AskedAside, ats, texts, texts, usages, st.none() | numbers, st.booleans()),
    st.builds(Unknown, objects.map(lambda values: {**values, "event": "from-the-future"})),
)

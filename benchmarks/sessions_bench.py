"""Parley with 10,000 saved sessions, and with one of 50 MB: starting, scrolling, searching, opening; and journaling.

`python -m benchmarks.sessions_bench [--quick]` makes the sessions in a temporary folder and prints one line a figure:
ours, what it is compared with, the goal. Starts alternate between a full and an empty folder and the medians are
compared, so that a noisy minute hits both.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.report import Figure, Report, arguments_of
from benchmarks.start_bench import alternating, prompt_s
from benchmarks.transcript_pty import Terminal, python
from tui.chat.conversation import FLUSH_EVERY_S, Conversation, ForgetfulRecorder
from tui.domain.acts import add_column, begin_reply
from tui.domain.events import Finish, Usage
from tui.domain.record import (
    ColumnAdded,
    HeadMoved,
    MessageAdded,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SessionEvent,
    SessionStarted,
    now,
)
from tui.domain.session import Session
from tui.store.codec import encode_event, encode_values, event_values
from tui.store.index import SessionIndex
from tui.store.indexing import Indexer
from tui.store.journal import AsyncJournal, Journal
from tui.store.sessions import SessionStore
from tui.store.sharing import SentRequests
from tui.text.redact import Redactor

SESSIONS = 10_000
LARGE_BYTES = 50_000_000
NEEDLE, OTHER = "perihelion", "perihelios"
"""Each stands in every 500th session; the last letter tells them apart."""
END_MARK = "the very end of it"
TYPED = "quiteready"
LARGE_TITLE = "enormous"
_WORDS = ("river", "column", "answer", "latency", "winter", "harbour", "letter", "engine", "glass", "mountain", "orbit")


def words(chance: random.Random, count: int) -> str:
    """So many words of no meaning."""
    return " ".join(chance.choices(_WORDS, k=count))


def turn(number: int, parent: str | None, at: str, question: str, answer: str) -> list[SessionEvent]:
    """A question and its answer."""
    prompt, reply = f"q{number}", f"r{number}"
    return [
        MessageAdded(prompt, at, parent, "user", question),
        ReplyStarted(reply, at, prompt, "c1", "demo/echo"),
        ReplyEnded(reply, at, Finish.STOP, answer, usage=Usage(20, 120)),
        HeadMoved("c1", at, reply),
    ]


def write(folder: Path, session_id: str, events: list[SessionEvent]) -> None:
    """A session file."""
    (folder / f"{session_id}.jsonl").write_bytes(b"".join(map(encode_event, events)))


def make_sessions(folder: Path, count: int) -> None:
    """So many small sessions, of two turns each."""
    folder.mkdir(parents=True)
    chance = random.Random(7)
    for place in range(count):
        at = f"2026-0{1 + place % 9}-{1 + place % 27:02d}T{place % 24:02d}:{place % 60:02d}:00.000Z"
        needle = f" {NEEDLE}" if place % 500 == 0 else f" {OTHER}" if place % 500 == 1 else ""
        events: list[SessionEvent] = [SessionStarted(f"s{place:06d}", at), ColumnAdded("c1", at, "demo/echo")]
        events += turn(0, None, at, f"{words(chance, 8)} {place}", words(chance, 90))
        events += turn(1, "r0", at, words(chance, 12) + needle, words(chance, 90))
        write(folder, f"s{place:06d}", events)


def make_large(folder: Path, size_bytes: int, *, is_streamed: bool, is_short: bool = False) -> None:
    """One session of about so many bytes: as it was streamed, with pieces and requests, or imported, of texts only.

    The second has three times as many messages in as many bytes, and with short replies fifteen times as many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(8)
    at = "2026-09-09T09:09:09.000Z"
    sent, said, number = SentRequests(), list[dict[str, str]](), 0
    lines = [encode_event(SessionStarted("large", at)), encode_event(ColumnAdded("c1", at, "demo/echo"))]
    written = 0
    while written < size_bytes:
        reply = f"r{number}"
        question = f"{LARGE_TITLE} {words(chance, 20)}"
        answer = "\n\n".join(words(chance, 120) for _ in range(2 if is_short else 12))
        if written + 3 * len(answer) >= size_bytes:
            answer, written = f"{answer}\n\n{END_MARK}", size_bytes
        events = [event_values(one) for one in turn(number, f"r{number - 1}" if number else None, at, question, answer)]
        said.append({"role": "user", "content": question})
        if is_streamed:
            body = {"model": "echo", "messages": said[:]}
            events[2]["sent"] = sent.shortened(reply, {"method": "POST", "url": "", "headers": {}, "json": body})
            pieces = [ReplyText(reply, answer[place : place + 400]) for place in range(0, len(answer), 400)]
            events[2:2] = map(event_values, pieces)
        said.append({"role": "assistant", "content": answer})
        new = [encode_values(values) for values in events]
        written += sum(map(len, new))
        lines += new
        number += 1
    (folder / "large.jsonl").write_bytes(b"".join(lines))


def environment(folder: Path) -> dict[str, str]:
    """Where a run keeps everything."""
    (folder / "config.toml").touch()
    return {
        "PARLEY_DATA_DIR": str(folder / "data"),
        "PARLEY_CACHE_DIR": str(folder / "cache"),
        "PARLEY_CONFIG": str(folder / "config.toml"),
    }


def index_all(folder: Path) -> float:
    """Build the index; how long that takes, in seconds."""
    began = time.monotonic()
    index = SessionIndex(folder / "data" / "index.sqlite")
    Indexer(index, SessionStore(folder / "data" / "sessions")).refresh()
    index.close()
    return time.monotonic() - began


def journaling(folder: Path) -> float:
    """The median of three measurements."""
    return median(asyncio.run(journaling_share(8.0, folder / f"journal-{number}")) for number in range(3))


def search_s(home: dict[str, str]) -> float:
    """From the last key of a search text until its first hit is on the screen."""
    with Terminal(python("tui", "-m", "demo/echo"), home) as terminal:
        terminal.wait_for("sends")
        terminal.read(3.0)
        terminal.send(b"\x07")
        terminal.wait_for(f"{SESSIONS:,} sessions")
        terminal.read(1.0)
        for letter in NEEDLE[:-1]:
            terminal.send(letter.encode())
            terminal.read(0.15)
        found = SESSIONS // 500
        terminal.wait_for(f"{2 * found} places")
        sent = terminal.send(NEEDLE[-1].encode())
        return terminal.wait_for(f"{found} places in {found}") - sent


def scroll_s(home: dict[str, str], pages: int) -> float:
    """How long a page of the full list takes, from key to paint."""
    with Terminal(python("tui", "-m", "demo/echo"), home) as terminal:
        terminal.wait_for("sends")
        terminal.read(3.0)
        terminal.send(b"\x07")
        terminal.wait_for(f"{SESSIONS:,} sessions")
        terminal.read(1.0)
        took = []
        for _ in range(pages):
            sent = terminal.send(b"\x1b[6~")
            terminal.read(1.0, lambda _: True)
            took.append(terminal.chunks[-1][0] - sent)
            terminal.read(0.05)
        return median(took)


def open_large_s(home: dict[str, str]) -> tuple[float, float]:
    """From choosing a session of 50 MB until its end is on the screen, and until what is typed then is, too."""
    with Terminal(python("tui", "-m", "demo/echo"), home) as terminal:
        terminal.wait_for("sends")
        terminal.wait_for(LARGE_TITLE)
        terminal.read(1.0)
        terminal.send(b"\x1bOR")  # f3
        terminal.read(0.7)
        sent = terminal.send(b"\r")
        seen = terminal.wait_for(END_MARK)
        terminal.send(TYPED.encode())
        return seen - sent, terminal.wait_for(TYPED) - sent


def opened_large(report: Report, name: str, home: dict[str, str]) -> None:
    """Take the medians of opening a large session."""
    took = [open_large_s(home) for _ in range(3)]
    report.take(Figure(f"opening 50 megabytes {name}: end visible", median(end for end, _ in took) * 1000, 1000, "ms"))
    report.take(Figure("… until what is typed at once is there, too", median(all_ for _, all_ in took), 3, "s"))


async def journaling_share(seconds: float, folder: Path) -> float:
    """What part of a processor it takes to record four replies that grow by 100 tokens a second each."""
    spent = []
    for recorder in (
        AsyncJournal(Journal(folder / "growing.jsonl", "growing", redactor=Redactor(["sk-" + "k" * 40] * 4))),
        ForgetfulRecorder(),
    ):
        conversation = Conversation(Session(), recorder)
        await conversation.commit([SessionStarted("growing", now()), *(add_column("demo/echo") for _ in range(4))])
        began = time.process_time()
        await asyncio.gather(*(grow(conversation, column, seconds) for column in conversation.session.columns))
        spent.append(time.process_time() - began)
        if isinstance(recorder, AsyncJournal):
            await recorder.close()
    return (spent[0] - spent[1]) / seconds


async def grow(conversation: Conversation, column: str, seconds: float) -> None:
    """One reply that grows, and is recorded as often as any."""
    started = begin_reply(conversation.session.columns[column], None)
    await conversation.commit([started], durable=True)
    tokens_at_once = 10
    for _ in range(int(seconds / FLUSH_EVERY_S)):
        text = ""
        for _ in range(int(FLUSH_EVERY_S * 100) // tokens_at_once):
            text += "token " * tokens_at_once
            await asyncio.sleep(tokens_at_once / 100)
        await conversation.commit([ReplyText(started.id, text)], durable=True)


def main() -> int:
    """Run the benchmark; 0 when every goal is met."""
    arguments = arguments_of(__doc__)
    report = Report("sessions", "Many sessions, and long ones", arguments)
    rounds = 3 if arguments.quick else 9
    with tempfile.TemporaryDirectory() as top:
        full, empty, streamed, imported, short = (
            Path(top, name) for name in ("full", "empty", "streamed", "imported", "short")
        )
        make_sessions(full / "data" / "sessions", SESSIONS)
        for folder in (empty, streamed, imported, short):
            (folder / "data").mkdir(parents=True)
        for folder in (streamed, imported, short):
            sessions = folder / "data" / "sessions"
            make_large(sessions, LARGE_BYTES, is_streamed=folder is streamed, is_short=folder is short)
        print(f"{'indexing 10,000 sessions for the first time':<56} {index_all(full):8.3f} s")
        print(f"{'indexing one session of 50 MB for the first time':<56} {index_all(streamed):8.3f} s")
        index_all(imported)
        index_all(short)
        app = python("tui", "-m", "demo/echo")
        homes = {folder: environment(folder) for folder in (full, empty, streamed, imported, short)}
        report.ratio(
            "start with 10,000 sessions, against none",
            *alternating(
                lambda: prompt_s(app, homes[full], "sends"), lambda: prompt_s(app, homes[empty], "sends"), rounds
            ),
            "s",
            1.1,
        )
        for name, seconds, goal_ms in (
            ("key to first hit in 10,000 sessions", median(search_s(homes[full]) for _ in range(3)), 100),
            ("key to paint of a page in a list of 10,000", scroll_s(homes[full], 40), 34),
        ):
            report.take(Figure(name, seconds * 1000, goal_ms, "ms"))
        opened_large(report, "as it was streamed", homes[streamed])
        opened_large(report, "imported, texts only", homes[imported])
        opened_large(report, "of short messages only", homes[short])
        share = journaling(Path(top))
        report.take(Figure("journaling of 4 × 100 tokens/s, of one processor", share * 100, 3, "%"))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())

"""Kill -9 at random moments, again and again: `python -m tests.torture --rounds 1000`.

Each round a child process talks in a session through the app's own journal and is killed without warning. What it had
been told to be on disk must be there, once; the rest must be the beginning of what it was writing; the session must
open; nothing may be left lying about. Every tenth round runs at the app's real pace and checks that no text older
than a second is lost.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tui.chat.conversation import FLUSH_EVERY_S
from tui.domain.acts import add_column, start
from tui.domain.events import Finish
from tui.domain.record import HeadMoved, MessageAdded, ReplyEnded, ReplyStarted, ReplyText, SessionEvent, new_id, now
from tui.store.codec import decode_line
from tui.store.sessions import SessionStore

ROUNDS_A_SESSION = 8
TOKENS_A_REPLY = 60
LOST_AT_MOST_S = 1.0


def token(number: int) -> str:
    """The scripted reply's token."""
    return f"w{number} "


@dataclass
class Told:
    """What the child said before it died."""

    asked: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    flushed: dict[str, int] = field(default_factory=dict)
    """Reply id -> tokens that it was told to be on disk."""
    spoken: list[tuple[float, str, int]] = field(default_factory=list)
    """When which reply had how many tokens."""


async def talk(folder: Path, session_id: str, out: int, *, is_paced: bool) -> None:
    """The child: ask, stream, end, and again, for ever; tell `out` what is safe."""

    def tell(*words: object) -> None:
        os.write(out, (" ".join(map(str, words)) + "\n").encode())

    store = SessionStore(folder)
    if store.path(session_id).exists():
        found = store.open(session_id)
        journal, (column,) = found.journal, found.session.columns
        head = found.session.columns[column].head
    else:
        journal, head = store.create(session_id), None
        added = add_column("demo/echo")
        column = added.column
        await journal.append([start(app="torture"), added])
    pause_s, flush_every_s = (0.01, FLUSH_EVERY_S) if is_paced else (0.0003, 0.004)
    while True:
        question, reply = new_id(), new_id()
        asked: list[SessionEvent] = [
            MessageAdded(question, now(), head, "user", "?"),
            HeadMoved(column, now(), question),
        ]
        await journal.append(asked, durable=True)
        tell("asked", question)
        begun: list[SessionEvent] = [
            ReplyStarted(reply, now(), question, column, "demo/echo"),
            HeadMoved(column, now(), reply),
        ]
        await journal.append(begun, durable=True)
        tell("begun", reply)
        tokens = TOKENS_A_REPLY * 100 if is_paced else TOKENS_A_REPLY
        flush_at = time.monotonic() + flush_every_s
        for number in range(tokens):
            await journal.append([ReplyText(reply, token(number))])
            tell("spoken", reply, number + 1)
            if time.monotonic() >= flush_at:
                await journal.flush()
                tell("flushed", reply, number + 1)
                flush_at = time.monotonic() + flush_every_s
            await asyncio.sleep(pause_s)
        text = "".join(map(token, range(tokens)))
        await journal.append([ReplyEnded(reply, now(), Finish.STOP, text)], durable=True)
        tell("ended", reply)
        head = reply


def listen(pipe: int, until: float) -> Told:
    """Take down what the child says until the clock shows `until`."""
    told, rest = Told(), b""
    while (left_s := until - time.monotonic()) > 0:
        if not select.select([pipe], [], [], left_s)[0]:
            break
        rest = take_down(told, rest + os.read(pipe, 1 << 16))
    return told


def take_down(told: Told, raw: bytes) -> bytes:
    """Note all whole lines in `raw`; returns what is left."""
    *lines, rest = raw.split(b"\n")
    for line in lines:
        what, name, *numbers = line.decode().split()
        match what:
            case "asked":
                told.asked.append(name)
            case "begun":
                told.begun.append(name)
            case "ended":
                told.ended.append(name)
            case "flushed":
                told.flushed[name] = int(numbers[0])
            case _:
                told.spoken.append((time.monotonic(), name, int(numbers[0])))
    return rest


def run_child(folder: Path, session_id: str, *, is_paced: bool, lives_s: float) -> tuple[Told, float]:
    """One child from fork to kill; returns what it told and when it was killed."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        try:
            asyncio.run(talk(folder, session_id, write_end, is_paced=is_paced))
        finally:
            os._exit(3)  # only by an error: a child that works is killed
    os.close(write_end)
    told = listen(read_end, time.monotonic() + lives_s)
    os.kill(child, signal.SIGKILL)
    killed_at = time.monotonic()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child ended by itself"
    os.close(read_end)
    return told, killed_at


def check(folder: Path, session_id: str, told: Told, killed_at: float, *, is_paced: bool) -> bool:
    """Everything that was promised; returns whether the child was killed while streaming."""
    store = SessionStore(folder)
    store.sweep()
    names = sorted(path.name for path in folder.iterdir())
    assert names == ([f"{session_id}.jsonl"] if told.asked or names else []), f"litter: {names}"
    if not names:
        return False
    read = store.read(session_id)
    assert not read.problems, read.problems
    session = read.session
    for question in told.asked:
        assert question in session.messages, "a turn was lost"
    doubled = [name for name, count in message_lines(read.path).items() if count > 1]
    assert not doubled, f"doubled: {doubled}"
    for reply in told.begun:
        message = session.messages[reply]
        so_far = len(message.text.split())
        assert message.text == "".join(map(token, range(so_far))), "the text is not the beginning of what was said"
        assert so_far >= told.flushed.get(reply, 0), "text that was on disk is gone"
        if reply in told.ended:
            assert message.finish is Finish.STOP, "an end was lost"
        elif message.finish is not Finish.STOP:
            assert message.finish is Finish.CUT_SHORT
    if is_paced:
        for at, reply, number in told.spoken:
            if at < killed_at - LOST_AT_MOST_S:
                assert len(session.messages[reply].text.split()) >= number, "more than a second of text was lost"
    return bool(told.begun) and told.begun[-1] not in told.ended


def message_lines(path: Path) -> Counter[str]:
    """How many lines begin or end each message."""
    found: Counter[str] = Counter()
    for line in path.read_bytes().split(b"\n")[:-1]:
        event = decode_line(line)
        if isinstance(event, (MessageAdded, ReplyStarted, ReplyEnded)):
            found[f"{type(event).__name__} {event.id}"] += 1
    return found


def torture(rounds: int, seed: int) -> int:
    """Run `rounds` rounds; returns in how many of them the child was killed while streaming."""
    generator = random.Random(seed)
    streaming = 0
    root = Path(tempfile.mkdtemp(prefix="parley-torture-"))
    try:
        for number in range(rounds):
            folder = root / str(number // ROUNDS_A_SESSION)
            is_paced = number % 10 == 9
            lives_s = (
                generator.uniform(0.9, 2.2) if is_paced else generator.choice([0.01, 0.05, 0.2]) * generator.random()
            )
            told, killed_at = run_child(folder, "s1", is_paced=is_paced, lives_s=lives_s)
            if folder.exists():
                streaming += check(folder, "s1", told, killed_at, is_paced=is_paced)
            else:
                assert not told.asked, "a turn was lost"
        return streaming
    finally:
        shutil.rmtree(root)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    streaming = torture(args.rounds, args.seed)
    sys.stdout.write(
        f"{args.rounds} rounds (seed {args.seed}), {streaming} of them killed while streaming:"
        " 0 unreadable, 0 lost, 0 doubled, 0 littered\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

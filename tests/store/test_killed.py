"""Processes that die or work at the same time lose and double nothing; the short form of `python -m tests.torture`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.store.builders import load, opening, question, write_session
from tui.domain.record import new_id
from tui.store.journal import Journal

ROUNDS = int(os.environ.get("PARLEY_TORTURE", "0")) or 20

WRITER = """
import sys
from pathlib import Path
from tests.store.builders import question
from tui.store.journal import Journal
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
journal = Journal(path, "s1", known_bytes=path.stat().st_size)
sys.stdin.readline()
for number in range(count):
    journal.append(question(f"{name}-{number}", f"{name} says {number} " * 50))
journal.poll()
journal.close()
assert journal.trouble is None, journal.trouble
"""


def test_killed_writers_lose_and_double_nothing() -> None:
    command = [sys.executable, "-m", "tests.torture", "--rounds", str(ROUNDS), "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "0 lost" in done.stdout


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", [*opening(), *question("m0", "begin")])
    names, count = ["a", "b", "c"], max(100, ROUNDS)
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, name, str(count)], stdin=subprocess.PIPE, text=True) for name in names]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    session = load(path)
    assert set(session.messages) == {"m0", *(f"{name}-{number}" for name in names for number in range(count))}
    assert path.read_bytes().count(b'"event":"message-added"') == 3 * count + 1


def test_a_writer_mends_what_another_left_torn(tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", [*opening(), *question("m0", "begin")])
    first = Journal(path, "s1", known_bytes=path.stat().st_size)
    for number in range(100):
        with path.open("ab") as file:  # another one, killed in the middle of its line
            file.write(b'{"event":"message-added","id":"' + new_id().encode())
        first.append(question(f"m{number + 1}", "on we go"))
    first.close()
    assert len(load(path).messages) == 101
    assert first.poll() == []

"""`-a`: files of every kind, into the request, the session, and the next request; mistakes leave no trace."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat.files_of_all_kinds import pdf, png
from tests.cli.running import config_file, endpoint, parley
from tests.wire.server import WireServer, chunk, events_reply, served_in_thread

ENCODED = base64.b64encode(png()).decode()


@pytest.fixture
def server() -> Iterator[WireServer]:
    with served_in_thread([events_reply(chunk("seen"), chunk("", finish="stop"), done=True)] * 4) as server:
        yield server


@pytest.fixture
def config(server: WireServer, tmp_path: Path) -> str:
    return config_file(tmp_path, endpoint(server.url + "/v1"))


def ask(config: str, *arguments: str, stdin: str | bytes | None = None) -> tuple[int, str, str]:
    done = parley(
        "ask", "--config", config, "-m", "work/big", *arguments, stdin=stdin, env={"WORK_KEY": "sk-canary-1234"}
    )
    return done.code, done.out, done.err


def kept() -> list[Path]:
    return [path for path in Path(os.environ["PARLEY_DATA_DIR"]).rglob("*") if path.is_file()]


def test_files_are_sent_kept_and_sent_again(server: WireServer, config: str, tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(png())
    (tmp_path / "d.pdf").write_bytes(pdf("Hello"))
    assert ask(config, "What?", "-a", str(tmp_path / "p.png"), "-a", str(tmp_path / "d.pdf"))[0] == 0
    assert ask(config, "And now?", "--continue")[0] == 0
    first, second = (request.json["messages"] for request in server.requests)
    (text, image) = first[0]["content"]
    assert text["text"] == "What?\n\nd.pdf:\n```\nHello\n```"
    assert image["image_url"]["url"] == f"data:image/png;base64,{ENCODED}"
    assert second[0] == first[0]
    assert second[-1]["content"] == "And now?"
    (session,) = (path for path in kept() if path.suffix == ".jsonl")
    lines = [json.loads(line) for line in session.read_text().splitlines()]
    (asked, _) = (line for line in lines if line.get("event") == "message-added")
    assert asked["text"] == "What?"
    assert [file["name"] for file in asked["attachments"]] == ["p.png", "d.pdf"]
    assert ENCODED not in session.read_text()
    assert f"base64,sha256:{asked['attachments'][0]['sha256']}" in session.read_text()
    assert (session.parent / "attachments" / asked["attachments"][0]["sha256"]).read_bytes() == png()
    assert b"canary" not in b"".join(path.read_bytes() for path in kept())


def test_standard_input_can_be_the_file(server: WireServer, config: str) -> None:
    assert ask(config, "Explain", "-a", "-", "--no-store", stdin=b"from a pipe\n")[0] == 0
    assert server.requests[0].json["messages"][0]["content"] == "Explain\n\nstdin:\n```\nfrom a pipe\n```"
    assert kept() == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.bin", b"\0\1\2", "cannot be attached; attach text, a PDF or an image"),
        ("x.pdf", pdf("secret", password="pw"), "is encrypted"),
        ("x.tif", b"II*\0" + b"\0" * 50, "is a TIFF picture"),
        ("", b"", "is a folder"),
        ("missing", None, "No such file"),
    ],
    ids=["binary", "encrypted", "tiff", "folder", "missing"],
)
def test_what_cannot_be_attached_is_one_line_and_leaves_no_trace(
    config: str, server: WireServer, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    if name and content is not None:
        (tmp_path / name).write_bytes(content)
    code, out, err = ask(config, "What?", "-a", str(tmp_path / name))
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert kept() == []
    assert server.requests == []


def test_a_model_that_takes_no_images_is_not_sent_any(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(png())
    done = parley("ask", "-m", "demo/echo", "What?", "-a", str(tmp_path / "p.png"))
    assert done.code == 2
    assert "takes no images" in done.err
    assert kept() == []

"""What models are sent of attachments, and what of it is recorded."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.chat.files_of_all_kinds import pdf, png
from tui.chat.attached import AttachedFiles, plain_text
from tui.chat.connections import Connections
from tui.chat.conversation import Conversation, ForgetfulRecorder, with_attachments
from tui.config import parse_config
from tui.domain.acts import add_column, ask, start
from tui.domain.record import Attachment
from tui.domain.request import Image
from tui.domain.session import Session
from tui.store.attachments import AttachmentStore, PassingAttachments

PICTURE = png()
ENCODED = base64.b64encode(PICTURE).decode()


@pytest.fixture
def shelf(tmp_path: Path) -> AttachmentStore:
    return AttachmentStore(tmp_path)


def test_text_pdf_and_pictures_become_what_a_model_takes(shelf: AttachmentStore) -> None:
    files = AttachedFiles(shelf)
    assert files.part(shelf.add("a.py", "text/x-python", b"x = 1\n"), "m/x") == "a.py:\n```py\nx = 1\n```"
    assert files.part(shelf.add("p.png", "image/png", PICTURE), "m/x") == Image("image/png", ENCODED)
    assert files.part(shelf.add("d.pdf", "application/pdf", pdf("Hello")), "m/x") == "d.pdf:\n```\nHello\n```"


def test_the_text_of_a_pdf_is_read_once(shelf: AttachmentStore) -> None:
    attachment = shelf.add("d.pdf", "application/pdf", pdf("Hello"))
    assert plain_text(shelf, attachment) == "Hello"
    shelf.keep_text(attachment, "kept")
    assert plain_text(shelf, attachment) == "kept"
    shelf.remove([attachment.sha256])
    assert list(shelf.folder.iterdir()) == []


def test_a_model_without_eyes_is_told_the_name(shelf: AttachmentStore) -> None:
    files = AttachedFiles(shelf, {"blind/x": False, "seeing/x": True}.get)
    attachment = shelf.add("p.png", "image/png", PICTURE)
    assert files.part(attachment, "blind/x") == "[The image p.png was attached here; this model takes no images.]"
    assert isinstance(files.part(attachment, "seeing/x"), Image)
    assert isinstance(files.part(attachment, "unknown/x"), Image)


def test_who_is_told_of_a_prompt_gets_texts_and_the_names_of_pictures(shelf: AttachmentStore) -> None:
    files = AttachedFiles(shelf, lambda _: True)
    assert files.in_words(shelf.add("p.png", "image/png", PICTURE)) == "[The image p.png was attached here.]"
    assert files.in_words(shelf.add("a.txt", "text/plain", b"words")) == "a.txt:\n```txt\nwords\n```"


def test_a_file_that_is_gone_is_said_in_its_place(shelf: AttachmentStore) -> None:
    attachment = shelf.add("a.txt", "text/plain", b"abc")
    shelf.remove([attachment.sha256])
    words = AttachedFiles(shelf).part(attachment, "m/x")
    assert isinstance(words, str)
    assert "a.txt was attached here and cannot be read any more" in words
    assert "cannot be read" in str(AttachedFiles(shelf).part(Attachment("x", "text/plain", "../../x", 1), "m/x"))


def test_a_prompt_is_its_text_then_its_files() -> None:
    one, two = Attachment("a", "", "1", 1), Attachment("b", "", "2", 1)
    image = Image("image/png", "x")
    assert with_attachments("Ask", (one, two), lambda it: image if it is one else "the text") == (
        "Ask\n\nthe text",
        (image,),
    )
    assert with_attachments("", (one,), lambda _: "alone") == ("alone", ())
    assert with_attachments("Ask", (one,), None) == ("Ask", ())


def test_records_name_pictures_and_sending_again_puts_them_back(shelf: AttachmentStore) -> None:
    files = AttachedFiles(shelf)
    attachment = shelf.add("p.png", "image/png", PICTURE)
    files.warm([attachment])
    sent = {"json": {"messages": [{"url": f"data:image/png;base64,{ENCODED}"}, {"data": ENCODED, "text": "hi, there"}]}}
    short = files.without_bytes(sent)
    assert ENCODED not in json.dumps(short)
    assert f"data:image/png;base64,sha256:{attachment.sha256}" in json.dumps(short)
    assert files.with_bytes(short, [attachment]) == sent
    assert files.without_bytes(None) is None


def test_a_chat_that_is_never_stored_writes_nothing(tmp_path: Path) -> None:
    shelf = PassingAttachments(tmp_path)
    attachment = shelf.add("a.txt", "text/plain", b"abc")
    shelf.keep_text(attachment, "text")
    shelf.discard(attachment, added_ns=1)
    shelf.remove([attachment.sha256])
    assert shelf.read(attachment) == b"abc"
    assert shelf.text(attachment) == "text"
    assert not list(tmp_path.rglob("*"))
    shelf.keep_on_disk()
    disk = AttachmentStore(tmp_path)
    assert (disk.read(attachment), disk.text(attachment)) == (b"abc", "text")


def test_a_chat_that_is_never_stored_reads_what_was_stored_before(tmp_path: Path) -> None:
    old = AttachmentStore(tmp_path).add("a.txt", "text/plain", b"abc")
    assert PassingAttachments(tmp_path).read(old) == b"abc"


def test_what_was_added_for_nothing_goes_unless_somebody_wants_it(shelf: AttachmentStore) -> None:
    attachment, added_ns = shelf.add_noting("a", "text/plain", b"a")
    assert added_ns
    assert shelf.add_noting("b", "text/plain", b"a")[1] == 0
    shelf.discard(attachment, added_ns=added_ns)
    assert shelf.read(attachment) == b"a"  # the second one wants it
    other, added_ns = shelf.add_noting("c", "text/plain", b"c")
    shelf.discard(other, added_ns=added_ns)
    assert not shelf.path(other).exists()


# -- every dialect that takes pictures gets the bytes, and each gets the text ------------------------------------------

ENDPOINTS = {
    "openai-chat": "https://one.invalid/v1",
    "openai-responses": "https://one.invalid/v1",
    "anthropic-messages": "https://one.invalid",
    "gemini": "https://one.invalid/v1beta",
    "ollama": "http://one.invalid",
    "ai-stats": "https://one.invalid/v1",
    "hatz": "https://one.invalid/v1",
    "humanloop": "https://one.invalid/v5",
}
SEEING = tuple(ENDPOINTS)[:6]


def body_for(dialect: str, shelf: AttachmentStore, *files: Attachment) -> str:
    config = parse_config(
        f'[endpoints.it]\ndialect = "{dialect}"\nbase_url = "{ENDPOINTS[dialect]}"\n', Path("config.toml")
    )
    connections = Connections(config, environ={})
    session = Session()
    added = add_column("it/m")
    session.apply(start(app="test"))
    session.apply(added)
    conversation = Conversation(session, ForgetfulRecorder())
    conversation.attached = AttachedFiles(shelf, connections.takes_images)
    column = session.columns[added.column]
    for event in ask(session, [column], "What is this?", files):
        session.apply(event)
    request = conversation.request(column)
    return json.dumps(connections.provider(request.model).prepare(request).json)


@pytest.mark.parametrize("dialect", SEEING)
def test_pictures_and_texts_reach_the_bytes(dialect: str, shelf: AttachmentStore) -> None:
    picture, text = shelf.add("p.png", "image/png", PICTURE), shelf.add("a.txt", "text/plain", "naïve".encode())
    body = body_for(dialect, shelf, picture, text)
    assert ENCODED in body
    assert "image/png" in body or dialect == "ollama"
    assert "a.txt:\\n```txt\\nna\\u00efve\\n```" in body
    assert "What is this?" in body


@pytest.mark.parametrize("dialect", ["hatz", "humanloop"])
def test_dialects_without_a_place_for_pictures_get_names_and_texts(dialect: str, shelf: AttachmentStore) -> None:
    picture, text = shelf.add("p.png", "image/png", PICTURE), shelf.add("a.txt", "text/plain", b"words")
    body = body_for(dialect, shelf, picture, text)
    assert ENCODED not in body
    assert "The image p.png was attached here" in body
    assert "words" in body

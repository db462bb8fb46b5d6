"""What can be attached is told by content; what cannot, in one sentence."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from tests.chat.files_of_all_kinds import gif, jpeg, pdf, png, webp
from tui.chat.attaching import LIMIT_BYTES, as_prompt, decoded, from_content, from_text, read_file
from tui.chat.pdf_text import read_pdf
from tui.chat.pictures import picture_facts
from tui.errors import ConfigError


@pytest.mark.parametrize(
    ("content", "media_type", "size"),
    [
        (png(size=(4, 2)), "image/png", (4, 2)),
        (jpeg(30, 20), "image/jpeg", (30, 20)),
        (gif(7, 5), "image/gif", (7, 5)),
        (webp(9, 8), "image/webp", (9, 8)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (3 | 5 << 14).to_bytes(4, "little"), "image/webp", (4, 6)),
        (b"RIFF\0\0\0\0WEBPVP8 " + b"\0" * 10 + b"\x0a\0\x14\0", "image/webp", (10, 20)),
    ],
)
def test_a_picture_is_known_by_its_bytes_whatever_it_is_called(
    content: bytes, media_type: str, size: tuple[int, int]
) -> None:
    found = from_content("notes.txt", content)
    assert (found.media_type, found.kind, found.text) == (media_type, "image", "")
    assert found.picture is not None
    assert (found.picture.width, found.picture.height) == size
    assert f"{size[0]} × {size[1]}" in found.words


@pytest.mark.parametrize("whole", [png(), jpeg(), gif(), webp()])
def test_a_picture_cut_off_in_its_header_is_damaged_and_never_a_crash(whole: bytes) -> None:
    for end in range(len(whole)):
        facts = picture_facts(whole[:end])
        assert facts is None or facts == picture_facts(whole)
    if whole.startswith(b"RIFF"):
        return
    with pytest.raises(ConfigError, match="damaged picture"):
        from_content("x.png", whole[:14] if whole.startswith(b"\x89PNG") else whole[:6] + b"\0" * 6)


@pytest.mark.parametrize("whole", [png(), png(size=(300, 200))])
def test_a_png_whose_end_is_missing_is_said_to_be_damaged(whole: bytes) -> None:
    assert from_content("x.png", whole + b"what cameras put behind").picture == picture_facts(whole)
    for gone in range(5, len(whole) - 24):
        with pytest.raises(ConfigError, match="its end is missing"):
            from_content("x.png", whole[:-gone])


def test_a_webp_is_as_long_as_it_says() -> None:
    longer = webp()[:4] + struct.pack("<I", 26) + webp()[8:] + b"data"
    assert from_content("x.webp", longer).picture == picture_facts(webp())
    with pytest.raises(ConfigError, match="its end is missing"):
        from_content("x.webp", longer[:-1])


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"plain\r\nlines\n", "plain\nlines\n"),
        ("\ufeffmarked".encode(), "marked"),
        ("sixteen bits: é".encode("utf-16"), "sixteen bits: é"),
        ("naïve café".encode("cp1252"), "naïve café"),
        (b"\x1b[31mred\x1b[0m\tlog\n", "\x1b[31mred\x1b[0m\tlog\n"),
    ],
)
def test_text_is_read_in_the_encodings_that_are_met(content: bytes, text: str) -> None:
    assert decoded(content) == text
    assert from_content("a.log", content).text == text


@pytest.mark.parametrize("content", [bytes(range(256)), b"abc\0def", b"\x7fELF\x01\x01\x00", b"\x81\x8d\x8f\x90\x9d"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigError, match="attach text, a PDF or an image"):
        from_content("x.bin", content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"BM" + b"\0" * 60, "BMP picture.*save it as PNG"),
        (b"II*\x00" + b"\0" * 60, "TIFF picture"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 20, "HEIC picture"),
        (b"x" * (LIMIT_BYTES + 1), "too large.*20 MB"),
    ],
)
def test_other_files_are_refused_with_a_reason(content: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        from_content("x", content)


def test_paths_that_lead_to_no_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path / "nothing", "No such file"),
        (tmp_path, "is a folder"),
        (Path("/dev/zero"), "no ordinary file"),
        (tmp_path / "pipe", "no ordinary file"),
        (Path("a\0b"), "no path"),
    ):
        with pytest.raises(ConfigError, match=words):
            read_file(path)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(LIMIT_BYTES + 1)
    with pytest.raises(ConfigError, match="too large"):
        read_file(tmp_path / "large")


def test_a_file_keeps_its_name_and_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a b.py").write_bytes(b"x = 1\r\n")
    found = read_file(tmp_path / "a b.py")
    assert (found.name, found.content, found.text, found.media_type) == (
        "a b.py",
        b"x = 1\r\n",
        "x = 1\n",
        "text/x-python",
    )
    assert found.words == "1 line"


def test_hostile_names_are_cleaned_in_every_sentence() -> None:
    with pytest.raises(ConfigError) as caught:
        from_content("\x1b]2;x\x07\u202e.bin", b"\0")
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


def test_nothing_in_a_text_closes_its_fence() -> None:
    text = "before\n```\ninside\n``````\n"
    shown = as_prompt("x.md", text)
    first, fence, *_, last = shown.split("\n")
    assert first == "x.md:"
    assert fence == "```````md"
    assert last == "```````"
    assert as_prompt("a\n```\nb", "x").startswith("a⏎```⏎b:")


def test_fences_are_found_in_linear_time() -> None:
    assert as_prompt("x", "`" * 1_000_000).count("`") == 3_000_002


def test_a_paste_is_a_file_of_text() -> None:
    found = from_text("pasted-1.txt", "a\ud800\nb\n")
    assert (found.text, found.words, found.kind) == ("a\ufffd\nb\n", "2 lines", "text")


def test_a_pdf_is_its_text_with_numbers_of_pages() -> None:
    found = from_content("a.dat", b"junk before it\n" + pdf("Hello there", "and more"))
    assert (found.media_type, found.kind, found.pages, found.words) == ("application/pdf", "pdf", 2, "PDF, 2 pages")
    assert found.text == "[page 1]\nHello there\n\n[page 2]\nand more"
    assert from_content("b.pdf", pdf("alone")).text == "alone"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pdf("secret", password="x"), "encrypted"),
        (pdf("", ""), "holds no text"),
        (b"%PDF-1.7\nnothing of the kind", "damaged"),
    ],
    ids=["encrypted", "empty", "damaged"],
)
def test_a_pdf_that_says_nothing_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=f"a.pdf .*{words}"):
        from_content("a.pdf", content)


def test_a_pdf_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(ConfigError, match="took longer"):
        read_pdf(pdf("x"), "a.pdf", longest_s=0.001)


def test_the_reader_of_pdfs_sees_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    from tui.chat.pdf_text import _environment

    assert "sk-canary" not in str(_environment())

"""Why a child process ended, in one sentence."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.local.catalogue import entries
from tui.local.library import InstalledModel
from tui.local.obituary import Obituary

MODEL = InstalledModel("mine", Path("mine.gguf"), 1, "", "Mine", 4096)
CATALOGUED = InstalledModel("smollm2-135m", Path("s.gguf"), 1, "", "SmolLM2 135M", 4096, entry=entries()[0])


async def after(*pieces: bytes) -> Obituary:
    stream = asyncio.StreamReader()
    for piece in pieces:
        stream.feed_data(piece)
    stream.feed_eof()
    obituary = Obituary()
    await obituary.listen(stream)
    return obituary


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (b"", -4, "lacks AVX2"),
        (b"", 132, "lacks AVX2"),
        (b"", -9, "stopped by the system"),
        (b"0.1 E x gguf_init: failed to open GGUF file 'x'\n", 2, "damaged; add the file again"),
        (b"0.1 E x: data is not within the file bounds, model is corrupted or incomplete\n", 2, "damaged"),
        (b"0.1 E mmap failed: Cannot allocate memory\n", 2, "not enough memory"),
        (b"0.1 E failed to allocate buffer for kv cache\n", 2, "not enough memory"),
        (b"0.1 E error loading model: unknown model architecture: 'zzz'\n", 2, "of a kind that the installed runtime"),
        (b"0.1 I fine\n0.2 E srv   first  trouble\n0.3 E second\n", 2, "it said: srv first trouble"),
        (b"Traceback\nValueError: x\n", 1, "it said: ValueError: x"),
        (b"", 7, "exit code 7"),
    ],
)
async def test_the_end_in_words(said: bytes, code: int, words: str) -> None:
    sentence = (await after(said)).sentence(MODEL, code, is_starting=True)
    assert words in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


async def test_a_known_model_is_fetched_again() -> None:
    obituary = await after(b"0 E failed to open GGUF file\n")
    assert "parley local install smollm2-135m" in obituary.sentence(CATALOGUED, 2)


async def test_its_words_are_cleaned_and_short() -> None:
    obituary = await after(b"0 E \x1b[2J\xff" + b"x" * 100_000 + b"\n")
    sentence = obituary.sentence(MODEL, 2)
    assert "\x1b" not in sentence
    assert len(sentence) < 400


async def test_only_the_last_lines_are_kept_but_the_first_error_too() -> None:
    obituary = await after(b"0 E the cause\n", b"".join(b"line %d\n" % number for number in range(500)))
    assert len(obituary.last_lines) == 50
    assert obituary.last_lines[-1] == "line 499"
    assert "the cause" in obituary.sentence(MODEL, 2)


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_any_words_make_one_sentence(pieces: list[bytes]) -> None:
    sentence = asyncio.run(after(*pieces)).sentence(MODEL, 3)
    assert "\n" not in sentence
    assert sentence.endswith(".")

"""Reading the header of a GGUF file: is it one, is it whole, what is in it.

Reads front to back, only the header, and believes nothing: every count and length is held against the size of the
file. It refuses to load weights and to judge whether a model is any good.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from tui.errors import LocalModelError
from tui.text.clean import clean_line

MAGIC = b"GGUF"
_LONGEST_STRING = 16 * 2**20
_LONGEST_KEY = 65_535
_MOST_PAIRS = 100_000
_MOST_TENSORS = 1_000_000
_MOST_DIMENSIONS = 8
_DEEPEST_ARRAY = 2
_CHUNK_BYTES = 1 << 18

_STRING, _ARRAY = 8, 9
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}

# ggml type -> (values in a block, bytes of a block)
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of itself. Texts are the file's own words, not yet cleaned."""

    version: int
    tensor_count: int
    architecture: str
    name: str
    licence: str
    context_tokens: int | None
    """The longest conversation it was trained for; None when it does not say."""
    has_chat_template: bool
    expected_bytes: int
    """How large the whole file must be at least."""


def read_header(path: Path) -> GgufHeader:
    """Read and check a GGUF file's header and size.

    Raises:
        LocalModelError: the file is missing, not a GGUF, damaged, cut short, or one piece of several.
    """
    shown = clean_line(str(path), 120)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would hold us up, a device never end
            raise LocalModelError(f"{shown} is not a file, let alone a GGUF file.")
        with path.open("rb") as file:
            size_bytes = file.seek(0, 2)
            file.seek(0)
            return _Reader(file, size_bytes, shown).header()
    except FileNotFoundError:
        raise LocalModelError(f"{shown} does not exist.") from None
    except IsADirectoryError:
        raise LocalModelError(f"{shown} is a folder, not a GGUF file.") from None
    except OSError as error:
        raise LocalModelError(f"{shown} cannot be read: {clean_line(error.strerror or 'I/O error')}.") from error


class _Reader:
    """A cursor over the header that never runs past the end of the file."""

    def __init__(self, file: BinaryIO, size_bytes: int, shown: str) -> None:
        self._file = file
        self._size_bytes = size_bytes
        self._shown = shown
        self._buffer = b""
        self._at = 0
        self._left = size_bytes

    # -- bytes ---------------------------------------------------------------------------------------------------------

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._buffer):
            if count > self._left:
                self._fail(f"ends early, inside its header: {self._size_bytes:,} bytes are not all of it")
            rest = self._buffer[self._at :]
            self._buffer = rest + self._file.read(max(_CHUNK_BYTES, count - len(rest)))
            self._at, end = 0, count
            if len(self._buffer) < count:
                self._fail("changed while it was read")
        taken = self._buffer[self._at : end]
        self._at = end
        self._left -= count
        return taken

    def _skip(self, count: int) -> None:
        while count > 0:
            step = min(count, _CHUNK_BYTES)
            self._take(step)
            count -= step

    def _number(self, form: str) -> int:
        value: int = struct.unpack(form, self._take(struct.calcsize(form)))[0]
        return value

    def _text(self, longest: int = _LONGEST_STRING) -> str:
        length = self._number("<Q")
        if length > longest:
            self._fail("is damaged: a text in its header is impossibly long")
        return self._take(length).decode("utf-8", "replace")

    def _fail(self, what: str) -> NoReturn:
        raise LocalModelError(f"{self._shown} {what}.")

    # -- parts ---------------------------------------------------------------------------------------------------------

    def header(self) -> GgufHeader:
        if self._size_bytes < len(MAGIC) or self._take(len(MAGIC)) != MAGIC:
            self._fail("is empty" if not self._size_bytes else "is not a GGUF file")
        version = self._number("<I")
        if version not in (2, 3):
            swapped = version & 0xFFFF == 0
            self._fail("is in the byte order of another kind of computer" if swapped else
                       f"is GGUF version {version}, which this version of Parley does not know")  # fmt: skip
        tensor_count, pair_count = self._number("<Q"), self._number("<Q")
        if tensor_count > _MOST_TENSORS or pair_count > _MOST_PAIRS:
            self._fail("is damaged: the counts in its header are impossible")
        pairs = self._pairs(pair_count)
        pieces = pairs.get("split.count")
        if isinstance(pieces, int) and pieces > 1:
            self._fail(f"is one of {pieces} pieces of a split model; join them first")
        if pairs.get("general.type", "model") != "model":
            self._fail(f"holds no language model but a “{clean_line(str(pairs['general.type']), 30)}”")
        data_bytes = self._tensors(tensor_count)
        expected = self._data_start(pairs.get("general.alignment")) + data_bytes if tensor_count else 0
        if self._size_bytes < expected:
            self._fail(f"ends early: {self._size_bytes:,} of {expected:,} bytes are there")
        return _described(version, tensor_count, pairs, expected)

    def _pairs(self, count: int) -> dict[str, object]:
        kept: dict[str, object] = {}
        for _ in range(count):
            key = self._text(_LONGEST_KEY)
            value = self._value(self._number("<I"), depth=0)
            if value is not None:
                kept[key] = value
        return kept

    def _value(self, kind: int, *, depth: int) -> object:
        """A scalar or a text; None for an array, which is skipped."""
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            self._skip_array(depth)
            return None
        form = _SCALARS.get(kind)
        if form is None:
            self._fail("is damaged: its header holds a value of an unknown kind")
        value: object = struct.unpack(form, self._take(struct.calcsize(form)))[0]
        return value

    def _skip_array(self, depth: int) -> None:
        kind, count = self._number("<I"), self._number("<Q")
        form = _SCALARS.get(kind)
        if form is not None:
            self._skip(count * struct.calcsize(form)) if count <= self._left else self._take(self._left + 1)
        elif kind == _STRING:
            for _ in range(count):  # each takes at least eight bytes, so the file's size bounds this
                length = self._number("<Q")
                if length > _LONGEST_STRING:
                    self._fail("is damaged: a text in its header is impossibly long")
                self._take(length)
        elif kind == _ARRAY and depth < _DEEPEST_ARRAY:
            for _ in range(count):
                self._skip_array(depth + 1)
        else:
            self._fail("is damaged: its header holds a value of an unknown kind")

    def _tensors(self, count: int) -> int:
        """How many bytes of weights the tensors reach to."""
        reach = 0
        for _ in range(count):
            self._text(_LONGEST_KEY)
            dimensions = self._number("<I")
            if dimensions > _MOST_DIMENSIONS:
                self._fail("is damaged: one of its tensors has impossible dimensions")
            values = 1
            for _ in range(dimensions):
                values *= self._number("<Q")
            kind, offset = self._number("<I"), self._number("<Q")
            per_block, block_bytes = _BLOCKS.get(kind, (1, 0))  # a kind of the future: only its place is known
            reach = max(reach, offset + -(-values // per_block) * block_bytes)
        return reach

    def _data_start(self, alignment: object) -> int:
        step = alignment if isinstance(alignment, int) and 0 < alignment <= 1 << 20 else 32
        header_bytes = self._size_bytes - self._left
        return -(-header_bytes // step) * step


def _described(version: int, tensor_count: int, pairs: dict[str, object], expected: int) -> GgufHeader:
    def text(key: str) -> str:
        value = pairs.get(key)
        return value if isinstance(value, str) else ""

    architecture = text("general.architecture")
    context = pairs.get(f"{architecture}.context_length")
    usable = isinstance(context, int) and not isinstance(context, bool) and 0 < context <= 1 << 31
    return GgufHeader(
        version=version,
        tensor_count=tensor_count,
        architecture=architecture,
        name=text("general.name"),
        licence=text("general.license"),
        context_tokens=context if usable and isinstance(context, int) else None,
        has_chat_template=bool(text("tokenizer.chat_template")),
        expected_bytes=expected,
    )

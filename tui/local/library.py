"""What is installed: weights in the models folder, each with a note (a small TOML file) that vouches for it.

A note holds size, time of change and SHA-256 of its file, written only after the hash was checked. As long as size and
time are the same, the file is trusted without reading it again; that makes starting quick. This module refuses to
download (`install.py`) and to write through links.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tui import paths
from tui.errors import ConfigError, LocalModelError
from tui.local.catalogue import Entry, entries, find_entry, unknown_model
from tui.text.clean import clean_line
from tui.text.sizes import size_words

LONGEST_DEFAULT_CONTEXT = 4096
"""Tokens. What a model is started with when nobody asks for more: memory grows with it."""

OWN_SAMPLING: Mapping[str, float] = {
    "temperature": 0.7,
    "top_p": 0.95,
    "top_k": 40,
    "min_p": 0.05,
    "repeat_penalty": 1.05,
    "max_tokens": 2048,
}
"""What a model starts with that the catalogue knows nothing about; the limit ends a small model's endless loop."""

NOTE_SUFFIX = ".toml"
PART_SUFFIX = ".part"
WHEELS_SUFFIX = ".wheels"
_HASH_CHUNK_BYTES = 1 << 20
MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Note:
    """What was true of a file when it was last checked."""

    name: str
    file: str
    """File name inside the models folder."""
    size_bytes: int
    changed_ns: int
    """The file's time of last change."""
    sha256: str
    label: str = ""
    context_tokens: int = LONGEST_DEFAULT_CONTEXT
    has_chat_template: bool = True
    licence: str = ""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that can be started."""

    name: str
    path: Path
    size_bytes: int
    sha256: str
    """Empty for a file that was named by its path and never checked."""
    label: str
    context_tokens: int
    """The longest conversation to start it with, in tokens, unless the configuration says otherwise."""
    has_chat_template: bool = True
    licence: str = ""
    entry: Entry | None = None
    """Where it is in the catalogue; None for the user's own."""
    changed_ns: int = 0

    @property
    def system_prompt(self) -> str:
        """What a conversation without a system prompt of its own starts with; may be empty."""
        twin = self._twin
        return twin.system_prompt if twin else ""

    @property
    def sampling(self) -> Mapping[str, float]:
        """The child's defaults for parameters that a request leaves out, by row name."""
        twin = self._twin
        return twin.sampling if twin else OWN_SAMPLING

    @property
    def _twin(self) -> Entry | None:
        """The catalogue entry with the same bytes, whatever this model is called."""
        return self.entry or next((entry for entry in entries() if entry.sha256 == self.sha256), None)


@dataclass(frozen=True, slots=True)
class Stray:
    """Something in the models folder that is no installed model."""

    path: Path
    size_bytes: int
    what: str
    """One sentence: what it is and what to do about it."""


# -- hashes and notes --------------------------------------------------------------------------------------------------


def hash_file(path: Path, *, on_bytes: Callable[[int], None] | None = None, limit_bytes: int | None = None) -> str:
    """SHA-256 of a file, or of its first `limit_bytes`.

    Args:
        path: The file.
        on_bytes: Called with the number of bytes read so far; may raise to stop.
        limit_bytes: Where to stop.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while limit_bytes is None or done < limit_bytes:
            wanted = _HASH_CHUNK_BYTES if limit_bytes is None else min(_HASH_CHUNK_BYTES, limit_bytes - done)
            chunk = file.read(wanted)
            if not chunk:
                break
            digest.update(chunk)
            done += len(chunk)
            if on_bytes is not None:
                on_bytes(done)
    return digest.hexdigest()


def write_note(folder: Path, note: Note) -> None:
    """Save a note beside its file.

    Raises:
        OSError: the disk is full, read-only or gone.
    """
    import tomli_w  # imported late: looking up what is installed writes nothing

    paths.atomic_write(folder / f"{note.name}{NOTE_SUFFIX}", tomli_w.dumps(asdict(note)).encode())


def note_for(entry: Entry, path: Path) -> Note:
    """The note of a catalogue entry whose file at `path` was just checked."""
    status = path.stat()
    return Note(
        name=entry.name,
        file=path.name,
        size_bytes=status.st_size,
        changed_ns=status.st_mtime_ns,
        sha256=entry.sha256,
        label=entry.label,
        context_tokens=entry.context_tokens,
        licence=str(entry.licence),
    )


def read_note(path: Path) -> Note | None:
    """A note, or None when it is missing, damaged, or points out of its folder."""
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        note = Note(**{key: _checked(key, value) for key, value in fields.items()})
    except (OSError, ValueError, TypeError):
        return None
    is_inside = note.file and note.file == Path(note.file).name and note.file not in (".", "..")
    return note if is_inside and note.name == path.name.removesuffix(NOTE_SUFFIX) else None


def _checked(key: str, value: Any) -> Any:
    kind = {"size_bytes": int, "changed_ns": int, "context_tokens": int, "has_chat_template": bool}.get(key, str)
    if type(value) is not kind:
        raise TypeError(f"{key} is not a {kind.__name__}")
    return value


def is_unchanged(note: Note, folder: Path) -> bool:
    """Whether the file is still the one the note was written for, without reading it."""
    try:
        status = (folder / note.file).stat()
    except OSError:
        return False
    return status.st_size == note.size_bytes and status.st_mtime_ns == note.changed_ns


# -- looking up --------------------------------------------------------------------------------------------------------


def installed_models(folder: Path | None = None) -> list[InstalledModel]:
    """All installed models: the catalogue's in its order, then the user's own by name."""
    where = folder or paths.models_dir()
    if not where.is_dir():
        return []
    found = {}
    for file in sorted(where.glob(f"*{NOTE_SUFFIX}")):
        note = read_note(file)
        if note is not None and (where / note.file).is_file():
            found[note.name] = _model(note, where)
    known = [entry.name for entry in entries()]
    return sorted(
        found.values(), key=lambda model: (known.index(model.name) if model.entry else len(known), model.name)
    )


def installed_model(name: str, folder: Path | None = None) -> InstalledModel | None:
    """The installed model of that name (or catalogue alias), or None."""
    where = folder or paths.models_dir()
    entry = find_entry(name) if name.lower() != "default" else None
    plain = entry.name if entry else name.lower()
    if not MODEL_NAME.fullmatch(plain):
        return None
    note = read_note(where / f"{plain}{NOTE_SUFFIX}")
    if note is None or not (where / note.file).is_file():
        return None
    return _model(note, where)


def _model(note: Note, folder: Path) -> InstalledModel:
    entry = next((known for known in entries() if known.name == note.name and known.sha256 == note.sha256), None)
    return InstalledModel(
        name=note.name,
        path=folder / note.file,
        size_bytes=note.size_bytes,
        sha256=note.sha256,
        label=entry.label if entry else clean_line(note.label or note.name, 60),
        context_tokens=entry.context_tokens if entry else max(256, note.context_tokens),
        has_chat_template=note.has_chat_template,
        licence=str(entry.licence) if entry else clean_line(note.licence, 40),
        entry=entry,
        changed_ns=note.changed_ns,
    )


def is_intact(entry: Entry, folder: Path | None = None) -> bool:
    """Whether an entry is installed and untouched since its hash was checked; reads no weights."""
    where = folder or paths.models_dir()
    note = read_note(where / f"{entry.name}{NOTE_SUFFIX}")
    return note is not None and note.sha256 == entry.sha256 and is_unchanged(note, where)


def resolve_model(name: str, *, preferred: str | None = None, folder: Path | None = None) -> InstalledModel:
    """The installed model that `local/NAME` means.

    Args:
        name: `default`, a name or alias, or the path of a `.gguf` file.
        preferred: What the configuration wants `default` to be.
        folder: The models folder; None: the usual one.

    Raises:
        ConfigError: there is no such model.
        LocalModelError: it is known but not installed, or the file at the path cannot be used.
    """
    if name.lower().endswith(".gguf"):
        return _model_at(paths.from_home(name))
    if name.lower() == "default":
        return _default_model(preferred, folder)
    found = installed_model(name, folder)
    if found is not None:
        return found
    entry = find_entry(name)
    if entry is not None:
        raise LocalModelError(_not_installed(entry))
    names = [known.name for known in entries()]
    names += [model.name for model in installed_models(folder) if model.name not in names]
    raise ConfigError(unknown_model(name, names))


def _default_model(preferred: str | None, folder: Path | None) -> InstalledModel:
    if preferred and preferred.lower() != "default":
        return resolve_model(preferred, folder=folder)
    found = installed_models(folder)  # the catalogue's default sorts first
    if not found:
        raise LocalModelError(_not_installed(entries()[0]))
    return found[0]


def _not_installed(entry: Entry) -> str:
    return f"{entry.label} is not installed; run “parley local install {entry.name}” ({size_words(entry.size_bytes)})."


def _model_at(path: Path) -> InstalledModel:
    from tui.local.gguf import read_header

    header = read_header(path)
    status = path.stat()
    return InstalledModel(
        name=path.stem,
        path=path.absolute(),
        size_bytes=status.st_size,
        sha256="",
        label=clean_line(header.name or path.stem, 60),
        context_tokens=min(header.context_tokens or LONGEST_DEFAULT_CONTEXT, LONGEST_DEFAULT_CONTEXT),
        has_chat_template=header.has_chat_template,
        licence=clean_line(header.licence, 40),
        changed_ns=status.st_mtime_ns,
    )


# -- checking before a start -------------------------------------------------------------------------------------------


def check_model(model: InstalledModel, folder: Path | None = None) -> None:
    """Make sure that an installed file is whole and the one that was checked; reads it all only if it was touched.

    Raises:
        LocalModelError: it is missing, damaged or another file by now; the sentence says how to get it again.
    """
    again = f"run “parley local install {model.name}” to fetch it again" if model.entry else "add it again"
    try:
        status = model.path.stat()
    except OSError:
        raise LocalModelError(f"The file of {model.label} is gone; {again}.") from None
    if not model.sha256:
        return  # named by its path; its header was read when it was looked up
    if status.st_size != model.size_bytes:
        raise LocalModelError(
            f"The file of {model.label} is damaged: {status.st_size:,} of {model.size_bytes:,} bytes; {again}."
        )
    if status.st_mtime_ns == model.changed_ns:
        return
    if hash_file(model.path) != model.sha256:
        raise LocalModelError(f"The file of {model.label} is not the one that was checked when it came; {again}.")
    where = folder or model.path.parent
    note = read_note(where / f"{model.name}{NOTE_SUFFIX}")
    if note is not None:
        write_note(where, replace(note, changed_ns=status.st_mtime_ns))


def strays(folder: Path | None = None) -> list[Stray]:
    """What lies in the models folder without belonging to an installed model."""
    where = folder or paths.models_dir()
    if not where.is_dir():
        return []
    owned = {model.path.name for model in installed_models(where)}
    parts = {f"{entry.sha256[:16]}{PART_SUFFIX}": entry for entry in entries()}
    found = []
    for path in sorted(where.iterdir()):
        if path.name in parts:
            entry = parts[path.name]
            what = f"an unfinished download of {entry.name}; “parley local install {entry.name}” goes on with it"
        elif path.suffix == PART_SUFFIX or path.name.endswith(WHEELS_SUFFIX) or path.name.startswith(paths.TEMP_PREFIX):
            what = "a leftover; it may be deleted"
        elif path.suffix.lower() == ".gguf" and path.name not in owned:
            what = f"not registered; “parley local add {clean_line(str(path))}” makes it a model"
        else:
            continue
        found.append(Stray(path, _size_of(path), what))
    return found


def _size_of(path: Path) -> int:
    try:
        if path.is_dir() and not path.is_symlink():
            return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
        return path.lstat().st_size
    except OSError:
        return 0  # it went away meanwhile

"""The user's own GGUF files: made into models of the library, and models taken out of it again.

A file is linked into the models folder when it is on the same disk, else copied, so it stays usable when the original
goes. This module refuses what is not a whole GGUF file, and to touch anything outside the models folder.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from tui import paths
from tui.errors import ConfigError, LocalModelError
from tui.local.catalogue import entries, find_entry, unknown_model
from tui.local.gguf import GgufHeader, read_header
from tui.local.library import (
    LONGEST_DEFAULT_CONTEXT,
    MODEL_NAME,
    NOTE_SUFFIX,
    PART_SUFFIX,
    InstalledModel,
    Note,
    hash_file,
    installed_model,
    installed_models,
    write_note,
)
from tui.text.clean import clean_line
from tui.text.sizes import size_words

_RESERVED = frozenset({"default", "con", "prn", "aux", "nul"})
_SPARE_BYTES = 16 * 2**20


def name_from_file(path: Path) -> str:
    """A model name made from a file name: small letters, digits, `.`, `_` and `-`."""
    stem = re.sub(r"[^a-z0-9._-]+", "-", re.sub(r"\.[^.]*$", "", path.name.lower())).strip("-._")
    return stem[:64].rstrip("-._") or "model"


def check_name(name: str) -> str:
    """A name that may be given to an added model, in small letters.

    Raises:
        ConfigError: it has other characters than letters, digits, `.`, `_`, `-`, or means something else already.
    """
    plain = name.lower()
    if not MODEL_NAME.fullmatch(plain) or plain.endswith((".gguf", ".")):
        raise ConfigError(
            f"“{clean_line(name, 60)}” cannot be a model's name; "
            "use letters, digits, “.”, “_” and “-”, at most 64 of them, starting with a letter or digit."
        )
    if plain.partition(".")[0] in _RESERVED or find_entry(plain) is not None:
        raise ConfigError(f"“{plain}” is a name that Parley uses itself; choose another with --name.")
    return plain


def add_file(source: Path, *, name: str | None = None, folder: Path | None = None) -> InstalledModel:
    """Make a GGUF file a model; adding the same file under the same name again changes nothing.

    Args:
        source: The file.
        name: What it shall be called; None: made from the file name.
        folder: The models folder; None: the usual one.

    Raises:
        ConfigError: the name cannot be used, or another model has it.
        LocalModelError: the file is missing, not a GGUF, cut short, or there is no room for a copy.
    """
    where = folder or paths.models_dir()
    plain = check_name(name if name is not None else name_from_file(source))
    header = read_header(source)
    real = source.resolve()
    try:
        digest = hash_file(real)
        existing = installed_model(plain, where)
        if existing is not None and existing.sha256 != digest:
            raise ConfigError(
                f"There is a model “{plain}” already; choose another name with --name, or remove that one first."
            )
        target = where / f"{plain}.gguf"
        paths.ensure_private_dir(where)
        if existing is None or not _is_same(real, target):
            _place(real, target)
        write_note(where, _note(plain, target, digest, header))
    except OSError as error:
        reason = clean_line(error.strerror or "the disk refused")
        raise LocalModelError(f"{clean_line(str(source), 120)} could not be added: {reason}.") from error
    added = installed_model(plain, where)
    if added is None:
        raise LocalModelError(f"“{plain}” vanished while it was added; try again.")
    return added


def _note(name: str, target: Path, digest: str, header: GgufHeader) -> Note:
    status = target.stat()
    return Note(
        name=name,
        file=target.name,
        size_bytes=status.st_size,
        changed_ns=status.st_mtime_ns,
        sha256=digest,
        label=clean_line(header.name, 60) or name,
        context_tokens=min(header.context_tokens or LONGEST_DEFAULT_CONTEXT, LONGEST_DEFAULT_CONTEXT),
        has_chat_template=header.has_chat_template,
        licence=clean_line(header.licence, 40),
    )


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _place(source: Path, target: Path) -> None:
    """Link or copy, under a temporary name first; the target is replaced whole or not at all."""
    if _is_same(source, target):
        return
    paths.refuse_symlink(target)
    temp = target.parent / f"{paths.TEMP_PREFIX}{secrets.token_hex(8)}"
    try:
        try:
            os.link(source, temp)
        except OSError:  # another disk, a file system without links, or a file of another user
            _copy(source, temp)
        temp.replace(target)
    finally:
        temp.unlink(missing_ok=True)
    paths.sync_dir(target.parent)


def _copy(source: Path, temp: Path) -> None:
    needed, free = source.stat().st_size + _SPARE_BYTES, shutil.disk_usage(temp.parent).free
    if free < needed:
        raise LocalModelError(
            f"There is not enough room: {size_words(needed)} are needed, {size_words(free)} are free."
        )
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with source.open("rb") as reader, os.fdopen(os.open(temp, flags, 0o600), "wb") as writer:
        if hasattr(os, "fchmod"):
            os.fchmod(writer.fileno(), 0o600)
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())


def remove_model(name: str, folder: Path | None = None) -> int:
    """Delete an installed model, its note, and what an unfinished download of it left.

    Returns:
        How many bytes that freed (a linked file's original keeps its own).

    Raises:
        ConfigError: no such model is known.
        LocalModelError: it is not installed, or may not be deleted.
    """
    where = folder or paths.models_dir()
    entry = find_entry(name)
    model = installed_model(entry.name if entry else name, where)
    doomed = [model.path, where / f"{model.name}{NOTE_SUFFIX}"] if model else []
    if entry is not None:
        doomed.append(where / f"{entry.sha256[:16]}{PART_SUFFIX}")
    there = [path for path in doomed if path.exists() or path.is_symlink()]
    if not there:
        if entry is None:
            names = [known.name for known in entries()] + [known.name for known in installed_models(where)]
            raise ConfigError(unknown_model(name, list(dict.fromkeys(names))))
        raise LocalModelError(f"{entry.label} is not installed.")
    freed = 0
    try:
        for path in there:
            freed += path.lstat().st_size
            path.unlink()
    except OSError as error:
        reason = clean_line(error.strerror or "the disk refused")
        raise LocalModelError(f"{clean_line(str(path), 120)} could not be deleted: {reason}.") from error
    with suppress(OSError):
        paths.sync_dir(where)
    return freed

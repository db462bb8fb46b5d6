"""Drafts: what stands in each session's composer, waits there, or is new in its documents: a crash costs a second.

One small file a session, replaced as one types and removed once all was sent. The draft of a session in which nothing
was said yet belongs to a process; when that is gone, the next new session takes it over. Known keys are masked, as in
session files. Nothing here is needed: a missing or damaged file is no draft. Refuses to raise disk trouble, which the
session's journal says already, and to know what a draft is worth.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tui.domain.draft import DocumentDraft, Draft, DraftFile
from tui.domain.record import Attachment
from tui.errors import ParleyError
from tui.paths import atomic_write, ensure_private_dir
from tui.store.scrub import Redacts, map_texts
from tui.store.sessions import is_safe_id
from tui.text.surrogates import scrub_surrogates

FOLDER = "drafts"
SUFFIX, NEW_SUFFIX = ".json", ".new.json"
MOST_DRAFTS = 200
"""The oldest beyond these are forgotten."""
LARGEST_BYTES = 16 * 1024 * 1024
"""No draft that Parley writes is larger; a larger file is somebody else's."""


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """What a session's composer held, and its documents."""

    draft: Draft = field(default_factory=Draft)
    waiting: tuple[Draft, ...] = ()
    """Prompts that waited for a reply to end, or were on their way; oldest first."""
    documents: tuple[DocumentDraft, ...] = ()
    """What was written into documents since they were recorded."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return self.draft.is_blank and not self.waiting and not self.documents


class DraftStore:
    """The drafts beside the sessions in one data folder."""

    def __init__(self, data_folder: Path, *, redactor: Redacts | None = None) -> None:
        """Drafts in `data_folder`, which need not exist; `redactor` knows the keys that must not be written."""
        self.folder = data_folder / FOLDER
        self._redactor = redactor

    def keep(self, session_id: str, kept: KeptDraft, *, is_new: bool) -> bool:
        """Replace a session's draft; an empty one is removed. Returns whether the disk took it.

        Args:
            session_id: Whose it is.
            kept: What is in the composer now.
            is_new: Whether nothing was said in that session yet, so that the draft is this process's.
        """
        if not is_safe_id(session_id):
            return False
        path = self._path(session_id, is_new=is_new)
        try:
            self._path(session_id, is_new=not is_new).unlink(missing_ok=True)
            if kept.is_empty:
                path.unlink(missing_ok=True)
                return True
            ensure_private_dir(self.folder)
            atomic_write(path, self._encoded(kept, os.getpid() if is_new else None))
        except (OSError, ParleyError):
            return False
        return True

    def read(self, session_id: str) -> KeptDraft:
        """The draft of a session; an empty one when there is none."""
        if not is_safe_id(session_id):
            return KeptDraft()
        return _decoded(_table(self._path(session_id, is_new=False)))

    def adopt(self, session_id: str) -> KeptDraft:
        """The newest draft left behind in a session without a word, now that of `session_id`.

        Left behind by this process, which went on to another session, or by one that is gone.
        """
        if not is_safe_id(session_id):
            return KeptDraft()
        for path in self._newest_first(NEW_SUFFIX):
            table = _table(path)
            if _is_somebody_elses(table.get("pid")):
                continue
            own = self._path(session_id, is_new=True)
            try:
                path.rename(own)  # who comes first has it
            except OSError:
                continue
            kept = _decoded(table)
            self.keep(session_id, kept, is_new=True)
            return kept
        return KeptDraft()

    def forget(self, session_ids: Iterable[str]) -> None:
        """Remove the drafts of sessions that are gone."""
        for session_id in session_ids:
            self.keep(session_id, KeptDraft(), is_new=False)

    def sweep(self) -> None:
        """Remove the oldest drafts beyond the limit."""
        for path in self._newest_first(SUFFIX)[MOST_DRAFTS:]:
            try:
                path.unlink()
            except OSError:
                continue  # removed meanwhile, or not ours to remove

    def hashes(self) -> set[str]:
        """The hashes of all files that drafts name."""
        kept = [_decoded(_table(path)) for path in self._newest_first(SUFFIX)]
        return {one.sha256 for each in kept for draft in (each.draft, *each.waiting) for one in draft.attachments}

    def _path(self, session_id: str, *, is_new: bool) -> Path:
        return self.folder / f"{session_id}{NEW_SUFFIX if is_new else SUFFIX}"

    def _newest_first(self, suffix: str) -> list[Path]:
        found: list[tuple[int, Path]] = []
        try:
            for path in self.folder.glob(f"*{suffix}"):
                found.append((path.lstat().st_mtime_ns, path))
        except OSError:
            return []
        return [path for _, path in sorted(found, reverse=True)]

    def _encoded(self, kept: KeptDraft, pid: int | None) -> bytes:
        values: dict[str, Any] = {**_values(kept.draft), "waiting": [_values(one) for one in kept.waiting]}
        if kept.documents:
            values["documents"] = [asdict(one) for one in kept.documents]
        if self._redactor is not None:
            values = map_texts(values, self._redactor.redact)
        if pid is not None:
            values["pid"] = pid
        return json.dumps(map_texts(values, scrub_surrogates), ensure_ascii=True).encode("ascii")


def _values(draft: Draft) -> dict[str, Any]:
    files = [{**asdict(file.attachment), "words": file.words, "tokens": file.tokens} for file in draft.files]
    return {"text": draft.text, "files": files} if files else {"text": draft.text}


def _table(path: Path) -> Mapping[str, Any]:
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST_BYTES:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _decoded(table: Mapping[str, Any]) -> KeptDraft:
    drafts = [_draft(one) for one in _tables(table, "waiting")]
    documents = [_document(one) for one in _tables(table, "documents")]
    waiting = tuple(one for one in drafts if not one.is_blank)
    return KeptDraft(_draft(table), waiting, tuple(one for one in documents if one is not None))


def _tables(table: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = table.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _document(table: Mapping[str, Any]) -> DocumentDraft | None:
    column, head, text = (table.get(name) for name in ("column", "head", "text"))
    if not isinstance(column, str) or not isinstance(text, str) or not (head is None or isinstance(head, str)):
        return None
    return DocumentDraft(column, head, scrub_surrogates(text))


def _draft(table: Mapping[str, Any]) -> Draft:
    text, files = table.get("text"), table.get("files")
    found = [_file(one) for one in files if isinstance(one, Mapping)] if isinstance(files, list) else []
    return Draft(
        scrub_surrogates(text) if isinstance(text, str) else "", tuple(one for one in found if one is not None)
    )


def _file(table: Mapping[str, Any]) -> DraftFile | None:
    texts = {name: table.get(name) for name in ("name", "media_type", "sha256", "words")}
    numbers = {name: table.get(name) for name in ("size_bytes", "tokens")}
    if not all(isinstance(one, str) for one in texts.values()) or not all(type(one) is int for one in numbers.values()):
        return None
    attachment = Attachment(
        str(texts["name"]), str(texts["media_type"]), str(texts["sha256"]), int(numbers["size_bytes"] or 0)
    )
    return DraftFile(attachment, str(texts["words"]), int(numbers["tokens"] or 0))


def _is_somebody_elses(pid: object) -> bool:
    """Whether another process that is there wrote it; where one cannot ask without harm, it counts as gone."""
    if type(pid) is not int or pid <= 0 or pid == os.getpid() or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True

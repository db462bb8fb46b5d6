"""`parley sessions`: list, show, search, export, import, delete and restore what was said.

An id may be shortened while it is unique. Deleting moves to the trash. Text goes to stdout, cleaned; what happened goes
to stderr. Refuses to guess which of several sessions a shortened id means.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.output import complain, json_text, say, typed
from tui.cli.session_output import (
    conversation_lines,
    hit_object,
    hit_table,
    session_object,
    summary_cells,
    summary_object,
    table,
)
from tui.domain.blind import masked
from tui.errors import ParleyError, SessionError
from tui.paths import from_home

if TYPE_CHECKING:
    from tui.store.index import SessionIndex
    from tui.store.sessions import SessionStore
    from tui.text.redact import Redactor

MOST_LISTED = 10**9
"""As good as all."""

_SUFFIXES = {".md": "md", ".markdown": "md", ".json": "json", ".html": "html", ".htm": "html", ".csv": "csv"}


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "sessions",
        help="list, show, search, export, import and delete sessions",
        description="What was said: list it, search it, take it elsewhere. An ID may be shortened while it is unique.",
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    listing = acts.add_parser("list", help="list sessions, pinned ones and the newest first")
    listing.add_argument("--json", action="store_true", help="print one JSON list")
    listing.add_argument("-n", "--limit", type=_count, metavar="N", help="at most N of them")
    listing.add_argument("--trash", action="store_true", help="list what is in the trash")
    show = acts.add_parser("show", help="print a session's conversation")
    show.add_argument("id", metavar="ID")
    show.add_argument("--json", action="store_true", help="print one JSON object, with all branches")
    search = acts.add_parser("search", help="search all text, titles and notes; the newest first")
    search.add_argument(
        "text", nargs="+", type=typed, metavar="TEXT", help='all words must occur; "two words" as one phrase'
    )
    search.add_argument("--json", action="store_true", help="print one JSON list")
    search.add_argument("-n", "--limit", type=_count, default=50, metavar="N", help="at most N hits (50)")
    export = acts.add_parser("export", help="write a session as a document, secrets masked")
    export.add_argument("id", metavar="ID")
    export.add_argument(
        "--format", choices=["md", "json", "html", "csv"], help="md unless FILE's name says otherwise; csv: figures"
    )
    export.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of stdout")
    bring = acts.add_parser(
        "import",
        help="bring in sessions from a file",
        description="Import Parley's own exports and session files, ChatGPT's conversations.json or ZIP, Open WebUI's"
        " export, and the databases of llm (logs.db), oterm (store.db) and Elia (elia.sqlite). Can be repeated.",
    )
    bring.add_argument("file", nargs="+", metavar="FILE")
    delete = acts.add_parser("delete", help="move sessions to the trash")
    delete.add_argument("id", nargs="+", metavar="ID")
    restore = acts.add_parser("restore", help="bring sessions back from the trash")
    restore.add_argument("id", nargs="+", metavar="ID")
    acts.add_parser("empty-trash", help="remove what is in the trash for good")


def run(args: argparse.Namespace) -> int:
    """Do the act; returns the exit code."""
    acts: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _list,
        "show": _show,
        "search": _search,
        "export": _export,
        "import": _import,
        "delete": _delete,
        "restore": _restore,
        "empty-trash": _empty_trash,
    }
    return acts[args.act](args)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not text.strip("0"):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 1 up")
    return min(int(text[:20]), MOST_LISTED)


def _store() -> SessionStore:
    from tui.paths import sessions_dir
    from tui.store.sessions import SessionStore

    return SessionStore(sessions_dir())


@contextmanager
def _index(store: SessionStore) -> Iterator[SessionIndex]:
    """The index, brought up to date."""
    from tui.paths import data_dir, ensure_private_dir
    from tui.store.index import SessionIndex
    from tui.store.indexing import Indexer

    with suppress(OSError):  # where nothing can be written, the index lives in memory
        ensure_private_dir(data_dir())
    index = SessionIndex(data_dir() / "index.sqlite")
    try:
        Indexer(index, store).refresh()
        yield index
    finally:
        index.close()


# -- list ----------------------------------------------------------------------------------------------------------


def _list(args: argparse.Namespace) -> int:
    if args.trash:
        return _list_trash(args)
    with _index(_store()) as index:
        summaries = index.summaries(limit=args.limit or -1)
    if args.json:
        print(json_text([summary_object(summary) for summary in summaries], indent=2))
        return 0
    for line in table(map(summary_cells, summaries)):
        print(line)
    if not summaries:
        say("There is no session yet.")
    return 0


def _list_trash(args: argparse.Namespace) -> int:
    trashed = _store().trashed()[: args.limit]
    if args.json:
        print(json_text([{"id": entry.id, "size_bytes": entry.size_bytes} for entry in trashed], indent=2))
        return 0
    for entry in trashed:
        print(f"{entry.id}  {entry.size_bytes} bytes")
    if not trashed:
        say("The trash is empty.")
    return 0


# -- show and search -----------------------------------------------------------------------------------------------


def _show(args: argparse.Namespace) -> int:
    read = _store().read(args.id)
    for problem in read.problems:
        complain(problem)
    session = masked(read.session)
    if args.json:
        print(json_text(session_object(session), indent=2))
        return 0
    for line in conversation_lines(session):
        print(line)
    return 0


def _search(args: argparse.Namespace) -> int:
    with _index(_store()) as index:
        hits = index.search(" ".join(args.text), limit=args.limit)
    if args.json:
        print(json_text([hit_object(hit) for hit in hits], indent=2))
        return 0
    for line in hit_table(hits):
        print(line)
    if not hits:
        say("Nothing was found.")
    return 0


# -- out and in ----------------------------------------------------------------------------------------------------


def _export(args: argparse.Namespace) -> int:
    from tui.store.attachments import AttachmentStore
    from tui.store.exports import FORMATS, ExportOptions, export_session, write_document

    store = _store()
    read = store.read(args.id)
    wanted = args.format or (_SUFFIXES.get(Path(args.output).suffix.lower(), "md") if args.output else "md")
    form = next(name for name in FORMATS if name == wanted)
    options = ExportOptions(_redactor(args.config), AttachmentStore(store.folder))
    export = export_session(read, form, options)
    for problem in read.problems:
        complain(problem)
    if args.output and args.output != "-":
        write_document(from_home(args.output), export.text)
    else:
        sys.stdout.write(export.text)
        sys.stdout.flush()
    if export.masked:
        say(f"{export.masked} {'secret was' if export.masked == 1 else 'secrets were'} masked.")
    return 0


def _redactor(config_path: Path | None) -> Redactor:
    """Knows the keys that can be found without asking anybody: in the environment and in files."""
    from tui.chat.known_keys import known_keys, references_in
    from tui.config import load_config

    try:
        references = list(references_in(load_config(config_path)))
    except ParleyError:
        references = []  # an export must not fail for the configuration
    return known_keys(references)


def _import(args: argparse.Namespace) -> int:
    from tui.store.imports import import_file

    store = _store()
    redactor = _redactor(args.config)
    for name in args.file:
        report = import_file(from_home(name), store, on_progress=_progress(), redactor=redactor)
        for sentence in report.failed:
            complain(sentence)
        added, problems = len(report.added), len(report.failed)
        words = [f"{added} session{'' if added == 1 else 's'} added"]
        words += [f"{len(report.extended)} extended"] if report.extended else []
        words += [f"{report.unchanged} there already"] if report.unchanged else []
        words += [f"{report.trashed} left in the trash"] if report.trashed else []
        words += [f"{problems} problem{'' if problems == 1 else 's'}"] if problems else []
        say(f"{name} ({report.kind}): {', '.join(words)}.")
        for session_id in report.added:
            print(session_id)
    return 0


def _progress() -> Callable[[int, int], None] | None:
    """A line that counts, on a terminal only."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        is_last = total and done >= total
        if done % 20 == 0 or is_last:
            sys.stderr.write(f"\r{done} of {total or '?'} chats" + ("\n" if is_last else ""))
            sys.stderr.flush()

    return show


# -- the trash -----------------------------------------------------------------------------------------------------


def _each(ids: Sequence[str], act: Callable[[str], str], words: str) -> int:
    """Do `act` to each id; one that fails does not keep the others from it."""
    from tui.cli.main import OK, exit_code_of

    code = OK
    for name in ids:
        try:
            say(words.format(act(name)))
        except SessionError as error:
            complain(str(error))
            code = exit_code_of(error)
    return code


def _delete(args: argparse.Namespace) -> int:
    return _each(args.id, _store().delete, "{0} is in the trash; “parley sessions restore {0}” brings it back.")


def _restore(args: argparse.Namespace) -> int:
    return _each(args.id, _store().restore, "{0} is back.")


def _empty_trash(args: argparse.Namespace) -> int:
    removed = _store().empty_trash()
    say(f"{removed} {'session was' if removed == 1 else 'sessions were'} removed for good.")
    return 0

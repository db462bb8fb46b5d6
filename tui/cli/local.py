"""`parley local`: the embedded models. What is there, bringing one, taking one away, adding one's own.

Results go to stdout, progress and notes to stderr. What asks for no download imports nothing for one: `make chat` runs
`install --if-missing` each time.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.output import complain, json_text, say
from tui.paths import from_home
from tui.text.sizes import size_words

if TYPE_CHECKING:
    from tui.local.catalogue import Entry
    from tui.local.library import InstalledModel

OK, FAILED, INTERRUPTED = 0, 1, 130


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "local",
        help="the embedded models: list, install, remove, add",
        description="The embedded models: they run on this computer, need no key and no network once installed.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what is installed and what can be")
    listing.add_argument("--json", action="store_true", help="a list of objects on stdout")
    install = actions.add_parser("install", help="download and check a model; goes on where an earlier try stopped")
    install.add_argument("name", metavar="NAME", nargs="?", default="default", help="unset: the small default model")
    install.add_argument(
        "--if-missing", action="store_true", help="do nothing when it is there, without checking again"
    )
    remove = actions.add_parser("remove", help="delete a model from this computer")
    remove.add_argument("name", metavar="NAME")
    add = actions.add_parser("add", help="make a GGUF file of your own a local model")
    add.add_argument("file", metavar="FILE.gguf", type=Path)
    add.add_argument("--name", metavar="NAME", help="what to call it; unset: made from the file name")


def run(args: argparse.Namespace) -> int:
    """Run one action; returns the exit code.

    Raises:
        ConfigError: a name is unknown or cannot be used.
        LocalModelError: it could not be done.
    """
    match args.action:
        case "list":
            return _list(args)
        case "install":
            return _install(args.name, if_missing=args.if_missing)
        case "remove":
            return _remove(args.name)
        case _:
            return _add(args.file, args.name)


# -- list --------------------------------------------------------------------------------------------------------------


def _list(args: argparse.Namespace) -> int:
    from tui.local.catalogue import entries
    from tui.local.library import installed_models, strays
    from tui.text.clean import clean

    models = installed_models()
    known = {model.name for model in models}
    default = _default_name(args.config)
    rows = [_fields(model.entry, model, default) for model in models if model.entry]
    rows += [_fields(entry, None, default) for entry in entries() if entry.name not in known]
    order = [entry.name for entry in entries()]
    rows.sort(key=lambda row: order.index(row["name"]))
    rows += [_fields(None, model, default) for model in models if not model.entry]
    if args.json:
        print(json_text(rows, indent=2))
        return OK
    for line in _table(rows):
        print(clean(line))
    for stray in strays():
        say(clean(f"{stray.path.name} ({size_words(stray.size_bytes)}): {stray.what}."))
    return OK


def _fields(entry: Entry | None, model: InstalledModel | None, default: str) -> dict[str, Any]:
    source: Any = entry or model
    licence = entry.licence if entry else None
    return {
        "model": f"local/{source.name}",
        "name": source.name,
        "label": source.label,
        "description": entry.description if entry else "added by you",
        "installed": model is not None,
        "is_default": model is not None and model.name == default,
        "size_bytes": source.size_bytes,
        "licence": str(licence) if licence else (model.licence or None if model else None),
        "licence_url": licence.url if licence else None,
        "context_tokens": source.context_tokens,
        "path": str(model.path) if model else None,
    }


def _default_name(config_path: Path | None) -> str:
    """The name of the model that `local/default` means, or nothing."""
    from tui.config import load_config
    from tui.errors import ConfigError, LocalModelError
    from tui.local.library import resolve_model

    try:
        return resolve_model("default", preferred=load_config(config_path).local.default).name
    except LocalModelError:
        return ""  # none is installed: the table says so
    except ConfigError as error:
        complain(str(error))  # the list does not depend on the configuration
        return ""


def _table(rows: list[dict[str, Any]]) -> list[str]:
    cells = [("NAME", "INSTALLED", "SIZE", "LICENCE", "MODEL")]
    for row in rows:
        installed = "yes, default" if row["is_default"] else "yes" if row["installed"] else "no"
        size = size_words(row["size_bytes"])
        cells.append((row["name"], installed, size, row["licence"] or "–", f"{row['label']}: {row['description']}"))
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(line[:4], widths, strict=True)), line[4]]).rstrip()
        for line in cells
    ]


# -- install -----------------------------------------------------------------------------------------------------------


def _install(name: str, *, if_missing: bool) -> int:
    from tui.local.catalogue import require_entry
    from tui.local.library import is_intact
    from tui.local.openmp import is_openmp_missing

    entry = require_entry(name)
    if if_missing and is_intact(entry) and not is_openmp_missing():
        return OK
    return _fetch(entry, recheck=not if_missing)


def _fetch(entry: Entry, *, recheck: bool) -> int:
    import asyncio

    from tui.cli.download_progress import DownloadProgress
    from tui.errors import LocalModelError
    from tui.local.install import install
    from tui.local.openmp import install_openmp
    from tui.text.clean import clean

    async def fetch() -> Path:
        path = await install(entry, progress=shown.update, recheck=recheck)
        await install_openmp()
        return path

    shown = DownloadProgress(entry.label)
    say(f"{entry.label}, {size_words(entry.size_bytes)}; licence: {entry.licence} ({entry.licence.url})")
    try:
        path = asyncio.run(fetch())
    except KeyboardInterrupt:
        shown.close()
        say(f"stopped; what came is kept, “parley local install {entry.name}” goes on from there.")
        return INTERRUPTED
    except LocalModelError as error:
        shown.close()
        complain(str(error))
        return FAILED  # the network or the disk, not the command line
    finally:
        shown.close()
    print(clean(f"{entry.label} is installed as local/{entry.name}: {path}"))
    return OK


# -- remove and add ----------------------------------------------------------------------------------------------------


def _remove(name: str) -> int:
    from tui.local.adding import remove_model
    from tui.text.clean import clean_line

    freed = remove_model(name)
    print(f"{clean_line(name, 60)} is removed ({size_words(freed)}).")
    return OK


def _add(file: Path, name: str | None) -> int:
    from tui.local.adding import add_file
    from tui.text.clean import clean

    added = add_file(from_home(file), name=name)
    print(clean(f"{added.label} is installed as local/{added.name}: {added.path}"))
    if not added.has_chat_template:
        say(f"it has no chat template: made to continue texts, see “parley complete -m local/{added.name}”.")
    return OK

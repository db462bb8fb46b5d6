"""Names that the shell can offer while one types: models, endpoints, sessions, presets, themes.

Only files are looked at: no server is asked, no key is fetched, no program is run. Names come from servers and from
file names, and end up on a command line that somebody is about to run; so only those are offered that no shell can take
for anything but a word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tui.errors import ParleyError

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+=-]{0,199}")
_LARGEST_LIST_BYTES = 4 * 2**20
"""A listing that takes longer to read than one waits for a completion."""
NEWEST_SESSIONS = 200


def known_names(kind: str) -> list[str]:
    """The names of one kind (a key of `KINDS`), without repeats; empty when nothing is known."""
    try:
        found = list(KINDS[kind]())
    except (OSError, ParleyError):
        return []  # an unreadable folder or configuration is not to be discussed at a tab key
    return [name for name in dict.fromkeys(found) if _PLAIN.fullmatch(name)]


def _models() -> Iterator[str]:
    from tui.config import load_config
    from tui.local.library import installed_models
    from tui.providers.endpoints import built_in

    yield "local/default"
    yield from (f"local/{model.name}" for model in installed_models())
    yield from (f"demo/{script.stem}" for script in _shipped_scripts())
    for name, base in built_in().items():
        yield from (f"{name}/{model}" for model in base.models)
    for name, section in load_config(None).endpoints.items():
        yield from (f"{name}/{model}" for model in section.models or ())
    yield from _listed_models()


def _shipped_scripts() -> list[Path]:
    import tui.providers

    return sorted(Path(tui.providers.__file__).with_name("scripts").glob("*.toml"))


def _listed_models() -> Iterator[str]:
    """What servers listed when they were last asked."""
    from tui.paths import cache_dir

    for file in sorted((cache_dir() / "models").glob("*.json")):
        try:
            if file.stat().st_size > _LARGEST_LIST_BYTES:
                continue
            listing = json.loads(file.read_bytes())
            yield from [f"{listing['endpoint']}/{model['id']}" for model in listing["models"]]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue  # damaged: the next listing replaces it


def _endpoints() -> Iterator[str]:
    from tui.config import load_config
    from tui.providers.endpoints import built_in

    yield from built_in()
    yield from load_config(None).endpoints


def _sessions() -> Iterator[str]:
    from tui.paths import sessions_dir
    from tui.store.sessions import SessionStore

    entries = sorted(SessionStore(sessions_dir()).entries(), key=lambda entry: -entry.changed_ns)
    yield from (entry.id for entry in entries[:NEWEST_SESSIONS])


def _presets() -> Iterator[str]:
    from tui.paths import presets_dir

    yield from sorted(file.stem for file in presets_dir().glob("*.toml"))


def theme_names() -> Iterator[str]:
    """The themes that there are, the app's and the user's own."""
    from tui.paths import themes_dir, user_themes_dir

    yield from sorted(file.stem for folder in (themes_dir(), user_themes_dir()) for file in folder.glob("*.toml"))


def _local() -> Iterator[str]:
    from tui.local.catalogue import entries
    from tui.local.library import installed_models

    yield from (model.name for model in installed_models())
    yield from (entry.name for entry in entries())


def _parameters() -> Iterator[str]:
    from tui.providers.parameters import row_names

    yield from (f"{name}=" for name in row_names())


KINDS: dict[str, Callable[[], Iterator[str]]] = {
    "model": _models,
    "endpoint": _endpoints,
    "session": _sessions,
    "preset": _presets,
    "theme": theme_names,
    "local": _local,
    "parameter": _parameters,
}

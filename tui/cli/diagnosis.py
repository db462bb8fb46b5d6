"""What `parley doctor` finds out: configuration, keys, endpoints, terminal, embedded model, folders.

Facts only, as values; how they are printed is `doctor.py`'s business. Says where a key is, never what it is. Nothing
here takes longer than a few seconds in all, and nothing is changed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tui.errors import LocalModelError, ParleyError
from tui.text.terminal_colours import ALL_COLOURS, FEW_COLOURS, MANY_COLOURS, count_colours

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.config import Config
    from tui.providers.endpoints import EndpointStatus

State = Literal["ok", "note", "fail", "off"]
"""Works; works with a remark; does not work; is not set up."""

BOUND_S = 5.0
"""All endpoints together are waited for this long."""

_KITTY_TERMINALS = ("kitty", "ghostty", "wezterm", "foot", "alacritty", "rio")
"""Terminals that report keys like shift+enter by the kitty keyboard protocol, by what TERM or TERM_PROGRAM says."""
_CLIPBOARD_TOOLS = ("wl-copy", "xclip", "xsel", "pbcopy", "clip.exe")
_NARROW_CELLS, _LOW_LINES = 60, 15


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    group: str
    name: str
    state: State
    words: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The same for scripts."""


def about_config(file: Path, problems: list[str]) -> list[Finding]:
    """The state of the config file."""
    exists = file.exists()
    facts = {"file": str(file), "exists": exists, "problems": problems}
    if problems:
        return [
            Finding("configuration", "file" if i == 0 else "", "fail", sentence, facts if i == 0 else {})
            for i, sentence in enumerate(problems)
        ]
    words = (
        str(file) if exists else f"{file} is not there, which is fine: defaults hold (parley config init writes one)"
    )
    return [Finding("configuration", "file", "ok" if exists else "off", words, facts)]


# -- endpoints ---------------------------------------------------------------------------------------------------------


async def about_endpoints(connections: Connections, config: Config) -> list[Finding]:
    """Each endpoint: where its key is, and whether it answers; all at once, within `BOUND_S`."""
    from tui.providers.discovery import not_running, running_servers

    statuses = [status for status in connections.endpoints() if status.name != "local"]
    off = not_running(config, statuses, await running_servers(config))
    asked = [status for status in statuses if status.is_usable and status.name not in off]
    answers = await _within_bound({status.name: _ask(connections, status.name) for status in asked})
    return [_about_endpoint(status, answers, is_off=status.name in off) for status in statuses]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an endpoint said when it was asked for its models."""

    count: int | None = None
    """How many it lists; None when it did not say."""
    error: str = ""
    warnings: tuple[str, ...] = ()
    """Remarks about how it is set up."""
    loaded: tuple[str, ...] = ()
    """Models that a local server holds in memory now."""


async def _ask(connections: Connections, name: str) -> _Answer:
    try:
        endpoint = await asyncio.to_thread(connections.endpoint, name)
        listing = await connections.models(name, refresh=True)
    except ParleyError as error:
        return _Answer(error=str(error))
    if listing.failure:
        return _Answer(error=listing.error, warnings=endpoint.warnings)
    loaded = tuple(model.id for model in listing.models if model.meta.get("loaded") is not None)
    return _Answer(len(listing.models), listing.error, endpoint.warnings, loaded)


async def _within_bound(questions: Mapping[str, Awaitable[_Answer]]) -> dict[str, _Answer]:
    tasks = {name: asyncio.ensure_future(question) for name, question in questions.items()}
    if tasks:
        _, late = await asyncio.wait(tasks.values(), timeout=BOUND_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    silence = f"no answer within {BOUND_S:g} seconds"
    return {name: _Answer(error=silence) if task.cancelled() else task.result() for name, task in tasks.items()}


def _about_endpoint(status: EndpointStatus, answers: Mapping[str, _Answer], *, is_off: bool) -> Finding:
    answer = answers.get(status.name, _Answer())
    count, error = answer.count, answer.error
    facts: dict[str, Any] = {
        "label": status.label,
        "dialect": status.dialect,
        "base_url": status.base_url or None,
        "key": status.key_place or None,
        "needs_key": status.needs_key,
        "is_reachable": count is not None if status.name in answers else None,
        "models": count,
        "loaded": list(answer.loaded),
        "error": error or status.problem or None,
    }

    def finding(state: State, words: str) -> Finding:
        return Finding("endpoints", status.name, state, words, facts)

    place = f"key from {status.key_place}; " if status.key_place else ""
    if status.problem:
        return finding("fail", status.problem)
    if status.needs_key and not status.has_key:
        return finding("off", f"no key: set {status.key_variable}" if status.key_variable else "its key is missing")
    if is_off:
        return finding("off", f"nothing answers at {status.base_url}")
    if count is None:
        return finding("fail", f"{place}{error}")
    many = "1 model" if count == 1 else f"{count} models"
    loaded = [f"loaded: {', '.join(answer.loaded)}"] if answer.loaded else []
    return finding("note" if answer.warnings else "ok", "; ".join([f"{place}{many}", *loaded, *answer.warnings]))


# -- this machine ------------------------------------------------------------------------------------------------------


def about_terminal(environ: Mapping[str, str] | None = None) -> list[Finding]:
    """What the terminal can do, as far as it says so."""
    env = os.environ if environ is None else environ
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    is_utf8 = encoding == "utf8"
    colours, colour_text = colour_words(env)
    between = "tmux" if env.get("TMUX") else "screen" if env.get("STY") else ""
    named = (env.get("TERM", "") + env.get("TERM_PROGRAM", "")).lower()
    has_all_keys = not between and any(known in named for known in _KITTY_TERMINALS)
    tool = next((tool for tool in _CLIPBOARD_TOOLS if shutil.which(tool)), "")
    keys = "reports keys such as shift+enter" if has_all_keys else "may not report keys such as shift+enter"
    route = f"by {tool}" if tool else "by the terminal (OSC 52), if it allows; else into a file"
    utf8 = "UTF-8" if is_utf8 else f"{encoding or 'unknown'}, not UTF-8: set LANG to a UTF-8 locale"
    findings = [
        _about_screen(),
        _seen("colours", "ok" if colours >= 256 else "note", colour_text, colours),
        _seen("characters", "ok" if is_utf8 else "fail", utf8, encoding or None),
        _seen("keyboard", "ok" if has_all_keys else "note", keys, has_all_keys or None),
        _seen("clipboard", "ok" if tool else "note", route, tool or "osc52"),
    ]
    if between:
        findings.append(_seen("inside", "note", f"{between}: colours and keys are what it passes on", between))
    return findings


def _seen(name: str, state: State, words: str, value: Any) -> Finding:
    return Finding("terminal", name, state, words, {"value": value})


def _about_screen() -> Finding:
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        return _seen("screen", "off", "not a terminal: the app cannot open here, the commands work", None)
    size = shutil.get_terminal_size()
    cells = f"{size.columns} × {size.lines} cells"
    if size.columns < _NARROW_CELLS or size.lines < _LOW_LINES:
        return _seen("screen", "note", f"{cells}, which is small", [size.columns, size.lines])
    return _seen("screen", "ok", cells, [size.columns, size.lines])


def colour_words(environ: Mapping[str, str]) -> tuple[int, str]:
    """How many colours the environment promises, and that in words."""
    colours = count_colours(environ)
    if environ.get("NO_COLOR"):
        return colours, "none: NO_COLOR is set"
    words = {
        ALL_COLOURS: "16 million",
        MANY_COLOURS: "256; set COLORTERM=truecolor if the terminal has more",
        FEW_COLOURS: "16, by what TERM says; set TERM=xterm-256color if the terminal has more",
    }
    return colours, words.get(colours, "none, by what TERM says")


def _refusal(check: Callable[[], object]) -> str:
    """Why a check of the embedded model refuses, or nothing."""
    try:
        check()
    except LocalModelError as error:
        return str(error)
    return ""


def about_embedded(config: Config) -> list[Finding]:
    """The embedded model: runtime, processor, weights."""
    from tui.local.cpu import check_cpu
    from tui.local.library import installed_models
    from tui.local.openmp import require_openmp
    from tui.local.server import require_runtime
    from tui.text.clean import clean_line

    def require_libraries() -> None:
        require_runtime()
        require_openmp()

    runtime_problem, cpu_problem = _refusal(require_libraries), _refusal(check_cpu)
    names = [model.name for model in installed_models()]
    shown = ", ".join(names)
    if config.local.default:
        shown += f" (local/default is {clean_line(config.local.default)})"
    return [
        Finding(
            "embedded model",
            "runtime",
            "off" if runtime_problem else "ok",
            runtime_problem or "installed",
            {"is_installed": not runtime_problem},
        ),
        Finding(
            "embedded model",
            "processor",
            "fail" if cpu_problem else "ok",
            cpu_problem or "can run it",
            {"problem": cpu_problem or None},
        ),
        Finding(
            "embedded model",
            "weights",
            "ok" if names else "off",
            shown if names else "none installed: parley local install smollm2-135m",
            {"installed": names},
        ),
    ]


def about_folders() -> list[Finding]:
    """Whether what is typed can be kept."""
    from tui import paths

    folders = {"sessions": paths.data_dir(), "cache": paths.cache_dir(), "models": paths.models_dir()}
    return [_about_folder(name, folder) for name, folder in folders.items()]


def _about_folder(name: str, folder: Path) -> Finding:
    """A folder, or the nearest one above it that exists: that is where it would be made."""
    probe = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    state: State = "fail"
    if not probe.is_dir():
        words = f"{probe} is in the way: it is not a folder"
    elif not os.access(probe, os.W_OK | os.X_OK):
        words = f"{folder} cannot be written to"
    elif folder.is_dir() and os.name == "posix" and name == "sessions" and folder.stat().st_mode & 0o077:
        state, words = "note", f"{folder} can be entered by others; make it yours alone with chmod 700"
    else:
        state, words = "ok", str(folder)
    facts = {"folder": str(folder), "exists": folder.is_dir(), "is_writable": state != "fail"}
    return Finding("folders", name, state, words, facts)


def as_json(findings: Iterable[Finding]) -> dict[str, Any]:
    """Findings as one object: group, then name."""
    result: dict[str, dict[str, Any]] = {}
    for finding in findings:
        if finding.facts:
            entry = {"state": finding.state, "words": finding.words, **finding.facts}
            result.setdefault(finding.group.replace(" ", "_"), {})[finding.name] = entry
    return result

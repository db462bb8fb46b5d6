"""Writes what is generated of the documentation; `--check` only says whether it is fresh.

    python docs/generate.py [--check]

A table stands between `<!-- begin NAME -->` and `<!-- end NAME -->` in any of the files below; what is around it is
written by hand. The man page and the list of licences are whole files. All comes from the code and its data, so that it
cannot be wrong for long: a test checks it. Refuses to write anything else.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from licences import licences  # noqa: E402 - the checkout comes first on the path
from manual import man_page  # noqa: E402

from tui.config import sections  # noqa: E402
from tui.domain.parameters import Kind, ParameterSpec  # noqa: E402
from tui.providers.base import Endpoint  # noqa: E402
from tui.providers.endpoints import built_in  # noqa: E402
from tui.providers.parameters import narrowings, table_data, table_for  # noqa: E402

FILES = ("README.md", "docs/configuration.md", "docs/keys.md", "docs/parameters.md", "docs/providers.md")
_BLOCK = re.compile(r"(<!-- begin ([a-z-]+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)

_TABLES: tuple[tuple[str, type], ...] = (
    ("", sections.Config),
    ("endpoints.NAME", sections.EndpointSection),
    ("endpoints.NAME.api_key", sections.KeyReference),
    ("endpoints.NAME.retry", sections.RetrySection),
    ("endpoints.NAME.timeout", sections.TimeoutSection),
    ("endpoints.NAME.prices.MODEL", sections.PriceSection),
    ("ui", sections.UiSection),
    ("context", sections.ContextSection),
    ("budget", sections.BudgetSection),
    ("local", sections.LocalSection),
)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def code(text: str) -> str:
    """`text` as code, or nothing."""
    return f"`{text}`" if text else ""


# -- settings ----------------------------------------------------------------------------------------------------------


def settings() -> str:
    """All settings of config.toml, with the docstring under each field as its description."""
    docs = field_docs()
    parts = []
    for name, section in _TABLES:
        title = f"### `[{name}]`" if name else "### The top of the file"
        hints = typing.get_type_hints(section)
        rows = [
            (code(spot.name), type_words(hints[spot.name]), _default(spot), docs[section.__name__, spot.name])
            for spot in dataclasses.fields(section)
        ]
        parts.append(f"{title}\n\n" + table(("setting", "value", "default", "what it does"), rows))
    return "\n".join(parts)


def field_docs() -> dict[tuple[str, str], str]:
    """The docstring under each field, by class and field."""
    tree = ast.parse((ROOT / "tui/config/sections.py").read_text("utf-8"))
    docs = {}
    for owner in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for node, following in zip(owner.body, owner.body[1:], strict=False):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                match following:
                    case ast.Expr(value=ast.Constant(value=str(words))):
                        docs[owner.name, node.target.id] = " ".join(words.split())
    return docs


def type_words(hint: Any) -> str:
    """A type as a user knows it."""
    plain: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "anything"}
    origin, inside = typing.get_origin(hint), [part for part in typing.get_args(hint) if part is not types.NoneType]
    if hint in plain:
        return plain[hint]
    if origin is typing.Literal:
        return ", ".join(f"`{choice}`" for choice in inside)
    if origin is tuple:
        return f"list of {_plural(type_words(inside[0]))}"
    if origin is dict:
        return "table" if inside[1] is Any else f"table of {_plural(type_words(inside[1]))}"
    if hint is sections.KeyReference:
        return "reference to a key"
    if dataclasses.is_dataclass(hint):
        return "table"
    return " or ".join(dict.fromkeys(type_words(part) for part in inside))


def _plural(words: str) -> str:
    """Several of what `words` names: “texts or lists of texts”, “whole numbers”."""
    return " or ".join(re.sub(r"$|(?= of | to )", "s", one, count=1) for one in words.split(" or "))


def _default(spot: dataclasses.Field[Any]) -> str:
    value, unit = spot.default, spot.metadata.get("unit")
    in_units = f" {unit}" if unit else ""
    if value is dataclasses.MISSING or value in (None, (), ""):
        example = spot.metadata.get("example", "")
        return f"unset; such as `{example}`{in_units}" if example else ""
    if isinstance(value, bool):
        return code(str(value).lower())
    return code(f'"{value}"' if isinstance(value, str) else f"{value:g}") + in_units


# -- parameters --------------------------------------------------------------------------------------------------------


def rows() -> str:
    """All parameters."""
    return table(
        ("name", "value", "what it does"),
        [(code(name), Kind(row["kind"]).value, row["help"]) for name, row in table_data()["rows"].items()],
    )


def dialects() -> str:
    """What each dialect takes, as a server that nobody narrowed would."""
    parts = []
    for name, dialect in table_data()["dialects"].items():
        if name == "scripted":
            continue
        specs = table_for(Endpoint("", name, "", family="none"), "")
        taken = [
            (code(row), *_cells(spec))
            for row, spec in specs.items()
            if spec.is_taken and row not in ("stream", "extra_body")
        ]
        body = table(("parameter", "on the wire", "range", "provider's default"), taken) if taken else "None.\n"
        parts.append(f"### {name} ({dialect['name']})\n\n{body}")
    return "\n".join(parts)


def _cells(spec: ParameterSpec) -> tuple[str, str, str]:
    span = "" if spec.kind not in (Kind.NUMBER, Kind.INTEGER, Kind.MAP) else spec.range_words()
    if spec.choices:
        span = ", ".join(spec.choices)
    if spec.max_items:
        span = f"at most {spec.max_items} texts"
    default = "" if spec.default is None else str(spec.default).lower()
    return code(spec.wire) or "placed by the dialect", span, default


def differences() -> str:
    """What endpoints and models do differently, in the order in which it applies."""
    lines = []
    for rule in narrowings():
        who = ", ".join("servers of your own" if name == "" else name for name in rule.family or ())
        where = who or ", ".join(rule.dialect)
        if rule.generation:
            where += f", generation {', '.join(map(str, rule.generation))}"
        if rule.model or rule.except_model:
            where += f", models `{rule.model}`" if rule.model else ", all models"
            where += f" but `{rule.except_model}`" if rule.except_model else ""
        if rule.unless_effort:
            efforts = ", ".join(effort or "unset" for effort in rule.unless_effort)
            where += f", unless reasoning_effort is {efforts}"
        what = [f"not {', '.join(rule.refuse)}: {rule.reason}"] if rule.refuse else []
        for name, cell in rule.rows.items():
            what.append(f"{name}: {cell if isinstance(cell, str) else _facts(cell)}")
        if what:
            lines.append((where, "; ".join(what)))
    return table(("where", "what differs"), lines)


def _facts(cell: typing.Mapping[str, Any]) -> str:
    words = []
    if "wire" in cell:
        words.append(f"`{cell['wire']}`")
    if "minimum" in cell or "maximum" in cell:
        is_long = cell.get("minimum") == -(2**63)
        words.append("64 bits" if is_long else f"{cell.get('minimum', '…')} to {cell.get('maximum', '…')}")
    if "choices" in cell:
        words.append(", ".join(cell["choices"]))
    if "max_items" in cell:
        words.append(f"at most {cell['max_items']} texts" if cell["max_items"] else "any number of texts")
    if cell.get("has_whole_values"):
        words.append("whole numbers")
    if cell.get("largest_key") == 0:
        words.append("tokens by id or text")
    if "default" in cell:
        words.append(f"default {str(cell['default']).lower()}")
    return ", ".join(words)


# -- providers ---------------------------------------------------------------------------------------------------------


def endpoints() -> str:
    """The built-in endpoints."""
    lines = []
    for name, base in built_in().items():
        keys = ", ".join(map(code, base.key_variables)) + (
            " (optional)" if base.key_variables and not base.needs_key else ""
        )
        moved = f" ({', '.join(map(code, base.base_url_variables))})" if base.base_url_variables else ""
        lines.append((code(name), base.label, base.dialect, keys or "none", (base.base_url or "–") + moved))
    for name, base in built_in().items():
        for generation in base.generations:
            later = base.of_generation(int(generation))
            keys = ", ".join(map(code, later.key_variables))
            lines.append((f"{code(name)}, generation {generation}", later.label, later.dialect, keys, later.base_url))
    return table(("endpoint", "name", "dialect", "key variable", "base URL (variable that moves it)"), lines)


def quirks() -> str:
    """The quirks of each dialect, from its module's docstring."""
    parts = []
    for module in ("openai_chat", "openai_completions"):
        doc = ast.get_docstring(ast.parse((ROOT / f"tui/providers/{module}.py").read_text("utf-8"))) or ""
        parts.append(f"```text\n{doc}\n```\n")
    return "\n".join(parts)


# -- keys --------------------------------------------------------------------------------------------------------------


def keys() -> str:
    """Every action of the chat screen with its id and keys, then those of the widgets in it."""
    from tui.screens.acts import APP_ACTS, CHAT_ACTS, GROUPS
    from tui.screens.keyed import TITLES
    from tui.screens.keymap import VIM, all_bindings, key_words

    bindings = all_bindings()

    def line(name: str, key: str, action_id: str | None) -> tuple[str, str, str]:
        return ", ".join(map(code, key_words(key))) or "–", name, code(action_id or "")

    parts = []
    for group in GROUPS:
        lines = [line(act.name, act.keys, act.id) for act in (*CHAT_ACTS, *APP_ACTS) if act.group == group]
        parts.append(f"### {group}\n\n" + table(("key", "does", "id"), lines))
    for place, title in TITLES.items():
        own = {one.id: one for where, one in bindings if where == place}
        lines = [line(one.description, one.key, one.id) for one in own.values()]
        parts.append(f"### {title}\n\n" + table(("key", "does", "id"), lines))
    known = {one.id: one.description for _, one in bindings}
    lines = [line(known[name], keys, name) for name, keys in VIM.items() if name in known]
    parts.append("### With the vim preset\n\n" + table(("key", "does", "id"), lines))
    return "\n".join(parts)


FIRST_KEYS = (
    *("send-prompt", "new-line", "stop", "show-models", "show-sessions"),
    *("show-parameters", "help", "commands", "quit"),
)


def first_keys() -> str:
    """The few keys to begin with."""
    from tui.screens.keymap import all_bindings, key_words

    known = {one.id: one for _, one in all_bindings()}
    chosen = [known[name] for name in FIRST_KEYS]
    return table(("key", "does"), [(", ".join(map(code, key_words(one.key))), one.description) for one in chosen])


QUOTED = (
    "10,000 Markdown tokens at full rate: how many times faster than Textual's Markdown stream",
    "10,000 Markdown tokens at full rate: time over the bare httpx loop",
    "token sent → on screen at 100/s, median",
    "key → echo, one column at 100 tokens/s each, p95",
    "key → echo, 4 columns at 100 tokens/s each, p95",
    "turn 200 over the first turns, CPU",
    "start to usable prompt, against an empty Textual app",
    "start with 10,000 sessions, against none",
    "key to first hit in 10,000 sessions",
    "opening 50 megabytes of short messages only: end visible",
)
"""What the README quotes of docs/performance.md, which `make bench` writes."""


def figures() -> str:
    """The figures that tell most, as they stand in docs/performance.md."""
    lines = (ROOT / "docs/performance.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    found = {cell[0]: cell for cell in cells}
    return table(("figure", "measured", "goal", ""), [found[name][:4] for name in QUOTED])


BLOCKS: dict[str, Callable[[], str]] = {
    "figures": figures,
    "first-keys": first_keys,
    "settings": settings,
    "keys": keys,
    "parameter-rows": rows,
    "parameter-dialects": dialects,
    "parameter-narrowings": differences,
    "endpoints": endpoints,
    "quirks": quirks,
}

WHOLE_FILES: dict[str, Callable[[], str]] = {"docs/parley.1": man_page, "docs/licences.md": licences}


def fresh(name: str, old: str) -> str:
    """What the file `name` should be, given what it is."""
    if name in WHOLE_FILES:
        return WHOLE_FILES[name]()
    return _BLOCK.sub(lambda block: f"{block[1]}\n{BLOCKS[block[2]]().strip()}\n\n{block[3]}", old)


def main(arguments: Sequence[str]) -> int:
    """Write what is generated, or with `--check` say which files are not fresh; returns the exit code."""
    stale = []
    for name in (*FILES, *WHOLE_FILES):
        file = ROOT / name
        old = file.read_text("utf-8") if file.exists() else ""
        new = fresh(name, old)
        if new != old:
            stale.append(name)
            if "--check" not in arguments:
                file.write_text(new, "utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write(f"not fresh: {', '.join(stale)}; run python docs/generate.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Which key does what: the bindings with an id, the user's `[keys]` over them, the vim preset, and what clashes.

Pure functions over the tables that widgets and screens bring along; binds nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode

from tui.screens.acts import APP_ACTS, CHAT_ACTS, UNBOUND
from tui.text.clean import clean_line

if TYPE_CHECKING:
    from tui.config import Config

Keys = str | Sequence[str]
"""What `[keys]` holds for an act: keys in one text with commas, or a list."""

VIM: Mapping[str, str] = {
    "focus-composer": "i,o",
    "commands": "ctrl+p,colon",
    "find-here": "slash,ctrl+f",
    "transcript-scroll-up": "up,k,ctrl+y",
    "transcript-scroll-down": "down,j,ctrl+e",
    "transcript-half-page-up": "ctrl+u",
    "transcript-half-page-down": "ctrl+d",
    "transcript-page-up": "pageup,ctrl+b",
    "transcript-page-down": "pagedown,space",
    "transcript-home": "home,g",
    "transcript-end": "end,G",
    "transcript-previous-message": "left_curly_bracket,ctrl+up",
    "transcript-next-message": "right_curly_bracket,ctrl+down",
    "transcript-fold-reasoning": "t",
    "transcript-regenerate": "R",
    "transcript-delete": "D",
    "transcript-inspect": "I",
    "parameter-above": "up,k",
    "parameter-below": "down,j",
    "parameter-less": "left,h",
    "parameter-more": "right,l",
    "parameter-choice-before": "left,h",
    "parameter-choice-next": "right,l,enter,space",
    "odds-previous": "left,h",
    "odds-next": "right,l",
}
"""What `[ui] keys = "vim"` changes. `gg` is g twice: the second finds itself there already. Escape in the composer goes
to the conversation, which the chat screen sees to; lists take j, k, g and G always."""

TYPING = frozenset(
    {
        "send-prompt",
        "new-line",
        "older-prompt",
        "newer-prompt",
        "accept-suggestion",
        "close-suggestions",
        "document-go-on",
        "document-keep",
    }
)
"""Acts of places where one types: a letter bound to one of them could not be written any more."""

_MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "hyper", "meta"})

_KEY_NAMES = {
    "full_stop": ".",
    "comma": ",",
    "question_mark": "?",
    "escape": "esc",
    "enter": "enter",
    "space": "space",
    "slash": "/",
    "colon": ":",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "asterisk": "*",
}


class KeyProblem(NamedTuple):
    """What cannot be in `[keys]`."""

    act: str
    """The name in `[keys]` that it is about."""
    words: str


def places() -> tuple[tuple[str, type[DOMNode]], ...]:
    """Where bindings with an id are found, besides the acts, and what the place is called; nearest first."""
    from tui.screens.board import BoardScreen
    from tui.screens.difference import DifferenceScreen
    from tui.screens.edit_text import TextDialog
    from tui.screens.edit_token_map import TokenMapDialog
    from tui.screens.fill_in import FillInDialog
    from tui.screens.inspector import Inspector
    from tui.screens.save_preset import SavePresetDialog
    from tui.screens.session_finder import SessionFinder
    from tui.screens.summary import SummaryScreen
    from tui.screens.token_odds import TokenOdds
    from tui.screens.tree_map import TreeMap
    from tui.transcript import Transcript
    from tui.widgets.attachment_bar import AttachmentBar
    from tui.widgets.composer import Composer
    from tui.widgets.difference_view import DifferenceView
    from tui.widgets.document_editor import DocumentEditor
    from tui.widgets.parameters.pane import ParameterPane
    from tui.widgets.parameters.parameter_list import ParameterList
    from tui.widgets.session_list import SessionList
    from tui.widgets.token_field import TokenField
    from tui.widgets.waiting_bar import WaitingBar

    return (
        ("composer", Composer),
        ("attachments", AttachmentBar),
        ("waiting", WaitingBar),
        ("transcript", Transcript),
        ("document", DocumentEditor),
        ("parameters", ParameterPane),
        ("parameters", ParameterList),
        ("sessions", SessionList),
        ("finder", SessionFinder),
        ("map", TreeMap),
        ("inspector", Inspector),
        ("odds", TokenField),
        ("odds", TokenOdds),
        ("difference", DifferenceView),
        ("difference", DifferenceScreen),
        ("figures", SummaryScreen),
        ("board", BoardScreen),
        ("dialog", TextDialog),
        ("dialog", FillInDialog),
        ("dialog", SavePresetDialog),
        ("dialog", TokenMapDialog),
    )


def own_bindings(owner: type[DOMNode]) -> list[Binding]:
    """The bindings with an id that a widget of Parley's brings along, inherited ones included."""
    found: list[Binding] = []
    for one in owner.__mro__:
        if one.__module__.startswith("tui."):
            found += [binding for binding in one.__dict__.get("BINDINGS", ()) if isinstance(binding, Binding)]
    return [binding for binding in found if binding.id]


def all_bindings() -> list[tuple[str, Binding]]:
    """Every binding with an id, and the place where it holds."""
    found = [("screen", act.binding) for act in (*APP_ACTS, *CHAT_ACTS)]
    for place, owner in places():
        found += [(place, binding) for binding in own_bindings(owner)]
    unique = {(place, one.id): (place, one) for place, one in found if one.id}
    return list(unique.values())


def keymap_of(config: Config) -> tuple[dict[str, str], list[KeyProblem]]:
    """The keys of each act that has others than its own, by id, and what cannot be.

    Args:
        config: The user's configuration: `[keys]`, over the preset that `[ui] keys` names.
    """
    if not config.keys and config.ui.keys == "default":
        return {}, []
    bindings = all_bindings()
    known = {binding.id or "": binding for _, binding in bindings}
    keymap = {name: keys for name, keys in VIM.items() if name in known} if config.ui.keys == "vim" else {}
    problems: list[KeyProblem] = []
    for name, keys in config.keys.items():
        if name in known:
            keymap[name] = _joined(keys) or UNBOUND + name
        else:
            problems.append(KeyProblem(name, _unknown(name, list(known))))
    problems += _take_back_unknown(keymap, config.keys)
    problems += _take_back_typed(keymap, known, config.keys)
    return keymap, problems + clashes(bindings, keymap, config.keys)


def _joined(keys: Keys) -> str:
    text = keys if isinstance(keys, str) else ",".join(keys)
    return ",".join(filter(None, (key.strip() for key in text.split(","))))


def _unknown(name: str, known: list[str]) -> str:
    import difflib  # only what is wrong needs it

    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean “{near[0]}”?" if near else "."
    return f"[keys] names no act “{clean_line(name, 40)}”{hint}"


def _take_back_unknown(keymap: dict[str, str], own: Mapping[str, Keys]) -> list[KeyProblem]:
    """What is given to acts and is no key; it is not bound."""
    problems = []
    for name in own:
        keys = keymap.get(name, UNBOUND).split(",")
        unknown = [key for key in keys if not key.startswith(UNBOUND) and not _is_key(key)]
        for key in unknown:
            words = f"[keys] gives “{clean_line(key, 40)}” to {name}, which is no key;"
            problems.append(KeyProblem(name, f"{words} write it like ctrl+k, f5 or question_mark."))
        left = [key for key in keys if key not in unknown]
        if unknown and left:
            keymap[name] = ",".join(left)
        elif unknown:
            del keymap[name]
    return problems


def _is_key(key: str) -> bool:
    """Whether the toolkit knows a key of this name."""
    from textual.keys import KEY_NAME_REPLACEMENTS, key_to_character
    from textual.keys import Keys as Known

    *modifiers, last = key.split("+")
    names = {*KEY_NAME_REPLACEMENTS.values(), *(known.value.rpartition("+")[2] for known in Known)}
    is_known = len(last) == 1 or last in names or (key_to_character(last) or "\n").isprintable()
    return is_known and set(modifiers) <= _MODIFIERS


def _take_back_typed(keymap: dict[str, str], known: Mapping[str, Binding], own: Mapping[str, Keys]) -> list[KeyProblem]:
    """Letters and signs given to acts that would take them from whoever types; those are not bound."""
    problems = []
    for name in own:
        keys = keymap.get(name, "").split(",")
        typed = [key for key in keys if _is_typed(key)]
        if typed and (known[name].priority or name in TYPING):
            words = f"[keys] gives {key_words(typed[0])[0]} to {name}, so that nobody could type it any more;"
            problems.append(KeyProblem(name, f"{words} take a function key, or one with ctrl or alt."))
            left = [key for key in keys if key not in typed]
            if left:
                keymap[name] = ",".join(left)
            else:
                del keymap[name]
    return problems


def _is_typed(key: str) -> bool:
    """Whether a key writes something when it is pressed in a text."""
    from textual.keys import key_to_character

    written = key_to_character(key)
    return written is not None and written.isprintable()


def clashes(
    bindings: Iterable[tuple[str, Binding]], keymap: Mapping[str, str], own: Mapping[str, Keys] | None = None
) -> list[KeyProblem]:
    """Keys that the user gave to two acts of the same place, or that never get where they were given.

    Args:
        bindings: Every binding, with its place.
        keymap: The keys of those that have others than their own.
        own: What the user bound; None: all of `keymap`.
    """
    given = keymap.keys() if own is None else own.keys()
    owners: dict[tuple[str, str], list[str]] = {}
    everywhere: dict[str, str] = {}
    for place, binding in bindings:
        name = binding.id or ""
        for key in (keymap.get(name) or binding.key).split(","):
            owners.setdefault((place, key), []).append(name)
            if place == "screen" and binding.priority:
                everywhere[key] = name
    found = []
    for (place, key), ids in owners.items():
        mine = [one for one in ids if one in given]
        if mine and len(ids) > 1:
            words = f"[keys] gives {key} to {' and '.join(ids)}; only one of them can have it."
            found.append(KeyProblem(mine[0], words))
        if place != "screen" and key in everywhere and ids[0] in given:
            words = f"[keys] gives {key} to {ids[0]}, where it never arrives: {everywhere[key]} has it everywhere."
            found.append(KeyProblem(ids[0], words))
    return list(dict.fromkeys(found))


def key_words(keys: str) -> list[str]:
    """Keys as people call them: `question_mark` is `?`."""
    from textual.keys import format_key

    found = []
    for key in keys.split(","):
        if key and not key.startswith(UNBOUND):
            *modifiers, last = key.split("+")
            found.append(
                "+".join([*modifiers, _KEY_NAMES.get(last) or format_key(last).lower() if len(last) > 1 else last])
            )
    return found

"""Which keys matter where the focus is, for the hint line. Names acts by their ids; keys are as they are bound now.

Refuses to paint.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget

from tui.widgets.hint_line import Hint

KeyOf = Callable[[str], str]

BY_NAME: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Transcript": (
        ("transcript-menu", "menu", "focused.menu"),
        ("transcript-copy", "copy", "focused.copy"),
        ("transcript-next-message", "next message", "focused.step_message(1)"),
        ("find-here", "find", "act('find-here')"),
    ),
    "SessionList": (
        ("sessions-pin", "pin", "focused.ask('pin')"),
        ("sessions-rename", "rename", "focused.ask('rename')"),
        ("sessions-tag", "tags", "focused.ask('tag')"),
        ("sessions-trash", "trash", "focused.ask('trash')"),
    ),
    "ParameterList": (
        ("parameter-unset", "unset", ""),
        ("parameter-reset-all", "unset all", ""),
    ),
}
"""By the name of the widget's class: the id of the act, what the hint calls it, and what a click on it does."""
LITERAL: dict[str, tuple[Hint, ...]] = {
    "FilterInput": (Hint("enter", "choose"),),
    "PickList": (Hint("enter", "choose"),),
    "SessionList": (Hint("enter", "open"),),
    "ParameterList": (Hint("←→", "set"),),
    "_FindInput": (Hint("enter", "next"), Hint("↑", "before"), Hint("esc", "close")),
}
"""Keys that cannot be bound anew."""
NEEDED: dict[str, tuple[str, ...]] = {"set": ("step", "choose"), "unset": ("unset",)}
"""For hints that hold on some rows of a list only: the actions of which one must mean something there."""
BACK_FROM = frozenset({"Transcript", "SessionList", "FilterInput", "PickList", "ParameterList"})


def hints_for(widget: Widget | None, key_of: KeyOf) -> tuple[Hint, ...]:
    """The keys that matter in `widget`; none for the composer, which says its own."""
    name = type(widget).__name__
    found = [*LITERAL.get(name, ())]
    found += [Hint(key_of(act), words, action) for act, words, action in BY_NAME.get(name, ())]
    if widget is not None:
        found = [hint for hint in found if _means_something(widget, hint)]
    if name == "Transcript" and (key := key_of("focus-composer")):  # vim's Escape stays there
        found.append(Hint(key, "back", "act('focus-composer')"))
    elif name in BACK_FROM:
        found.append(Hint(key_of("back"), "back", "back"))
    return tuple(found)


def _means_something(widget: Widget, hint: Hint) -> bool:
    needed = NEEDED.get(hint.words)
    return needed is None or any(widget.check_action(action, ()) for action in needed)

"""The transcript's keys: each with a stable id, so that they can be bound anew.

Refuses to do anything: the views have the actions.
"""

from __future__ import annotations

from textual.binding import Binding

BINDINGS = [
    Binding("up", "scroll_rows(-1)", "Scroll up", id="transcript-scroll-up", show=False),
    Binding("down", "scroll_rows(1)", "Scroll down", id="transcript-scroll-down", show=False),
    Binding("pageup", "scroll_pages(-1)", "Page up", id="transcript-page-up", show=False),
    Binding("pagedown", "scroll_pages(1)", "Page down", id="transcript-page-down", show=False),
    Binding("ctrl+u", "scroll_pages(-0.5)", "Half a page up", id="transcript-half-page-up", show=False),
    Binding("ctrl+d", "scroll_pages(0.5)", "Half a page down", id="transcript-half-page-down", show=False),
    Binding("home", "go_home", "First message", id="transcript-home", show=False),
    Binding("end", "go_end", "Follow the end", id="transcript-end", show=False),
    Binding("k,ctrl+up", "step_message(-1)", "Previous message", id="transcript-previous-message", show=False),
    Binding("j,ctrl+down", "step_message(1)", "Next message", id="transcript-next-message", show=False),
    Binding("left_square_bracket", "step_code(-1)", "Previous code block", id="transcript-previous-code", show=False),
    Binding("right_square_bracket", "step_code(1)", "Next code block", id="transcript-next-code", show=False),
    Binding("enter,m", "menu", "Message menu", id="transcript-menu"),
    Binding("t,space", "fold_reasoning", "Fold reasoning", id="transcript-fold-reasoning", show=False),
    Binding("z", "fold", "Fold message", id="transcript-fold", show=False),
    Binding("y", "copy", "Copy selection or message", id="transcript-copy"),
    Binding("Y", "copy_conversation", "Copy conversation", id="transcript-copy-conversation", show=False),
    Binding("T", "copy_reasoning", "Copy the thinking", id="transcript-copy-reasoning", show=False),
    *(
        Binding(
            str(digit),
            f"copy_code({digit})",
            f"Copy code block {digit}",
            id=f"transcript-copy-code-{digit}",
            show=False,
        )
        for digit in range(1, 10)
    ),
    Binding("n", "find_next", "Next match", id="transcript-find-next", show=False),
    Binding("N", "find_previous", "Previous match", id="transcript-find-previous", show=False),
    Binding("shift+left", "extend(-1, 0)", "Select left", id="transcript-select-left", show=False),
    Binding("shift+right", "extend(1, 0)", "Select right", id="transcript-select-right", show=False),
    Binding("shift+up", "extend(0, -1)", "Select up", id="transcript-select-up", show=False),
    Binding("shift+down", "extend(0, 1)", "Select down", id="transcript-select-down", show=False),
    Binding("v", "caret", "Show a caret; mark text from it", id="transcript-caret", show=False),
    Binding("left", "move_caret(-1, 0)", "Caret left", id="transcript-caret-left", show=False),
    Binding("right", "move_caret(1, 0)", "Caret right", id="transcript-caret-right", show=False),
    Binding("w", "step_word(1)", "Caret to the next word", id="transcript-caret-next-word", show=False),
    Binding("b", "step_word(-1)", "Caret to the word before", id="transcript-caret-previous-word", show=False),
    Binding("0", "caret_to_edge(-1)", "Caret to the row's beginning", id="transcript-caret-row-start", show=False),
    Binding("dollar_sign", "caret_to_edge(1)", "Caret to the row's end", id="transcript-caret-row-end", show=False),
    Binding("escape", "unselect", "Clear selection", id="transcript-unselect", show=False),
    Binding("r", "request('retry')", "Retry", id="transcript-retry", show=False),
    Binding("g", "request('regenerate')", "Regenerate", id="transcript-regenerate", show=False),
    Binding("e", "request('edit')", "Edit", id="transcript-edit", show=False),
    Binding("f", "request('fork')", "Fork", id="transcript-fork", show=False),
    Binding("x", "request('difference')", "How its variants differ", id="transcript-difference", show=False),
    Binding("d", "request('delete')", "Delete", id="transcript-delete", show=False),
    Binding("s", "request('star')", "Star", id="transcript-star", show=False),
    Binding("a", "request('note')", "Annotate", id="transcript-note", show=False),
    Binding("c", "request('continue')", "Continue the reply", id="transcript-continue", show=False),
    Binding("i", "request('inspect')", "Inspect the request", id="transcript-inspect", show=False),
    Binding("p", "request('tokens')", "Token probabilities", id="transcript-tokens", show=False),
    Binding(
        "less_than_sign",
        "request('variant-previous')",
        "Previous variant",
        id="transcript-variant-previous",
        show=False,
    ),
    Binding("greater_than_sign", "request('variant-next')", "Next variant", id="transcript-variant-next", show=False),
]

"""What else one may look for in the command palette: words that other programs have for the acts. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

ALSO: Mapping[str, str] = {
    "stop": "cancel abort",
    "regenerate": "again",
    "copy-reply": "clipboard yank",
    "inspect-request": "dry run curl json",
    "inspect-reply": "curl json headers timings",
    "keep-frames": "events debug",
    "token-odds": "logprobs perplexity",
    "attach-file": "picture image pdf",
    "attach-clipboard": "image paste",
    "find-here": "search",
    "new-session": "chat conversation",
    "new-unsaved": "incognito temporary chat",
    "keep-session": "save",
    "find-sessions": "search history",
    "show-map": "tree",
    "fork-session": "branch",
    "undo-delete": "restore",
    "export-session": "save markdown html json",
    "delete-session": "remove",
    "install-model": "local download gguf",
    "show-parameters": "settings temperature sliders",
    "show-models": "providers",
    "show-sessions": "history",
    "load-preset": "template persona",
    "save-preset": "template persona",
    "edit-system": "instructions persona",
    "fold-panes": "sidebar hide",
    "add-column": "compare split model",
    "close-column": "remove",
    "add-document": "fill in the middle",
    "switch-column": "mute",
    "this-column-only": "solo",
    "zoom-column": "maximize full",
    "scroll-in-step": "synchronous",
    "difference": "compare",
    "summary": "cost spending tokens statistics",
    "board": "ranking elo leaderboard",
    "judge": "rate score",
    "merge": "combine",
    "blind": "arena anonymous",
    "continue-from-winner": "best",
    "repeat-column": "again consistency",
    "help": "shortcuts manual",
    "choose-theme": "colours colors dark light",
    "quit": "exit",
}
"""From the id of an act to words that stand neither in its name nor in the id."""


def sought_words(act_id: str) -> str:
    """What finds an act besides its name and its keys."""
    return f"{act_id.replace('-', ' ')} {ALSO.get(act_id, '')}"

"""Every act of the chat screen: its stable id, its key, its name, and what the screen calls it.

Bindings, the command palette and the help screen are made from this one table. Keys are chosen to be reported by every
terminal and not to be eaten by tmux; each can be changed by its id under `[keys]`. Alt+B and Alt+F stand second: most
terminals send the same for them as for a word to the left and to the right.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding

UNBOUND = "unbound-"
"""What the key of an act without a key begins with; no terminal sends it."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the user can do."""

    id: str
    """Kebab-case; what `[keys]` names."""
    keys: str
    """Keys, separated by commas; empty: only in the palette until the user gives it one."""
    name: str
    group: str
    short: str = ""
    """How the hint line calls it; empty: it is not shown there."""
    has_priority: bool = False
    """Whether it comes before what the focused widget does with the key: TextArea selects lines with F6 and F7."""

    own_action: str = ""
    """Textual's action, for acts that are not the workbench's."""

    @property
    def action(self) -> str:
        """Textual's name of it."""
        return self.own_action or f"act('{self.id}')"

    @property
    def binding(self) -> Binding:
        """The binding."""
        return Binding(
            self.keys or UNBOUND + self.id,
            self.action,
            self.name,
            show=bool(self.short),
            id=self.id,
            priority=self.has_priority,
        )


REPLY, SESSION, COLUMNS, PANES, APP = "Reply", "Session", "Columns", "Panes", "Parley"
VERDICTS, PROMPT = "Comparing", "Prompt"
GROUPS = (APP, PROMPT, PANES, REPLY, COLUMNS, SESSION, VERDICTS)
"""In the order of help: what is needed first comes first."""

CHAT_ACTS: tuple[Act, ...] = (
    Act("stop", "escape", "Stop the reply; what came is kept", REPLY, "stop", has_priority=True, own_action="stop"),
    Act("back", "escape", "Close what is open, back to the composer", PANES, own_action="back"),
    Act("stop-all", "", "Stop every reply", REPLY),
    Act("regenerate", "ctrl+r", "Another reply to the last prompt; retry a failed one", REPLY),
    Act("regenerate-all", "", "Another reply in every column that is on", REPLY),
    Act("retry-failed", "", "Retry every reply that failed or was cut short", REPLY),
    Act("edit-last", "ctrl+o", "Edit the last prompt and ask again", REPLY),
    Act("copy-reply", "alt+c", "Copy the last reply", REPLY),
    Act("inspect-request", "alt+i", "Inspect the request before it is sent", REPLY),
    Act("inspect-reply", "", "Inspect the last reply: what was sent, what came back", REPLY),
    Act("keep-frames", "", "Keep raw frames of replies for the inspector, or no more", REPLY),
    Act("token-odds", "alt+p", "Token probabilities of the last reply", REPLY),
    Act("spread-variants", "", "Spread the variants of the last reply into columns", REPLY),
    Act("previous-variant", "alt+comma", "Show the variant before", REPLY),
    Act("next-variant", "alt+full_stop", "Show the next variant", REPLY),
    Act("attach-file", "alt+a", "Attach a file to the prompt", PROMPT),
    Act("attach-clipboard", "alt+y", "Attach the picture on the clipboard", PROMPT),
    Act("go-to-attachments", "", "Go to the attachments of the prompt", PROMPT),
    Act("go-to-waiting", "alt+q", "Go to the prompts that wait", PROMPT),
    Act("find-prompt", "alt+r", "Find an earlier prompt", PROMPT),
    Act("edit-draft", "alt+o", "Edit the prompt in $VISUAL or $EDITOR", PROMPT),
    Act("find-here", "ctrl+f,slash", "Find words in this conversation", REPLY),
    Act("retry-saving", "ctrl+s", "Try again to save what could not be written", SESSION),
    Act("new-session", "ctrl+n", "New session", SESSION),
    Act("new-unsaved", "alt+n", "New session that is never stored", SESSION),
    Act("keep-session", "", "Store a session that was not to be stored", SESSION),
    Act("find-sessions", "ctrl+g", "Find in all sessions, look after them", SESSION),
    Act("show-map", "alt+m", "Map of the session: walk its branches", SESSION),
    Act("fork-session", "alt+slash,alt+f", "Fork into a new session", SESSION),
    Act("undo-delete", "alt+z,u", "Undo the last deletion", SESSION),
    Act("rename-session", "", "Give the session a title", SESSION),
    Act("suggest-title", "", "Ask the model for a title", SESSION),
    Act("pin-session", "", "Pin the session, or not", SESSION),
    Act("tag-session", "", "Tags of the session", SESSION),
    Act("export-session", "alt+x", "Export the session", SESSION),
    Act("import-sessions", "", "Import sessions: Parley, ChatGPT, Open WebUI, llm, oterm, Elia", SESSION),
    Act("delete-session", "", "Move the session to the trash", SESSION),
    Act("last-session", "ctrl+l", "Go on in the session that was open last", SESSION),
    Act("install-model", "f12", "Install a small model on this machine", PANES),
    Act("show-models", "f2", "Models: show, go there, fold", PANES, "models"),
    Act("show-sessions", "f3", "Saved sessions: show, go there, fold", PANES, "sessions"),
    Act("show-parameters", "f4", "Parameters: show, go there, fold", PANES, "parameters"),
    Act("load-preset", "alt+l", "Use a preset: set the column as it says", PANES),
    Act("save-preset", "alt+e", "Save the settings as a preset", PANES),
    Act("import-presets", "", "Import presets: a folder of patterns, as Fabric has them", PANES),
    Act("delete-preset", "", "Delete a preset", PANES),
    Act("edit-system", "f5", "Edit the system prompt", PANES),
    Act("fold-panes", "f9", "Fold or unfold both side panes", PANES),
    Act("focus-composer", "", "Go to the composer", PANES),
    Act("focus-transcript", "ctrl+up", "Go to the conversation", PANES),
    Act("add-column", "ctrl+t", "Add a column that starts here", COLUMNS),
    Act("sweep", "", "Sweep: a column for each of several values of a parameter", COLUMNS),
    Act("add-document", "alt+t", "Add a text completion: a document, no dialogue", COLUMNS),
    Act("close-column", "alt+w", "Close the column", COLUMNS),
    Act("next-column", "f6", "Next column", COLUMNS, has_priority=True),
    Act("previous-column", "shift+f6", "Previous column", COLUMNS),
    Act("switch-column", "f7", "Switch the column on or off: whether prompts go to it", COLUMNS, has_priority=True),
    Act("this-column-only", "alt+u", "Prompts to this column only, or to all again", COLUMNS),
    Act("zoom-column", "f8", "Show this column alone, or all again", COLUMNS),
    Act("widen-column", "alt+equals_sign,alt+plus", "Make the column wider, or the side pane one is in", COLUMNS),
    Act("narrow-column", "alt+minus", "Make the column narrower, or the side pane one is in", COLUMNS),
    Act("even-columns", "", "All columns equally wide, none folded", COLUMNS),
    Act("fold-column", "alt+h", "Fold the column away, behind the strip", COLUMNS),
    Act("unfold-columns", "", "Bring all folded columns back", COLUMNS),
    Act("repeat-column", "", "Repeat: the last prompt to this model several times", COLUMNS),
    Act("move-column-left", "alt+left", "Move the column to the left", COLUMNS),
    Act("move-column-right", "alt+right", "Move the column to the right", COLUMNS),
    Act("scroll-in-step", "", "Scroll the columns in step, or apart", COLUMNS),
    Act("save-layout", "", "Save the columns as a layout", COLUMNS),
    Act("open-layout", "", "New session with the columns of a layout", COLUMNS),
    Act("vote", "alt+v", "Vote: which reply is the best, a tie, all bad", VERDICTS),
    Act("continue-from-winner", "alt+k", "All columns go on from the winner", VERDICTS),
    Act("blind", "alt+semicolon,alt+b", "Compare blind: no names, prices, speeds until the vote", VERDICTS),
    Act("difference", "alt+d", "How two replies differ, word by word", VERDICTS),
    Act("summary", "alt+s", "Figures of the last turn and of the session", VERDICTS),
    Act("board", "", "Board: which models won, over all sessions", VERDICTS),
    Act("judge", "alt+j", "Let a model judge the last replies", VERDICTS),
    Act("merge", "alt+g", "Let a model write one reply out of the last ones", VERDICTS),
)

APP_ACTS: tuple[Act, ...] = (
    Act("help", "f1,question_mark", "Help: every key", APP, "help", own_action="help"),
    Act("commands", "ctrl+p", "Commands", APP, "commands", own_action="commands"),
    Act("choose-theme", "", "Choose a theme", APP, own_action="choose_theme"),
    Act(
        "suspend",
        "ctrl+z",
        "Step aside for the shell; fg comes back",
        APP,
        has_priority=True,
        own_action="suspend_process",
    ),
    Act(
        "interrupt",
        "ctrl+c",
        "Copy what is selected, else stop; twice: quit",
        APP,
        has_priority=True,
        own_action="interrupt",
    ),
    Act("quit", "ctrl+q", "Save and quit", APP, has_priority=True, own_action="quit"),
)

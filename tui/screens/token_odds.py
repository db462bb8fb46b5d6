"""The tokens of a reply with their probabilities: tinted, marked and counted; alternatives under the cursor.

Refuses to send: it gives back the beginning that the user wants continued.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.chat.spelling import beginning
from tui.domain.events import IMPOSSIBLE, Alternative, TokenLogprob
from tui.domain.session import Message
from tui.screens.dialog import Dialog
from tui.widgets.hint_line import Hint, HintLine
from tui.widgets.pick_list import PickList, Row
from tui.widgets.token_field import TokenField, token_words

UNLIKELY = 0.5
PART_WORDS = "That token is only a part of a character, and no reply can begin with a part; choose another."
UNTOLD = -9999.0
"""What servers send instead of a log-probability that is too small to be told, or of minus infinity (OpenAI, vLLM)."""
LARGEST_WRITTEN_OUT = 100_000


@dataclass(frozen=True, slots=True)
class Branch:
    """What the reply is to begin with."""

    text: str


class TokenOdds(Dialog[Branch | None]):
    """The dialog; gives the beginning of a branch, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "cancel", "Close", show=False),
        Binding("n", "unlikely(1)", "Next unlikely token", id="odds-next-unlikely"),
        Binding("N", "unlikely(-1)", "Unlikely token before", id="odds-previous-unlikely"),
        Binding("enter", "choose", "Alternatives; go on from one", id="odds-choose", priority=True),
        Binding("escape", "leave", "Back", show=False, priority=True),
    ]

    DEFAULT_CSS = """
    TokenOdds {
        & > .dialog-box { width: 110; max-width: 96%; height: 90%; max-height: 90%; padding: 1 0 0 0; }
        & .summary { height: auto; padding: 0 2; margin: 0 0 1 0; color: $text-muted; }
        & TokenField { height: 1fr; }
        & .about { height: 1; padding: 0 2; background: $panel; }
        & PickList { height: 8; max-height: 40%; }
    }
    """

    def __init__(self, message: Message, *, why_not: str = "") -> None:
        """The tokens of `message`; `why_not` says why no branch can be made, if none can."""
        super().__init__()
        self._message = message
        self._why_not = why_not

    def compose(self) -> ComposeResult:
        """Summary, tokens, the alternatives of one of them."""
        with self.frame(Vertical(), f"Tokens of {self._message.model}", "esc closes"):
            yield Static(Content(summary(self._message.logprobs)), classes="summary")
            yield TokenField(self._message.logprobs)
            yield Static(classes="about", markup=False)
            yield PickList()
            yield HintLine()

    def on_mount(self) -> None:
        """The cursor starts on the first token."""
        self.query_one(TokenField).focus()
        self._show_alternatives()

    def on_descendant_focus(self) -> None:
        """Among the alternatives the keys mean something else."""
        goes_on = "" if self._why_not else "go on from "
        if self.query_one(PickList).has_focus:
            hints = [Hint("↑↓", "alternatives")]
            hints += [Hint("enter", f"{goes_on}it", "choose")] if goes_on else []
        else:
            words = f"{goes_on}an alternative" if goes_on else "alternatives"
            hints = [Hint("←→↑↓", "walk"), Hint("n", "next unlikely", "unlikely(1)"), Hint("enter", words, "choose")]
        self.query_one(HintLine).hints = tuple(hints)
        self.show_keys(
            self.query_one(".dialog-box"), "esc back" if self.query_one(PickList).has_focus else "esc closes"
        )

    @on(HintLine.Clicked)
    async def _hint_clicked(self, event: HintLine.Clicked) -> None:
        event.stop()
        await self.run_action(event.hint.action)

    @on(TokenField.Moved)
    def _moved(self, event: TokenField.Moved) -> None:
        event.stop()
        self._show_alternatives()

    @property
    def _token(self) -> TokenLogprob:
        return self._message.logprobs[self.query_one(TokenField).place]

    def _show_alternatives(self) -> None:
        token, place = self._token, self.query_one(TokenField).place
        odds = "probability unknown" if token.logprob is None else percent(token.logprob)
        about = f"token {place + 1} of {len(self._message.logprobs)}: “{token_words(token.token)}” {odds}"
        self.query_one(".about", Static).update(Content(about))
        alternatives = alternatives_of(token)
        widest = max((len(percent(one.logprob)) for one in alternatives), default=0)
        rows = [
            Row(str(number), token_words(one.token), f"{bar(one.logprob)}  {percent(one.logprob):>{widest}}")
            for number, one in enumerate(alternatives)
        ]
        self.query_one(PickList).set_rows(rows or [Row("", "no alternatives were sent", is_dim=True)])

    # -- acts ------------------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """From the alternatives back to the tokens; from there, close."""
        if self.query_one(PickList).has_focus:
            self.query_one(TokenField).focus()
        else:
            self.dismiss(None)

    def action_unlikely(self, step: int) -> None:
        """Go to the next token that was less likely than not."""
        tokens = self._message.logprobs
        field = self.query_one(TokenField)
        place = field.place + step
        while 0 <= place < len(tokens):
            logprob = tokens[place].logprob
            if logprob is not None and math.exp(logprob) < UNLIKELY:
                field.move_to(place)
                return
            place += step

    def action_choose(self) -> None:
        """Go to the alternatives; from there, take the one under the cursor."""
        alternatives = self.query_one(PickList)
        if alternatives.has_focus:
            alternatives.action_pick()
        elif alternatives_of(self._token):
            alternatives.focus()

    @on(PickList.Picked)
    def _picked(self, event: PickList.Picked) -> None:
        event.stop()
        if not event.row.id:
            return
        if self._why_not:
            self.notify(self._why_not, severity="warning")
            return
        place = self.query_one(TokenField).place
        chosen = alternatives_of(self._token)[int(event.row.id)]
        text = beginning(self._message, place, chosen.token)
        if text is None:
            is_spelled = beginning(self._message, place) is not None
            words = PART_WORDS if is_spelled else "The tokens do not spell this reply; it cannot be gone on from there."
            self.notify(words, severity="warning")
            return
        self.dismiss(Branch(text))


def alternatives_of(token: TokenLogprob) -> tuple[Alternative, ...]:
    """The alternatives of a token, likeliest first."""
    return tuple(sorted(token.alternatives, key=lambda one: -one.logprob))


def perplexity(tokens: tuple[TokenLogprob, ...]) -> float | None:
    """How many equally likely tokens the model hesitated between, on average; None when nothing is known of that.

    One token of which no more is known than that it is very unlikely makes it unknown.
    """
    known = [token.logprob for token in tokens if token.logprob is not None]
    if not known or min(known) <= UNTOLD:
        return None
    return math.exp(min(700.0, -sum(known) / len(known)))


def summary(tokens: tuple[TokenLogprob, ...]) -> str:
    """One line on the whole reply, and what the marks mean."""
    value = perplexity(tokens)
    known = [token.logprob for token in tokens if token.logprob is not None]
    unlikely = sum(1 for one in known if math.exp(one) < UNLIKELY)
    words = ""
    if value is not None:
        words = f"perplexity {value:.2f} · " if value < LARGEST_WRITTEN_OUT else f"perplexity {value:.1e} · "
    elif known:
        words = "perplexity unknown: the server tells no odds of very unlikely tokens · "
    return (
        f"{words}{len(tokens)} tokens, {unlikely} less likely than not\n"
        "Behind a token: the tens of its percentage; none from 90 % on, ? where it is unknown."
    )


def percent(logprob: float) -> str:
    """`97.3 %`, `<0.1 %`; `0 %` for what is impossible."""
    if logprob <= IMPOSSIBLE:
        return "0 %"
    share = math.exp(min(0.0, logprob)) * 100
    return f"{share:.1f} %" if share >= 0.1 else "<0.1 %"


def bar(logprob: float) -> str:
    """Ten cells for a hundred percent."""
    filled = round(math.exp(min(0.0, logprob)) * 10)
    return "█" * filled + "░" * (10 - filled)

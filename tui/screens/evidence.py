"""What helps to decide: figures side by side, the board, a judge, and a reply merged out of several.

A judge's verdict is an event like the user's own, marked as the judge's; a merged reply names its sources. Nothing here
decides for the user.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui.chat.judge import RUBRIC, Verdict, judge, judging_prompt, merging_prompt
from tui.domain import blind
from tui.domain.acts import add_column
from tui.domain.comparing import Bout, prompt_message
from tui.domain.request import ChatRequest, ModelRef, PromptMessage, Request
from tui.domain.session import Column
from tui.errors import ConfigError
from tui.paths import from_home, make_private_file
from tui.screens.edit_text import TextDialog
from tui.screens.proposing import Proposing
from tui.screens.verdicts import Verdicts
from tui.text.clean import clean_line
from tui.widgets.asking import price_of
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from tui.providers.base import Price
    from tui.screens.summary import Summary


class Evidence(Verdicts, Proposing):
    """The acts that gather evidence."""

    # -- figures ---------------------------------------------------------------------------------------------------

    def act_summary(self) -> None:
        """Show the figures of the last turn and of the session."""
        from tui.screens.summary import SummaryScreen

        def closed(wish: str | None) -> None:
            if wish == "export":
                self._export_figures()

        self.app.push_screen(SummaryScreen(self._summary()), closed)

    def _summary(self) -> Summary:
        from tui.chat.prices import spent_usd
        from tui.chat.scores import agreement_of, session_scores, turn_scores
        from tui.screens.summary import Named, Summary

        bout = self.last_bout()
        columns = blind.shown_columns(self.session)
        replies = [one for one in self.session.messages.values() if one.is_reply and one.finish is not None]
        bills = [(one.cost_usd, one.cost_is_estimated) for one in replies]
        bills += [(one.cost_usd, one.cost_is_estimated) for one in self.session.asides]
        paid = [cost_usd for cost_usd, _ in bills]
        return Summary(
            prompt=bout.prompt if bout else "",
            turn=tuple(
                Named(self.column_name(score.column), score) for score in (turn_scores(bout.candidates) if bout else ())
            ),
            agreement=agreement_of([one.reply.text for one in bout.candidates] if bout else []),
            session=tuple(
                Named(self.column_name(score.column), score) for score in session_scores(self.session, columns)
            ),
            spent_usd=None if all(one is None for one in paid) else spent_usd(self.session),
            unpriced=paid.count(None),
            is_estimated=any(is_estimated for cost_usd, is_estimated in bills if cost_usd is not None),
            asides=tuple(self.session.asides),
            prices=() if self.desk.blind.is_on else self._price_words(),
        )

    def _price_words(self) -> tuple[str, ...]:
        """What is known of the prices of the columns' models."""
        found = []
        for model, column in {one.model: one for one in self.session.columns.values()}.items():
            price = price_of(self.desk, column)
            if price is not None and (price.input is not None or price.output is not None):
                into, out = ("–" if one is None else f"{one:g}" for one in (price.input, price.output))
                found.append(f"{model}: {into} in, {out} out ({price.origin or 'from its listing'})")
        return tuple(found)

    def _export_figures(self) -> None:
        from tui.store.exports.csv_ import export_csv
        from tui.store.scrub import Scrubber

        text = export_csv(blind.masked(self.session), Scrubber(None))
        self.offer_file(f"figures-{self.session.id}.csv", text)

    def offer_file(self, name: str, text: str) -> None:
        """Ask where `text` is to be written, and write it; a file that is there is never replaced."""

        async def chosen(answer: str | None) -> None:
            if answer is None:
                return
            path = _new_file(answer)
            try:
                await asyncio.to_thread(_write, path, text)
            except OSError as error:
                self.say(f"{path} cannot be written: {error.strerror}.", is_problem=True)
            else:
                self.say(f"Written: {path}")

        self.app.push_screen(
            TextDialog("Write to the file", name, check=_new_file, is_line=True, does="writes"), chosen
        )

    def act_board(self) -> None:
        """Show which models won, over all sessions."""
        from tui.paths import sessions_dir
        from tui.screens.board import BoardScreen
        from tui.store.sessions import SessionStore

        self.app.push_screen(BoardScreen(self.desks.store or SessionStore(sessions_dir()), self.offer_file))

    # -- a judge ---------------------------------------------------------------------------------------------------

    def act_judge(self) -> None:
        """Let a model judge the last replies: choose it, look over the rubric, then both orders are asked."""
        bout = self.bout_or_words()
        if bout is None:
            return

        def chosen(model: str) -> None:
            async def written(rubric: str | None) -> None:
                if rubric is not None and rubric.strip():
                    self.state.rubric = "" if rubric.strip() == RUBRIC.strip() else rubric.strip()
                    answers = [one.reply.text for one in bout.candidates]
                    asked = self._priced(model, judging_prompt(self._asked(bout), answers, rubric))
                    await self.guard_requests([asked, asked], partial(self._judge, bout, model, rubric))

            hint = "What the judge goes by. It sees no names, and is asked in both orders."
            self.app.push_screen(
                TextDialog("Rubric", self.state.rubric or RUBRIC, hint=hint, does="asks the judge"), written
            )

        self.pick_model("Who judges?", chosen)

    def _asked(self, bout: Bout) -> str:
        """What was asked, with the files that went with it: whoever judges must know them."""
        prompt = prompt_message(self.session, bout.candidates[0].reply.parent)
        files = self.desk.conversation.attached
        if prompt is None or files is None:
            return bout.prompt
        return "\n\n".join(filter(None, [bout.prompt, *map(files.in_words, prompt.attachments)]))

    def _priced(self, model: str, prompt: str) -> tuple[Request, Price | None]:
        """One question to a model that stands in no column, and what the model costs."""
        request = ChatRequest(ModelRef.parse(model), (PromptMessage("user", prompt),))
        return request, price_of(self.desk, Column("", model))

    async def _judge(self, bout: Bout, model: str, rubric: str) -> None:
        from tui.screens.judgement import JudgementDialog

        async def ask() -> Verdict:
            provider = await asyncio.to_thread(self.desk.connections.provider, model)
            async with self.desk.lanes.slot(provider.endpoint):
                return await judge(
                    provider,
                    ModelRef.parse(model),
                    self._asked(bout),
                    [one.reply.text for one in bout.candidates],
                    rubric=rubric,
                    price=price_of(self.desk, Column("", model)),
                    tell=self.paid_aside(),
                )

        async def keep(verdict: Verdict) -> str:
            return await self._keep_judgement(bout, model, verdict)

        names = [self.column_name(one.column) for one in bout.candidates]
        self.app.push_screen(JudgementDialog(model, names, ask, keep))

    async def _keep_judgement(self, bout: Bout, model: str, verdict: Verdict) -> str:
        """Record a verdict, unless the orders disagreed; returns how judges agree with the user in this session."""
        from tui.chat.votes import agreement, pairs_of

        vote = verdict.vote(bout.ids, model)
        if vote is not None:
            await self.commit([vote], durable=True)
        agreed, compared = agreement(pairs_of(self.session), pairs_of(self.session, by_judge=True))
        return f"In this session judges agreed with you on {agreed} of {compared} pairs." if compared else ""

    # -- merging ---------------------------------------------------------------------------------------------------

    def act_merge(self) -> None:
        """Let a model write one reply out of the last ones, in a column of its own."""
        bout = self.bout_or_words()
        if bout is None:
            return

        def chosen(model: str) -> None:
            start_work(self.screen, partial(self._begin_merge, bout, model), group="merging")

        self.pick_model("Who writes one reply out of these?", chosen)

    async def _begin_merge(self, bout: Bout, model: str) -> None:
        question = merging_prompt(self._asked(bout), [one.reply.text for one in bout.candidates])
        await self.guard_requests([self._priced(model, question)], partial(self._merge, bout, model))

    async def _merge(self, bout: Bout, model: str) -> None:
        await self.keep_settings()
        prompt = prompt_message(self.session, bout.candidates[0].reply.parent)
        view = await self.open_column(add_column(model, head=prompt.id if prompt is not None else None))
        question = merging_prompt(self._asked(bout), [one.reply.text for one in bout.candidates])
        view.reply(self.desk, instead=(PromptMessage("user", question),), sources=bout.ids)


def _new_file(text: str) -> Path:
    """The file that `text` names.

    Raises:
        ConfigError: it is there already, or cannot be there.
    """
    path = from_home(" ".join(text.split()))
    shown = clean_line(str(path), 60)
    if not path.name:
        raise ConfigError("A file needs a name.")
    try:
        path.lstat()  # and not `exists`, which of a name that is too long says no more from Python 3.14 on
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise ConfigError(f"{shown} cannot be a file's name: {error.strerror}.") from error
    else:
        raise ConfigError(f"{shown} is there already; give another name.")
    if not path.parent.is_dir():
        raise ConfigError(f"There is no folder {clean_line(str(path.parent), 60)}.")
    return path


def _write(path: Path, text: str) -> None:
    make_private_file(path)
    path.write_text(text, encoding="utf-8", newline="")

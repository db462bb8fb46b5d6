"""Asking several models the same questions: each question is a session, each model a column of it.

Refuses to print, and to read arguments.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tui.chat.connections import Connections
from tui.chat.conversation import Conversation
from tui.chat.fanout import Lanes
from tui.chat.judge import RUBRIC, Verdict, judge, judging_prompt
from tui.chat.prices import DEFAULT_REPLY_TOKENS
from tui.chat.sending import split_options
from tui.cli import main
from tui.cli.asking import check_given
from tui.cli.budget import BudgetGuard, OverBudget
from tui.cli.comparison_sessions import RowSession, Writer, begin, take_up
from tui.cli.one_reply import exit_code_for
from tui.domain.record import AskedAside, Attachment, now
from tui.domain.reply import Reply
from tui.domain.request import ChatRequest, ModelRef, PromptMessage, Request, RequestOptions
from tui.domain.session import Column
from tui.errors import ProviderError

if TYPE_CHECKING:
    from tui.chat.attaching import Attachable
    from tui.cli.comparison_ledger import Earlier, Ledger
    from tui.config import Config
    from tui.providers.base import Price
    from tui.store.sessions import SessionStore


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt of a comparison."""

    index: int
    prompt: str
    system: str | None = None
    """The system prompt of its own, where it has one."""
    files: tuple[Attachable, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What else stood in the line of the input file; comes back in the output."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question with all its replies, in the order of the models."""

    question: Question
    replies: tuple[Reply, ...]
    session_id: str | None
    verdict: Verdict | None = None
    judge_trouble: str = ""
    """Why there is no verdict although one was wanted."""
    judging: tuple[AskedAside, ...] = ()
    """What the judge took, request by request."""


MOST_CLOSING = 32
"""Sessions that may wait to be closed: more would hold more files open than a system may allow."""
OnReply = Callable[[Question, int, Reply, str | None], None]


def worst_exit_code(replies: Sequence[Reply]) -> int:
    """0 when all are complete; failures come before cut-short replies."""
    codes = [exit_code_for(reply, None) if reply.error is None else _failed(reply) for reply in replies]
    return max(codes, default=main.OK, key=(main.OK, main.CUT_SHORT, main.FAILED, main.USAGE).index)


def _failed(reply: Reply) -> int:
    return main.CUT_SHORT if reply.is_cut_short else main.FAILED


class Comparison:
    """A run of `parley compare`."""

    def __init__(
        self,
        config: Config,
        models: list[str],
        parameters: Mapping[str, Any],
        *,
        system: str,
        is_stored: bool,
        judge_model: str | None = None,
        rubric: str = RUBRIC,
        requests_at_once: int | None = None,
        ledger: Ledger | None = None,
        is_over_budget_agreed: bool = False,
        is_batch: bool = False,
        given: Sequence[str] = (),
    ) -> None:
        self.models = models
        self._given = given
        """What `-p` said: held against each model's limits; settings and presets are clamped."""
        self.judge_model = judge_model
        self._rubric = rubric
        self.trouble: str | None = None
        self._parameters = dict(parameters)
        self._system = system
        self._is_stored = is_stored
        self._ledger = ledger
        self._guard = BudgetGuard(config, is_agreed=is_over_budget_agreed)
        self._connections = Connections(config)
        self._store = _store(self._connections) if is_stored else None
        self._writer = Writer(is_batch=is_batch)
        self._closing: deque[asyncio.Task[None]] = deque()
        self._lanes = Lanes(others=requests_at_once)
        self._unstored: list[tuple[str, float]] = []
        """Where nothing is stored: when something was paid, and how much in US dollars."""

    async def look_up_keys(self) -> None:
        """Find every endpoint that is to be asked, with its key.

        Raises:
            ConfigError: there is no such endpoint.
        """
        judges = [self.judge_model] if self.judge_model is not None else []
        await self._connections.look_up(*(ModelRef.parse(model).endpoint for model in (*self.models, *judges)))

    def check(self) -> None:
        """Whatever is wrong with a model or a parameter is said before anything is asked.

        Raises:
            ConfigError: names the model.
        """
        for model in dict.fromkeys(self.models):
            reference = ModelRef.parse(model)
            check_given(self._given, self._connections.parameters(model, self._parameters), model)
            sent, options = split_options(self._parameters, RequestOptions(clamps=True))
            probe = ChatRequest(reference, (PromptMessage("user", "?"),), self._system, sent, options)
            self._connections.provider(reference).prepare(probe)
        if self.judge_model is not None:
            reference = ModelRef.parse(self.judge_model)
            self._connections.provider(reference).prepare(ChatRequest(reference, (PromptMessage("user", "?"),)))

    @property
    def blind_models(self) -> list[str]:
        """The models that are known to take no images."""
        return [one for one in dict.fromkeys(self.models) if self._connections.takes_images(one) is False]

    async def run(
        self, questions: Iterator[Question], take: Callable[[Row], None], *, on_reply: OnReply, concurrency: int
    ) -> None:
        """Ask all questions, at most `concurrency` at once; rows are handed over as they are done.

        Raises:
            OverBudget: a question would have crossed a ceiling; those under way have come to their end.
        """
        waiting = iter(questions)
        refusals: list[OverBudget] = []

        async def work() -> None:
            for question in waiting:
                try:
                    take(await self._ask(question, on_reply))
                except OverBudget as refusal:
                    refusals.append(refusal)
                if refusals:
                    return  # what is under way is being paid for and comes to its end

        workers = [asyncio.create_task(work()) for _ in range(concurrency)]
        try:
            await asyncio.gather(*workers)  # the first error ends the run, as itself and not in a group
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        if refusals:
            raise refusals[0]

    async def _ask(self, question: Question, on_reply: OnReply) -> Row:
        earlier = self._earlier(question)
        reckoned_usd = await self._guard.pass_or_refuse(self.planned(question, earlier))
        table = await self._table(question, earlier)
        try:
            if table.prompt_id is None:
                files = self._attach(table.conversation, question)
                await table.conversation.ask(table.columns, question.prompt, files)
                table = replace(table, prompt_id=table.columns[0].head)
            if self._ledger is not None and table.id != earlier.session:
                self._ledger.began(question, self.models, table.id)

            async def reply(place: int, column: Column) -> Reply:
                known = earlier.replies.get(place)
                if known is not None:
                    await table.restore(column, known)
                    return known
                found = await self._reply(table, column, question, place)
                on_reply(question, place, found, table.id)
                return found

            replies = await asyncio.gather(*(reply(place, column) for place, column in enumerate(table.columns)))
            row = Row(question, tuple(replies), table.id)
            if self.judge_model is not None:
                row = await self._judged(table.conversation, table.columns, row, self.judge_model)
            paid = [one.cost_usd or 0.0 for place, one in enumerate(replies) if place not in earlier.replies]
            self._guard.settle(reckoned_usd, sum(paid) + sum(one.cost_usd or 0.0 for one in row.judging))
            self.trouble = table.conversation.recorder.trouble or self.trouble
            return row
        finally:
            await self._let_go(table)

    async def _let_go(self, table: RowSession) -> None:
        """Close a row's session beside the next rows; waits only when many are being closed."""
        self._closing.append(asyncio.create_task(self._close(table)))
        while len(self._closing) > MOST_CLOSING:
            await asyncio.shield(self._closing.popleft())

    async def _close(self, table: RowSession) -> None:
        self.trouble = await table.close() or self.trouble
        self._writer.wrote(table)

    def planned(self, question: Question, earlier: Earlier | None = None) -> list[tuple[Request, Price | None]]:
        """What is to be sent for one question, with prices; without what an earlier run has got."""
        system = self._system if question.system is None else question.system
        prompt = (PromptMessage("user", question.prompt),)
        planned: list[tuple[Request, Price | None]] = [
            (ChatRequest(ModelRef.parse(model), prompt, system, self._parameters), self._connections.price(model))
            for place, model in enumerate(self.models)
            if earlier is None or place not in earlier.replies
        ]
        return planned + self._planned_judging(question, earlier)

    def _planned_judging(self, question: Question, earlier: Earlier | None) -> list[tuple[Request, Price | None]]:
        """What a judge is to be sent, twice; answers that are yet to come are reckoned as long as replies are."""
        if self.judge_model is None or len(self.models) < 2:
            return []
        cap = self._parameters.get("max_tokens")
        to_come = "word" * (cap if isinstance(cap, int) and cap > 0 else DEFAULT_REPLY_TOKENS)
        known = {} if earlier is None else {place: one.text for place, one in earlier.replies.items()}
        answers = [known.get(place, to_come) for place in range(len(self.models))]
        prompt = PromptMessage("user", judging_prompt(question.prompt, answers, self._rubric))
        request = ChatRequest(ModelRef.parse(self.judge_model), (prompt,))
        return [(request, self._connections.price(self.judge_model))] * 2

    def _earlier(self, question: Question) -> Earlier:
        """What an interrupted run has got of this row already."""
        from tui.cli.comparison_ledger import Earlier

        if self._ledger is None:
            return Earlier()
        return self._ledger.earlier(question, self.models)

    async def _table(self, question: Question, earlier: Earlier) -> RowSession:
        """The row's session: the one an interrupted run had begun, else a new one."""
        if self._store is not None and earlier.session is not None:
            found = await take_up(earlier.session, self.models, question.prompt, self._store)
            if found is not None:
                return found
        system = self._system if question.system is None else question.system
        return await begin(self.models, system, self._parameters, self._store, self._writer)

    def _attach(self, conversation: Conversation, question: Question) -> tuple[Attachment, ...]:
        """The question's files as parts of its session; a model without eyes is told of pictures by name."""
        if not question.files:
            return ()
        from tui.chat.attached import AttachedFiles
        from tui.cli.opening import attach_all
        from tui.paths import sessions_dir
        from tui.store.attachments import AttachmentStore, PassingAttachments

        shelf = AttachmentStore(sessions_dir()) if self._is_stored else PassingAttachments(sessions_dir())
        conversation.attached = AttachedFiles(shelf, self._connections.takes_images)
        return attach_all(shelf, question.files)

    async def _reply(self, table: RowSession, column: Column, question: Question, place: int) -> Reply:
        provider = self._connections.provider(column.model)
        request = table.conversation.request(column, head=table.prompt_id)

        def note(ended: Reply) -> None:  # before anything else is done with it: it is paid for
            self._pay(ended.cost_usd)
            if self._ledger is not None:
                self._ledger.replied(question, self.models, place, ended)

        async with self._lanes.slot(provider.endpoint):
            price = self._connections.price(column.model)
            run = await table.conversation.begin(
                column, provider, request, parent=table.prompt_id, price=price, durable=False
            )
            run.on_end = note
            async for _ in table.conversation.events(run):
                pass
        return run.reply or run.turn.reply()

    async def _judged(self, conversation: Conversation, columns: Sequence[Column], row: Row, model: str) -> Row:
        """`row` with a judge's verdict on the replies that have text; recorded like a vote."""
        heads = [column.head for column, reply in zip(columns, row.replies, strict=True) if reply.text]
        texts = [reply.text for reply in row.replies if reply.text]
        if len(texts) < len(row.replies):
            return replace(row, judge_trouble="Not judged: a reply is missing.")
        if len(texts) < 2:
            return replace(row, judge_trouble="Not judged: there is only one reply.")
        provider, price, reference = (
            self._connections.provider(model),
            self._connections.price(model),
            ModelRef.parse(model),
        )
        judging: list[AskedAside] = []

        async def tell(aside: AskedAside) -> None:
            judging.append(aside)
            self._pay(aside.cost_usd)
            await conversation.commit([aside])

        try:
            async with self._lanes.slot(provider.endpoint):
                verdict = await judge(
                    provider, reference, row.question.prompt, texts, rubric=self._rubric, price=price, tell=tell
                )
        except ProviderError as error:
            return replace(row, judge_trouble=str(error), judging=tuple(judging))
        vote = verdict.vote([head or "" for head in heads], model)
        if vote is not None:
            await conversation.commit([vote], durable=True)
        return replace(row, verdict=verdict, judging=tuple(judging))

    def _pay(self, cost_usd: float | None) -> None:
        if not self._is_stored and cost_usd:
            self._unstored.append((now(), cost_usd))

    async def close(self) -> None:
        """Put every session on disk, let go of connections and of the embedded model."""
        self._guard.remember(self._unstored)
        await asyncio.gather(*self._closing)
        await self._connections.close()
        await asyncio.to_thread(self._writer.close)


def _store(connections: Connections) -> SessionStore:
    from tui.paths import sessions_dir
    from tui.store.sessions import SessionStore

    return SessionStore(sessions_dir(), redactor=connections)

"""Asking several models the same questions: each question is a session, each model a column of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.chat.connections import Connections
from tui.chat.conversation import Conversation, ForgetfulRecorder, Recorder
from tui.chat.fanout import Lanes
from tui.chat.judge import Verdict, judge
from tui.cli import main
from tui.cli.one_reply import exit_code_for
from tui.cli.opening import APP
from tui.domain import acts
from tui.domain.record import Attachment, Voted, now
from tui.domain.reply import Reply
from tui.domain.request import ChatRequest, ModelRef, PromptMessage
from tui.domain.session import Column, Session
from tui.errors import ConfigError, ProviderError

if TYPE_CHECKING:
    from tui.chat.attaching import Attachable
    from tui.config import Config
    from tui.store.journal import AsyncJournal


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt of a comparison."""

    index: int
    prompt: str
    system: str | None = None
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


OnReply = Callable[[Question, int, Reply, str | None], None]


def read_questions(path: str) -> Iterator[Question]:
    """The prompts of a file: one a line, or JSON Lines with `prompt` and, if wished, `system`.

    Raises:
        ConfigError: the file cannot be read, or a JSON line has no prompt; names the line.
    """
    try:
        with Path(path).expanduser().open(encoding="utf-8", errors="replace") as file:
            index = 0
            for number, line in enumerate(file, 1):
                text = line.rstrip("\r\n")
                if text.strip():
                    yield _question(path, number, index, text)
                    index += 1
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error


def _question(path: str, number: int, index: int, text: str) -> Question:
    if not text.lstrip().startswith("{"):
        return Question(index, text)
    from pydantic import ValidationError  # late: only files of JSON Lines need it

    from tui.cli.question_line import QuestionLine

    try:
        line = QuestionLine.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the line"
        raise ConfigError(f"{path}, line {number}: {where}: {first['msg']}.") from error
    return Question(index, line.prompt, line.system, extra=line.model_extra or {})


def worst_exit_code(replies: Sequence[Reply]) -> int:
    """0 when all are complete; failures come before cut-short replies."""
    codes = [exit_code_for(reply, None) if reply.error is None else _failed(reply) for reply in replies]
    return max(codes, default=main.OK, key=(main.OK, main.CUT_SHORT, main.FAILED, main.USAGE).index)


def _failed(reply: Reply) -> int:
    return main.CUT_SHORT if reply.finish.value == "cut_short" else main.FAILED


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
        requests_at_once: int | None = None,
    ) -> None:
        self.models = models
        self.judge_model = judge_model
        self.trouble: str | None = None
        self._parameters = dict(parameters)
        self._system = system
        self._is_stored = is_stored
        self._connections = Connections(config)
        self._lanes = Lanes(others=requests_at_once)

    def check(self) -> None:
        """Whatever is wrong with a model or a parameter is said before anything is asked.

        Raises:
            ConfigError: names the model.
        """
        for model in dict.fromkeys(self.models):
            reference = ModelRef.parse(model)
            probe = ChatRequest(reference, (PromptMessage("user", "?"),), self._system, self._parameters)
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
        """Ask all questions, at most `concurrency` at once; rows are handed over as they are done."""
        waiting = iter(questions)

        async def work() -> None:
            for question in waiting:
                take(await self._ask(question, on_reply))

        workers = [asyncio.create_task(work()) for _ in range(concurrency)]
        try:
            await asyncio.gather(*workers)  # the first error ends the run, as itself and not in a group
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _ask(self, question: Question, on_reply: OnReply) -> Row:
        session, journal = Session(), self._journal(started := acts.start(app=APP))
        recorder: Recorder = journal or ForgetfulRecorder()
        conversation = Conversation(session, recorder)
        system = self._system if question.system is None else question.system
        added = [acts.add_column(model, system=system, parameters=self._parameters) for model in self.models]
        try:
            await conversation.commit([started, *added])
            columns = [session.columns[event.column] for event in added]
            await conversation.ask(columns, question.prompt, self._attach(conversation, question))
            session_id = session.id if journal is not None else None

            async def reply(index: int, column: Column) -> Reply:
                found = await self._reply(conversation, column, question)
                on_reply(question, index, found, session_id)
                return found

            replies = await asyncio.gather(*(reply(index, column) for index, column in enumerate(columns)))
            row = Row(question, tuple(replies), session_id)
            if self.judge_model is not None:
                row = await self._judged(conversation, columns, row, self.judge_model)
            self.trouble = recorder.trouble or self.trouble
            return row
        finally:
            if journal is not None:
                await journal.close()

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

    def _journal(self, started: Any) -> AsyncJournal | None:
        if not self._is_stored:
            return None
        from tui.paths import sessions_dir
        from tui.store.sessions import SessionStore

        return SessionStore(sessions_dir(), redactor=self._connections).create(started.id)

    async def _reply(self, conversation: Conversation, column: Column, question: Question) -> Reply:
        provider = self._connections.provider(column.model)
        request = conversation.request(column)
        async with self._lanes.slot(provider.endpoint):
            run = await conversation.begin(column, provider, request, price=self._connections.price(column.model))
            async for _ in conversation.events(run):
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
        provider = self._connections.provider(model)
        try:
            async with self._lanes.slot(provider.endpoint):
                verdict = await judge(provider, ModelRef.parse(model), row.question.prompt, texts)
        except ProviderError as error:
            return replace(row, judge_trouble=str(error))
        candidates = tuple(head or "" for head in heads)
        winner = None if verdict.winner is None else candidates[verdict.winner]
        vote = Voted(
            at=now(),
            candidates=candidates,
            winner=winner,
            verdict="winner" if winner else "tie",
            note=" / ".join(reason for reason in verdict.reasons if reason),
            is_blind=True,
            judge=model,
            scores=dict(zip(candidates, verdict.mean_scores, strict=True)),
        )
        if verdict.outcome != "disagreement":  # a judge that goes by the order has said nothing worth keeping
            await conversation.commit([vote], durable=True)
        return replace(row, verdict=verdict)

    async def close(self) -> None:
        """Let go of connections and of the embedded model."""
        await self._connections.close()

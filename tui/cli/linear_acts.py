"""What can be done in linear mode: prompts, and the words that begin with /.

Works on the same sessions, columns and requests as the app. Refuses to read input and to paint.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.chat.conversation import last_reply
from tui.chat.editor_program import USUAL, edited, editor_command
from tui.cli import main
from tui.cli.budget import OverBudget
from tui.cli.linear_reply import LineOut, speak
from tui.cli.linear_session import LinearSession
from tui.cli.one_reply import exit_code_for
from tui.cli.output import announce
from tui.domain.record import Attachment, ColumnChanged, HeadMoved, MessagesDeleted, SessionEvent, now
from tui.domain.session import Column
from tui.errors import ConfigError, ContextTooLong
from tui.text.clean import clean, clean_line
from tui.text.sizes import size_words

if TYPE_CHECKING:
    from tui.chat.attaching import Attachable
    from tui.config import Config
    from tui.store.presets import Preset

LISTED_SESSIONS = 10
SHOWN_MESSAGES = 2


class Quit(Exception):
    """The user wants to leave; internal, never shown."""


class LinearChat(LinearSession):
    """What can be done in an open session. Methods `word_NAME` are the words, their docstrings the help."""

    def __init__(self, config: Config, *, is_stored: bool) -> None:
        super().__init__(config, is_stored=is_stored)
        self._files: list[Attachable] = []
        """What goes with the next prompt."""
        self._template: Preset | None = None
        """What the next prompt is put into."""

    async def begin_with(self, preset: Preset) -> None:
        """Set the columns as a preset says that is filled in; its prompt takes in the first thing that is asked."""
        await self._commit(preset.changes(self._columns))
        announce(f"Set as {clean_line(preset.name, 60)} says.")
        if preset.prompt:
            self._template = preset
            announce("What you ask first goes into its prompt.")

    # -- doing -----------------------------------------------------------------------------------------------------

    async def do(self, text: str) -> int:
        """Do a /word, or ask what was written; returns what the exit code would be.

        Raises:
            ParleyError: it cannot be done.
            Quit: the user wants to leave.
        """
        if not text.strip():
            return main.OK
        if text.startswith("//"):
            return await self._ask(text[1:])
        if not text.startswith("/"):
            return await self._ask(text)
        word, _, rest = text[1:].partition(" ")
        act: Callable[[str], Awaitable[int | None]] | None = getattr(self, f"word_{word}", None)
        if act is None:
            raise ConfigError(
                f"There is no /{clean_line(word, 40)}; /help lists the words. A prompt may begin with //, for /."
            )
        return await act(rest.strip()) or main.OK

    async def _ask(self, text: str) -> int:
        self._must_be_writable()
        await self._record_start()
        template, self._template = self._template, None
        if template is not None:
            text = template.question(text)
        columns = self._columns
        before = [(column.id, column.head) for column in columns]
        await self._desk.conversation.ask(columns, text, self._attach())
        try:
            await self.make_room(columns)
            return await self._reply([(column, None) for column in columns])
        except (OverBudget, ContextTooLong):  # as if it had never been asked
            self._template = template
            await self._commit([HeadMoved(name, now(), head) for name, head in before])
            raise

    def _attach(self) -> tuple[Attachment, ...]:
        """The files for this prompt as parts of the session."""
        from tui.cli.opening import attach_all

        files, self._files = self._files, []
        return attach_all(self._desk.attachments, files)

    async def _reply(self, wanted: Sequence[tuple[Column, str | None]]) -> int:
        """Let columns reply, each under a message or under its head, one after the other."""
        code = main.OK
        conversation = self._desk.conversation
        planned = [(conversation.request(column, head=parent), self._price(column)) for column, parent in wanted]
        self._guard.look_again(sum(cost for _, cost in self._desk.paid_unstored))
        await self._guard.pass_or_refuse(planned, self._session)
        for column, parent in wanted:
            request = conversation.request(column, head=parent)
            run = await conversation.begin(
                column, self._provider(column), request, parent=parent, price=self._price(column)
            )
            reply = await speak(conversation, run, self._name(column))
            code = code or exit_code_for(reply, run.turn.error)
        self._say_trouble()
        return code

    # -- the words -------------------------------------------------------------------------------------------------

    async def word_help(self, _: str) -> None:
        """List these words."""
        for name, act in inspect.getmembers(type(self), inspect.isfunction):
            if name.startswith("word_"):
                announce(f"/{name.removeprefix('word_')}: {inspect.getdoc(act)}")
        announce(
            "Everything else is a prompt. A line that ends in a backslash goes on in the next. Ctrl+C stops a reply."
        )

    async def word_model(self, rest: str) -> None:
        """NAME: this model answers from now on. Alone: say which one does."""
        if rest:
            await self._answer_by([self._connections.canonical(rest)])
        announce(f"{self._who()} answers.")

    async def word_columns(self, rest: str) -> None:
        """NAME NAME …: these models answer in turn, each with a history of its own. Alone: say which ones do."""
        if rest:
            await self._answer_by([self._connections.canonical(name) for name in rest.split()])
        announce(f"{self._who()} {'answer' if len(self._columns) > 1 else 'answers'}.")

    async def word_system(self, rest: str) -> None:
        """TEXT: the system prompt. Alone: say what it is."""
        if rest:
            await self._commit([ColumnChanged(column.id, now(), system=rest) for column in self._columns])
        found = self._columns[0].system
        announce(f"System prompt: {clean(found)}" if found else "There is no system prompt.")

    async def word_set(self, rest: str) -> None:
        """NAME=VALUE: set a parameter, such as temperature=0.2. Alone: say what is set."""
        from tui.providers.parameters import parse_parameter, written

        if rest:
            name, value = parse_parameter(rest)
            self._check_parameter(name, value)
            await self._put(name, value)
        given = self._columns[0].parameters
        announce(
            ", ".join(f"{clean_line(name)} = {clean_line(written(value))}" for name, value in given.items())
            or "No parameter is set; the provider's defaults hold."
        )

    def _check_parameter(self, name: str, value: Any) -> None:
        """Refuse what a model is known not to take; names that the table does not have are the vendor's own."""
        for column in self._columns:
            spec = self._connections.parameters(column.model, column.parameters).get(name)
            if spec is not None and not spec.is_taken:
                raise ConfigError(f"{self._name(column)} does not take {name}: {spec.reason}")
            if spec is not None and value is not None:
                spec.check(value, model=self._name(column))

    async def word_unset(self, rest: str) -> None:
        """NAME: leave a parameter to the provider again; “/unset system” drops the system prompt."""
        if rest == "system":
            await self._commit([ColumnChanged(column.id, now(), system="") for column in self._columns])
            announce("There is no system prompt.")
            return
        if not any(rest in column.parameters for column in self._columns):
            raise ConfigError(f"No parameter “{clean_line(rest, 40)}” is set.")
        await self._put(rest, None)
        announce(f"{clean_line(rest)} is unset.")

    async def _put(self, name: str, value: Any) -> None:
        """Give every column's parameter a value; None unsets it."""
        given = {name: value} if value is not None else {}
        kept = [(one.id, {k: v for k, v in one.parameters.items() if k != name}) for one in self._columns]
        await self._commit([ColumnChanged(to, now(), parameters={**values, **given}) for to, values in kept])

    async def word_retry(self, _: str) -> int:
        """Ask the last prompt again; the old reply stays, as a variant."""
        wanted: list[tuple[Column, str | None]] = []
        events: list[SessionEvent] = []
        for column in self._columns:
            reply = last_reply(self._session, column)
            if reply is None:
                if self._session.path(column.head):
                    wanted.append((column, None))  # the prompt is there and was never answered
                continue
            wanted.append((column, reply.parent))
            if not reply.text and not reply.reasoning and not reply.tool_calls:
                events += [MessagesDeleted((reply.id,), now()), HeadMoved(column.id, now(), reply.parent)]
        if not wanted:
            raise ConfigError("Nothing was asked yet.")
        await self._commit(events)
        return await self._reply(wanted)

    async def word_show(self, rest: str) -> None:
        """Read the last two messages again; “/show 10” the last ten."""
        count = int(rest) if rest.isdecimal() and len(rest) < 6 and int(rest) else SHOWN_MESSAGES
        for column in self._columns:
            for message in self._session.path(column.head)[-count:]:
                message.settle()
                announce(f"{self._name(column)}:" if message.is_reply else "You:")
                out = LineOut()
                out.write(message.text)
                out.close()

    async def word_thinking(self, _: str) -> None:
        """Read what the model thought before its last reply."""
        for column in self._columns:
            reply = last_reply(self._session, column)
            if reply is None or not reply.reasoning:
                announce(f"{self._name(column)} showed no thinking.")
                continue
            out = LineOut()
            out.write(reply.reasoning)
            out.close()

    async def word_new(self, _: str) -> None:
        """Begin a new session with the same models and settings."""
        old = self._columns
        desk = self._desks.new([column.model for column in old])
        await self._leave()
        self._desk = desk
        pairs = zip(list(self._session.columns.values()), old, strict=True)
        await self._commit(
            [ColumnChanged(new.id, now(), system=was.system, parameters=dict(was.parameters)) for new, was in pairs]
        )
        announce(f"New session with {self._who()}.")

    async def word_resume(self, rest: str) -> None:
        """ID: go on in a saved session; the beginning of its id is enough. Alone: the last one."""
        await self._resume(rest)

    async def word_sessions(self, _: str) -> int:
        """List the newest sessions."""
        from tui.cli import sessions

        return sessions.run(argparse.Namespace(act="list", trash=False, limit=LISTED_SESSIONS, json=False))

    async def word_attach(self, rest: str) -> None:
        """PATH: attach a text, a PDF or an image to the next prompt. Alone: say what is attached."""
        from tui.chat.attaching import read_file

        if rest:
            self._files.append(read_file(Path(rest)))
        for file in self._files:
            announce(f"Attached: {clean_line(file.name)}, {file.words}, {size_words(len(file.content))}.")
            if file.kind == "image":
                for column in self._columns:
                    if self._connections.takes_images(column.model) is False:
                        announce(f"{self._name(column)} takes no images and is told only its name.")
        if not self._files:
            announce("Nothing is attached.")

    async def word_edit(self, rest: str) -> int:
        """Write a longer prompt in $EDITOR; it is sent when the editor closes, unless it is empty."""
        command = editor_command()
        if command == [USUAL] and not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise ConfigError("/edit needs a terminal, or an editor that does without one in VISUAL or EDITOR.")
        text = edited(rest, command)
        if not text.strip():
            announce("Nothing was written, so nothing was sent.")
            return main.OK
        return await self._ask(text)

    async def word_quit(self, _: str) -> None:
        """Leave; everything is saved already."""
        raise Quit

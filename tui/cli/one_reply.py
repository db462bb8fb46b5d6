"""One reply on the command line: what `ask` and `complete` have in common, from options to exit code.

Refuses to ask several models: `parley compare` does.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from contextlib import aclosing
from typing import Any

from tui.chat.connections import Connections
from tui.chat.context import Cut, WhenFull
from tui.chat.conversation import ReplyRun
from tui.chat.prices import paid_in
from tui.cli import main
from tui.cli.asking import Prompt, check_given, check_images, read_prompt, reply_object
from tui.cli.budget import BudgetGuard
from tui.cli.making_room import TOO_LONG, done_words, events_of, needed_cut, summarise
from tui.cli.opening import Opened, open_conversation
from tui.cli.output import TextOut, complain, json_text, say
from tui.cli.preset_use import chosen_preset
from tui.config import Config, load_config
from tui.domain.acts import ask
from tui.domain.events import (
    CostReport,
    Finish,
    Finished,
    MetaReport,
    Note,
    ReasoningDelta,
    ResponseStarted,
    Retrying,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from tui.domain.record import ColumnKind, now
from tui.domain.reply import Failure, Reply
from tui.domain.request import ModelRef
from tui.errors import ConfigError, LocalModelError, ParleyError

HOW_TO_MAKE_ROOM = (
    "--when-full drop leaves the oldest messages out, --when-full summarise puts a summary in their place"
)


class OneReply:
    """One run of `ask` or `complete`."""

    def __init__(self, args: argparse.Namespace, *, kind: ColumnKind) -> None:
        self.args = args
        self.kind: ColumnKind = kind
        self.out = TextOut()
        self.connections: Connections | None = None

    async def run(self) -> int:
        """Do it; returns the exit code."""
        _cancel_on_signals()
        try:
            return await self._answer()
        except asyncio.CancelledError:
            return main.INTERRUPTED  # Ctrl+C, SIGTERM, SIGHUP: all was kept on the way out
        finally:
            if self.connections is not None:
                await self.connections.close()

    async def _answer(self) -> int:
        try:
            config = load_config(self.args.config)
            self.connections = Connections(config, on_status=say if sys.stderr.isatty() else None)
            return await self._reply(config, self.connections)
        except ParleyError as error:
            complain(str(error))
            if isinstance(error, LocalModelError) and not self.args.model and self.connections is not None:
                from tui.cli.alternatives import found_words

                if words := await found_words(self.connections.config):
                    say(words)
            if self.args.json or self.args.jsonl:
                self._print_error(error)
            return main.exit_code_of(error)

    async def _reply(self, config: Config, connections: Connections) -> int:
        if len(self.args.model) > 1:
            raise ConfigError("One model answers here; use “parley compare” for several.")
        preset = chosen_preset(self.args)
        if self.kind == "completion" and (self.args.system or (preset is not None and preset.system)):
            complain("The system prompt was not sent: a text completion has none; put it before the text.")
        # In a thread, since signals are not heard while the loop waits for a pipe.
        prompt = await asyncio.to_thread(read_prompt, self.args.prompt, self.args.attach, preset=preset)
        is_stored = not (self.args.no_store or self.args.dry_run)
        opened = open_conversation(
            self.args, config, kind=self.kind, is_stored=is_stored, redactor=connections, preset=preset
        )
        try:
            return await self._reply_in(opened, prompt, connections)
        finally:
            await opened.close()

    async def _reply_in(self, opened: Opened, prompt: Prompt, connections: Connections) -> int:
        column, conversation = opened.column, opened.conversation
        if self.kind == "completion":
            opened.apply(ask(conversation.session, [column], prompt.inline))
        else:
            opened.let_models_see(connections, is_picture_asked_about=prompt.has_images)
            opened.apply(ask(conversation.session, [column], prompt.text, opened.attach(prompt.files)))
        await connections.look_up(ModelRef.parse(column.model).endpoint)
        table = connections.parameters(column.model, column.parameters, kind=self.kind)
        check_given(self.args.parameter, table, column.model)
        cut = self._make_room(opened, connections)
        request = conversation.request(column)
        provider = connections.provider(request.model)
        call = provider.prepare(request)  # whatever is wrong is said before anything is recorded or sent
        check_images(connections, column.model, prompt)
        if self.args.dry_run:
            print(json_text(connections.masked(call), indent=2))
            for note in call.notes:
                complain(note)
            return main.OK
        price = connections.price(column.model)
        guard, began_at = BudgetGuard(connections.config, is_agreed=self.args.over_budget), now()
        await guard.pass_or_refuse([(request, price)], conversation.session)
        await opened.record()
        if cut is not None:
            await self._summarise(opened, connections, cut)
            request = conversation.request(column)
        run = await conversation.begin(column, provider, request, price=price)
        try:
            return await self._print_run(opened, run)
        finally:
            if opened.journal is None:
                guard.remember(paid_in(conversation.session, began_at))

    def _make_room(self, opened: Opened, connections: Connections) -> Cut | None:
        """Leave out what does not fit, as the user said; what a summary has to stand for comes back."""
        if self.kind == "completion" or len(opened.conversation.session.messages) < 2:
            return None
        wanted: WhenFull = self.args.when_full or connections.config.context.when_full
        cut = needed_cut(opened.conversation, opened.column, connections, wanted, how=HOW_TO_MAKE_ROOM)
        if cut is None or (wanted == "summarise" and not self.args.dry_run):
            return cut
        opened.apply(events_of(opened.conversation, opened.column, cut))
        say(done_words(cut, has_summary=False))
        return None

    async def _summarise(self, opened: Opened, connections: Connections, cut: Cut) -> None:
        say(f"Asking {opened.column.model} for a summary of {len(cut.messages)} messages …")
        summary = await summarise(opened.conversation, opened.column, connections, cut)
        await opened.conversation.commit(events_of(opened.conversation, opened.column, cut, summary), durable=True)
        say(done_words(cut, has_summary=True))

    async def _print_run(self, opened: Opened, run: ReplyRun) -> int:
        is_closed = False
        try:
            async with aclosing(opened.conversation.events(run)) as events:
                async for event in events:
                    self._print_event(event)
        except BrokenPipeError:
            is_closed = True  # `| head -1`: the reader has what it wanted
        except asyncio.CancelledError:
            self._print_end(opened, run)
            raise
        if is_closed:
            raise BrokenPipeError
        return self._print_end(opened, run)

    def _print_event(self, event: StreamEvent) -> None:
        if self.args.jsonl:
            values = event_object(event)
            if values is not None:
                print(json_text(values), flush=True)
        match event:
            case TextDelta(text, 0) if not self.args.json and not self.args.jsonl:
                self.out.write(text)
            case Retrying():
                complain(
                    f"{event.cause.rstrip('.') or 'It failed'}; trying again in {event.wait_s:.1f} s "
                    f"(try {event.attempt + 1} of {event.attempts})."
                )
            case Note(words):
                complain(words)
            case _:
                pass

    def _print_end(self, opened: Opened, run: ReplyRun) -> int:
        reply = run.reply or run.turn.reply()
        values = reply_object(reply, opened.session_id)
        if self.args.json:
            print(json_text(values, indent=2))
        elif self.args.jsonl:
            print(json_text({"event": "end", **values}), flush=True)
        else:
            self._print_other_choices(reply)
            self.out.close()
        _explain(reply, opened)
        return exit_code_for(reply, run.turn.error)

    def _print_other_choices(self, reply: Reply) -> None:
        if reply.choices[0].index:  # a server that does not count from 0; nothing was streamed
            self.out.write(reply.text)
        for choice in reply.choices[1:]:
            self.out.close()
            self.out.write(f"\n--- {choice.index + 1} ---\n{choice.text}")

    def _print_error(self, error: ParleyError) -> None:
        failure = Failure(error.kind, str(error), getattr(error, "status", None))
        model = self.args.model[-1] if self.args.model else ""
        values = reply_object(Reply(model=model, error=failure), None)
        values["finish"] = Finish.ERROR.value
        values["choices"] = []
        print(
            json_text({"event": "end", **values} if self.args.jsonl else values, indent=2 if self.args.json else None)
        )


def exit_code_for(reply: Reply, error: ParleyError | None) -> int:
    """How the command ends: 0 complete, 1 failed, 2 usage or configuration, 3 cut short."""
    if reply.is_cut_short:
        return main.CUT_SHORT
    if isinstance(error, ConfigError):
        return main.USAGE
    if error is not None or reply.finish is Finish.ERROR:
        return main.FAILED
    return main.OK


def _explain(reply: Reply, opened: Opened) -> None:
    """What stderr says about the end."""
    if reply.error is not None:
        is_told = reply.finish is not Finish.CUT_SHORT or "cut short" in reply.error.message
        complain(reply.error.message if is_told else f"The reply was cut short: {reply.error.message}")
        if reply.error.kind == TOO_LONG and len(opened.conversation.session.messages) > 2:
            say(f"{HOW_TO_MAKE_ROOM}.")
    elif reply.finish is Finish.LENGTH:
        say("The reply reached the token limit; raise max_tokens for more.")
    elif reply.finish is Finish.FILTER:
        complain(f"The provider's filter ended the reply. {reply.choices[0].finish_words}".rstrip())
    elif reply.finish is Finish.STOP and reply.reasoning and not reply.text.strip():
        complain("The model thought, and ended without an answer.")
    for choice in reply.choices:
        for call in choice.tool_calls:
            if choice.finish is Finish.TOOL_CALLS or not (choice.finish or Finish.CUT_SHORT).is_complete:
                complain(f"The model asks for the tool {call.name}({call.arguments}); Parley runs no tools.")
            else:
                say(f"The server used the tool {call.name}({call.arguments}).")  # Hatz runs its own
    if opened.conversation.recorder.trouble:
        complain(opened.conversation.recorder.trouble)


def event_object(event: StreamEvent) -> dict[str, Any] | None:
    """One event as `--jsonl` prints it, or None for those that are not printed."""
    match event:
        case TextDelta(text, choice):
            return {"event": "text", "text": text, "choice": choice}
        case ReasoningDelta(text, choice):
            return {"event": "reasoning", "text": text, "choice": choice}
        case ToolCallDelta():
            return {"event": "tool_call", "key": event.key, "name": event.name, "arguments": event.arguments}
        case UsageReport(usage):
            return {
                "event": "usage",
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "reasoning_tokens": usage.reasoning_tokens,
            }
        case CostReport(cost_usd):
            return {"event": "cost", "cost_usd": cost_usd}
        case MetaReport(values):
            return {"event": "meta", "values": dict(values)}
        case Finished(finish, choice, _):
            return {"event": "finish", "finish": finish.value, "choice": choice}
        case ResponseStarted(status, headers):
            return {"event": "response", "status": status, "headers": dict(headers)}
        case Retrying():
            return {
                "event": "retry",
                "attempt": event.attempt,
                "attempts": event.attempts,
                "wait_s": event.wait_s,
                "cause": event.cause,
            }
        case Note(words):
            return {"event": "note", "words": words}
        case _:
            return None


def _cancel_on_signals() -> None:
    """SIGINT (also where a script made it ignored), SIGTERM and SIGHUP end a reply alike: what came is kept."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is None:
        return
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            try:
                loop.add_signal_handler(number, task.cancel)
            except (NotImplementedError, RuntimeError):
                return  # no signals on this platform or in this thread

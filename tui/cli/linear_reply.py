"""One reply as plain lines: announced, streamed line by line, summed up. Refuses to know prompts and sessions."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from tui.chat.conversation import Conversation, ReplyRun
from tui.cli.output import TextOut, announce
from tui.domain.events import Finish, Note, ReasoningDelta, Retrying, StreamEvent, TextDelta
from tui.domain.reply import Reply
from tui.text.clean import clean_line
from tui.widgets.figures import money, seconds


class LineOut:
    """Text on stdout, only ever whole lines; the last one when it is closed."""

    def __init__(self) -> None:
        self._out = TextOut()
        self._line = ""

    def write(self, text: str) -> None:
        """Take the next piece; the lines that it completes are written.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        whole, newline, rest = text.rpartition("\n")
        if newline:
            self._out.write(self._line + whole + newline)
            self._line = ""
        self._line += rest

    def close(self) -> None:
        """Write the line that was never completed."""
        if self._line:
            self._out.write(self._line)
            self._line = ""
        self._out.close()


async def speak(conversation: Conversation, run: ReplyRun, name: str) -> Reply:
    """Stream one reply to stdout and announce how it ended; what came is on record whatever happens."""
    announce(f"Asking {name} …")
    out = LineOut()
    try:
        async with aclosing(conversation.events(run)) as events:
            await _stream(events, out)
    finally:
        reply = run.reply or run.turn.reply()
        out.close()
        announce(ending(reply))
    for choice in reply.choices[0 if reply.choices[0].index else 1 :]:  # what is not choice 0 was not streamed
        announce(f"Choice {choice.index + 1}:")
        out.write(choice.text)
        out.close()
    return reply


async def _stream(events: AsyncGenerator[StreamEvent, None], out: LineOut) -> None:
    is_thinking = False
    async for event in events:
        match event:
            case TextDelta(text, 0):
                out.write(text)
            case ReasoningDelta() if not is_thinking:
                is_thinking = True
                announce("Thinking …")
            case Retrying():
                announce(f"{event.cause} Trying again in {event.wait_s:.1f} s ({event.attempt + 1}/{event.attempts}).")
            case Note(words):
                announce(words)
            case _:
                pass


def ending(reply: Reply) -> str:
    """How a reply ended, in one sentence."""
    words = reply.error.message if reply.error is not None else ""
    match reply.finish:
        case Finish.ERROR:
            return f"Failed: {words}"
        case Finish.CUT_SHORT:
            return f"Cut short: {words or 'the end never came.'} /retry asks again."
        case Finish.CANCELLED:
            return "Stopped; what came is kept."
        case Finish.LENGTH:
            return f"Ended at the token limit: {figures(reply)}. “/set max_tokens=…” raises it."
        case Finish.FILTER:
            said = clean_line(reply.choices[0].finish_words) if reply.choices else ""
            return f"Ended by the provider's filter: {figures(reply)}. {said}".rstrip()
        case Finish.TOOL_CALLS:
            calls = ", ".join(clean_line(call.name) for choice in reply.choices for call in choice.tool_calls)
            return f"Done: {figures(reply)}. The model asks for tools, which Parley does not run: {calls}"
        case _:
            return f"Done: {figures(reply)}."


def figures(reply: Reply) -> str:
    """`120 tokens, 2.1 s, $0.0012`; what is unknown is left out."""
    found = []
    if reply.usage.output_tokens is not None:
        about = "about " if reply.usage.is_estimated else ""
        found.append(f"{about}{reply.usage.output_tokens} token{'' if reply.usage.output_tokens == 1 else 's'}")
    if reply.timings.total_s is not None:
        found.append(seconds(reply.timings.total_s))
    if reply.cost_usd is not None:
        found.append(money(reply.cost_usd, is_estimated=reply.cost_is_estimated))
    return ", ".join(found) or "no figures"

"""What can be copied from a conversation: the selection, a message, its code blocks by number, everything.

Always the exact source text. This module refuses to reach a clipboard; see `clipboard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual.message import Message

from tui.transcript.document import Document
from tui.transcript.selection import code_blocks, message_markdown
from tui.transcript.walking import WalkingView

if TYPE_CHECKING:
    from tui.transcript.transcript import Transcript


class CopyingView(WalkingView):
    """A view whose texts can be copied."""

    @dataclass
    class CopyRequested(Message, namespace="transcript"):
        """The reader wants exactly this text on the clipboard; `what` names it in words."""

        transcript: Transcript
        text: str
        what: str

        @property
        def control(self) -> Transcript:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    def _ask_to_copy(self, text: str, what: str) -> None:
        self.post_message(self.CopyRequested(cast("Transcript", self), text, what))

    def action_copy(self) -> None:
        """Copy the selection, or the whole message."""
        text = self.selected_source()
        if text:
            self._ask_to_copy(text, "the selection")
            return
        index = self._target()
        if index is not None:
            self._ask_to_copy(self.conversation.views[index].entry.text, "the message")

    def action_copy_conversation(self) -> None:
        """Copy every message, as Markdown."""
        texts = [message_markdown(entry) for entry in self.conversation.views.entries]
        self._ask_to_copy("\n".join(texts), "the conversation")

    def action_copy_reasoning(self) -> None:
        """Copy what the model thought before the message."""
        index = self._target()
        if index is not None:
            self._copy_reasoning(index)

    def _copy_reasoning(self, index: int) -> None:
        reasoning = self.conversation.views[index].entry.reasoning
        if reasoning:
            self._ask_to_copy(reasoning, "the thinking")
        else:
            self.notify("The message came without any thinking.", markup=False)

    def action_copy_code(self, number: int) -> None:
        """Copy a code block of the message, by its number."""
        index = self._target()
        if index is not None:
            self._copy_code(index, number)

    def _copy_code(self, index: int, number: int) -> None:
        blocks = self.code_blocks(self.conversation.views[index].entry.id)
        if 1 <= number <= len(blocks):
            self._ask_to_copy(blocks[number - 1], f"code block {number}")

    def code_blocks(self, entry_id: str) -> list[str]:
        """The exact text of a message's code blocks, in order.

        Raises:
            KeyError: there is no such entry.
        """
        view = self.conversation.views[self._index(entry_id)]
        if view.is_folded:
            document = Document(view.entry.text)
            document.advance()
            return code_blocks(document, view.entry.text)
        view.apply()
        view.open()
        view.advance()
        assert view.document is not None
        return code_blocks(view.document, view.entry.text)

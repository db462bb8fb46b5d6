"""Earlier prompts, found by walking and by searching, and the draft in the user's own editor.

Earlier prompts come from the index of all sessions; no copy of them is kept. Refuses to send.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from tui.errors import ParleyError
from tui.screens.drafting import Drafting
from tui.text.clean import clean_line, drop_controls
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from tui.store.async_index import AsyncIndex

MOST_PROMPTS = 2_000
"""As far back as history goes."""


@contextlib.contextmanager
def _interrupts_left_to_others() -> Iterator[None]:
    """Ctrl+C goes to everybody in the terminal's foreground: to the editor, which it is meant for, and to Parley."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which the editor would inherit
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Prompts(Drafting):
    """The acts on what was asked before, and on what is being written."""

    @property
    def index(self) -> AsyncIndex:
        """Where saved sessions are found."""
        raise NotImplementedError

    # -- history ---------------------------------------------------------------------------------------------------

    def remember_prompts(self) -> None:
        """Let up and down walk the prompts of this session, and behind them those of all others."""
        own = [one.text for one in self.session.messages.values() if one.role == "user" and one.text.strip()]
        self.composer.remember(own)
        start_work(self.screen, partial(self._remember_others, own), group="prompts", exclusive=True)

    async def _remember_others(self, own: list[str]) -> None:
        session = self.session
        past = await self.index.prompts(limit=MOST_PROMPTS)
        if session is not self.session:
            return
        here = set(own)
        older = [one.text for one in reversed(past) if one.session_id != session.id and one.text not in here]
        since = self.composer.remembered[len(own) :]
        self.composer.remember([*older, *own, *since])

    def act_find_prompt(self) -> None:
        """Find an earlier prompt by typing."""
        start_work(self.screen, self._find_prompt, group="prompts")

    async def _find_prompt(self) -> None:
        from tui.screens.pick import PickDialog
        from tui.widgets.ages import age_words
        from tui.widgets.pick_list import Row

        past = await self.index.prompts(limit=MOST_PROMPTS)
        ages = {one.text: age_words(one.at) for one in past}
        newest = dict.fromkeys([*reversed(self.composer.remembered), *(one.text for one in past)])
        texts = list(newest)
        if not texts:
            self.say("Nothing was asked yet.")
            return
        rows = [
            Row(str(number), clean_line(" ".join(text.split())), ages.get(text, ""))
            for number, text in enumerate(texts)
        ]

        def picked(row_id: str | None) -> None:
            if row_id:
                self.composer.show_older(texts[int(row_id)])
                self.composer.focus()

        self.app.push_screen(PickDialog("Earlier prompts", rows, placeholder="type to find a prompt"), picked)

    # -- the editor ------------------------------------------------------------------------------------------------

    async def act_edit_draft(self) -> None:
        """Edit what stands in the composer with $VISUAL or $EDITOR."""
        from tui.chat.editor_program import edited, editor_command

        await self.keep_draft()  # whatever the editor does to the terminal
        before = self.composer.text
        try:
            command = editor_command()
            with self.app.batch_update(), self.app.suspend(), _interrupts_left_to_others():
                # Beside the event loop: replies go on being read and recorded while one writes.
                text = await asyncio.to_thread(edited, before, command)
        except SuspendNotSupported:
            self.say("This terminal cannot be lent to an editor; write here.", is_problem=True)
            return
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return
        finally:
            self.composer.focus()
        if self.composer.text != before:
            text = f"{text}\n{self.composer.text}"  # a prompt came back into the composer meanwhile
        self.composer.load_text(drop_controls(text))

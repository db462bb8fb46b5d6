"""What is about to be said: its text and files together, kept on disk as one writes, given back when it was not sent.

A draft belongs to its session. It is written at most a second after the last key, and gone once it was sent; chats that
are never stored have none on disk. Refuses to send anything.
"""

from __future__ import annotations

import asyncio

from tui.domain.draft import DocumentDraft, Draft, DraftFile
from tui.screens.bench import Bench
from tui.screens.words import without_escape
from tui.store.drafts import DraftStore, KeptDraft
from tui.widgets.asking import warm_attachments
from tui.widgets.attachment_bar import AttachmentBar
from tui.widgets.composer import Composer
from tui.widgets.later import after
from tui.widgets.waiting_bar import WaitingBar
from tui.widgets.working import start_work

KEEP_EVERY_S = 0.7
"""How soon a draft is on disk; below the promised second, so that the write itself fits in."""


class Drafting(Bench):
    """The draft in the composer, and the prompts that wait."""

    attachment_bar: AttachmentBar
    waiting_bar: WaitingBar
    waiting_prompts: list[Draft]
    """Prompts that wait for replies to end; oldest first."""
    on_the_way: list[Draft]
    """Prompts that were taken from the composer and are not on record yet: a budget may still be asked about."""
    _draft_timer: asyncio.TimerHandle | None = None
    _draft_store: DraftStore | None = None
    _kept: KeptDraft | None = None
    """What is on disk, as far as this process knows."""

    # -- text and files together -----------------------------------------------------------------------------------

    @property
    def files(self) -> tuple[DraftFile, ...]:
        """The files that go with the next prompt."""
        return self.attachment_bar.files

    def set_files(self, files: tuple[DraftFile, ...]) -> None:
        """These files go with the next prompt."""
        self.attachment_bar.files = files
        self.composer.has_files = bool(files)
        self.prompt_changed()

    def take_draft(self) -> Draft:
        """What is to be sent; the composer is empty then."""
        draft = Draft(without_escape(self.composer.take()), self.files)
        self.set_files(())
        return draft

    def give_back(self, draft: Draft) -> None:
        """Put a prompt that was not sent back before whatever was written since."""
        self.composer.give_back(draft.text)
        self.set_files((*draft.files, *(one for one in self.files if one not in draft.files)))

    async def submitted(self, event: Composer.Submitted) -> None:
        """What was written in the composer is to be sent."""
        raise NotImplementedError

    # -- on disk ---------------------------------------------------------------------------------------------------

    @property
    def written_documents(self) -> tuple[DocumentDraft, ...]:
        """Documents that were written on and are not on record so far."""
        raise NotImplementedError

    @property
    def kept_documents(self) -> tuple[DocumentDraft, ...]:
        """What was found on disk of documents."""
        return self._kept.documents if self._kept is not None else ()

    @property
    def draft_store(self) -> DraftStore:
        """Where drafts are kept."""
        if self._draft_store is None:
            self._draft_store = DraftStore(self.desks.library.folder.parent, redactor=self.desk.connections)
        return self._draft_store

    def keep_draft_soon(self) -> None:
        """Something changed: have it on disk within a second."""
        if self.desk.journal is not None and self._draft_timer is None:
            self._draft_timer = after(KEEP_EVERY_S, self.screen, self.keep_draft)

    async def keep_draft(self) -> None:
        """Have what is not sent yet on disk when this returns, as far as the disk takes it."""
        if self._draft_timer is not None:
            self._draft_timer.cancel()
            self._draft_timer = None
        if self.desk.journal is None:
            return
        draft, waiting = Draft(self.composer.draft, self.files), (*self.on_the_way, *self.waiting_prompts)
        kept = KeptDraft(draft, waiting, self.written_documents)
        if kept != self._kept:
            self._kept = kept
            is_new = self.session.is_empty
            await asyncio.to_thread(self.draft_store.keep, self.session.id, kept, is_new=is_new)

    async def show_draft(self, carried: Draft | None = None) -> None:
        """Put the session's draft into the composer: what waited there, too, since nobody waits for it any more.

        Args:
            carried: What to show instead, and to keep as this session's draft.
        """
        kept = KeptDraft()
        is_typed = bool(self.composer.text)  # before the session was there, keys were taken already
        if self.desk.journal is not None and not (self.session.is_empty and is_typed):
            kept = await asyncio.to_thread(self._read_kept)
        self._kept = kept
        if is_typed:  # it may be on its way: what was left earlier must not get into it
            self.composer.remember([*self.composer.remembered, *(one.text for one in (*kept.waiting, kept.draft))])
        else:
            for draft in (carried or kept.draft, *reversed(kept.waiting)):
                if not draft.is_blank:
                    self.give_back(draft)
        self.keep_draft_soon()
        start_work(self.screen, self._warm_attachments, group="attachments")

    async def _warm_attachments(self) -> None:
        """What will be sent along with the next prompt is read before somebody waits for it."""
        for column in self.session.on_columns:
            await warm_attachments(self.desk, column.head)

    def _read_kept(self) -> KeptDraft:
        if not self.session.is_empty:
            return self.draft_store.read(self.session.id)
        self.draft_store.sweep()
        return self.draft_store.adopt(self.session.id)

    def take_draft_along(self) -> Draft:
        """What stands in the composer, which is empty then; it belongs to no session for a moment."""
        draft = Draft(self.composer.draft, self.files)
        self.composer.load_text("")
        self.set_files(())
        return draft

    async def leave_draft(self) -> None:
        """Keep what stands in the composer for this session, and empty the composer."""
        self.waiting_prompts.extend(self.on_the_way)
        self.on_the_way.clear()
        await self.keep_draft()
        self._kept = None
        self.waiting_prompts.clear()
        self.composer.load_text("")
        self.set_files(())
        self.show_waiting_prompts()
        if self._draft_timer is not None:  # what is empty now is no draft of the session that was left
            self._draft_timer.cancel()
            self._draft_timer = None

    def show_waiting_prompts(self) -> None:
        """Show what waits."""
        self.waiting_bar.drafts = tuple(self.waiting_prompts)
        self.keep_draft_soon()

    # -- what waits ------------------------------------------------------------------------------------------------

    def waiting_asked(self, event: WaitingBar.Asked) -> None:
        """A waiting prompt is to be edited or removed."""
        if not 0 <= event.place < len(self.waiting_prompts):
            return
        draft = self.waiting_prompts.pop(event.place)
        if event.act == "edit":
            self.give_back(draft)
            self.composer.focus()
        self.show_waiting_prompts()

    def take_back_waiting(self) -> None:
        """Prompts that wait for a stopped reply go back into the composer."""
        for draft in reversed(self.waiting_prompts):
            self.give_back(draft)
        self.waiting_prompts.clear()
        self.show_waiting_prompts()

"""Attaching files to the next prompt: by path, by @name, by paste, from the clipboard; looking at them, removing them.

Files are read beside the screen, since a PDF takes a moment; a prompt that is sent meanwhile waits for them. What a
column is known not to take is said before anything is sent. Refuses to send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui.domain.draft import DraftFile
from tui.domain.session import Column, Message
from tui.errors import ParleyError
from tui.paths import from_home, is_file
from tui.screens.drafting import Drafting
from tui.text.clean import clean_line
from tui.text.sizes import size_words
from tui.widgets.attachment_bar import AttachmentBar, files_words
from tui.widgets.composer import Composer
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from tui.chat.attaching import Attachable
    from tui.store.attachments import AttachmentStore

MOST_FILES = 50
"""With one prompt; the rest is refused with words."""


class Attaching(Drafting):
    """The acts on the files of the next prompt."""

    _reading: int = 0
    """How many files are being read now."""
    _pasted: int = 0
    """How many long pastes there were, for their names."""
    _added: dict[str, int] | None = None
    """Hash -> when it was put on disk for nothing but this draft."""
    _is_sending_wanted: bool = False

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def is_reading_files(self) -> bool:
        """Whether a file is being read that belongs to the next prompt."""
        return self._reading > 0

    def send_when_files_are_read(self) -> None:
        """A prompt was sent before its files were there."""
        self._is_sending_wanted = True
        self.composer.show_waiting("reading the attachment; it is sent then")

    def attach_paths(self, paths: Sequence[str]) -> None:
        """Attach files, each by itself."""
        from tui.chat.attaching import read_file

        for path in paths:
            self._attach(partial(read_file, Path(path)), clean_line(Path(path).name))

    def attach_text(self, text: str) -> None:
        """Attach a long paste."""
        from tui.chat.attaching import from_text
        from tui.widgets.composer_pasting import pasted_name

        self._pasted += 1
        self._attach(partial(from_text, pasted_name(self._pasted), text), "the paste")

    def attach_content(self, name: str, content: bytes) -> None:
        """Attach what stands in no file, such as a picture from the clipboard."""
        from tui.chat.attaching import from_content

        self._attach(partial(from_content, name, content), clean_line(name))

    def _attach(self, read: Callable[[], Attachable], shown: str) -> None:
        if len(self.files) + self._reading >= MOST_FILES:
            self.say(f"A prompt takes at most {MOST_FILES} files; {shown} is not attached.", is_problem=True)
            return
        self._reading += 1
        start_work(self.screen, partial(self._read_and_add, read), group="attaching")

    async def _read_and_add(self, read: Callable[[], Attachable]) -> None:
        desk = self.desk
        try:
            file, added_ns = await asyncio.to_thread(_put, read, desk.attachments)
        except ParleyError as error:
            self._is_sending_wanted = False
            self.say(str(error), is_problem=True)
            return
        finally:
            self._reading -= 1
            self.composer.has_files = bool(self.files)
            self.composer.show_waiting("")
        if desk is not self.desk:
            return  # another session was opened meanwhile; it is not about this file
        if added_ns:
            self._added = {**(self._added or {}), file.attachment.sha256: added_ns}
        if file.attachment in (one.attachment for one in self.files):
            self.say(f"{clean_line(file.attachment.name)} is attached already.")
        else:
            self.set_files((*self.files, file))
        if self._is_sending_wanted and not self.is_reading_files:
            self._is_sending_wanted = False
            await self.submitted(Composer.Submitted(self.composer, self.composer.text))

    # -- what the composer and its bars ask for --------------------------------------------------------------------

    def long_pasted(self, event: Composer.LongPasted) -> None:
        """A long paste becomes a file."""
        self.attach_text(event.text)

    async def paths_pasted(self, event: Composer.PathsPasted) -> None:
        """Paths were pasted: offer to attach what they lead to, in place of the text."""
        found = await asyncio.to_thread(_existing_files, event.paths)
        before = self.composer.get_text_range((0, 0), self.composer.cursor_location)
        if len(found) != len(event.paths) or not before.endswith(event.text):
            return
        from tui.widgets.composer_completing import Suggestion

        words = f"attach {clean_line(Path(found[0]).name, 60)}" if len(found) == 1 else f"attach {len(found)} files"
        offer = Suggestion(words, 0, "", "tab attaches", paths=tuple(found), offered_for=event.text)
        self.composer.offer((offer,))

    def files_chosen(self, event: Composer.FilesChosen) -> None:
        """Files were chosen from what the composer suggested."""
        self.attach_paths(event.paths)

    def attachment_asked(self, event: AttachmentBar.Asked) -> None:
        """Something is to be done with a file of the next prompt."""
        if not 0 <= event.place < len(self.files):
            return
        file = self.files[event.place]
        match event.act:
            case "open":
                start_work(self.screen, partial(self.show_attachment, file), group="attachment")
            case "remove":
                self._remove(event.place)
            case "into-text":
                start_work(self.screen, partial(self._into_text, file), group="attachment")

    def _remove(self, place: int) -> None:
        file = self.files[place]
        self.set_files(tuple(one for number, one in enumerate(self.files) if number != place))
        added_ns = (self._added or {}).pop(file.attachment.sha256, 0)
        if added_ns:
            discard = partial(self.desk.attachments.discard, file.attachment, added_ns=added_ns)
            start_work(self.screen, partial(asyncio.to_thread, discard), group="attachment")

    async def _into_text(self, file: DraftFile) -> None:
        """Put a file's text into the composer, to be edited there."""
        text = await self._text_of(file)
        if text is None or file not in self.files:
            return
        self._remove(self.files.index(file))
        self.composer.give_back(text)
        self.composer.focus()

    async def _text_of(self, file: DraftFile) -> str | None:
        from tui.chat.attached import plain_text

        try:
            text = await asyncio.to_thread(plain_text, self.desk.attachments, file.attachment)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return None
        if text is None:
            self.say(f"{clean_line(file.attachment.name)} is a picture, not a text.")
        return text

    async def show_attachment(self, file: DraftFile) -> None:
        """Show a file: a text as text, a picture as a picture where the terminal can."""
        from tui.chat.attaching import kind_of

        name, words = file.attachment.name, file.words
        if kind_of(file.attachment.media_type) == "image":
            from tui.screens.picture import PictureDialog

            try:
                content = await asyncio.to_thread(self.desk.attachments.read, file.attachment)
            except ParleyError as error:
                self.say(str(error), is_problem=True)
                return
            self.app.push_screen(PictureDialog(name, content))
            return
        text = await self._text_of(file)
        if text is not None:
            from tui.screens.text_view import TextView

            self.app.push_screen(TextView(name, words, text))

    def show_attachments(self, message: Message) -> None:
        """Show what went with a message; of several files, the one that is chosen."""
        from tui.screens.pick import PickDialog
        from tui.widgets.pick_list import Row

        def show(row_id: str | None) -> None:
            if row_id:
                file = DraftFile(message.attachments[int(row_id)])
                start_work(self.screen, partial(self.show_attachment, file), group="attachment")

        if len(message.attachments) == 1:
            show("0")
            return
        rows = [Row(str(at), one.name, size_words(one.size_bytes)) for at, one in enumerate(message.attachments)]
        self.app.push_screen(PickDialog("Attachments", rows), show)

    # -- acts ------------------------------------------------------------------------------------------------------

    def act_attach_file(self) -> None:
        """Attach a file by its path."""
        from tui.screens.attach_file import AttachDialog

        def chosen(path: str | None) -> None:
            if path is not None:
                self.attach_paths([path])

        self.app.push_screen(AttachDialog(), chosen)

    def act_attach_clipboard(self) -> None:
        """Attach the picture on the clipboard."""
        start_work(self.screen, self._attach_clipboard, group="attaching", exclusive=False)

    async def _attach_clipboard(self) -> None:
        from tui.chat.clipboard_picture import read_clipboard_picture

        try:
            content = await asyncio.to_thread(read_clipboard_picture)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return
        self.attach_content("clipboard.png", content)

    def act_go_to_attachments(self) -> None:
        """Go to the files of the next prompt."""
        if self.files:
            self.attachment_bar.focus()
        else:
            self.say("Nothing is attached.")

    def act_go_to_waiting(self) -> None:
        """Go to the prompts that wait."""
        if self.waiting_prompts:
            self.waiting_bar.focus()
        else:
            self.say("No prompt is waiting.")

    # -- what columns take -----------------------------------------------------------------------------------------

    def show_destination(self) -> None:
        """Say where a prompt goes, and what somebody there cannot take."""
        super().show_destination()
        self.attachment_bar.problem = self._image_trouble(self.session.on_columns)

    def _image_trouble(self, columns: Sequence[Column]) -> str:
        """Who of `columns` cannot take the pictures, in a sentence; empty when nobody is known not to."""
        images = [file for file in self.files if file.attachment.media_type.startswith("image/")]
        if not images:
            return ""
        connections = self.desk.connections
        unseeing = [one for one in columns if connections.takes_images(one.model) is False]
        what = files_words(images)
        if unseeing and self.desk.blind.is_on:
            return f"{len(unseeing)} of the columns take no images: they are told the name of {what}."
        if unseeing:
            models = " and ".join(dict.fromkeys(clean_line(one.model) for one in unseeing))
            is_one = len({one.model for one in unseeing}) == 1
            rest = "is told only the name of" if is_one else "are told only the name of"
            return f"{models} {'takes' if is_one else 'take'} no images and {rest} {what}."
        largest = max(file.attachment.size_bytes for file in images)
        for column in columns:
            limit = connections.image_limit_bytes(column.model)
            if limit is not None and largest > limit:
                who = "A column" if self.desk.blind.is_on else clean_line(column.model)
                return f"{who} takes images of at most {limit >> 20} MB; a larger one is refused."
        return ""

    def refusal_of_files(self, columns: Sequence[Column]) -> str:
        """Why the files cannot be sent to `columns` at all; empty when they can."""
        if not self.files:
            return ""
        if any(column.kind == "completion" for column in columns):
            return "A text completion takes no attachments: put the text in (e on the chip), or switch its column off."
        takes_none = all(self.desk.connections.takes_images(column.model) is False for column in columns)
        if takes_none and not self.composer.text.strip() and all(one.tokens and one.is_image for one in self.files):
            return (
                "Nobody here takes images, and there is nothing else to send; write a prompt or choose another model."
            )
        return ""


def _put(read: Callable[[], Attachable], shelf: AttachmentStore) -> tuple[DraftFile, int]:
    """Read a file and put it on the shelf; when it was put there, if it was not there before."""
    found = read()
    attachment, added_ns = shelf.add_noting(found.name, found.media_type, found.content)
    if found.kind == "pdf":
        shelf.keep_text(attachment, found.text)
    return DraftFile(attachment, found.words, found.tokens), added_ns


def _existing_files(paths: Sequence[str]) -> list[str]:
    found = []
    for path in paths:
        if is_file(from_home(path)):
            found.append(path)
    return found

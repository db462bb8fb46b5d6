"""The views of a conversation's messages, made one by one as they are needed.

This module refuses to know where on the page a message is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tui.transcript.entry import Entry
from tui.transcript.estimates import rough_height, width_of_text
from tui.transcript.message import MessageView


class MessageViews:
    """The views of many entries, each made when it is first asked for."""

    def __init__(self, entries: Sequence[Entry], width: int) -> None:
        self.width = width
        self._entries = list(entries)
        self._views: list[MessageView | None] = [None] * len(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> MessageView:
        view = self._views[index]
        if view is None:
            view = self._views[index] = MessageView(self._entries[index], self.width)
        return view

    def __iter__(self) -> Iterator[MessageView]:
        return (self[index] for index in range(len(self)))

    def made(self) -> Iterator[MessageView]:
        """The views there are."""
        return (view for view in self._views if view is not None)

    @property
    def entries(self) -> Sequence[Entry]:
        """All entries."""
        return self._entries

    def height(self, index: int) -> int:
        """The height of a message, without making its view."""
        view = self._views[index]
        return view.height if view is not None else rough_height(self._entries[index], width_of_text(self.width))

    def heights(self) -> list[int]:
        """The heights of all messages."""
        width = width_of_text(self.width)
        return [
            rough_height(entry, width) if view is None else view.height
            for entry, view in zip(self._entries, self._views, strict=True)
        ]

    def append(self, entry: Entry) -> None:
        """Add a message at the end."""
        self._entries.append(entry)
        self._views.append(None)

    def truncate(self, count: int) -> None:
        """Keep the first messages."""
        del self._entries[count:], self._views[count:]

    def resize(self, width: int) -> None:
        """Take another width."""
        self.width = width
        for view in self.made():
            view.resize(width)

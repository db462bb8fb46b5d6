"""The inspector: exactly what would be sent, or was, and what came back; to be copied, edited and sent again.

Secrets were masked before anything got here. Refuses to send: it gives back what the user wants done.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.chat.frames import FrameShelf
from tui.chat.inspection import curl_command, differences, failed_tries, harmless_json, json_text, timing_lines
from tui.domain.session import Message
from tui.screens.dialog import Dialog
from tui.screens.edit_large import LargeTextDialog, json_object
from tui.screens.host import host_of
from tui.text.clean import clean, clean_line
from tui.text.widths import cell_width
from tui.widgets.entries import figures_of
from tui.widgets.figures import figure_texts
from tui.widgets.hint_line import Hint, HintLine
from tui.widgets.json_view import JsonView
from tui.widgets.page_bar import PageBar

MOST_CHARS = 400_000
"""A request that fills a hundred screens has been read by nobody; the rest is in the session file."""
NOT_SENT = "Nothing is on record about the request: it never left, or the message was imported."
PAGES = ("Request", "Response", "Timing", "Settings", "Frames")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is inspected."""

    title: str
    sent: Mapping[str, Any] | None
    """`{"method","url","headers","json"}`, masked; None: there is none on record."""
    message: Message | None = None
    """The reply; None: nothing was sent yet."""
    key_variable: str = ""
    now: Mapping[str, Any] = field(default_factory=dict)
    """The column's settings as they are now: parameters, `model` and `system`."""
    frames: FrameShelf = field(default_factory=FrameShelf)
    request_id: str = ""
    """The message that the frames were kept for, if that is not the reply: one request may bring several choices."""
    notes: tuple[str, ...] = ()
    """What was left out of the request, and why."""
    not_sent: Mapping[str, str] = field(default_factory=dict)
    """Settings that were in force and that the model does not take, with the reason."""
    whole: Callable[[Any], Any] = lambda body: body
    """The JSON with the pictures in it that are only named here; may read files."""

    @property
    def then(self) -> Mapping[str, Any]:
        """The settings that the reply was asked with."""
        if self.message is None:
            return self.now
        settings = dict(self.message.parameters)
        return {**settings, "model": self.message.model, "system": self.message.system}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants done with what was inspected."""

    kind: Literal["send", "take-over"]
    body: Any = None
    """For `send`: the JSON as the user left it."""


class Inspector(Dialog[Wish | None]):
    """The dialog; gives a wish or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "cancel", "Close", show=False),
        *(Binding(str(place), f"turn_to({place - 1})", name, show=False) for place, name in enumerate(PAGES, 1)),
        Binding("tab,right_square_bracket", "turn(1)", "Next page", priority=True, id="inspector-next-page"),
        Binding("shift+tab,left_square_bracket", "turn(-1)", "Page before", id="inspector-page-before", priority=True),
        Binding("c", "copy_json", "Copy as JSON", id="inspector-copy-json"),
        Binding("u", "copy_curl", "Copy as curl", id="inspector-copy-curl"),
        Binding("e", "edit", "Edit the JSON and send it", id="inspector-edit"),
        Binding("v", "take_over", "Take the reply's settings over", id="inspector-take-over"),
        Binding("f", "want_frames", "Keep raw frames from now on, or no more", id="inspector-frames"),
    ]

    DEFAULT_CSS = """
    Inspector {
        & > .dialog-box { width: 124; max-width: 96%; height: 90%; max-height: 90%; padding: 1 0 0 0; }
        & JsonView { height: 1fr; background: $surface; }
        & HintLine { dock: bottom; }
    }
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject

    def compose(self) -> ComposeResult:
        """Names of the pages, the page, the keys."""
        with self.frame(Vertical(), self._subject.title, "esc closes"):
            yield PageBar(PAGES)
            yield JsonView()
            yield HintLine()

    def on_mount(self) -> None:
        """From the first page."""
        self.query_one(JsonView).focus()
        self._show_hints()
        self._show_page()

    def on_resize(self, event: events.Resize) -> None:
        """The plot of the timings is as wide as the page."""
        if self.query_one(PageBar).current == PAGES.index("Timing"):
            self.call_after_refresh(self._show_page)

    # -- pages -----------------------------------------------------------------------------------------------------

    def action_turn_to(self, place: int) -> None:
        """Turn to a page."""
        self.query_one(PageBar).current = place
        self._show_page()

    def action_turn(self, step: int) -> None:
        """Turn to the next page, or the one before."""
        self.action_turn_to((self.query_one(PageBar).current + step) % len(PAGES))

    @on(PageBar.Picked)
    def _picked(self, event: PageBar.Picked) -> None:
        event.stop()
        self.action_turn_to(event.place)

    def _show_page(self) -> None:
        view = self.query_one(JsonView)
        width = max(10, view.size.width - 3 if view.size.width else 70)
        pages: tuple[Callable[[], str], ...] = (
            lambda: request_text(self._subject),
            lambda: response_text(self._subject),
            lambda: timing_text(self._subject, width),
            lambda: settings_text(self._subject, width),
            lambda: frames_text(self._subject),
        )
        place = self.query_one(PageBar).current
        text = pages[place]()
        if len(text) > MOST_CHARS:
            text = text[:MOST_CHARS] + "\n… the rest is in the session file"
        view.show_text(text, is_json=PAGES[place] not in ("Timing", "Settings"))

    def _show_hints(self) -> None:
        subject = self._subject
        hints = [Hint("tab", "next page", "turn(1)")]
        if subject.sent is not None:
            hints += [
                Hint("c", "copy JSON", "copy_json"),
                Hint("u", "copy curl", "copy_curl"),
                Hint("e", "edit and send" if subject.message is None else "edit, send again", "edit"),
            ]
        if subject.message is not None and differences(subject.then, subject.now):
            hints.append(Hint("v", "take settings over", "take_over"))
        hints.append(Hint("f", "no more frames" if subject.frames.is_wanted else "keep frames", "want_frames"))
        self.query_one(HintLine).hints = tuple(hints)

    @on(HintLine.Clicked)
    async def _hint_clicked(self, event: HintLine.Clicked) -> None:
        event.stop()
        await self.run_action(event.hint.action)

    # -- acts ------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a request there is nothing to copy or to edit."""
        if action in ("copy_json", "copy_curl", "edit"):
            return self._subject.sent is not None
        return action != "take_over" or self._subject.message is not None

    async def action_copy_json(self) -> None:
        """Copy the request as `{"method","url","headers","json"}`; pictures and all, as it is sent."""
        request = await asyncio.to_thread(lambda: json_text(_whole(self._subject)))
        host_of(self.app).copy(request, "the request as JSON")

    async def action_copy_curl(self) -> None:
        """Copy the request as a command; pictures and all, so that it can be run."""
        command = await asyncio.to_thread(_curl, self._subject)
        if command:
            host_of(self.app).copy(command, "the request as a curl command")
        else:
            self.notify("This request goes to no server; curl could not make it.", severity="warning")

    def action_edit(self) -> None:
        """Edit the JSON; it is sent when the dialog is left with ctrl+s."""

        def edited(text: str | None) -> None:
            if text is not None:
                self.dismiss(Wish("send", json_object(text)))

        hint = "Sent exactly as it stands here; the reply is a new variant. *** stands for the secret that was there."
        text = json_text((self._subject.sent or {}).get("json"))
        self.app.push_screen(
            LargeTextDialog("Edit the request", text, hint=hint, check=json_object, does="sends"), edited
        )

    def action_take_over(self) -> None:
        """Give the column the settings of this reply."""
        self.dismiss(Wish("take-over"))

    def action_want_frames(self) -> None:
        """Ask for raw frames with the next requests, or no more."""
        frames = self._subject.frames
        frames.is_wanted = not frames.is_wanted
        self._show_hints()
        self._show_page()


# -- what stands on the pages ------------------------------------------------------------------------------------------


def _head_lines(values: Mapping[str, Any]) -> list[str]:
    return [f"{clean_line(str(name))}: {clean_line(str(value))}" for name, value in values.items()]


def _whole(subject: Subject) -> dict[str, Any]:
    """The request with its pictures in it; may read files."""
    sent = dict(subject.sent or {})
    if sent.get("json") is not None:
        sent["json"] = subject.whole(sent["json"])
    return sent


def _curl(subject: Subject) -> str:
    return curl_command(_whole(subject), key_variable=subject.key_variable)


def request_text(subject: Subject) -> str:
    """Method, address, headers and JSON."""
    if subject.sent is None:
        return NOT_SENT
    head = [f"{subject.sent.get('method', '')} {clean_line(str(subject.sent.get('url', '')))}"]
    head += _head_lines(dict(subject.sent.get("headers") or {}))
    notes = [f"note: {clean_line(note)}" for note in subject.notes]
    return "\n".join([*head, *notes, "", json_text(subject.sent.get("json"))])


def response_text(subject: Subject) -> str:
    """Status, headers, how it ended, and what the provider added."""
    message = subject.message
    if message is None:
        return "Nothing was sent yet."
    meta = dict(message.meta)
    http = meta.pop("http", None)
    lines = [f"a try before failed: {clean_line(cause)}" for cause in failed_tries(message)]
    if isinstance(http, Mapping):
        headers = http.get("headers")
        lines += [f"HTTP {http.get('status', '')}", *_head_lines(headers if isinstance(headers, Mapping) else {}), ""]
    finish = message.finish.value if message.finish is not None else "none: it never ended"
    lines.append(f"finish: {finish} {clean_line(message.finish_words)}".rstrip())
    if message.error is not None:
        lines.append(f"error: {message.error.kind}: {clean_line(message.error.message)}")
    lines += figure_texts(figures_of(message), length="full")
    if meta:
        lines += ["", json_text(meta)]
    return "\n".join(lines)


def timing_text(subject: Subject, width_cells: int) -> str:
    """When what happened, with the plot of the gaps."""
    if subject.message is None:
        return "Nothing was sent yet."
    return "\n".join(timing_lines(subject.message, width_cells))


def settings_text(subject: Subject, width_cells: int) -> str:
    """The settings then, and where they are others now."""
    then, now = dict(subject.then), dict(subject.now)
    changed = {one.name for one in differences(then, now)}
    names = list(dict.fromkeys([*then, *now]))
    if subject.message is None:
        lines = ["The column's settings, which this request was made from:", ""]
    elif changed:
        lines = ["What this reply was asked with; → what the column is set to now (v takes the old ones over):", ""]
    else:
        lines = ["What this reply was asked with; the column is set to the same now:", ""]
    widest = max((cell_width(name) for name in names), default=0)
    for name in sorted(names, key=lambda name: (name not in changed, name)):
        was = _value_words(then.get(name), width_cells)
        line = f"{'≠' if name in changed else ' '} {name:<{widest}}  {was}"
        if name in changed:
            line += f"  →  {_value_words(now.get(name), width_cells)}"
        if name in subject.not_sent and then.get(name) is not None:
            line += f"  (not sent: {clean_line(subject.not_sent[name])})"
        lines.append(line)
    return "\n".join(lines)


def _value_words(value: Any, width_cells: int) -> str:
    if value is None:
        return "not set"
    words = clean_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
    if value == "":
        return "empty"
    return words if len(words) <= width_cells else f"{words[: width_cells - 1]}…"


def frames_text(subject: Subject) -> str:
    """What came over the wire, frame by frame."""
    state = "Frames are kept from now on." if subject.frames.is_wanted else "f keeps the frames of the next replies."
    if subject.message is None:
        return state
    kept = subject.frames.of(subject.request_id or subject.message.id)
    if kept is None:
        return f"The raw frames of this reply were not kept. {state}"
    if not kept.frames:
        return "No frame of a reply came."
    lines = [
        f"{f'event: {clean_line(frame.event)} ' if frame.event else ''}{harmless_json(clean(frame.text))}"
        for frame in kept.frames
    ]
    if kept.left_out:
        lines.append(f"… and {kept.left_out} more, which were not kept")
    return "\n".join(lines)

"""The chat screen: panes left and right, columns in the middle, the composer below them.

Its first picture, and the first keys typed into the composer, wait for nothing: what can be done here is the
workbench's, which is imported and put in place right after. Until then acts and prompts are kept and done in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.screens.acts import CHAT_ACTS
from tui.screens.compositing import NarrowCompositor
from tui.screens.hinting import hints_for
from tui.screens.host import host_of
from tui.screens.panes import Side
from tui.screens.switchboard import Switchboard
from tui.widgets.composer import HINT_GAP, Composer
from tui.widgets.hint_line import Hint, HintLine
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui.domain.session import Session
    from tui.screens.workbench import Workbench
    from tui.transcript import FrameClock


class ChatScreen(Switchboard):
    """The screen that Parley opens with."""

    BINDINGS: ClassVar[list[BindingType]] = [act.binding for act in CHAT_ACTS]
    AUTO_FOCUS = "#composer"

    columns_box = getters.query_one("#columns", Horizontal)
    hint_line = getters.query_one(HintLine)
    frame_clock: FrameClock
    """Paints the transcripts; they look for it here."""

    def __init__(self, make_bench: Callable[[ChatScreen], Awaitable[Workbench | None]]) -> None:
        """The screen.

        Args:
            make_bench: Makes what happens on the screen, once the first picture is shown; None: the app is to end.
        """
        super().__init__()
        self._compositor = NarrowCompositor()
        self._make_bench = make_bench
        self._kept: list[Callable[[], Awaitable[None]]] = []
        """What the user did before the workbench was there, in order."""

    def compose(self) -> ComposeResult:
        """The places of the panes and columns, the composer, the hints."""
        with Horizontal(id="body"):
            yield self._pane("left")
            with Vertical(id="middle"):
                yield Horizontal(id="columns")
                yield Composer(id="composer")
            yield self._pane("right")
        yield HintLine()
        yield Static(id="too-small", markup=False)

    def _pane(self, side: Side) -> Vertical:
        """The place of a pane, open or folded from the first."""
        place = Vertical(id=side)
        self.place_pane(side, place)
        return place

    def on_mount(self) -> None:
        """Show the keys; all else comes after the first picture."""
        self.show_keys()
        self.call_after_refresh(self.app.call_later, self._begin)

    async def _begin(self) -> None:
        """The first picture is there: keys count from now on, and come before everything that is still to be loaded."""
        await host_of(self.app).take_typed_ahead()
        start_work(self, self._get_ready, group="opening")

    async def _get_ready(self) -> None:
        bench = await self._make_bench(self)
        if bench is None:
            return
        await bench.open()
        self._bench = bench
        self.show_hints()
        if (preset := host_of(self.app).opening.preset) is not None:
            await bench.begin_with(preset)
        kept, self._kept = self._kept, []
        for act in kept:
            await act()
        self.app.call_later(host_of(self.app).take_typed_ahead)
        await host_of(self.app).load_all_themes()

    async def show_glimpse(self, session: Session | None) -> None:
        """Lay the end of a session that is being opened over the columns; None takes it away."""
        await self.columns_box.query("Glimpse").remove()
        if session is not None:
            from tui.widgets.glimpse import Glimpse

            await self.columns_box.mount(Glimpse(session, width=self.columns_box.size.width))

    # -- hints and titles ------------------------------------------------------------------------------------------

    def key_of(self, binding_id: str) -> str:
        """The first key of an act as it is bound now, in words."""
        keys = host_of(self.app).keys_of(binding_id)
        return keys[0] if keys else ""

    @property
    def is_replying(self) -> bool:
        """Whether a reply is under way in any column."""
        return self._bench is not None and self._bench.is_replying

    def show_keys(self) -> None:
        """Say which keys there are, as they are bound and as the terminal can report them."""
        send, new_line = self.key_of("send-prompt"), self.key_of("new-line")
        self.composer.key_hint = f"{send} sends{HINT_GAP}{new_line} new line"
        if self._bench is None or not self._bench.waiting_prompts:
            self.composer.show_waiting("")
        for beginning in self.query("Beginning"):
            beginning.refresh()
        self.show_hints()

    def show_hints(self) -> None:
        """Show the keys that matter now: for what is under way, for where the focus is, then those that always do."""
        stop = [Hint(self.key_of("stop"), "stop", "stop")] if self.is_replying else []
        here = hints_for(self.focused, self.key_of)
        found = (*stop, *here, *self._lasting_hints(is_short=bool(here)))
        self.hint_line.hints = tuple(hint for hint in found if hint.key)

    def _lasting_hints(self, *, is_short: bool) -> list[Hint]:
        """The keys that matter everywhere; `is_short`: only the most important ones."""
        panes = [] if is_short else [act for act in CHAT_ACTS if act.short and act.id != "stop"]
        found = [Hint(self.key_of("help"), "help", "app.help")]
        found += [Hint(self.key_of(act.id), act.short, act.action) for act in panes]
        found.append(Hint(self.key_of("commands"), "commands", "app.commands"))
        return [*found, Hint(self.key_of("quit"), "quit", "app.quit")]

    def on_descendant_focus(self) -> None:
        """Other keys matter where the focus is now."""
        self.call_after_refresh(self.show_hints)

    def on_parameter_list_moved(self) -> None:
        """Other keys matter on another row."""
        self.show_hints()

    def show_title(self, title: str) -> None:
        """Say which session this is, here and in the terminal's title."""
        self.hint_line.status = title
        self.app.title = f"Parley: {title}" if title else "Parley"

    async def on_hint_line_clicked(self, event: HintLine.Clicked) -> None:
        """A hint was clicked: do what it says."""
        event.stop()
        if event.hint.action:
            await self.run_action(event.hint.action)

    # -- acts ------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape stops a reply if there is one, else it is the focused widget's."""
        if action == "stop":
            return self._bench is not None and self._bench.has_something_to_stop
        return True

    async def action_act(self, act_id: str) -> None:
        """Do one of the acts in `acts.py`."""
        if self._bench is None:
            self._kept.append(lambda: self.bench.act(act_id))
        else:
            await self._bench.act(act_id)

    async def action_stop(self) -> None:
        """Stop the reply; it has an action of its own because Escape means other things, too."""
        await self.action_act("stop")

    def action_back(self) -> None:
        """Put what lies over the columns away, else go to the composer; with vim's keys, up from there, not back."""
        if self.close_overlay():
            return
        if not host_of(self.app).has_vim_keys or self._bench is None:
            self.composer.focus()
        elif self.composer.has_focus:
            self._bench.current_view.take_focus()
        elif not any(view.transcript.has_focus for view in self._bench.views):
            self.composer.focus()

    # -- facts that went up to here --------------------------------------------------------------------------------

    def arrange_panes(self) -> None:
        """Bring panes and columns in line with the size of the screen."""
        super().arrange_panes()
        if self._bench is not None:
            self.call_after_refresh(self._bench.fit_columns)

    async def on_composer_submitted(self, event: Composer.Submitted) -> None:
        """A prompt is to be sent."""
        event.stop()
        if self._bench is None:
            self._kept.append(lambda: self.bench.submitted(event))
            host_of(self.app).hold_keys()  # the prompt stays in the composer until somebody can take it
        else:
            await self._bench.submitted(event)

    async def on_composer_long_pasted(self, event: Composer.LongPasted) -> None:
        """A long text was pasted."""
        event.stop()
        if self._bench is None:
            self._kept.append(lambda: _now(lambda: self.bench.long_pasted(event)))
        else:
            self._bench.long_pasted(event)

    async def on_composer_paths_pasted(self, event: Composer.PathsPasted) -> None:
        """What was pasted may be files."""
        event.stop()
        if self._bench is not None:
            await self._bench.paths_pasted(event)

    # -- the end ---------------------------------------------------------------------------------------------------

    async def close_down(self) -> None:
        """Put everything on record before the app ends."""
        if self._bench is not None:
            self.frame_clock.stop()
            await self._bench.close()

    async def on_unmount(self) -> None:
        """However the app ended, the index is let go of."""
        if self._bench is not None:
            await self._bench.leave_library()


async def _now(act: Callable[[], object]) -> None:
    """Do an act that waits for nothing, where one that may is expected."""
    act()

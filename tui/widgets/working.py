"""How work beside the keys begins and ends: it leaves nothing behind, and meets no screen that is half taken down."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.dom import DOMNode
from textual.messages import Prune
from textual.worker import Worker

if TYPE_CHECKING:
    from textual.worker import WorkType


class EndsItsWork(DOMNode):
    """A screen whose workers end before its widgets go.

    The toolkit takes the widgets down first: a worker that goes on in between would look for what is not there.
    To be named as the last of the bases: the toolkit takes a screen's styles from the first.
    """

    @on(Prune)
    def _end_work(self) -> None:
        self.workers.cancel_node(self)  # everything below is still there


def start_work(
    node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], *, group: str, exclusive: bool = False
) -> Worker[None]:
    """Run `work` beside everything else, for as long as `node` is there.

    It begins with a function, not with a coroutine: one cancelled before its turn leaves nothing behind.

    Args:
        node: The widget, screen or app that it belongs to.
        work: Called when the worker begins; an unexpected error in it ends the app.
        group: What workers of the same purpose are called.
        exclusive: Whether those of the group that still run are cancelled first.
    """
    return node.run_worker(cast("WorkType[None]", work), group=group, exclusive=exclusive)

"""Starting a worker from a function, not from a coroutine: one cancelled before its turn leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from textual.dom import DOMNode
from textual.worker import Worker

if TYPE_CHECKING:
    from textual.worker import WorkType


def start_work(
    node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], *, group: str, exclusive: bool = False
) -> Worker[None]:
    """Run `work` beside everything else, for as long as `node` is there.

    Args:
        node: The widget, screen or app that it belongs to.
        work: Called when the worker begins; an unexpected error in it ends the app.
        group: What workers of the same purpose are called.
        exclusive: Whether those of the group that still run are cancelled first.
    """
    return node.run_worker(cast("WorkType[None]", work), group=group, exclusive=exclusive)

"""Once, some time from now.

Textual's own one-shot timer is dropped without a word where the process stands still for longer than it was to wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.message_pump import MessagePump


def after(delay_s: float, pump: MessagePump, callback: Callable[..., Any], *arguments: Any) -> asyncio.TimerHandle:
    """Have `pump` (an app, a screen, a widget) call `callback` when `delay_s` are over, unless it is gone by then.

    Returns:
        What cancels it.
    """
    return asyncio.get_running_loop().call_later(delay_s, pump.call_later, callback, *arguments)

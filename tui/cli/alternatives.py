"""What could answer where the embedded model is not here and nobody chose another: said, never chosen.

The app proposes the same in the same words. Refuses to ask a vendor: only servers on this machine are looked for.
"""

from __future__ import annotations

from tui.config import Config

MOST_NAMED = 3


async def found_words(config: Config) -> str:
    """A sentence about servers that answer here and keys that are set; empty when there is nothing, or a choice."""
    from tui.providers.discovery import not_running, running_servers
    from tui.providers.endpoints import known_endpoints
    from tui.text.clean import clean_line
    from tui.widgets.findings import proposable, why_ready
    from tui.widgets.model_rows import Shelf

    if config.model != Config().model:
        return ""
    statuses = {one.name: one for one in known_endpoints(config)}
    running = await running_servers(config)
    absent = not_running(config, statuses.values(), running)
    shelf = Shelf(statuses=list(statuses.values()), running=running, probed=running | absent)
    ready = [statuses[name] for name in proposable(shelf, config.endpoints)]
    if not ready:
        return ""
    named = (f"{clean_line(one.label or one.name, 40)} ({why_ready(shelf, one)})" for one in ready[:MOST_NAMED])
    return f"Found: {', '.join(named)}; “parley models {clean_line(ready[0].name, 40)}” lists what -m takes."

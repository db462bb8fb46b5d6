"""What could answer where the embedded model is not here and nobody chose another: said, never chosen.

The app proposes the same in the same words. Refuses to ask a vendor: only servers on this machine are looked for.
"""

from __future__ import annotations

from tui.config import Config

EMBEDDED, SCRIPTED = "local", "demo"
MOST_NAMED = 3


async def found_words(config: Config) -> str:
    """A sentence about servers that answer here and keys that are set; empty when there is nothing, or a choice."""
    from tui.providers.discovery import not_running, running_servers
    from tui.providers.endpoints import known_endpoints
    from tui.text.clean import clean_line

    if config.model != Config().model:
        return ""
    statuses = [one for one in known_endpoints(config) if one.is_usable and one.name not in (EMBEDDED, SCRIPTED)]
    running = await running_servers(config)
    absent = not_running(config, statuses, running)
    ready = [one for one in statuses if one.name not in absent]
    ready.sort(key=lambda one: 0 if one.name in config.endpoints else 1 if one.name in running else 2)
    if not ready:
        return ""
    named = []
    for one in ready[:MOST_NAMED]:
        key = f"key from {one.key_place}" if one.key_place else "set up in your configuration"
        why = "answers on this machine" if one.name in running else key
        named.append(f"{clean_line(one.label or one.name, 40)} ({why})")
    return f"Found: {', '.join(named)}; “parley models {clean_line(ready[0].name, 40)}” lists what -m takes."

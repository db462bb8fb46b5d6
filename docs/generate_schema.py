"""Writes `docs/session.schema.json` anew; run it after changing an event: `python docs/generate_schema.py`."""

from __future__ import annotations

from pathlib import Path

from tui.store.schema import schema_text

if __name__ == "__main__":
    Path(__file__).with_name("session.schema.json").write_text(schema_text(), "utf-8")

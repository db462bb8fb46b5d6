"""Open WebUI's export: branches, reasoning, columns."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.store.imports.reading import PNG, by_text, the_session
from tests.store.strategies import json_values
from tui.domain.events import Finish
from tui.store.attachments import AttachmentStore
from tui.store.imports import import_file, open_webui
from tui.store.sessions import SessionStore

REASONED = """<details type="reasoning" done="true" duration="3">
<summary>Thought for 3 seconds</summary>
&gt; one
> two
</details>
Hi there"""


def webui_chat() -> dict[str, Any]:
    picture = "data:image/png;base64," + base64.b64encode(PNG).decode()
    messages: list[dict[str, Any]] = [
        {
            "id": "u1",
            "parentId": None,
            "role": "user",
            "content": "Hello",
            "timestamp": 1700000000,
            "files": [{"type": "image", "url": picture}, {"id": "x"}],
        },
        {
            "id": "r1",
            "parentId": "u1",
            "role": "assistant",
            "model": "qwen3:8b",
            "content": REASONED,
            "timestamp": 1700000005,
            "done": True,
            "usage": {"prompt_tokens": 3, "completion_tokens": 4},
        },
        {"id": "r2", "parentId": "u1", "role": "assistant", "model": "gpt-4o", "content": "Good day", "done": False},
        {
            "id": "r3",
            "parentId": "u1",
            "role": "assistant",
            "model": "gpt-4o",
            "content": "",
            "error": {"content": "quota"},
        },
    ]
    return {
        "id": "chat-1",
        "title": "Greeting",
        "created_at": 1700000000,
        "pinned": True,
        "meta": {"tags": ["fun"]},
        "chat": {
            "models": ["qwen3:8b", "gpt-4o"],
            "params": {"system": "Be kind", "temperature": 0.3, "seed": None},
            "history": {"currentId": "r1", "messages": {message["id"]: message for message in messages}},
        },
    }


def test_open_webui_comes_with_branches_reasoning_and_columns(tmp_path: Path, store: SessionStore) -> None:
    path = tmp_path / "chats.json"
    path.write_text(json.dumps([webui_chat(), {"chat": {"history": {"messages": []}}}]))
    report = import_file(path, store)
    assert (report.kind, len(report.added), len(report.failed)) == ("open-webui", 1, 1)
    session = the_session(store)
    assert (session.title, session.is_pinned, session.tags) == ("Greeting", True, ("fun",))
    columns = list(session.columns.values())
    assert [column.model for column in columns] == ["ollama/qwen3:8b", "openai/gpt-4o"]
    assert columns[0].system == "Be kind"
    assert columns[0].parameters == {"temperature": 0.3}
    hello, answer = session.path(columns[0].head)
    assert answer.text == "Hi there"
    assert answer.reasoning == "one\ntwo"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3, 4)
    assert session.path(columns[1].head)[-1].finish is Finish.CUT_SHORT
    assert by_text(session, "quota").finish is Finish.ERROR
    assert AttachmentStore(store.folder).read(hello.attachments[0]) == PNG
    assert import_file(path, store).unchanged == 1


@given(
    st.recursive(
        json_values,
        lambda inner: st.fixed_dictionaries(
            {
                "chat": st.fixed_dictionaries(
                    {"history": st.fixed_dictionaries({"messages": st.dictionaries(st.text(max_size=3), inner)})}
                )
            }
        ),
        max_leaves=5,
    )
)
def test_no_json_breaks_the_open_webui_reader(document: Any) -> None:
    if open_webui.is_export(document):
        list(open_webui.read_chats(document))

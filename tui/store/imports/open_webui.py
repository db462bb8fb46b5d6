"""Open WebUI's export: a JSON list of chats, each with its whole tree of messages.

Source: exports of Open WebUI 0.3 to 0.6 ("Export chats", single or all). `chat.history` holds `messages` by id, with
`parentId`, and the `currentId` on screen; answers of several models to one prompt are siblings. Reasoning stands in
the answer as `<details type="reasoning">`.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tui.domain.events import Finish, Usage
from tui.store.imports.foreign import SourceChat, SourceFile, SourceMessage, Unreadable, moment

KIND = "open-webui"
_REASONING = re.compile(
    r"<details\b[^>]*\btype=\"reasoning\"[^>]*>\s*(?:<summary>.*?</summary>)?(.*?)</details>\s*", re.DOTALL
)
_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,(.*)", re.DOTALL)


def is_export(document: Any) -> bool:
    """Whether parsed JSON looks like Open WebUI's."""
    items = document if isinstance(document, list) else [document]
    return any(isinstance(item, Mapping) and _history(item) is not None for item in items[:20])


def _history(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    chat = item.get("chat", item)
    history = chat.get("history") if isinstance(chat, Mapping) else None
    return history if isinstance(history, Mapping) and isinstance(history.get("messages"), Mapping) else None


def read_chats(document: Any) -> Iterator[SourceChat | Unreadable]:
    """All chats of an export."""
    for number, item in enumerate(document if isinstance(document, list) else [document], 1):
        try:
            history = _history(item)
            if history is None:
                raise ValueError("no history")
            yield _chat(item, history)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            title = item.get("title") if isinstance(item, Mapping) else None
            yield Unreadable(f"Chat {number} ({title or 'untitled'}) is not in a form that Parley knows.")


def _chat(item: Mapping[str, Any], history: Mapping[str, Any]) -> SourceChat:
    inner: Mapping[str, Any] = item.get("chat", item)
    models = [str(model) for model in inner.get("models") or () if model]
    parameters = {key: value for key, value in (inner.get("params") or {}).items() if value is not None}
    tags = (item.get("meta") or {}).get("tags") or inner.get("tags") or []
    chat = SourceChat(
        id=str(item.get("id") or inner.get("id") or f"{inner.get('timestamp')}/{inner.get('title')}"),
        title=str(item.get("title") or inner.get("title") or ""),
        at=moment(item.get("created_at") or inner.get("timestamp")),
        model=models[0] if models else "",
        system=str(parameters.pop("system", None) or inner.get("system") or ""),
        parameters={key: value for key, value in parameters.items() if isinstance(value, (int, float, str))},
        tags=tuple(str(tag.get("name") if isinstance(tag, Mapping) else tag) for tag in tags),
        is_pinned=bool(item.get("pinned")),
    )
    messages: Mapping[str, Any] = history["messages"]
    chat.messages = [_message(name, messages[name]) for name in _parents_first(messages)]
    chat.heads = _heads(chat, str(history.get("currentId") or ""))
    return chat


def _parents_first(messages: Mapping[str, Any]) -> list[str]:
    below: dict[str | None, list[str]] = {}
    for name, message in messages.items():
        parent = message.get("parentId")
        below.setdefault(parent if parent in messages else None, []).append(name)
    found: list[str] = []
    queue = list(reversed(below.get(None, [])))
    while queue:
        name = queue.pop()
        found.append(name)
        queue += reversed(below.get(name, []))
    return found


def _message(name: str, message: Mapping[str, Any]) -> SourceMessage:
    role = message["role"]
    text, reasoning = _split(_content(message.get("content")))
    error = message.get("error")
    found = SourceMessage(
        name,
        message.get("parentId"),
        role if role in ("user", "assistant", "system", "tool") else "system",
        text,
        moment(message.get("timestamp")),
        reasoning,
        str(message.get("model") or ""),
        files=list(_files(message.get("files") or ())),
    )
    if error:
        found.finish = Finish.ERROR
        found.text = found.text or str(error.get("content") if isinstance(error, Mapping) else error)
    elif message.get("done") is False:
        found.finish = Finish.CUT_SHORT
    found.usage = _usage(message.get("usage") or message.get("info") or {})
    return found


def _content(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else ""


def _split(text: str) -> tuple[str, str]:
    """The answer without its folded reasoning, and that reasoning without quote marks."""
    thoughts = [
        "\n".join(html.unescape(line).removeprefix("> ").removeprefix(">") for line in block.strip().split("\n"))
        for block in _REASONING.findall(text)
    ]
    return (_REASONING.sub("", text), "\n\n".join(thoughts)) if thoughts else (text, "")


def _usage(usage: Any) -> Usage:
    if not isinstance(usage, Mapping):
        return Usage()

    def count(*names: str) -> int | None:
        return next((value for name in names if type(value := usage.get(name)) is int), None)

    return Usage(count("prompt_tokens", "prompt_eval_count"), count("completion_tokens", "eval_count"))


def _files(files: Any) -> Iterator[SourceFile]:
    for number, file in enumerate(files, 1):
        found = _DATA_URI.fullmatch(str(file.get("url") or "")) if isinstance(file, Mapping) else None
        if found is None:
            continue  # kept on the server, and not in the export
        try:
            yield SourceFile(str(file.get("name") or f"file-{number}"), found[1], base64.b64decode(found[2]))
        except (binascii.Error, ValueError):
            continue


def _heads(chat: SourceChat, current: str) -> list[tuple[str, str]]:
    """One column where the screen was, and one for each other model that answered the same last question."""
    by_id = {message.id: message for message in chat.messages}
    shown = by_id.get(current)
    if shown is None:
        return []
    heads = [(shown.model or chat.model, shown.id)]
    if shown.role == "assistant":
        siblings = [m for m in chat.messages if m.parent == shown.parent and m.role == "assistant" and m is not shown]
        for other in siblings:
            if other.model not in [model for model, _ in heads]:
                heads.append((other.model, other.id))
    return heads

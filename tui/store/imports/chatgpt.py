"""ChatGPT's export: `conversations.json`, alone or in the ZIP that it is mailed in, whole or split, with all branches.

Source: observed exports of 2023 to 2026; OpenAI publishes no schema. A conversation holds a `mapping` of nodes with
`parent` and `message`, and the `current_node` that was on screen. Nodes without words of their own (roots, hidden
context) are stepped over. Thinking, code sent to tools and what tools answered become the reasoning of the reply
that follows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tui.store.imports.foreign import SourceChat, SourceMessage, Unreadable, moment

KIND = "chatgpt"
_HIDDEN = frozenset({"model_editable_context", "user_editable_context"})


def is_export(document: Any) -> bool:
    """Whether parsed JSON looks like ChatGPT's."""
    items = document if isinstance(document, list) else [document]
    return any(isinstance(item, Mapping) and isinstance(item.get("mapping"), Mapping) for item in items[:20])


def read_chats(document: Any) -> Iterator[SourceChat | Unreadable]:
    """All conversations of an export."""
    for number, item in enumerate(document if isinstance(document, list) else [document], 1):
        try:
            yield _chat(item)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            title = item.get("title") if isinstance(item, Mapping) else None
            yield Unreadable(f"Conversation {number} ({title or 'untitled'}) is not in a form that Parley knows.")


def _chat(item: Mapping[str, Any]) -> SourceChat:
    mapping: Mapping[str, Any] = item["mapping"]
    chat = SourceChat(
        id=str(item.get("conversation_id") or item.get("id") or f"{item.get('create_time')}/{item.get('title')}"),
        title=str(item.get("title") or ""),
        at=moment(item.get("create_time")),
    )
    walk = _Walk(mapping, chat)
    walk.run()
    current = str(item.get("current_node") or "")
    head = walk.kept_at_or_above(current)
    chat.model = _model_above(head, chat) or str(item.get("default_model_slug") or "")
    if head:
        chat.heads = [(chat.model, head)]
    return chat


def _model_above(head: str | None, chat: SourceChat) -> str:
    """The model that answered last on the way to the head; other branches may know others."""
    messages = {message.id: message for message in chat.messages}
    message = messages.get(head or "", chat.messages[-1] if chat.messages else None)
    while message is not None and not message.model:
        message = messages.get(message.parent or "")
    return message.model if message is not None else ""


class _Walk:
    """From the roots down, each node after its parent, without recursion: chains are thousands long."""

    def __init__(self, mapping: Mapping[str, Any], chat: SourceChat) -> None:
        self._mapping = mapping
        self._chat = chat
        self._standing: dict[str, str | None] = {}
        """Node -> the kept message that it is, or that stands above it."""
        self._thoughts: dict[str, list[str]] = {}
        """Node -> reasoning that waits for the next reply below it."""

    def run(self) -> None:
        roots = [name for name, node in self._mapping.items() if node.get("parent") not in self._mapping]
        self._walk_from(roots)
        self._walk_from([name for name in self._mapping if name not in self._standing])  # no parent names them

    def _walk_from(self, roots: list[str]) -> None:
        queue: list[tuple[str, str | None]] = [(name, self._mapping[name].get("parent")) for name in reversed(roots)]
        while queue:
            name, parent = queue.pop()
            if name in self._standing:
                continue
            self._take(name, parent, self._mapping[name])
            below = [child for child in self._mapping[name].get("children") or () if child in self._mapping]
            if not below and self._thoughts.get(name):
                self._keep_thoughts(name)
            queue += [(child, name) for child in reversed(below)]

    def kept_at_or_above(self, name: str) -> str | None:
        return self._standing.get(name)

    def _take(self, name: str, parent: str | None, node: Mapping[str, Any]) -> None:
        above = self._standing.get(parent) if parent is not None else None
        thoughts = list(self._thoughts.get(parent, ())) if parent is not None else []
        self._standing[name] = above
        message = node.get("message")
        if isinstance(message, Mapping):
            author = message.get("author")
            role = author.get("role") if isinstance(author, Mapping) else None
            content = message.get("content") or {}
            text = content_text(content)
            if role == "system" or content.get("content_type") in _HIDDEN:
                self._take_context(role, text)
            elif role == "user" and text:
                self._keep(name, SourceMessage(name, above, "user", text, moment(message.get("create_time"))))
                thoughts = []
            elif role == "assistant" and _is_answer(message, content) and text:
                self._keep(name, _reply(name, above, message, text, thoughts))
                thoughts = []
            elif text and isinstance(role, str):  # nobody's words are stepped over
                thoughts.append(_thought(role, message, text))
        self._thoughts[name] = thoughts

    def _take_context(self, role: object, text: str) -> None:
        if role == "system" and text and not self._chat.system:
            self._chat.system = text

    def _keep(self, name: str, message: SourceMessage) -> None:
        self._chat.messages.append(message)
        self._standing[name] = name

    def _keep_thoughts(self, name: str) -> None:
        """A branch that ends in thinking or in a tool's answer: a reply without text."""
        message = self._mapping[name].get("message") or {}
        self._keep(name, _reply(name, self._standing[name], message, "", self._thoughts[name]))


def _is_answer(message: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    kind = content.get("content_type", "text")
    return message.get("recipient", "all") == "all" and kind in ("text", "multimodal_text")


def _reply(name: str, above: str | None, message: Mapping[str, Any], text: str, thoughts: list[str]) -> SourceMessage:
    metadata = message.get("metadata") or {}
    return SourceMessage(
        name,
        above,
        "assistant",
        text,
        moment(message.get("create_time")),
        "\n\n".join(thoughts),
        str(metadata.get("model_slug") or ""),
    )


def _thought(role: str, message: Mapping[str, Any], text: str) -> str:
    if role == "tool":
        return f"[{message['author'].get('name') or 'tool'} answered]\n{text}"
    recipient = message.get("recipient", "all")
    return f"[to {recipient}]\n{text}" if recipient != "all" else text


def content_text(content: Mapping[str, Any]) -> str:
    """The words in a message's content; what is no text is named in brackets."""
    parts = content.get("parts")
    if isinstance(parts, list):
        return "\n".join(filter(None, map(_part_text, parts))).strip("\n")
    if isinstance(content.get("thoughts"), list):
        thoughts = [thought for thought in content["thoughts"] if isinstance(thought, Mapping)]
        return "\n\n".join(f"{item.get('summary') or ''}\n{item.get('content') or ''}".strip() for item in thoughts)
    for key in ("text", "result", "content"):
        if isinstance(content.get(key), str):
            return str(content[key])
    return ""


def _part_text(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return "" if part is None else json.dumps(part)
    if isinstance(part.get("text"), str):
        return str(part["text"])
    kind = str(part.get("content_type") or "attachment").removesuffix("_asset_pointer").replace("_", " ")
    return f"[{kind}: {part.get('asset_pointer') or part.get('name') or ''}]"

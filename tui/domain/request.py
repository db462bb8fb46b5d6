"""What is asked of a model: references, chat and completion requests.

Values only; how they look on a wire is each dialect's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tui.errors import ConfigError

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model's address, written `endpoint/model`; the first `/` separates."""

    endpoint: str
    model: str

    @classmethod
    def parse(cls, text: str) -> ModelRef:
        """Read `endpoint/model`.

        Raises:
            ConfigError: there is no `/`, or nothing on one side of it.
        """
        endpoint, slash, model = text.strip().partition("/")
        if not slash or not endpoint or not model:
            raise ConfigError(f"“{text}” is not a model; write it as endpoint/model, for example local/default.")
        return cls(endpoint, model)

    def __str__(self) -> str:
        return f"{self.endpoint}/{self.model}"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in a user message: its bytes (base64) with a media type, or an https address."""

    media_type: str = ""
    base64: str = ""
    url: str = ""

    @property
    def data_uri(self) -> str:
        """The address, or the bytes as a data URI."""
        return self.url or f"data:{self.media_type};base64,{self.base64}"


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One turn of the conversation as it is sent."""

    role: Role
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """How to send, as opposed to what to ask: never part of the body unless `extra_body` says so."""

    stream: bool | None = None
    """True, false, or None for the endpoint's default."""
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold a secret
    secret_headers: frozenset[str] = frozenset()
    """Names of those whose values were given as references: secrets, whatever they are called."""
    retry: Mapping[str, Any] = field(default_factory=dict)
    timeout: Mapping[str, Any] = field(default_factory=dict)
    clamps: bool = False
    """Whether numbers beyond what the model takes become the nearest that it takes, with a note, instead of an error:
    they may have been set for another model."""
    wants_frames: bool = False
    """Whether RawFrame events are wanted (inspector)."""
    body: Any = None
    """JSON that the user wrote by hand, sent in place of what the dialect would send; None: the dialect's."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A conversation that wants a reply.

    `parameters` holds set values only, by their row names (`temperature`, `max_tokens` …) or, for a vendor's own
    fields, by wire name. Unset is absence.
    """

    model: ModelRef
    messages: tuple[PromptMessage, ...]
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    options: RequestOptions = field(default_factory=RequestOptions)


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A text that wants to be continued, or a gap between prompt and suffix that wants to be filled."""

    model: ModelRef
    prompt: str | tuple[str, ...] | tuple[int, ...]
    suffix: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    options: RequestOptions = field(default_factory=RequestOptions)


Request = ChatRequest | CompletionRequest

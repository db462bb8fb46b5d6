"""What the parts of a provider promise each other.

An *endpoint* is where requests go (data). A *dialect* is a wire protocol: pure functions from requests to HTTP calls
and from decoded frames to StreamEvents; it does no input or output. `exchange.py` joins the two into a Provider: one
async generator of events. A new dialect is one module with a `Dialect` in it; see docs/add-a-provider.md.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tui.domain.events import StreamEvent
from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, CompletionRequest, Request

AuthStyle = Literal["bearer", "x-api-key", "x-goog-api-key", "api-key", "none"]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a failed request is sent again; only ever before the first byte of a reply was shown."""

    attempts: int = 3
    """Requests in all: 1 never retries."""
    first_wait_s: float = 0.5
    longest_wait_s: float = 8.0
    total_s: float = 60.0
    """No further try starts after this many seconds."""
    connection_errors: bool = True
    """Whether failures to connect, and broken reads before the first byte, are tried again."""
    statuses: tuple[int, ...] = (408, 409, 429)
    """Retryable statuses below 500; every status from 500 on is, too, but for `never`."""
    never: tuple[int, ...] = ()
    once: tuple[int, ...] = ()
    """Statuses that are tried again a single time, whatever `attempts` says beyond that."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds."""

    connect_s: float = 10.0
    first_byte_s: float = 120.0
    """From the request to the first content of the reply."""
    idle_s: float = 60.0
    """Between two pieces of content; comments and pings do not count."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; None is unknown."""

    input: float | None = None
    output: float | None = None
    origin: str = field(default="", compare=False)
    """Where it is from and of which day, in words: “listed 2026-01-31”."""


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """An endpoint with its key found: all a dialect may know of the configuration."""

    name: str
    dialect: str
    base_url: str
    """Without a trailing slash; contains no key."""
    key: str = ""
    """The secret itself; empty when none is needed or none was found."""
    key_source: str = ""
    """Where the key came from, in words: “OPENAI_API_KEY”. Never the key."""
    key_problem: str = ""
    """Why there is no key although one is needed: a sentence for `endpoints.require_key`."""
    warnings: tuple[str, ...] = ()
    """What the user should know about how this endpoint is set up, one sentence each (a key file others can read)."""
    auth: AuthStyle = "bearer"
    headers: Mapping[str, str] = field(default_factory=dict)
    """Extra request headers; win over the dialect's own."""
    secret_headers: frozenset[str] = frozenset()
    """Names of those whose values were given as references: secrets, whatever they are called."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Extra query parameters, such as Azure's api-version."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: Timeouts = field(default_factory=Timeouts)
    stream: bool = True
    """Whether replies are streamed when the request does not say."""
    parallel: int | None = None
    """Requests at once, the others wait; None: as many as suits where it runs."""
    generation: int = 1
    """Which generation of its API a server speaks (AI Stats)."""
    models: tuple[str, ...] = ()
    """Models known from the configuration, for servers that cannot list them."""
    prices: Mapping[str, Price] = field(default_factory=dict)
    quirks: Mapping[str, Any] = field(default_factory=dict)
    """What this vendor does differently on a shared dialect; see `endpoints.toml`."""
    label: str = ""
    family: str = ""
    """The built-in endpoint whose parameter limits hold here; empty for a server that nobody described."""

    def __repr__(self) -> str:
        return f"Endpoint({self.name!r}, {self.dialect!r}, {self.base_url!r})"  # never the key

    def secrets(self) -> set[str]:
        """The key, and the values of extra headers that are secret, by reference or by name; without “Bearer”."""
        from tui.text.redact import is_secret_header

        found = {self.key} | {
            value for name, value in self.headers.items() if name in self.secret_headers or is_secret_header(name)
        }
        return {value.removeprefix("Bearer ") for value in found} - {""}

    def auth_headers(self) -> dict[str, str]:
        """The header that carries the key, or none."""
        if not self.key or self.auth == "none":
            return {}
        if self.auth == "bearer":
            prefixed = self.key if self.key.startswith("Bearer ") else f"Bearer {self.key}"
            return {"Authorization": prefixed}
        return {{"x-api-key": "X-API-Key"}.get(self.auth, self.auth): self.key}


@dataclass(frozen=True, slots=True, repr=False)
class HttpCall:
    """One HTTP request, ready to send; `headers` hold the real key, so it is never printed as it is."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    is_streamed: bool = False
    """Whether the reply was asked for as a stream."""
    notes: tuple[str, ...] = ()
    """What the user should know: parameters that were left out, and why."""
    secret_headers: frozenset[str] = frozenset()
    """Names of the request's own headers that hold secrets, whatever they are called."""

    def __repr__(self) -> str:
        return f"HttpCall({self.method!r}, {self.url!r})"


@dataclass(frozen=True, slots=True)
class Rejection:
    """What a dialect read from an error body, in the server's words (not yet cleaned)."""

    words: str = ""
    code: str = ""
    """The server's machine-readable code or type."""
    parameter: str = ""
    """The request field it complains about, when it says so."""
    retry_after_s: float | None = None
    """A wait that the body asks for (Gemini); headers are read elsewhere."""
    request_id: str = ""
    is_final: bool = False
    """Whether trying again cannot help, whatever the status says (quota, Atoma's “Bad Request”)."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model in a listing; None is unknown."""

    id: str
    """What goes on the wire, and after the slash in `endpoint/model`."""
    name: str = ""
    kinds: tuple[str, ...] = ("chat",)
    """Of `chat` and `completion`."""
    context_tokens: int | None = None
    output_tokens: int | None = None
    price: Price = field(default_factory=Price)
    parameters: tuple[str, ...] | None = None
    """Row names that it takes, where the listing says."""
    takes_images: bool | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


class StreamError(Exception):
    """An error object inside a reply; the exchange turns it into a ProviderError."""

    def __init__(self, rejection: Rejection, status: int | None = None) -> None:
        super().__init__(rejection.words)
        self.rejection = rejection
        self.status = status


def then_fail(events: Iterable[StreamEvent], failure: StreamError) -> Iterator[StreamEvent]:
    """The events of a frame that is an error, too: what it says counts, then it fails.

    Raises:
        StreamError: `failure`, after the events.
    """
    yield from events
    raise failure


class ReplyReader(Protocol):
    """Reads one reply. Not thread-safe, used once.

    All methods take what `json` decoded (any type: a hostile server may send anything) and never raise anything but
    StreamError; what they cannot use they skip, or report as a Note.
    """

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one streamed frame.

        Raises:
            StreamError: the frame is an error.
        """
        ...

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a whole reply that was not streamed.

        Raises:
            StreamError: the document is an error.
        """
        ...

    def done_mark(self) -> Iterable[StreamEvent]:
        """The `[DONE]` sentinel came: finish what has no finish yet."""
        ...

    def end(self) -> Iterable[StreamEvent]:
        """The body ended cleanly; a dialect whose end of body is its finish mark says so here."""
        ...

    @property
    def is_done(self) -> bool:
        """Whether a terminal event came after which nothing more is read."""
        ...


ModelPages = Generator[HttpCall, Any, list[ModelFacts]]
"""Yields calls, is sent their decoded JSON bodies, returns the models; paging stays a dialect's own business."""


class Dialect(Protocol):
    """A wire protocol, as pure functions."""

    name: str
    kinds: tuple[str, ...]
    """Of `chat` and `completion`: what it can do."""

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The HTTP request for `request`.

        Raises:
            ConfigError: the request cannot be put on this wire; one sentence says why.
        """
        ...

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> ReplyReader:
        """A fresh reader for the reply."""
        ...

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says. `data` is its JSON, or None when it is not JSON; `text` is the raw body."""
        ...

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """Another request to make once instead of failing (a refused parameter dropped), or None."""
        ...

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """The endpoint's models."""
        ...


class Provider(Protocol):
    """An endpoint that can be talked to."""

    endpoint: Endpoint

    def stream(self, request: ChatRequest | CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Send the request, yield events as they come.

        The generator ends normally only after a finish mark of every choice.

        Raises:
            ConfigError: the request cannot be made.
            ProviderError: the request failed, or the reply broke off; text already yielded stays valid.
        """
        ...

    def prepare(self, request: ChatRequest | CompletionRequest) -> HttpCall:
        """The request as it would be sent, without sending it.

        Raises:
            ConfigError: the request cannot be made.
        """
        ...

    def parameters(self, model: str) -> ParameterTable:
        """What a model takes."""
        ...

    async def models(self) -> list[ModelFacts]:
        """The models of the endpoint.

        Raises:
            ProviderError: the listing failed.
        """
        ...

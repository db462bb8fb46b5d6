"""The settings of `config.toml`: names, types, defaults, limits.

The docstring under a field *is* the user's documentation: `docs/configuration.md` is generated from this file, and
`config.example.toml` is checked against it. Plain dataclasses, filled by `reading.py`: the start of the app must not
pay for a validation library. This module refuses to read files and to know any vendor.
"""

# ruff: noqa: RUF009  `setting()` returns a dataclass field: calling it in a class body is what it is for
from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal

DialectName = Literal[
    "openai-chat",
    "openai-completions",
    "openai-responses",
    "anthropic-messages",
    "gemini",
    "ollama",
    "hatz",
    "humanloop",
    "ai-stats",
    "scripted",
]
AuthName = Literal["bearer", "x-api-key", "x-goog-api-key", "api-key", "none"]

PARAMETER_NAMES = ("temperature", "top_p", "top_k", "min_p", "max_tokens", "seed", "stop", "reasoning_effort")
"""Parameters that people write at the top of the file instead of under `[parameters]`."""


def setting(
    default: Any = MISSING,
    *,
    example: str = "",
    unit: str = "",
    minimum: float | None = None,
    above: float | None = None,
    maximum: float | None = None,
    form: str = "",
    factory: Any = MISSING,
) -> Any:
    """A field with its limits and what a message about a wrong value says.

    Args:
        default: Its value when the file says nothing.
        example: A right value, as TOML.
        unit: What a number counts.
        minimum: The lowest value allowed.
        above: The value must be greater than this.
        maximum: The highest value allowed.
        form: What a value must look like, in words; stands in for the words its type would give.
        factory: Makes the default, for tables and lists.
    """
    facts = {"example": example, "unit": unit, "minimum": minimum, "above": above, "maximum": maximum, "form": form}
    if factory is not MISSING:
        return field(default_factory=factory, metadata=facts)
    return field(default=default, metadata=facts)


KEY_FORMS = '{ env = "NAME" }, { command = ["pass", "show", "x"] }, { keyring = "service/user" } or { file = "PATH" }'
"""How a key is written: where to find it, never the key itself."""


@dataclass(frozen=True, slots=True)
class KeyReference:
    """Where a key is found; exactly one of the four is set."""

    env: str = setting("", example='"WORK_KEY"')
    """The environment variable that holds it."""
    command: tuple[str, ...] = setting((), example='["pass", "show", "x"]')
    """A program and its arguments, run without a shell for at most 10 seconds; the first line it prints is the key."""
    keyring: str = setting("", example='"service/user"')
    """An entry of the system's keyring, written service/user; needs the `keyring` extra."""
    file: str = setting("", example='"~/keys/work"')
    """A file that holds nothing else; should be readable by its owner only (mode 0600)."""

    def __post_init__(self) -> None:
        """Refuse a reference to nothing, or to two places.

        Raises:
            ValueError: the sentence a user needs.
        """
        given = [spot.name for spot in fields(self) if getattr(self, spot.name)]
        if len(given) != 1:
            raise ValueError(f"must name one place where the key is: {KEY_FORMS}")
        if self.keyring and not all(self.keyring.partition("/")):
            raise ValueError('must be written { keyring = "service/user" }')

    @property
    def words(self) -> str:
        """The place in words, without what is in it."""
        if self.env:
            return self.env
        if self.command:
            return f"the command {self.command[0]}"
        if self.keyring:
            return f"the keyring entry {self.keyring}"
        return f"the file {self.file}"


@dataclass(frozen=True, slots=True)
class RetrySection:
    """`[endpoints.NAME.retry]`: when a failed request is sent again, always before anything of a reply was shown."""

    attempts: int | None = setting(None, example="3", minimum=1, maximum=10)
    """How many requests in all; 1 never retries. Unset: 3."""
    first_wait_s: float | None = setting(None, example="0.5", unit="seconds", minimum=0, maximum=60)
    """The wait before the second request; it doubles each time, unless the server says how long. Unset: 0.5."""
    longest_wait_s: float | None = setting(None, example="8", unit="seconds", minimum=0, maximum=600)
    """No wait of ours is longer. Unset: 8."""
    total_s: float | None = setting(None, example="60", unit="seconds", minimum=0, maximum=3600)
    """No further request starts after this long. Unset: 60."""
    connection_errors: bool | None = setting(None, example="true")
    """Whether a failed connection is tried again, too. Unset: true."""
    statuses: tuple[int, ...] | None = setting(None, example="[408, 409, 429]", minimum=400, maximum=599)
    """HTTP statuses below 500 that are tried again; those from 500 on are, but for `never`. Unset: 408, 409, 429."""
    never: tuple[int, ...] | None = setting(None, example="[501]", minimum=400, maximum=599)
    """HTTP statuses from 500 on that are not tried again. Unset: none, but 501 for Atoma and llama.cpp."""


@dataclass(frozen=True, slots=True)
class TimeoutSection:
    """`[endpoints.NAME.timeout]`: how long to wait for a server."""

    connect_s: float | None = setting(None, example="10", unit="seconds", above=0, maximum=3600)
    """For the connection. Unset: 10."""
    first_byte_s: float | None = setting(None, example="120", unit="seconds", above=0, maximum=86400)
    """For the first piece of a reply. Unset: 120; local servers that may load a model first: 600."""
    idle_s: float | None = setting(None, example="60", unit="seconds", above=0, maximum=86400)
    """Between two pieces of a reply; a server's keep-alive signs do not count. Unset: 60."""


@dataclass(frozen=True, slots=True)
class PriceSection:
    """`[endpoints.NAME.prices.MODEL]`: what a model costs, for servers that do not say."""

    input: float | None = setting(None, example="0.5", unit="US dollars per million tokens", minimum=0)
    """What the prompt costs."""
    output: float | None = setting(None, example="1.5", unit="US dollars per million tokens", minimum=0)
    """What the reply costs, thinking included."""
    as_of: str | None = setting(None, example='"2026-01-31"')
    """The day on which these prices held; shown beside what they lead to. Unset: undated."""


@dataclass(frozen=True, slots=True)
class EndpointSection:
    """`[endpoints.NAME]`: a server of yours, or changes to a built-in endpoint of that name."""

    dialect: DialectName | None = setting(None, example='"openai-chat"')
    """The protocol that the server speaks. Needed for a new endpoint, unless `like` says it."""
    base_url: str | None = setting(None, example='"http://localhost:8000/v1"')
    """Where the protocol's paths start, without the key: `http://` or `https://`. Needed for a new endpoint."""
    api_key: KeyReference | None = setting(
        None, example='{ env = "WORK_KEY" }', form=f"where the key is, not the key itself: {KEY_FORMS}"
    )
    """Where the key is found, never the key itself."""
    auth: AuthName | None = setting(None, example='"bearer"')
    """The header that carries the key. Unset: what the dialect usually wants."""
    like: str | None = setting(None, example='"vllm"')
    """A built-in endpoint whose dialect, quirks and parameter limits this one shares; never its key or address."""
    label: str | None = setting(None, example='"Work"')
    """What the screen calls it. Unset: its name."""
    models: tuple[str, ...] | None = setting(None, example='["big", "small"]')
    """Its models, when the server cannot list them; they are listed first otherwise."""
    headers: dict[str, str | KeyReference] = setting(
        factory=dict,
        example='{ X-Team = "red" }',
        form='a text in quotes, or where a secret is found, such as { env = "NAME" }',
    )
    """Extra request headers. A secret one is written like a key: `{ Cookie = { env = "NAME" } }`."""
    query: dict[str, str] = setting(factory=dict, example='{ api-version = "2024-10-21" }')
    """Extra query parameters of every request. Keys do not belong here: addresses end up in logs."""
    stream: bool | None = setting(None, example="false")
    """Whether replies arrive piece by piece. Unset: true."""
    parallel: int | None = setting(None, example="4", unit="requests", minimum=1, maximum=1000)
    """How many requests it works on at once; more wait their turn. Unset: 8, on this machine 1 for all its models."""
    generation: Literal[1, 2, 3] | None = setting(None, example="3")
    """AI Stats only: which generation of the gateway. Unset: 1."""
    script: str | None = setting(None, example='"talk.toml"')
    """Dialect `scripted` only: the file to replay, relative to the config file."""
    retry: RetrySection = setting(factory=RetrySection, example="{ attempts = 3 }")
    """When a failed request is sent again."""
    timeout: TimeoutSection = setting(factory=TimeoutSection, example="{ idle_s = 60 }")
    """How long to wait."""
    prices: dict[str, PriceSection] = setting(factory=dict, example="{ big = { input = 0.5, output = 1.5 } }")
    """Prices by model, for servers that do not say; they win over listed ones."""
    quirks: dict[str, Any] = setting(factory=dict, example='{ max_tokens_field = "max_tokens" }')
    """What this server does differently on its dialect; see docs/providers.md."""


@dataclass(frozen=True, slots=True)
class UiSection:
    """`[ui]`: how the app behaves."""

    reasoning: Literal["folded", "open"] = setting("folded", example='"folded"')
    """How a model's thinking is shown at first."""
    keys: Literal["default", "vim"] = setting("default", example='"vim"')
    """The keys to begin with; `[keys]` changes single ones. `vim` goes back and forth between conversation and composer
    by Escape and i, and moves by j, k, g, G, ctrl+d and ctrl+u."""
    start: Literal["new", "last"] = setting("new", example='"last"')
    """What the app opens with when nothing else is asked for: a new session with the models used last, or the last
    session."""
    dark_theme: str = setting("parley-dark", example='"nord"')
    """What `theme = "auto"` is on a dark background, and where the terminal does not say."""
    light_theme: str = setting("parley-light", example='"solarized-light"')
    """What `theme = "auto"` is on a light background."""
    notify: Literal["auto", "bell", "osc9", "osc777", "osc99", "off"] = setting("auto", example='"bell"')
    """How you are called back: `auto` rings the bell and shows a notification where the terminal is known to pass one
    on; `bell` only rings; the OSC numbers are for terminals that do not say what they are."""
    notify_after_s: float = setting(10.0, example="10", unit="seconds", minimum=0)
    """A reply that took longer and ends while the terminal is out of focus calls you back; 0 never does."""


@dataclass(frozen=True, slots=True)
class BudgetSection:
    """`[budget]`: ceilings that ask before they are crossed. Prices come from listings or from your own tables."""

    session_usd: float | None = setting(None, example="1", unit="US dollars", minimum=0)
    """What one session may cost before Parley asks. Unset: no ceiling."""
    day_usd: float | None = setting(None, example="5", unit="US dollars", minimum=0)
    """What one day may cost before Parley asks. Unset: no ceiling."""


@dataclass(frozen=True, slots=True)
class ContextSection:
    """`[context]`: conversations that outgrow what a model can read at once."""

    when_full: Literal["ask", "drop", "summarise", "stop", "send"] = setting("ask", example='"drop"')
    """What is done then. `ask` lets you choose (on the command line: `stop`); `drop` leaves the oldest messages out of
    what is sent; `summarise` lets the model write a summary that is sent in their place; `stop` sends nothing; `send`
    sends all and leaves it to the server. What is left out stays in the session, under a note that says so."""


@dataclass(frozen=True, slots=True)
class LocalSection:
    """`[local]`: the embedded model."""

    default: str | None = setting(None, example='"smollm2-135m"')
    """Which installed model `local/default` is. Unset: the small default model, else the first one installed."""
    threads: int | None = setting(None, example="4", minimum=1, maximum=1024)
    """Processor threads it may use. Unset: one less than there are cores."""
    context_tokens: int | None = setting(None, example="4096", unit="tokens", minimum=256)
    """How much conversation it remembers; memory grows with it. Unset: what suits the model, at most 4096."""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of `config.toml`; the top-level settings come first in the file."""

    model: str = setting("local/default", example='"local/default"')
    """The model a new column starts with, written endpoint/model."""
    theme: str = setting("auto", example='"parley-dark"')
    """The theme: a file's name in the app's or your own `themes` folder, without `.toml`; `auto` follows the terminal's
    light or dark background, where it says so."""
    system: str = setting("", example='"Answer briefly."')
    """The system prompt of a new column. Empty: none is sent."""
    parameters: dict[str, Any] = setting(factory=dict, example="{ temperature = 0.7 }")
    """Parameters of a new column, by name (docs/parameters.md). Only what is set is ever sent."""
    endpoints: dict[str, EndpointSection] = setting(factory=dict, form="a table: [endpoints.NAME]")
    """Servers of yours, and changes to built-in endpoints."""
    keys: dict[str, str | tuple[str, ...]] = setting(
        factory=dict, example='{ help = "f1,question_mark" }', form='a key such as "ctrl+k", or a list of keys'
    )
    """Other keys for actions, by the action's id as the help screen shows it; an empty text takes its key away."""
    ui: UiSection = setting(factory=UiSection)
    """How the app behaves."""
    context: ContextSection = setting(factory=ContextSection)
    """Conversations that outgrow what a model can read at once."""
    budget: BudgetSection = setting(factory=BudgetSection)
    """Ceilings that ask before they are crossed."""
    local: LocalSection = setting(factory=LocalSection)
    """The embedded model."""

    @property
    def keymap(self) -> dict[str, str]:
        """`[keys]` as the toolkit takes it: the keys of each action in one text, with commas."""
        return {action: keys if isinstance(keys, str) else ",".join(keys) for action, keys in self.keys.items()}

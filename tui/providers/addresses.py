"""Base URLs: what may be one, and what people mean by an abbreviated one.

Refuses addresses that carry a secret (user and password, a key in the query): addresses are printed and logged.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from tui.errors import ConfigError
from tui.providers.outgoing import is_loopback as is_loopback_host
from tui.text.redact import looks_secret

_VERSION_PATHS = {"anthropic-messages": "/v1", "gemini": "/v1beta"}
"""What the vendors' own SDKs add to a bare host, and what people therefore leave out."""

_SECRET_NAMES = frozenset({"key", "sig", "signature"})
"""Names that mean a secret in a query, if not elsewhere."""


def check_base_url(url: str, where: str, dialect: str = "") -> str:
    """The address without a trailing slash.

    Args:
        url: What the user wrote.
        where: The setting or variable it stands in, for messages; the address itself may hold a secret.
        dialect: Adds the version path of the dialect's vendor to a bare host.

    Raises:
        ConfigError: it cannot be a base URL.
    """
    example = "for example http://localhost:8000/v1"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError(f"{where} is not an address, {example}.") from None
    if any(char.isspace() or not char.isprintable() for char in url):
        raise ConfigError(f"{where} holds blanks or control characters, which no address does.")
    if parts.scheme not in ("http", "https"):
        raise ConfigError(f"{where} must start with http:// or https://, {example}.")
    if parts.username is not None or parts.password is not None:
        raise ConfigError(f"{where} must not hold a user or password; use api_key, or headers.")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ConfigError(f"{where} must end before any “?” or “#”; extra query parameters go into query.")
    if not parts.hostname or port == 0:
        raise ConfigError(f"{where} names no host, {example}.")
    bare = url.rstrip("/")
    return bare + _VERSION_PATHS.get(dialect, "") if not parts.path.strip("/") else bare


def address_from_variable(value: str, default_port: int) -> str:
    """A URL out of what `OLLAMA_HOST` may hold: no scheme, no port, or an address to listen on.

    Args:
        value: For example “0.0.0.0”, “:8080”, “gpu-box:11434”, “https://ollama.example”.
        default_port: The port when neither scheme nor port is given; with a scheme it is the scheme's.

    Source: wire-contracts 2.5; ollama's envconfig.
    """
    text = value.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    host_port, slash, path = rest.partition("/")
    host, port = _split_host(host_port)
    if host in ("", "0.0.0.0", "::"):  # addresses to listen on; a client means this machine
        host = "127.0.0.1"
    if not port and not separator:
        port = str(default_port)
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme.lower()}://{shown}{':' + port if port else ''}{slash}{path}"


def _split_host(text: str) -> tuple[str, str]:
    """Host and port, either of which may be empty."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":")
    if text.count(":") > 1:  # a bare IPv6 address
        return text, ""
    host, _, port = text.partition(":")
    return host, port


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine."""
    return is_loopback_host(urlsplit(url).hostname or "")


def redirect_target(location: str) -> str:
    """The host that a redirect leads to, or what it leads to instead; empty for the host that sent it."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return "what is no address"
    if parts.scheme not in ("", "http", "https"):
        return f"an address of another kind ({parts.scheme})"
    return parts.netloc.rpartition("@")[2]


def is_secret_name(name: str) -> bool:
    """Whether a query parameter of this name would carry a secret."""
    return name.lower() in _SECRET_NAMES or looks_secret(name)

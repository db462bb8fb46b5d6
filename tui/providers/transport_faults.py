"""Why no answer came, told from the kind and the causes of the HTTP library's error.

Knows the library's classes by name only, so that the library stays in one module. Refuses to show the library's own
texts: they may be empty, or hold a secret.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from tui.errors import ConfigError
from tui.providers import faults
from tui.providers.base import Timeouts
from tui.providers.faults import Talk
from tui.providers.outgoing import is_loopback
from tui.providers.retrying import TryFailed
from tui.text.clean import clean_line

_TLS_ALERT = b"\x15\x03"
"""How a server that wants TLS answers plain words (RFC 8446, section 5.1)."""
_LARGE_BYTES = 2**20
"""A request of this size may be more than a server takes."""


def silence(talk: Talk, after_s: float) -> TryFailed:
    """Silence is not tried again: the server may be at work, and be paid for it."""
    return TryFailed(faults.went_silent(talk, after_s), "silence", is_hopeful=False)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        if isinstance(found, BaseExceptionGroup):
            for inner in found.exceptions:
                yield from _causes(inner)
        found = found.__cause__ or found.__context__


def proxy_refused(talk: Talk) -> TryFailed:
    """The proxy did not pass the request on."""
    what = f"the proxy {_proxy_for(talk.url) or 'in between'} refused"
    advice = "Check the proxy's address and credentials."
    return _no_connection(talk, what, advice, "the proxy refused", is_hopeful=False)


def failed_try(
    error: Exception, talk: Talk, limits: Timeouts, *, stuck_bytes: int = 0, banner: bytes = b""
) -> TryFailed:
    """What one of the HTTP library's transport errors means, from its kind and causes; its own text is never shown.

    Args:
        error: What the library raised.
        talk: The request.
        limits: Its time limits.
        stuck_bytes: How large its body is, when it had not left as a whole.
        banner: How the server answered, when that was not HTTP.
    """
    if banner:
        return _other_protocol(talk, banner)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    proxy = _proxy_for(talk.url)
    causes = list(_causes(error))
    if "ProxyError" in kinds:
        return proxy_refused(talk)
    if "TimeoutException" in kinds:
        what = f"no connection within {faults.time_words(limits.connect_s)}"
        return _no_connection(talk, what, f"Check the network{_or_proxy(proxy)} and base_url.", "no connection in time")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return _tls_failed(talk, causes)
    if "RemoteProtocolError" in kinds:
        return _not_http(error, talk)
    if "LocalProtocolError" in kinds:
        advice = "Check the endpoint's headers."
        return _no_connection(talk, "the request is not valid HTTP", advice, "invalid request", is_hopeful=False)
    if "ConnectError" in kinds:
        return _unreached(talk, causes, proxy)
    if stuck_bytes >= _LARGE_BYTES:  # whatever the server said is lost with the connection
        what = f"the connection broke while {stuck_bytes / 2**20:.0f} MiB were on their way"
        return _no_connection(talk, what, "The server may take less: send less, or try again.", "the connection broke")
    advice = "Try again; if it stays so, check base_url, and http against https."
    return _no_connection(talk, "the connection broke before an answer came", advice, "the connection broke")


def _no_connection(talk: Talk, what: str, advice: str, cause: str, *, is_hopeful: bool = True) -> TryFailed:
    return TryFailed(faults.connect_failed(talk, what, advice), cause, is_connection=True, is_hopeful=is_hopeful)


def _unreached(talk: Talk, causes: list[BaseException], proxy: str) -> TryFailed:
    host = clean_line(urlsplit(talk.url).hostname or "")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        what = f"the host {proxy or host} is not known (DNS)"
        return _no_connection(talk, what, f"Check the network{_or_proxy(proxy)} and base_url.", "unknown host")
    codes = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if errno.ECONNREFUSED in codes or any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        what = f"the connection was refused{f' by the proxy {proxy}' if proxy else ''}"
        advice = "Is the server running, and is base_url right?"
        is_hopeful = not is_loopback(host)  # here it will not start by itself
        return _no_connection(talk, what, advice, "connection refused", is_hopeful=is_hopeful)
    if codes & {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}:
        return _no_connection(talk, "it cannot be reached", "Check the network.", "unreachable")
    return _no_connection(talk, "no connection", "Check the network and base_url.", "no connection")


def _tls_failed(talk: Talk, causes: list[BaseException]) -> TryFailed:
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        what = "its certificate cannot be verified (TLS)"
        advice = "Check base_url and this machine's clock; a company's own authority goes into SSL_CERT_FILE."
    else:
        what = "no secure connection (TLS)"
        advice = "Does the server speak https there, or is base_url meant to begin with http://?"
    return _no_connection(talk, what, advice, "TLS failed", is_hopeful=False)


def _not_http(error: Exception, talk: Talk) -> TryFailed:
    text = str(error).lower()  # matched, never shown
    if "disconnected" in text or "closed" in text:
        advice = "Try again; if it stays so, check base_url, and http against https."
        return _no_connection(talk, "the connection closed without an answer", advice, "closed without an answer")
    if "too long" in text or "too large" in text or "too many" in text or "exceed" in text:
        limit = faults.too_large(talk, "the response head exceeds 100 KiB")
        return TryFailed(limit, "the response head is too large", is_hopeful=False)
    return _other_protocol(talk)


def _other_protocol(talk: Talk, banner: bytes = b"") -> TryFailed:
    what = "what answers there is not an HTTP server"
    advice = "Check host and port in base_url."
    first_line = banner.split(b"\n")[0].strip()
    if banner.startswith(_TLS_ALERT):
        what, advice = "what answers there speaks https, not http", "base_url is meant to begin with https://."
    elif first_line and first_line.isascii() and first_line.decode("ascii").isprintable():
        what += f"; it says “{talk.words(first_line.decode('ascii'), 60)}”"
    return _no_connection(talk, what, advice, "not HTTP", is_hopeful=False)


def _proxy_for(url: str) -> str:
    """The proxy's host that the environment sets for `url`, without credentials; empty when there is none."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if is_loopback(host):
        return ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    try:
        if not proxy or urllib.request.proxy_bypass(host):
            return ""
        return clean_line(urlsplit(proxy if "//" in proxy else f"//{proxy}").netloc.rpartition("@")[2])
    except ValueError:
        return ""  # set, but no address


def unusable_environment(error: Exception) -> ConfigError:
    """Why no client can be made: what the environment says of proxies or certificates cannot be used."""
    if isinstance(error, OSError):  # also of certificates that are none
        names = _set_variables("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE") or "the system"
        reason = (
            "they are none" if isinstance(error, ssl.SSLError) else (error.strerror or "the system refused").lower()
        )
        return ConfigError(f"The certificates that {names} names cannot be used: {reason}.")
    names = _set_variables("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY") or "the system's settings"
    if isinstance(error, ImportError):
        return ConfigError(
            f"The proxy that {names} names is a SOCKS proxy, which needs a package: pip install socksio,"
            " or name an http:// proxy."
        )
    return ConfigError(f"The proxy that {names} names has no address that can be used, such as http://proxy:8080.")


def _set_variables(*names: str) -> str:
    return ", ".join(name for name in (*names, *map(str.lower, names)) if os.environ.get(name))


def _or_proxy(proxy: str) -> str:
    return f", the proxy {proxy}" if proxy else ""

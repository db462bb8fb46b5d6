"""Every error that Parley raises on purpose; `str(error)` is one sentence a user can act on.

ParleyError
├─ ConfigError                 file, key, nearest valid key; also a wrong command line
├─ ThemeError                  file, field
├─ SessionError                path, line
├─ LocalModelError             catalogue entry, what the child process said
└─ ProviderError               endpoint, model
   ├─ ConnectFailed            refused, DNS, TLS, proxy
   ├─ ResponseTimeout          after_s: no byte, or no content, for that long
   ├─ RequestRejected          status, body, request_id
   │  ├─ KeyRejected           401, 403
   │  ├─ ModelUnknown          404
   │  ├─ ContextTooLong        400 or 413 about the context
   │  └─ RateLimited           429, retry_after_s
   ├─ StreamBroken             received_chars: closed before the end, or an error inside the stream
   └─ ReplyUnreadable          fragment: not what the dialect promises

Foreign words inside a message (a server's, a child's) have passed `tui.text.clean` before they get here; this
module refuses to know how anything is shown.
"""

from __future__ import annotations

import re


class ParleyError(Exception):
    """Base of all errors whose text is meant for the user."""

    @property
    def kind(self) -> str:
        """The class's name in kebab-case, as scripts see it in `error.kind`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(self).__name__).lower()


class ConfigError(ParleyError):
    """The config file, the environment or the command line asks for something that cannot be."""


class ThemeError(ParleyError):
    """A theme file cannot be used."""


class SessionError(ParleyError):
    """A session file cannot be read, written or found."""


class LocalModelError(ParleyError):
    """The embedded model cannot be installed, started or kept running."""


class ProviderError(ParleyError):
    """A request to an endpoint failed."""

    def __init__(
        self,
        message: str,
        *,
        endpoint: str = "",
        model: str = "",
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.model = model
        self.status = status
        self.retry_after_s = retry_after_s


class ConnectFailed(ProviderError):
    """No connection: refused, unknown host, TLS, proxy, or the other side does not speak HTTP."""


class ResponseTimeout(ProviderError):
    """Nothing came for `after_s` seconds."""

    def __init__(self, message: str, *, after_s: float, endpoint: str = "", model: str = "") -> None:
        super().__init__(message, endpoint=endpoint, model=model)
        self.after_s = after_s


class RequestRejected(ProviderError):
    """The server answered with a status that is not a success."""

    def __init__(
        self,
        message: str,
        *,
        endpoint: str = "",
        model: str = "",
        status: int | None = None,
        retry_after_s: float | None = None,
        body: str = "",
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, endpoint=endpoint, model=model, status=status, retry_after_s=retry_after_s)
        self.body = body
        self.request_id = request_id


class KeyRejected(RequestRejected):
    """The key is wrong, or may not do this."""


class ModelUnknown(RequestRejected):
    """The server does not know the model, or the base URL is wrong."""


class ContextTooLong(RequestRejected):
    """The conversation does not fit the model's context."""


class RateLimited(RequestRejected):
    """Too many requests, or the quota is used up."""


class StreamBroken(ProviderError):
    """The reply ended before its finish mark, or the server put an error into the stream."""

    def __init__(
        self,
        message: str,
        *,
        received_chars: int = 0,
        endpoint: str = "",
        model: str = "",
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, endpoint=endpoint, model=model, status=status, retry_after_s=retry_after_s)
        self.received_chars = received_chars


class ReplyUnreadable(ProviderError):
    """The answer is not what the dialect promises: HTML, an empty reply, something else's JSON."""

    def __init__(
        self, message: str, *, fragment: str = "", endpoint: str = "", model: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, endpoint=endpoint, model=model, status=status)
        self.fragment = fragment

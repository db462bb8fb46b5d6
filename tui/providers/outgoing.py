"""A request just before it leaves: the headers that all have, checked, and the body as bytes.

Refuses to know the HTTP library, so that a dry run needs none; and to show a header's value in a message.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tui import __version__
from tui.errors import ConfigError
from tui.providers.base import HttpCall

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*", re.ASCII)


def finished_call(
    call: HttpCall, extra_headers: Mapping[str, str] | None = None, *, secret_headers: frozenset[str] = frozenset()
) -> HttpCall:
    """`call` with the headers that every request has, checked; the request exactly as it goes out.

    Raises:
        ConfigError: a header cannot be sent; its value is never shown.
    """
    packing = "identity" if call.is_streamed else "gzip, deflate"  # packers hold text back until they have enough of it
    headers = {"User-Agent": f"parley/{__version__}", "Accept-Encoding": packing}
    for more in (call.headers, extra_headers or {}):
        for name, value in more.items():
            for same in [old for old in headers if old.lower() == name.lower()]:
                del headers[same]
            headers[name] = value
    for name, value in headers.items():
        _check_header(name, value)
    return replace(call, headers=headers, secret_headers=secret_headers)


def _check_header(name: str, value: str) -> None:
    if not _HEADER_NAME.fullmatch(name):
        raise ConfigError("A request header has a name that HTTP does not allow.")
    if not _HEADER_VALUE.fullmatch(value) or value != value.strip():
        raise ConfigError(
            f"The value of the request header {name} has a line break, a character beyond ASCII, "
            "or blanks around it; was the key copied whole?"
        )


def encoded_body(value: Any) -> bytes:
    """The JSON body as bytes; lone surrogates become U+FFFD.

    Raises:
        ConfigError: it cannot be written as JSON.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except RecursionError as error:
        raise ConfigError("The request is nested too deep to be sent.") from error
    except (TypeError, ValueError) as error:
        raise ConfigError("The request holds a value that JSON has no form for, such as an infinite number.") from error
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""How one request is sent, as `-p` says it: `headers`, `retry` and `timeout`, over what the endpoint's settings say.

They are parameters to the user (recorded, repeatable, in presets), and options to a provider: these names never reach
a body. A header that holds a secret is given as a reference, so that no session holds the secret itself. Refuses to
judge the values of `retry` and `timeout`: the provider knows what it can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tui.domain.request import RequestOptions
from tui.errors import ConfigError
from tui.text.clean import clean_line
from tui.text.redact import is_secret_header

NAMES = ("headers", "retry", "timeout")
"""Parameters that say how to send. `retry.attempts=1` is the same as `retry={"attempts": 1}`."""

_EXAMPLES = {"headers": '{"X-Team": "red"}', "retry": '{"attempts": 1}', "timeout": '{"idle_s": 30}'}


def split_options(
    parameters: Mapping[str, Any], options: RequestOptions | None = None
) -> tuple[dict[str, Any], RequestOptions]:
    """The parameters that are for the model, and the options with those that are not.

    Args:
        parameters: All that are set.
        options: What the caller wants; its entries win.

    Raises:
        ConfigError: a value is no object, or a secret header is written out.
    """
    asked, given = {}, {name: dict[str, Any]() for name in NAMES}
    for name, value in parameters.items():
        option, dot, entry = name.partition(".")
        if option not in given:
            asked[name] = value
        elif dot and entry:
            given[option][entry] = value
        else:
            given[option].update(_object(name, value))
    wanted = options or RequestOptions()
    if not any(given.values()):
        return asked, wanted
    return asked, replace(
        wanted,
        extra_headers={**_headers(given["headers"]), **wanted.extra_headers},
        secret_headers=wanted.secret_headers
        | {name for name, value in given["headers"].items() if isinstance(value, Mapping)},
        retry={**given["retry"], **wanted.retry},
        timeout={**given["timeout"], **wanted.timeout},
    )


def _object(name: str, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"{name} must be a JSON object, such as -p {name}='{_EXAMPLES[name.partition('.')[0]]}'.")
    return value


def _headers(given: Mapping[str, Any]) -> dict[str, str]:
    """Extra headers with their secrets in place."""
    headers: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, Mapping):
            from tui.providers.keys import read_named_keys

            headers[name] = read_named_keys({name: value}, "headers")[name]
        elif not isinstance(value, str):
            raise ConfigError(f"The header {clean_line(name, 60)} must be a text.")
        elif is_secret_header(name):
            raise ConfigError(
                f"The header {clean_line(name, 60)} may hold a secret: say where it is found, such as"
                f""" -p headers='{{"{clean_line(name, 60)}": {{"env": "NAME"}}}}'."""
            )
        else:
            headers[name] = value
    return headers

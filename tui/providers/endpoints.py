"""Working out what an endpoint is: the built-in table, the user's changes to it, the environment, the key.

The result is a plain `Endpoint`. A key that is missing or broken does not stop anything here: it becomes words in
`key_problem`, which `require_key()` raises when a request is about to be made. This module refuses to talk to servers.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from tui import paths
from tui.config import Config, EndpointSection, KeyReference, PriceSection
from tui.errors import ConfigError
from tui.providers.addresses import address_from_variable, check_base_url, is_loopback, is_secret_name
from tui.providers.base import AuthStyle, Endpoint, Price, RetryPolicy, Timeouts
from tui.providers.keys import read_key
from tui.text.clean import clean_line

_AUTH: dict[str, AuthStyle] = {
    "anthropic-messages": "x-api-key",
    "gemini": "x-goog-api-key",
    "hatz": "x-api-key",
    "humanloop": "x-api-key",
    "scripted": "none",
}
"""The header that carries the key, where it is not `Authorization: Bearer`."""

_ONE_SERVER = {"openai-chat", "openai-completions"}
"""Dialects of the same servers, which do differently in one what they do differently in the other."""

Policy = TypeVar("Policy", RetryPolicy, Timeouts)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One table of `endpoints.toml`, which documents the fields."""

    name: str
    dialect: str
    base_url: str
    label: str = ""
    base_url_variables: tuple[str, ...] = ()
    default_port: int | None = None
    key_variables: tuple[str, ...] = ()
    needs_key: bool = False
    key_is_remote: bool = False
    auth: AuthStyle | None = None
    key_url: str = ""
    models: tuple[str, ...] = ()
    probe: str = ""
    retry: Mapping[str, Any] = field(default_factory=dict)
    timeout: Mapping[str, Any] = field(default_factory=dict)
    quirks: Mapping[str, Any] = field(default_factory=dict)
    generations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of_generation(self, generation: int) -> BuiltIn:
        """This endpoint as it is with the `generation` setting."""
        changes = self.generations.get(str(generation), {})
        return replace(self, **_frozen(changes)) if changes else self


@dataclass(frozen=True, slots=True)
class EndpointStatus:
    """What can be said about an endpoint without asking anybody: no command run, no keyring, no server."""

    name: str
    label: str
    dialect: str
    has_key: bool
    """Whether a key is configured: a variable that is set, a file that is there, a command, a keyring entry."""
    needs_key: bool
    key_variable: str
    """The environment variable to set, or empty."""
    base_url: str
    problem: str = ""
    """Why it cannot be used at all, as a sentence."""
    key_place: str = ""
    """Where the key is found, in words; empty without a key."""

    @property
    def is_usable(self) -> bool:
        """Whether a request could be made, as far as one can tell from here."""
        return not self.problem and (self.has_key or not self.needs_key)


@cache
def built_in() -> Mapping[str, BuiltIn]:
    """The endpoints that Parley ships, in the order of the file."""
    tables = tomllib.loads(Path(__file__).with_name("endpoints.toml").read_text("utf-8"))
    return {name: BuiltIn(name=name, **_frozen(table)) for name, table in tables.items()}


def resolve(config: Config, name: str, environ: Mapping[str, str] | None = None) -> Endpoint:
    """The endpoint `name`, ready to be asked, with its key when there is one.

    May run the command that gives the key (at most ten seconds): call it from a thread in the app.

    Args:
        config: The user's configuration.
        name: What stands before the slash in `endpoint/model`.
        environ: The environment; None is the process's own.

    Raises:
        ConfigError: there is no such endpoint (with the nearest name), or its table cannot be.
    """
    env = os.environ if environ is None else environ
    section, base = _tables(config, name)
    dialect = _dialect(section, base, name)
    base_url = _base_url(section, base, dialect, name, env)
    key, source, problem, warnings = _key(section, base, name, base_url, env)
    headers, header_problem = _headers(section, name, env)
    if key and base_url.startswith("http://") and not is_loopback(base_url):
        warnings = (*warnings, f"The key for {name} travels unencrypted: its base URL starts with http://.")
    own_dialect = base is not None and (dialect == base.dialect or {dialect, base.dialect} == _ONE_SERVER)
    return Endpoint(
        name=name,
        dialect=dialect,
        base_url=base_url,
        key=key,
        key_source=source,
        key_problem=problem or header_problem,
        warnings=warnings,
        auth=section.auth or (base.auth if base and own_dialect else None) or _AUTH.get(dialect, "bearer"),
        headers=headers,
        secret_headers=frozenset(name for name, value in section.headers.items() if not isinstance(value, str)),
        query=_query(section, name),
        retry=_policy(RetryPolicy(), base.retry if base else {}, section.retry),
        timeouts=_policy(Timeouts(), base.timeout if base else {}, section.timeout),
        stream=True if section.stream is None else section.stream,
        parallel=section.parallel,
        generation=section.generation or 1,
        models=section.models if section.models is not None else (base.models if base else ()),
        prices={model: _price(price) for model, price in section.prices.items()},
        quirks=_quirks(section, base if own_dialect else None),
        label=section.label or (base.label if base and not section.like else "") or name,
        family=base.name if base else "",
    )


def _price(section: PriceSection) -> Price:
    return Price(section.input, section.output, f"configured, {clean_line(section.as_of or 'undated', 40)}")


def require_key(endpoint: Endpoint) -> None:
    """Refuse to go on without the key that this endpoint needs.

    Raises:
        ConfigError: the sentence says which variable to set, or what is wrong with the key.
    """
    if endpoint.key_problem:
        raise ConfigError(endpoint.key_problem)


def known_endpoints(config: Config, environ: Mapping[str, str] | None = None) -> list[EndpointStatus]:
    """Every endpoint by name: the built-in ones in their order, then the user's own. Never raises."""
    env = os.environ if environ is None else environ
    names = [*built_in(), *(name for name in config.endpoints if name not in built_in())]
    return [_status(config, name, env) for name in names]


def check_endpoints(config: Config) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with the endpoints of the configuration beyond its types: which setting, and a sentence."""
    found: list[tuple[tuple[str, ...], str]] = []
    for name in config.endpoints:
        try:
            section, base = _tables(config, name)
            _base_url(section, base, _dialect(section, base, name), name, {})
            _query(section, name)
        except ConfigError as error:
            words = str(error)
            part = next((part for part in ("like", "base_url", "query") if f"endpoints.{name}.{part}" in words), "")
            found.append((("endpoints", name, part) if part else ("endpoints", name), words))
    endpoint = config.model.partition("/")[0]
    if endpoint not in built_in() and endpoint not in config.endpoints:
        found.append((("model",), _unknown(config, endpoint)))
    return found


# -- putting the tables together ---------------------------------------------------------------------------------------


def _frozen(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}


def _nearest(name: str, names: Iterable[str]) -> str:
    import difflib  # only what is wrong needs it

    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return near[0] if near else ""


def _unknown(config: Config, name: str) -> str:
    names = dict.fromkeys([*built_in(), *config.endpoints])
    near = _nearest(name, names)
    shown = clean_line(name, 60)
    if near:
        return f"There is no endpoint “{shown}”; did you mean {near}?"
    return f"There is no endpoint “{shown}”; there are {', '.join(map(clean_line, names))}."


def _tables(config: Config, name: str) -> tuple[EndpointSection, BuiltIn | None]:
    """The user's table (empty when there is none) and the built-in one it changes or is like.

    Raises:
        ConfigError: there is neither, or `like` names nothing.
    """
    section = config.endpoints.get(name)
    base = built_in().get(name)
    if section is None:
        if base is None:
            raise ConfigError(_unknown(config, name))
        return EndpointSection(), base
    if section.like:
        model = built_in().get(section.like)
        if model is None:
            near = _nearest(section.like, built_in())
            hint = f"did you mean {near}?" if near else f"there are {', '.join(built_in())}."
            raise ConfigError(f"endpoints.{name}.like names no built-in endpoint; {hint}")
        # Only what its servers have in common: the key and the address stay its own.
        own = base or BuiltIn(name="", dialect="", base_url="")
        base = replace(
            model,
            base_url=own.base_url,
            base_url_variables=own.base_url_variables,
            key_variables=own.key_variables,
            needs_key=own.needs_key,
            key_is_remote=own.key_is_remote,
            key_url=own.key_url,
            models=own.models,
        )
    return section, base.of_generation(section.generation or 1) if base else None


def _dialect(section: EndpointSection, base: BuiltIn | None, name: str) -> str:
    dialect = section.dialect or (base.dialect if base else "")
    if not dialect:
        near = _nearest(name, built_in())
        hint = f"; did you mean [endpoints.{near}]?" if near else ', for example dialect = "openai-chat".'
        raise ConfigError(f"endpoints.{name} is not built in and has no dialect{hint}")
    return dialect


def _base_url(section: EndpointSection, base: BuiltIn | None, dialect: str, name: str, env: Mapping[str, str]) -> str:
    """The address, without a trailing slash; empty for what needs none.

    Raises:
        ConfigError: it is missing, or cannot be an address.
    """
    if section.base_url is not None:
        return check_base_url(section.base_url, f"endpoints.{name}.base_url", dialect)
    for variable in base.base_url_variables if base else ():
        value = env.get(variable, "").strip()
        if value:
            port = base.default_port if base else None
            return check_base_url(address_from_variable(value, port) if port else value, variable, dialect)
    if base and (base.base_url or name in built_in()):
        return base.base_url
    if dialect == "scripted":
        if not section.script:
            raise ConfigError(f'endpoints.{name} needs a script to replay, for example script = "talk.toml".')
        return ""
    raise ConfigError(f'endpoints.{name} has no base_url, for example base_url = "http://localhost:8000/v1".')


def _query(section: EndpointSection, name: str) -> dict[str, str]:
    for parameter in section.query:
        if is_secret_name(parameter):
            raise ConfigError(
                f"endpoints.{name}.query.{clean_line(parameter)} looks like a key, and addresses end up in logs:"
                " use api_key, or a header."
            )
    return dict(section.query)


def _quirks(section: EndpointSection, base: BuiltIn | None) -> dict[str, Any]:
    quirks = {**(base.quirks if base else {}), **section.quirks}
    if section.script:
        quirks["script"] = section.script
    return quirks


def _policy(policy: Policy, builtin: Mapping[str, Any], section: Any) -> Policy:
    given = {spot.name: getattr(section, spot.name) for spot in fields(section)}
    return replace(
        policy, **{**_frozen(builtin), **{name: value for name, value in given.items() if value is not None}}
    )


# -- keys --------------------------------------------------------------------------------------------------------------


def _key(
    section: EndpointSection, base: BuiltIn | None, name: str, base_url: str, env: Mapping[str, str]
) -> tuple[str, str, str, tuple[str, ...]]:
    """The key, its place, why there is none, and warnings."""
    if section.auth == "none":
        return "", "", "", ()
    for reference in _key_references(section, base, base_url):
        try:
            found = read_key(reference, env)
        except ConfigError as error:
            return "", "", str(error), ()
        if found is not None:
            return found.value, found.source, "", (found.warning,) if found.warning else ()
    if section.api_key is not None:
        return "", "", f"{name} needs a key: {clean_line(section.api_key.words)} is not set.", ()
    if base is not None and base.needs_key:
        return "", "", _missing_key(base, name), ()
    return "", "", "", ()


def _key_references(section: EndpointSection, base: BuiltIn | None, base_url: str) -> Iterator[KeyReference]:
    """Where to look, in order."""
    if section.api_key is not None:
        yield section.api_key
    elif base is not None and not (base.key_is_remote and base_url == base.base_url):
        yield from (KeyReference(env=variable) for variable in base.key_variables)


def _missing_key(base: BuiltIn, name: str) -> str:
    first, *others = base.key_variables or ("",)
    if not first:
        return f'{name} needs a key: write api_key = {{ env = "NAME" }} into [endpoints.{name}].'
    also = f" (or {', '.join(others)})" if others else ""
    where = f"; there is one at {base.key_url}" if base.key_url else ""
    return f"{base.label or name} needs a key: set {first}{also}, or api_key in [endpoints.{name}]{where}."


def _headers(section: EndpointSection, name: str, env: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The extra headers with their secrets, and why one of them is missing."""
    headers: dict[str, str] = {}
    for header, value in section.headers.items():
        if isinstance(value, str):
            headers[header] = value
            continue
        try:
            found = read_key(value, env)
        except ConfigError as error:
            return headers, str(error)
        if found is None:
            return headers, f"{name} needs its header {header}: {clean_line(value.words)} is not set."
        headers[header] = found.value
    return headers, ""


def _status(config: Config, name: str, env: Mapping[str, str]) -> EndpointStatus:
    section = config.endpoints.get(name) or EndpointSection()
    base: BuiltIn | None = built_in().get(name)
    dialect, base_url, problem, place = section.dialect or (base.dialect if base else ""), "", "", ""
    try:
        section, base = _tables(config, name)
        dialect = _dialect(section, base, name)
        base_url = _base_url(section, base, dialect, name, env)
        _query(section, name)
    except ConfigError as error:
        problem = str(error)
    references = list(_key_references(section, base, base_url)) if section.auth != "none" else []
    place = next((reference.words for reference in references if _seems_there(reference, env)), "")
    is_own_key = section.api_key is not None
    return EndpointStatus(
        name=name,
        label=section.label or (base.label if base and not section.like else "") or name,
        dialect=dialect,
        has_key=bool(place),
        needs_key=section.auth != "none" and (is_own_key or (base is not None and base.needs_key)),
        key_variable=next((reference.env for reference in references if reference.env), ""),
        base_url=base_url,
        problem=problem,
        key_place=clean_line(place),
    )


def _seems_there(reference: KeyReference, env: Mapping[str, str]) -> bool:
    """Whether the key is probably where the reference says; asks nobody for a passphrase."""
    if reference.env:
        return bool(env.get(reference.env, "").strip())
    if reference.file:
        return paths.is_file(paths.from_home(reference.file))
    return True

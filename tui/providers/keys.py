"""Finding keys where the configuration says they are, and checking them before they can do harm.

A key is read when it is needed, held in memory only, and never part of a message: every sentence here names the place,
not the content. This module refuses literal keys, shells, and files that are not files.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tui.config import KEY_FORMS, KeyReference
from tui.errors import ConfigError
from tui.paths import from_home
from tui.text.clean import clean_line

COMMAND_TIMEOUT_S = 10.0
_MAXIMUM_BYTES = 64 * 1024
"""No key is longer; a file or output beyond this is something else."""


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key and where it was."""

    value: str = field(repr=False)
    source: str
    """The place in words: “OPENAI_API_KEY”."""
    warning: str = ""
    """A sentence for the user, or empty."""


def read_key(reference: KeyReference, environ: Mapping[str, str] | None = None) -> FoundKey | None:
    """The key at `reference`; may run a program for up to ten seconds, so call it from a thread in the app.

    What a command or a keyring gave is remembered until `forget_keys()`: nobody wants to be asked for a passphrase
    once per column.

    Args:
        reference: Where the key is.
        environ: The environment; None is the process's own.

    Returns:
        The key, or None when the environment variable is not set.

    Raises:
        ConfigError: the place cannot be read, is empty, or holds what cannot be a key.
    """
    source = clean_line(reference.words)
    warning = ""
    if reference.env:
        value = (os.environ if environ is None else environ).get(reference.env, "")
        if not value.strip():
            return None
    elif reference.command:
        value = _from_command(reference.command)
    elif reference.keyring:
        value = _from_keyring(reference.keyring)
    else:
        value, warning = _from_file(Path(reference.file))
    return FoundKey(check_key(value, source), source, warning)


def forget_keys() -> None:
    """Ask commands and the keyring again next time, for example after a key was refused."""
    _from_command.cache_clear()
    _from_keyring.cache_clear()


def check_key(value: str, source: str) -> str:
    """The key without blanks around it.

    Args:
        value: What was found.
        source: Where, in words, for the message.

    Raises:
        ConfigError: it cannot be a key; HTTP libraries would refuse it with a message that shows it, or worse, send
            its second line as a header of its own.
    """
    key = value.strip(" \t")
    if not key:
        raise ConfigError(f"The key from {source} is empty.")
    if "\r" in key or "\n" in key:
        raise ConfigError(f"The key from {source} has more than one line; a key is one line without a line end.")
    if not key.isascii():
        raise ConfigError(f"The key from {source} holds characters that are not ASCII; was it copied whole?")
    if not key.isprintable():
        raise ConfigError(f"The key from {source} holds control characters; was it copied whole?")
    return key


def reference_from(value: Any, where: str) -> KeyReference:
    """A reference out of JSON or TOML, for the few places outside the config file that take one.

    Args:
        value: `{"env": "NAME"}` or one of the other forms.
        where: What to call it in the message.

    Raises:
        ConfigError: it is something else; a literal key is refused, and not repeated.
    """
    forms = ("env", "command", "keyring", "file")
    if not isinstance(value, Mapping) or len(value) != 1 or next(iter(value)) not in forms:
        raise ConfigError(f"{where} must say where the key is, not the key itself: {KEY_FORMS}.")
    form, place = next(iter(value.items()))
    if form == "command" and isinstance(place, list | tuple) and place and all(isinstance(part, str) for part in place):
        place = tuple(place)
    elif form == "command" or not isinstance(place, str):
        raise ConfigError(f"{where} must be one of {KEY_FORMS}.")
    try:
        return KeyReference(**{form: place})
    except ValueError as error:
        raise ConfigError(f"{where} {error}.") from None


def read_named_keys(
    value: Any, where: str, *, literals: Iterable[str] = (), environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A table of references, such as Humanloop's `provider_api_keys`, with the keys in place.

    Args:
        value: `{"openai": {"env": "OPENAI_API_KEY"}, …}`.
        where: What to call it in messages.
        literals: Entries that are no secrets and may be written as they are.
        environ: The environment; None is the process's own.

    Raises:
        ConfigError: it is something else, or a key is missing.
    """
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} must be a table of references, such as {{'openai': {{'env': 'OPENAI_API_KEY'}}}}.")
    allowed = frozenset(literals)
    keys: dict[str, str] = {}
    for name, place in value.items():
        if name in allowed and isinstance(place, str):
            keys[name] = place
            continue
        reference = reference_from(place, f"{where}.{clean_line(str(name))}")
        found = read_key(reference, environ)
        if found is None:
            raise ConfigError(f"{where}.{clean_line(str(name))} needs {reference.words}, which is not set.")
        keys[name] = found.value
    return keys


@lru_cache(maxsize=64)
def _from_command(argv: tuple[str, ...]) -> str:
    import subprocess  # few keys need it

    program = clean_line(argv[0], 60)
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_TIMEOUT_S, check=False
        )
    except FileNotFoundError:
        raise ConfigError(f"The command for a key, {program}, is not installed or not on the PATH.") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"The command for a key, {program}, gave nothing for {COMMAND_TIMEOUT_S:g} seconds."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a program"
        raise ConfigError(f"The command for a key, {program}, cannot be run: {reason.lower()}.") from None
    if done.returncode:
        # Its own words stay unread: some programs print the secret together with the complaint.
        raise ConfigError(f"The command for a key, {program}, failed with exit code {done.returncode}.")
    first = done.stdout[:_MAXIMUM_BYTES].partition(b"\n")[0].removesuffix(b"\r")
    if not first.strip():
        raise ConfigError(f"The command for a key, {program}, printed nothing on its first line.")
    return first.decode("utf-8", "replace")


@lru_cache(maxsize=64)
def _from_keyring(entry: str) -> str:
    service, _, user = entry.partition("/")
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise ConfigError("Keys in the keyring need the `keyring` extra: pip install 'parley-tui[keyring]'.") from None
    try:
        value = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        reason = clean_line(type(error).__name__)
        raise ConfigError(f"The keyring did not give the entry {clean_line(entry)}: {reason}.") from None
    if not value:
        raise ConfigError(f"The keyring has no entry {clean_line(entry)}.")
    return str(value)


def _from_file(path: Path) -> tuple[str, str]:
    """What the file holds, and a warning when others can read it."""
    file = from_home(path)
    shown = clean_line(str(path))
    try:
        facts = file.stat()
        if not stat.S_ISREG(facts.st_mode):  # a pipe or a device would hold the app up
            raise ConfigError(f"The key file {shown} is not a regular file.")
        if facts.st_size > _MAXIMUM_BYTES:
            raise ConfigError(f"The key file {shown} is too large to be a key.")
        raw = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or "an error of the system").lower()
        raise ConfigError(f"The key file {shown} cannot be read: {reason}.") from None
    except ValueError:  # a NUL in the name
        raise ConfigError(f"The key file {shown} cannot be read: it is no path.") from None
    warning = ""
    if os.name == "posix" and facts.st_mode & 0o077:
        warning = f"The key file {shown} can be read by others; make it yours alone with chmod 600."
    return raw.decode("utf-8", "replace").strip("\r\n"), warning

"""Keys: read from where they are, checked, and never part of a message."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tui.config import Config, KeyReference, parse_config
from tui.errors import ConfigError
from tui.providers import keys
from tui.providers.endpoints import require_key, resolve
from tui.providers.keys import check_key, forget_keys, read_key, read_named_keys, reference_from

CANARY = "sk-canary-123456"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    forget_keys()
    yield
    forget_keys()


def _python(code: str) -> KeyReference:
    return KeyReference(command=(sys.executable, "-c", code))


def _read(reference: KeyReference, **environ: str) -> str:
    found = read_key(reference, environ)
    assert found is not None
    return found.value


def test_from_the_environment() -> None:
    assert _read(KeyReference(env="K"), K=" abc\t") == "abc"
    assert read_key(KeyReference(env="K"), {}) is None
    assert read_key(KeyReference(env="K"), {"K": "  "}) is None


def test_from_the_process_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K", "abc")
    found = read_key(KeyReference(env="K"))
    assert found is not None
    assert found.value == "abc"


@pytest.mark.parametrize(
    "value", [f"{CANARY}\n", f"{CANARY}\r\nX-Evil: 1", f"é{CANARY}", f"{CANARY}\x00", f"{CANARY}\x7f", "\n"]
)
def test_what_cannot_be_a_key_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(ConfigError, match="The key from K ") as caught:
        check_key(value, "K")
    assert "canary" not in str(caught.value)
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as caught:
        require_key(resolve(Config(), "openai", {"OPENAI_API_KEY": CANARY + "\nx"}))
    assert "canary" not in str(caught.value)


def test_from_a_command_the_first_line_only() -> None:
    assert _read(_python(r"print('abc\r'); print('notes')")) == "abc"


def test_a_command_is_no_shell_and_gets_no_input(tmp_path: Path) -> None:
    assert _read(_python("import sys; print(repr(sys.stdin.read()))")) == "''"
    script = KeyReference(command=("echo", f"$HOME; touch {tmp_path / 'x'}"))
    assert _read(script).startswith("$HOME;")
    assert not (tmp_path / "x").exists()


def test_a_command_is_asked_once_until_forgotten(tmp_path: Path) -> None:
    log = tmp_path / "log"
    reference = _python(f"open({str(log)!r}, 'a').write('x'); print('abc')")
    assert _read(reference) == _read(reference) == "abc"
    assert log.read_text() == "x"
    forget_keys()
    assert _read(reference) == "abc"
    assert log.read_text() == "xx"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (KeyReference(command=("no-such-program-anywhere",)), "is not installed or not on the PATH"),
        (_python(f"import sys; print('{CANARY}', file=sys.stderr); sys.exit(3)"), "failed with exit code 3"),
        (_python("print()"), "printed nothing on its first line"),
        (_python("pass"), "printed nothing on its first line"),
        (KeyReference(command=("/",)), "cannot be run"),
        (KeyReference(command=("a\x00b",)), "cannot be run"),
        (_python(r"import sys; sys.stdout.buffer.write(b'\xff\xfe')"), "not ASCII"),
    ],
)
def test_a_command_that_fails_is_a_sentence(reference: KeyReference, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        read_key(reference, {})
    assert "canary" not in str(caught.value)
    assert "\x00" not in str(caught.value)


def test_a_command_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "COMMAND_TIMEOUT_S", 0.2)
    with pytest.raises(ConfigError, match=r"gave nothing for 0\.2 seconds"):
        read_key(_python("import time; time.sleep(60)"), {})


def test_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("abc\n")
    file.chmod(0o600)
    found = read_key(KeyReference(file=str(file)), {})
    assert found is not None
    assert (found.value, found.warning) == ("abc", "")
    assert found.source == f"the file {file}"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_file_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("abc")
    file.chmod(0o644)
    endpoint = resolve(
        parse_config("[endpoints.openai]\napi_key = { file = 'key' }", tmp_path / "c.toml"), "openai", {}
    )
    assert endpoint.key == "abc"
    assert "can be read by others" in endpoint.warnings[0]


def test_what_is_no_key_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "two").write_text(f"{CANARY}\nsecond\n")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    for name, words in {
        "two": "more than one line",
        "empty": "is empty",
        "large": "too large",
        "missing": "cannot be read: no such file",
        ".": "is not a regular file",
    }.items():
        with pytest.raises(ConfigError, match=words) as caught:
            read_key(KeyReference(file=str(tmp_path / name)), {})
        assert "canary" not in str(caught.value)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ConfigError, match="is not a regular file"):
            read_key(KeyReference(file=str(tmp_path / "pipe")), {})


def _fake_keyring(monkeypatch: pytest.MonkeyPatch, get_password: Any) -> None:
    module: Any = types.ModuleType("keyring")
    errors: Any = types.ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})
    module.get_password, module.errors = get_password, errors
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_keyring(monkeypatch, lambda service, user: f"{service}+{user}")
    assert _read(KeyReference(keyring="svc/me")) == "svc+me"
    forget_keys()
    _fake_keyring(monkeypatch, lambda service, user: None)
    with pytest.raises(ConfigError, match="The keyring has no entry svc/me"):
        read_key(KeyReference(keyring="svc/me"), {})

    def locked(service: str, user: str) -> str:
        raise sys.modules["keyring.errors"].KeyringError(CANARY)

    _fake_keyring(monkeypatch, locked)
    with pytest.raises(ConfigError, match="The keyring did not give the entry") as caught:
        read_key(KeyReference(keyring="svc/me"), {})
    assert "canary" not in str(caught.value)


def test_without_the_keyring_extra_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match=r"pip install 'parley-tui\[keyring\]'"):
        read_key(KeyReference(keyring="svc/me"), {})


def test_references_on_the_command_line() -> None:
    assert reference_from({"env": "K"}, "x") == KeyReference(env="K")
    assert reference_from({"command": ["a", "b"]}, "x") == KeyReference(command=("a", "b"))
    wrongs: tuple[Any, ...] = (
        CANARY,
        3,
        None,
        [],
        {},
        {"env": 3},
        {"env": "A", "file": "b"},
        {"key": CANARY},
        {"command": CANARY},
    )
    for wrong in wrongs:
        with pytest.raises(ConfigError, match=r"^x must ") as caught:
            reference_from(wrong, "x")
        assert "canary" not in str(caught.value)


def test_tables_of_references() -> None:
    environ = {"A": "key-a"}
    assert read_named_keys({"openai": {"env": "A"}}, "keys", environ=environ) == {"openai": "key-a"}
    assert read_named_keys({"u": "http://x"}, "keys", literals=["u"]) == {"u": "http://x"}
    with pytest.raises(ConfigError, match=r"keys\.openai needs B, which is not set"):
        read_named_keys({"openai": {"env": "B"}}, "keys", environ=environ)
    with pytest.raises(ConfigError, match=r"keys\.openai must say where the key is") as caught:
        read_named_keys({"openai": CANARY}, "keys", environ=environ)
    assert "canary" not in str(caught.value)
    with pytest.raises(ConfigError, match="must be a table"):
        read_named_keys(CANARY, "keys")


def test_a_found_key_does_not_show_itself() -> None:
    assert "canary" not in repr(read_key(KeyReference(env="K"), {"K": CANARY}))

"""The configuration: what loads, and the one sentence about what does not."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import paths
from tui.config import Config, KeyReference, RetrySection, TimeoutSection, check_config, load_config, parse_config
from tui.config.lines import find_line
from tui.config.sections import PARAMETER_NAMES
from tui.errors import ConfigError
from tui.providers.endpoints import built_in, check_endpoints
from tui.providers.parameters import row_names

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / "config.example.toml").read_text("utf-8")


def _write(folder: Path, text: str | bytes) -> Path:
    file = folder / "config.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def _sentence(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(_write(folder, text))
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def _problem(text: str) -> str:
    """What is wrong with a config text, or nothing."""
    try:
        parse_config(text)
    except ConfigError as error:
        return str(error)
    return ""


PRODUCT_EXAMPLE = """
model = "local/default"            # a new column starts with this
theme = "parley-dark"
[parameters]                       # only what is set is ever sent
temperature = 0.7
[endpoints.work]
dialect = "openai-chat"
base_url = "http://localhost:8000/v1"
api_key = { env = "WORK_KEY" }
models = ["big", "small"]          # when the server cannot list them
headers = { X-Team = "red" }       # extra request headers
retry = { attempts = 3, first_wait_s = 0.5, longest_wait_s = 8, total_s = 60, connection_errors = true }
timeout = { connect_s = 10, first_byte_s = 120, idle_s = 60 }
[endpoints.work.prices.big]        # US dollars per million tokens
input = 0.5
output = 1.5
"""


def test_the_documented_example_loads(tmp_path: Path) -> None:
    config = load_config(_write(tmp_path, PRODUCT_EXAMPLE))
    work = config.endpoints["work"]
    assert (config.model, config.theme, config.parameters) == ("local/default", "parley-dark", {"temperature": 0.7})
    assert (work.dialect, work.base_url, work.api_key) == (
        "openai-chat",
        "http://localhost:8000/v1",
        KeyReference(env="WORK_KEY"),
    )
    assert work.models == ("big", "small")
    assert work.headers == {"X-Team": "red"}
    assert work.retry == RetrySection(3, 0.5, 8.0, 60.0, True)
    assert work.timeout == TimeoutSection(10.0, 120.0, 60.0)
    assert (work.prices["big"].input, work.prices["big"].output) == (0.5, 1.5)


def test_no_file_means_defaults() -> None:
    assert not paths.config_file().exists()
    assert load_config() == Config()


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"There is no config file .*nothing\.toml; `parley config init` writes one\."
    ):
        load_config(tmp_path / "nothing.toml")


def test_the_variable_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_CONFIG", str(_write(tmp_path, 'theme = "nord"')))
    assert load_config().theme == "nord"


def test_a_folder_or_binary_junk_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        load_config(tmp_path)
    assert "line 2: the file is not UTF-8 text" in _sentence(tmp_path, b'theme = "x"\nmodel = "\xff"\n')


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    assert load_config(_write(tmp_path, b'\xef\xbb\xbftheme = "nord"\r\nsystem = "x"\r\n')).theme == "nord"


WRONG: list[tuple[str, str]] = [
    ("model = \n", "line 1: not TOML: invalid value"),
    ("theme = 'x'\nsystem = 'abc\n", "line 2: not TOML"),
    ("[ui]\n[parameters]\n[ui]\n", "line 3: the table [ui] stands in it twice"),
    ("modle = 'local/default'", "line 1: modle is not a setting; did you mean model?"),
    ("temprature = 1", "line 1: temprature is not a setting; did you mean parameters.temperature?"),
    (
        "[endpoints.work]\nretry.atempts = 3",
        "line 2: endpoints.work.retry.atempts is not a setting; did you mean attempts?",
    ),
    ("zzz = 1", "zzz is not a setting; there are model, theme, system"),
    ("theme = 3", 'line 1: theme must be a text in quotes, such as "parley-dark", not a whole number.'),
    ("[budget]\nday_usd = '5'", "line 2: budget.day_usd must be a number, such as 5, not a text."),
    ("[endpoints.w]\nstream = 'yes'", "endpoints.w.stream must be true or false, such as false, not a text."),
    ("[endpoints.w]\nmodels = 'x'", 'endpoints.w.models must be a list, such as ["big", "small"], not a text.'),
    ("[endpoints.w]\nmodels = [1]", "endpoints.w.models[0] must be a text in quotes"),
    ("[endpoints.w]\ntimeout = 5", "endpoints.w.timeout must be a table"),
    ("endpoints = 3", "endpoints must be a table: [endpoints.NAME]."),
    ("[endpoints]\nw = 3", "line 2: endpoints.w must be a table: [endpoints.NAME]."),
    ("[endpoints.w]\ndialect = 'openai'", "endpoints.w.dialect must be one of openai-chat, openai-completions"),
    ("[endpoints.w]\ngeneration = true", "endpoints.w.generation must be one of 1, 2, 3."),
    ("[endpoints.w.timeout]\nidle_s = 0", "endpoints.w.timeout.idle_s must be more than 0 and at most 86400 seconds."),
    ("[endpoints.w.timeout]\nidle_s = inf", "endpoints.w.timeout.idle_s must be more than 0"),
    ("[endpoints.w.retry]\nattempts = 2.5", "attempts must be a whole number, such as 3, not a number."),
    ("[endpoints.w.retry]\nattempts = 0", "attempts must be at least 1 and at most 10."),
    ("[endpoints.w.retry]\nstatuses = [1]", "statuses[0] must be at least 400"),
    ("[endpoints.w.prices.m]\ninput = -1", "must be at least 0 US dollars per million tokens."),
    (
        "[endpoints.w]\nheaders = { A = 3 }",
        "endpoints.w.headers.A must be a text in quotes, or where a secret is found",
    ),
    ("[endpoints.w]\nheaders = { 'A b' = 'x' }", 'endpoints.w.headers."A b" is not a name for a header.'),
    ("[endpoints.w]\nheaders = { A = 'é' }", "endpoints.w.headers.A must be plain ASCII text"),
    ("[endpoints.'a/b']\n", 'endpoints."a/b" is not a name for an endpoint'),
    ("[parameters]\nx = nan", "line 2: parameters.x must be a finite number."),
    ("[parameters]\nx = 2020-01-01", "parameters.x must be something that JSON knows, not a date or time."),
    ("[keys]\nhelp = 3", 'keys.help must be a key such as "ctrl+k", or a list of keys.'),
    ("model = 'x'", 'line 1: model must be written endpoint/model, such as "local/default".'),
    ("[endpoints.w]\napi_key = {}", "endpoints.w.api_key must name one place where the key is"),
    ("[endpoints.w]\napi_key = { env = 'A', file = 'b' }", "endpoints.w.api_key must name one place"),
    ("[endpoints.w]\napi_key = { envv = 'A' }", "endpoints.w.api_key.envv is not a setting; did you mean env?"),
    ("[endpoints.w]\napi_key = { env = 3 }", 'endpoints.w.api_key.env must be a text in quotes, such as "WORK_KEY"'),
    ("[endpoints.w]\napi_key = { keyring = 'x' }", 'must be written { keyring = "service/user" }'),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_is_wrong_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    sentence = _sentence(tmp_path, text)
    assert words in sentence
    assert str(tmp_path / "config.toml") in sentence


def test_a_literal_key_is_refused_and_not_repeated(tmp_path: Path) -> None:
    sentence = _sentence(tmp_path, '[endpoints.work]\napi_key = "sk-canary-123456"')
    assert "where the key is, not the key itself" in sentence
    assert '{ env = "NAME" }' in sentence
    assert "canary" not in sentence


@pytest.mark.parametrize(
    "text",
    [
        "[endpoints.w]\napi_key = sk-canary-123456",
        "[endpoints.w]\napi_key = 'sk-canary-123456",
        "[endpoints.w]\nstream = 'sk-canary-123456'",
        "[endpoints.w]\nheaders = { A = ['sk-canary-123456'] }",
        "[endpoints.w]\napi_key = { env = ['sk-canary-123456'] }",
        "[endpoints.w]\napi_key = { keyring = 'sk-canary-123456' }",
        "[endpoints.w]\nauth = 'sk-canary-123456'",
    ],
)
def test_no_message_repeats_a_value(tmp_path: Path, text: str) -> None:
    assert "canary" not in _sentence(tmp_path, text)


def test_the_first_problem_is_told_and_the_others_are_counted(tmp_path: Path) -> None:
    text = "theme = 3\nmodle = 'x'\n[ui]\nreasoning = 'none'\n"
    assert _sentence(tmp_path, text).endswith("(2 more: `parley config check` shows them all)")
    config, problems, wrong = check_config(tmp_path / "config.toml")
    assert len(problems) == 3
    assert wrong == (("theme",), ("modle",), ("ui", "reasoning"))
    assert config == Config()


def test_what_fits_is_kept_beside_what_does_not(tmp_path: Path) -> None:
    file = _write(tmp_path, "theme = 3\nsystem = 'x'\n[endpoints.a]\nlabel = 'A'\nstream = 3\n")
    config, problems, _ = check_config(file)
    assert config is not None
    assert config.system == "x"
    assert config.endpoints["a"].label == "A"
    assert len(problems) == 2


def test_control_characters_in_names_do_not_reach_the_message(tmp_path: Path) -> None:
    sentence = _sentence(tmp_path, '"a\\u001b[31m" = 1')
    assert "\x1b" not in sentence


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    text = '[endpoints.w]\nscript = "talk.toml"\napi_key = { file = "keys/w" }\nheaders = { A = { file = "h" } }\n'
    work = load_config(_write(tmp_path, text)).endpoints["w"]
    assert work.script == str(tmp_path / "talk.toml")
    assert work.api_key == KeyReference(file=str(tmp_path / "keys/w"))
    assert work.headers == {"A": KeyReference(file=str(tmp_path / "h"))}


def test_keys_come_as_one_text_per_action() -> None:
    config = parse_config('[keys]\nhelp = "f1,question_mark"\nquit = ["ctrl+q", "f10"]\nstop = ""')
    assert config.keymap == {"help": "f1,question_mark", "quit": "ctrl+q,f10", "stop": ""}


def test_hostile_nesting_is_a_sentence(tmp_path: Path) -> None:
    assert "config.toml" in _sentence(tmp_path, "a = " + "[" * 5000 + "]" * 5000)
    assert "config.toml" in _sentence(tmp_path, "a = " + "9" * 10_000)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("theme",), 1),
        (("endpoints", "a.b", "retry", "attempts"), 4),
        (("endpoints", "c", "headers", "X"), 7),
        (("system",), None),
        (("endpoints", "c", "nothing"), 5),
        (("ui", "reasoning"), 12),
    ],
)
def test_lines_are_found(path: tuple[str, ...], line: int | None) -> None:
    text = (
        "theme = 1\n"
        '[endpoints."a.b"]\n'
        "# retry.attempts = 5\n"
        "retry.attempts = 3\n"
        "[ endpoints . c ]  # comment\n"
        "dialect = 'x'\n"
        "headers = { X = 1 }\n"
        'notes = """\n'
        "system = 'not here'\n"
        '"""\n'
        "[ui]\n"
        "reasoning = 3\n"
    )
    assert find_line(text, path) == line


@given(st.text(max_size=200))
def test_any_text_is_a_config_or_a_sentence(text: str) -> None:
    assert "\n" not in _problem(text.replace("\r", ""))


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-5, 10**6) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from([spot.name for spot in dataclasses.fields(Config)]) | st.text(max_size=4)


@given(st.dictionaries(_NAMES, _VALUES | st.fixed_dictionaries({"w": _VALUES}), max_size=4))
def test_values_of_any_type_are_read_or_refused(values: dict[str, Any]) -> None:
    import tomli_w

    text = tomli_w.dumps(values)
    problem = _problem(text)
    assert "\n" not in problem
    if not problem:
        assert set(values) <= {spot.name for spot in dataclasses.fields(Config)}
        assert parse_config(text).parameters == values.get("parameters", {})


# -- the example file and the documentation ---------------------------------------------------------------------------


def _uncommented() -> str:
    return re.sub(r"(?m)^#(?=\S)", "", EXAMPLE)


def test_the_example_as_it_stands_is_the_defaults() -> None:
    assert parse_config(EXAMPLE) == Config()


def test_every_example_setting_is_right() -> None:
    config = parse_config(_uncommented())
    assert check_endpoints(config) == []


def test_the_example_states_real_defaults() -> None:
    said = tomllib.loads("\n".join(line for line in _uncommented().split("\n") if "# example" not in line))
    work = said.pop("endpoints")["work"]
    for name in ("parameters", "keys", "budget", "local"):
        said.pop(name, None)
    config = Config()
    for table in ("ui", "context"):
        for name, value in said.pop(table).items():
            assert value == getattr(getattr(config, table), name), name
    for name, value in said.items():
        assert value == getattr(config, name), name
    from tui.providers.base import Endpoint, RetryPolicy, Timeouts

    plain = Endpoint("", "", "")
    policy = RetryPolicy()
    settable = [spot.name for spot in dataclasses.fields(RetrySection)]
    assert work.pop("retry") == {
        name: list(value) if isinstance(value := getattr(policy, name), tuple) else value for name in settable
    }
    assert work.pop("timeout") == dataclasses.asdict(Timeouts())
    assert (work["auth"], work["stream"], work["generation"], work["quirks"]) == (
        plain.auth,
        plain.stream,
        plain.generation,
        {},
    )


def test_the_example_holds_every_setting() -> None:
    from tui.config import sections

    config = parse_config(_uncommented())
    for spot in dataclasses.fields(Config):
        assert re.search(rf"(?m)^#?(\[{spot.name}[\].]|{spot.name} =)", EXAMPLE), spot.name
    for section in (
        sections.EndpointSection,
        sections.RetrySection,
        sections.TimeoutSection,
        sections.PriceSection,
        sections.UiSection,
        sections.BudgetSection,
        sections.LocalSection,
    ):
        for spot in dataclasses.fields(section):
            assert re.search(rf"(?m)^#(\[.*\.{spot.name}[\].]|{spot.name} =)", EXAMPLE), (
                f"{section.__name__}.{spot.name}"
            )
    assert set(built_in()) <= set(re.findall(r"[a-z-]+", EXAMPLE))
    assert {"work", "azure"} <= set(config.endpoints)


def test_every_setting_has_words() -> None:
    from tui.config import sections

    source = (ROOT / "tui/config/sections.py").read_text("utf-8")
    for section in vars(sections).values():
        if isinstance(section, type) and dataclasses.is_dataclass(section):
            for spot in dataclasses.fields(section):
                assert re.search(rf'(?m)^    {spot.name}: [^\n]+(\n        [^\n]*)*(\n    \))?\n    """', source), (
                    spot.name
                )


def test_the_generated_tables_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs/generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_misplaced_parameters_are_real_ones() -> None:
    assert set(PARAMETER_NAMES) <= set(row_names())


def test_reading_imports_no_validation_library_and_no_toolkit() -> None:
    code = (
        "import sys; from tui.config import parse_config; parse_config('theme = \"x\"');"
        "print(sorted({'pydantic', 'httpx', 'textual', 'rich', 'platformdirs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"

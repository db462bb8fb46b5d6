"""Endpoints: the built-in table, the user's changes, the environment, and keys that stay where they belong."""

from __future__ import annotations

import dataclasses

import pytest

from tui.config import Config, parse_config
from tui.errors import ConfigError
from tui.providers.addresses import address_from_variable, check_base_url, is_secret_name
from tui.providers.base import Endpoint, RetryPolicy, Timeouts
from tui.providers.endpoints import built_in, check_endpoints, known_endpoints, require_key, resolve

PRODUCT_LIST = [
    "local",
    "demo",
    "hatz",
    "atoma",
    "atoma-completions",
    "humanloop",
    "ai-stats",
    "openai",
    "openai-responses",
    "anthropic",
    "gemini",
    "ollama",
    "openrouter",
    "groq",
    "mistral",
    "deepseek",
    "xai",
    "together",
    "lmstudio",
    "llamacpp",
    "vllm",
]

KEYS = {
    "hatz": ("HATZAI_API_KEY_HEADER", "HATZ_API_KEY"),
    "atoma": ("ATOMASDK_BEARER_AUTH",),
    "atoma-completions": ("ATOMASDK_BEARER_AUTH",),
    "humanloop": ("HUMANLOOP_API_KEY",),
    "ai-stats": ("AI_STATS_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "openai-responses": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "gemini": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "openrouter": ("OPENROUTER_API_KEY",),
    "groq": ("GROQ_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "xai": ("XAI_API_KEY",),
    "together": ("TOGETHER_API_KEY",),
}


def _resolve(toml: str, name: str, **environ: str) -> Endpoint:
    return resolve(parse_config(toml), name, environ)


def test_every_endpoint_of_the_product_is_built_in() -> None:
    assert list(built_in()) == PRODUCT_LIST


def test_every_dialect_is_known() -> None:
    from tui.providers.dialects import NAMES

    assert {base.dialect for base in built_in().values()} <= set(NAMES)


@pytest.mark.parametrize(("name", "variables"), KEYS.items())
def test_each_variable_is_enough_and_the_first_wins(name: str, variables: tuple[str, ...]) -> None:
    for variable in variables:
        found = resolve(Config(), name, {variable: "the-key"})
        assert (found.key, found.key_source, found.key_problem) == ("the-key", variable, "")
    found = resolve(Config(), name, {variable: variable.lower() for variable in variables})
    assert found.key == variables[0].lower()


@pytest.mark.parametrize(("name", "variables"), KEYS.items())
def test_a_missing_key_names_the_variables(name: str, variables: tuple[str, ...]) -> None:
    endpoint = resolve(Config(), name, {})
    with pytest.raises(ConfigError, match=variables[0]) as caught:
        require_key(endpoint)
    assert all(variable in str(caught.value) for variable in variables)


@pytest.mark.parametrize("name", ["local", "demo", "ollama", "lmstudio", "llamacpp", "vllm"])
def test_what_runs_here_needs_no_key(name: str) -> None:
    require_key(resolve(Config(), name, {}))


@pytest.mark.parametrize(
    ("name", "auth"),
    [("hatz", "x-api-key"), ("humanloop", "x-api-key"), ("anthropic", "x-api-key"), ("gemini", "x-goog-api-key"),
     ("openai", "bearer"), ("atoma", "bearer"), ("ai-stats", "bearer")],
)  # fmt: skip
def test_the_header_that_carries_the_key(name: str, auth: str) -> None:
    assert resolve(Config(), name, {}).auth == auth


def test_a_server_of_ones_own_takes_four_lines() -> None:
    toml = (
        '[endpoints.work]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:8000/v1/"\napi_key = { env = "W" }\n'
    )
    work = _resolve(toml, "work", W="k")
    assert (work.name, work.dialect, work.base_url, work.key, work.key_source, work.auth) == (
        "work",
        "openai-chat",
        "http://127.0.0.1:8000/v1",
        "k",
        "W",
        "bearer",
    )
    with pytest.raises(ConfigError, match="work needs a key: W is not set"):
        require_key(_resolve(toml, "work"))


def test_a_server_without_a_key_needs_none() -> None:
    endpoint = _resolve('[endpoints.w]\ndialect = "ollama"\nbase_url = "http://127.0.0.1:1"', "w", OPENAI_API_KEY="x")
    require_key(endpoint)
    assert endpoint.key == ""


def test_changes_to_a_built_in_leave_the_rest() -> None:
    toml = """
    [endpoints.atoma]
    retry = { attempts = 1 }
    timeout = { idle_s = 5 }
    quirks = { default_max_tokens = 100 }
    headers = { X-Team = "red" }
    stream = false
    models = ["m"]
    [endpoints.atoma.prices.m]
    input = 0.5
    """
    atoma = _resolve(toml, "atoma", ATOMASDK_BEARER_AUTH="k")
    assert atoma.key == "k"
    assert atoma.base_url == "https://api.atoma.network/v1"
    wanted = dataclasses.replace(
        RetryPolicy(), attempts=1, statuses=(408, 409, 423, 425, 429), once=(404, 500), never=(501,)
    )
    assert atoma.retry == wanted
    assert atoma.timeouts == dataclasses.replace(Timeouts(), idle_s=5.0)
    assert atoma.quirks["default_max_tokens"] == 100
    assert "extra_models_url" in atoma.quirks
    assert (atoma.headers, atoma.stream, atoma.models) == ({"X-Team": "red"}, False, ("m",))
    assert (atoma.prices["m"].input, atoma.prices["m"].output) == (0.5, None)


def test_the_users_key_replaces_the_usual_variable() -> None:
    toml = '[endpoints.openai]\napi_key = { env = "MINE" }'
    assert _resolve(toml, "openai", OPENAI_API_KEY="theirs", MINE="mine").key == "mine"
    missing = _resolve(toml, "openai", OPENAI_API_KEY="theirs")
    assert missing.key == ""
    assert "MINE is not set" in missing.key_problem


def test_no_key_with_auth_none() -> None:
    endpoint = _resolve('[endpoints.openai]\nauth = "none"', "openai", OPENAI_API_KEY="k")
    require_key(endpoint)
    assert endpoint.auth_headers() == {}


def test_a_server_is_itself_in_chats_and_in_text_completion() -> None:
    toml = '[endpoints.box]\nlike = "llamacpp"\ndialect = "openai-completions"\nbase_url = "http://127.0.0.1:1/v1"'
    assert _resolve(toml, "box").quirks["infill_url"] == "/infill"
    toml = '[endpoints.box]\nlike = "llamacpp"\ndialect = "ollama"\nbase_url = "http://127.0.0.1:1/v1"'
    assert not _resolve(toml, "box").quirks


def test_like_shares_quirks_and_limits_but_never_key_or_address() -> None:
    toml = '[endpoints.box]\nlike = "groq"\nbase_url = "http://127.0.0.1:1/v1"'
    box = _resolve(toml, "box", GROQ_API_KEY="canary")
    assert (box.dialect, box.family, box.key, box.base_url) == ("openai-chat", "groq", "", "http://127.0.0.1:1/v1")
    require_key(box)
    with pytest.raises(ConfigError, match=r"endpoints\.box has no base_url"):
        _resolve('[endpoints.box]\nlike = "groq"', "box")
    with pytest.raises(ConfigError, match="did you mean groq"):
        _resolve('[endpoints.box]\nlike = "grok"', "box")


def test_another_dialect_drops_the_quirks_of_the_old_one() -> None:
    hatz = _resolve(
        '[endpoints.hatz]\ndialect = "openai-responses"\nbase_url = "https://ai.hatz.ai/v1/openai"',
        "hatz",
        HATZ_API_KEY="k",
    )
    assert (hatz.auth, hatz.key, hatz.label) == ("bearer", "k", "Hatz AI")
    mistral = _resolve('[endpoints.mistral]\ndialect = "anthropic-messages"', "mistral")
    assert (mistral.auth, mistral.quirks) == ("x-api-key", {})


def test_the_third_generation_of_ai_stats_has_its_own_host_and_key() -> None:
    first = _resolve(
        "", "ai-stats", AI_STATS_API_KEY="a", PHASEO_API_KEY="p", AI_STATS_BASE_URL="http://127.0.0.1:1/v1"
    )
    assert (first.generation, first.base_url, first.key) == (1, "http://127.0.0.1:1/v1", "a")
    third = _resolve("[endpoints.ai-stats]\ngeneration = 3", "ai-stats", AI_STATS_API_KEY="a", PHASEO_API_KEY="p")
    assert (third.generation, third.base_url, third.key) == (3, "https://api.phaseo.app/v1", "p")
    second = _resolve("[endpoints.ai-stats]\ngeneration = 2", "ai-stats", AI_STATS_API_KEY="a")
    assert (second.generation, second.base_url, second.key) == (2, "https://api.ai-stats.phaseo.app/v1", "a")


def test_the_config_wins_over_the_variable_that_moves_an_endpoint() -> None:
    environ = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": "k"}
    assert resolve(Config(), "openai", environ).base_url == "http://127.0.0.1:1/v1"
    assert resolve(Config(), "openai-responses", environ).base_url == "http://127.0.0.1:1/v1"
    toml = '[endpoints.openai]\nbase_url = "http://127.0.0.1:2/v1"'
    assert resolve(parse_config(toml), "openai", environ).base_url == "http://127.0.0.1:2/v1"


def test_ollamas_key_is_for_the_hosted_service() -> None:
    environ = {"OLLAMA_API_KEY": "k"}
    assert resolve(Config(), "ollama", environ).key == ""
    assert resolve(Config(), "ollama", {**environ, "OLLAMA_HOST": "https://ollama.example"}).key == "k"
    statuses = {status.name: status for status in known_endpoints(Config(), environ)}
    assert not statuses["ollama"].has_key


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:9", "http://127.0.0.1:9"),
        (":8080", "http://127.0.0.1:8080"),
        ("box", "http://box:11434"),
        ("box:1/", "http://box:1/"),
        ('"box"', "http://box:11434"),
        ("http://box", "http://box"),
        ("HTTPS://box/x", "https://box/x"),
        ("[::1]:3", "http://[::1]:3"),
        ("::", "http://127.0.0.1:11434"),
        ("::1", "http://[::1]:11434"),
    ],
)
def test_ollama_host_may_lack_scheme_and_port(value: str, url: str) -> None:
    assert address_from_variable(value, 11434) == url
    assert resolve(Config(), "ollama", {"OLLAMA_HOST": value}).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:8000", "must start with http:// or https://"),
        ("ftp://x/v1", "must start with http:// or https://"),
        ("", "must start with http:// or https://"),
        ("http://", "names no host"),
        ("http://:80/v1", "names no host"),
        ("http://u:canary@x/v1", "must not hold a user or password"),
        ("http://canary@x/v1", "must not hold a user or password"),
        ("http://x/v1?key=canary", "must end before any"),
        ("http://x/v1#canary", "must end before any"),
        ("http://x/v1?", "must end before any"),
        ("http://x:99999/v1", "is not an address"),
        ("http://x:port/v1", "is not an address"),
        ("http://[::1/v1", "is not an address"),
        ("http://x/ v1", "holds blanks or control characters"),
        ("http://x/\nv1", "holds blanks or control characters"),
    ],
)
def test_an_address_that_cannot_be_is_a_sentence_without_the_address(url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=r"^endpoints\.w\.base_url ") as caught:
        check_base_url(url, "endpoints.w.base_url")
    assert words in str(caught.value)
    assert "canary" not in str(caught.value)


def test_bare_hosts_of_vendors_get_their_version() -> None:
    assert check_base_url("http://127.0.0.1:1", "x", "anthropic-messages") == "http://127.0.0.1:1/v1"
    assert check_base_url("http://127.0.0.1:1/", "x", "gemini") == "http://127.0.0.1:1/v1beta"
    assert check_base_url("http://127.0.0.1:1/v1", "x", "anthropic-messages") == "http://127.0.0.1:1/v1"
    assert check_base_url("http://127.0.0.1:1", "x", "openai-chat") == "http://127.0.0.1:1"


def test_keys_do_not_go_into_queries() -> None:
    assert _resolve('[endpoints.openai]\nquery = { api-version = "1" }', "openai").query == {"api-version": "1"}
    for name in ("key", "api_key", "access_token", "X-Secret"):
        assert is_secret_name(name)
        with pytest.raises(ConfigError, match="looks like a key"):
            _resolve(f'[endpoints.openai]\nquery = {{ {name} = "canary" }}', "openai")


def test_a_key_over_plain_http_is_warned_of() -> None:
    toml = '[endpoints.w]\ndialect = "openai-chat"\napi_key = { env = "W" }\nbase_url = '
    assert "unencrypted" in _resolve(toml + '"http://box/v1"', "w", W="k").warnings[0]
    assert _resolve(toml + '"http://127.0.0.1/v1"', "w", W="k").warnings == ()
    assert _resolve(toml + '"https://box/v1"', "w", W="k").warnings == ()


def test_secret_headers_are_found_or_missed_by_name() -> None:
    toml = '[endpoints.openai]\nheaders = { Cookie = { env = "C" }, A = "b" }'
    assert _resolve(toml, "openai", OPENAI_API_KEY="k", C="secret").headers == {"Cookie": "secret", "A": "b"}
    with pytest.raises(ConfigError, match="openai needs its header Cookie: C is not set"):
        require_key(_resolve(toml, "openai", OPENAI_API_KEY="k"))


@pytest.mark.parametrize(
    ("toml", "name", "words"),
    [
        ("", "opnai", "There is no endpoint “opnai”; did you mean openai?"),
        ("", "zzzzzz", "There is no endpoint “zzzzzz”; there are local, demo"),
        (
            "[endpoints.opnai]",
            "opnai",
            "endpoints.opnai is not built in and has no dialect; did you mean [endpoints.openai]?",
        ),
        ('[endpoints.w]\ndialect = "ollama"', "w", "endpoints.w has no base_url"),
        ('[endpoints.w]\ndialect = "scripted"', "w", "endpoints.w needs a script"),
        ('[endpoints.w]\ndialect = "gemini"\nbase_url = "x"', "w", "endpoints.w.base_url must start with http"),
    ],
)
def test_an_endpoint_that_cannot_be_is_a_sentence(toml: str, name: str, words: str) -> None:
    config = parse_config(toml)
    with pytest.raises(ConfigError) as caught:
        resolve(config, name, {})
    assert str(caught.value).startswith(words)
    if toml:
        assert [words for _, words in check_endpoints(config)] == [str(caught.value)]
        status = next(status for status in known_endpoints(config, {}) if status.name == name)
        assert (status.problem, status.is_usable) == (str(caught.value), False)


def test_each_endpoint_is_named_once_among_those_that_there_are() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(parse_config('[endpoints.groq]\nheaders = { A = "b" }'), "zzzzzz", {})
    assert str(caught.value).count("groq") == 1


def test_a_model_at_an_unknown_endpoint_is_found_by_the_check() -> None:
    assert check_endpoints(parse_config('model = "opnai/gpt"')) == [
        (("model",), "There is no endpoint “opnai”; did you mean openai?")
    ]
    assert check_endpoints(Config()) == []


def test_known_endpoints_say_what_is_there_without_asking() -> None:
    toml = """
    [endpoints.w]
    dialect = "openai-chat"
    base_url = "http://127.0.0.1:1/v1"
    api_key = { command = ["false"] }
    [endpoints.openai]
    label = "Mine"
    """
    statuses = known_endpoints(parse_config(toml), {"OPENAI_API_KEY": "canary", "GEMINI_API_KEY": "g"})
    assert [status.name for status in statuses] == [*PRODUCT_LIST, "w"]
    by_name = {status.name: status for status in statuses}
    assert (by_name["openai"].label, by_name["openai"].has_key, by_name["openai"].key_place) == (
        "Mine",
        True,
        "OPENAI_API_KEY",
    )
    assert (by_name["groq"].has_key, by_name["groq"].needs_key, by_name["groq"].key_variable) == (
        False,
        True,
        "GROQ_API_KEY",
    )
    assert by_name["gemini"].key_place == "GEMINI_API_KEY"
    assert (by_name["w"].has_key, by_name["w"].key_place) == (True, "the command false")
    assert "canary" not in repr(statuses)


def test_no_key_in_the_repr_of_an_endpoint() -> None:
    assert "canary" not in repr(resolve(Config(), "openai", {"OPENAI_API_KEY": "canary-key"}))

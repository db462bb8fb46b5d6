"""Secrets are masked in each way of writing them, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.text.redact import MASK, Redactor, is_secret_header, looks_secret, mask_headers, mask_json

KEY = 'sk-canary/"0123"+\\=ABC&<é>'


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        json.dumps(KEY),
        json.dumps(KEY, ensure_ascii=False),
        json.dumps(json.dumps(KEY)),
        json.dumps(KEY).replace("/", "\\/"),
        quote(KEY),
        quote(KEY, safe=""),
        quote_plus(KEY),
        quote(KEY, safe="").replace("%2F", "%2f").replace("%2B", "%2b").lower().replace("sk-canary", "sk-canary"),
        html.escape(KEY),
        repr(KEY),
        base64.b64encode(KEY.encode()).decode(),
        KEY.encode().hex(),
        KEY.encode().hex().upper(),
        base64.urlsafe_b64encode(KEY.encode()).decode().rstrip("="),
    ],
)
def test_a_known_key_is_found_in_each_way_of_writing_it(written: str) -> None:
    found = Redactor([KEY, KEY.lower()]).redact(f"before {written} after")
    assert MASK in found
    assert "canary" not in found.lower()
    assert "0123" not in found
    assert found.startswith("before ")
    assert found.endswith(" after")


@given(st.text(st.characters(codec="utf-8"), max_size=7), st.text(st.characters(codec="utf-8"), max_size=7))
def test_a_known_key_is_found_inside_longer_base64(before: str, after: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        coded = encode(f"{before}{KEY}{after}".encode()).decode()
        assert MASK in Redactor([KEY]).redact(coded)


def test_a_key_that_begins_with_another_leaves_no_rest() -> None:
    assert Redactor(["sk-abcdefgh", "sk-abcdefgh-longer"]).redact("sk-abcdefgh-longer, sk-abcdefgh") == "***, ***"


def test_short_keys_are_hidden_as_whole_words_only() -> None:
    redactor = Redactor(["ollama", "x", ""])
    assert (
        redactor.redact("key ollama refused by ollama.example; ollamas, x")
        == "key *** refused by ***.example; ollamas, x"
    )


def test_a_long_key_is_found_in_capitals_and_in_small_letters() -> None:
    redactor = Redactor(["sk-Canary-0123456789", "Password"])
    assert redactor.redact("at SK-CANARY-0123456789, sk-canary-0123456789.example") == "at ***, ***.example"
    assert redactor.redact("Password and PASSWORD or password") == "*** and PASSWORD or password"


@pytest.mark.parametrize("length", [1, 2, 4, *range(8, len(KEY) + 1)])
def test_the_beginning_of_a_key_at_a_cut_is_hidden_too(length: int) -> None:
    found = Redactor([KEY]).redact_cut(f"{KEY} and {KEY[:length]}")
    assert found == ("*** and ***" if length >= 8 else f"*** and {KEY[:length]}")
    assert (
        Redactor([KEY]).redact_cut(f"{KEY[:length]} and more")
        == f"{KEY[:length] if length < len(KEY) else '***'} and more"
    )


@given(st.text(), st.lists(st.text(max_size=12), max_size=4))
def test_redacting_never_leaves_a_long_secret(text: str, secrets: list[str]) -> None:
    found = Redactor(secrets).redact(text.join(secrets))
    assert not any(secret in found for secret in secrets if len(secret) >= 8 and MASK not in secret)


def test_text_without_secrets_comes_back_as_it_is() -> None:
    text = "nothing to see"
    assert Redactor([KEY]).redact(text) is text


SECRET_NAMES = [
    "api_key",
    "apikey",
    "apiKey",
    "API_KEY",
    "token",
    "access_token",
    "accessToken",
    "client_secret",
    "password",
    "passwd",
    "authorization",
    "Authorization",
    "X-API-Key",
    "x-goog-api-key",
    "api-key",
    "cookie",
    "Proxy-Authorization",
    "X-Auth",
    "openai_key",
    "OPENAI_API_KEY",
    "hf_token",
    "private_key",
    "credentials",
    "secretKey",
    "id_token",
    "AWS_SECRET_ACCESS_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "keyring_password",
    "apiKeys",
    "bearer_token",
    "oauth",
    "db.password",
]
OPEN_NAMES = [
    "max_tokens",
    "token_count",
    "tokens",
    "prompt_tokens",
    "first_token_s",
    "max_completion_tokens",
    "prompt_cache_key",
    "author",
    "key",
    "keys",
    "name",
    "model",
    "stop_token_ids",
    "eos_token",
    "tokens_per_s",
    "token_ids",
    "monkey",
    "keyboard",
    "maxOutputTokens",
    "public_key",
    "tokenizer",
    "authors",
    "keyword",
    "next_page_token",
    "top_logprobs",
    "total_tokens",
    "max_token",
    "logit_bias",
    "reasoning",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_names_of_secrets_are_told(name: str) -> None:
    assert looks_secret(name)
    assert mask_json({name: "v", "list": [{name: 5}]}) == {name: MASK, "list": [{name: MASK}]}


@pytest.mark.parametrize("name", OPEN_NAMES)
def test_names_of_counts_and_the_like_are_told(name: str) -> None:
    assert not looks_secret(name)
    assert mask_json({name: "v"}) == {name: "v"}


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "x-api-key",
        "x-goog-api-key",
        "api-key",
        "cookie",
        "proxy-authorization",
        "Set-Cookie",
        "X-Monkey",
        "Key",
        "X-My-Secret",
        "X-Authz",
        "Ocp-Apim-Subscription-Key",
        "HTTP_X_TOKEN",
    ],
)
def test_secret_headers_lose_their_whole_value(name: str) -> None:
    assert is_secret_header(name)
    assert mask_headers({name: "Bearer xyz", "Accept": "*/*"}) == {name: MASK, "Accept": "*/*"}
    assert mask_headers({name: ""}) == {name: ""}


@pytest.mark.parametrize(
    "name",
    [
        "x-ratelimit-remaining-tokens",
        "anthropic-ratelimit-input-tokens-remaining",
        "x-ratelimit-limit-tokens",
        "content-type",
        "x-request-id",
        "retry-after",
        "openai-processing-ms",
    ],
)
def test_rate_limits_and_plain_headers_stay(name: str) -> None:
    assert mask_headers({name: "12"}) == {name: "12"}


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (
            {"provider_api_keys": {"openai": "k", "none": None, "empty": "", "deep": {"list": ["k", 1, True]}}},
            {
                "provider_api_keys": {
                    "openai": "***",
                    "none": None,
                    "empty": "",
                    "deep": {"list": ["***", "***", "***"]},
                }
            },
        ),
        ({"provider_api_keys": "k"}, {"provider_api_keys": "***"}),
        ({"api_key": {"value": "k", "list": ["k"]}}, {"api_key": {"value": "***", "list": ["***"]}}),
        ({"auth": True, "token": None, "password": ""}, {"auth": True, "token": None, "password": ""}),
        ({"content": [{"token": "a", "logprob": -0.1}]}, {"content": [{"token": "a", "logprob": -0.1}]}),
        (
            {"schema": {"properties": {"password": {"type": "string", "api_key": "k"}}}},
            {"schema": {"properties": {"password": {"type": "string", "api_key": "***"}}}},
        ),
        ([1, "text", None, ({"token": "k"},)], [1, "text", None, [{"token": "***"}]]),
    ],
)
def test_json_is_masked_by_name(value: Any, masked: Any) -> None:
    before = json.dumps(value)
    assert mask_json(value) == masked
    assert json.dumps(value) == before


def test_further_objects_may_be_named_secret() -> None:
    assert mask_json({"vault": {"a": 1}, "b": 2}, {"vault"}) == {"vault": {"a": "***"}, "b": 2}

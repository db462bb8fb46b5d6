"""Model listings in the shapes of OpenAI-like servers.

Each vendor adds its own fields for context, prices and abilities; all of them are read wherever they appear. Refuses to
follow a next page to another host: the key would go there.

Source: wire-contracts 1.2, 2.1, 2.6, 2.7; llama.cpp and vLLM `GET /v1/models`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from tui.errors import ProviderError
from tui.providers.base import Endpoint, HttpCall, ModelFacts, ModelPages, Price
from tui.providers.calls import get
from tui.providers.lenient_json import list_of, mapping_of, number_of, text_of
from tui.providers.openai_shapes import real_of

_MOST_PAGES = 50
_CONTEXT_FIELDS = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
    "loaded_context_length",
)
_OUTPUT_FIELDS = ("max_completion_tokens", "max_output_tokens", "max_output_length")
_OTHER_KINDS = frozenset(
    {"embedding", "embeddings", "image", "audio", "video", "moderation", "rerank", "transcribe", "tts", "stt"}
)
_NO_CHAT = re.compile(
    r"embed|^whisper|(?:^|-)tts(?:-|$)|^dall-e|moderation|-transcribe|-realtime|^gpt-image|^chatgpt-image|^sora|rerank",
    re.IGNORECASE,
)
_COMPLETION_ONLY = re.compile(r"^(?:babbage-002|davinci-002)$|^gpt-3\.5-turbo-instruct", re.IGNORECASE)
_ROWS = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "top_logprobs": "logprobs",
    "reasoning": "reasoning_effort",
    "structured_outputs": "response_format",
    "random_seed": "seed",
    "repeat_penalty": "repetition_penalty",
}
_ROW_NAMES = frozenset(
    {
        "temperature", "top_p", "top_k", "min_p", "max_tokens", "frequency_penalty", "presence_penalty",
        "repetition_penalty", "seed", "stop", "n", "logprobs", "logit_bias", "reasoning_effort", "suffix", "user",
        "response_format",
    }
)  # fmt: skip


def model_pages(endpoint: Endpoint) -> ModelPages:
    """The endpoint's models; a second listing, where there is one, adds names, context and prices."""
    path = endpoint.quirks.get("models_path", "/models")
    if not path:
        return [ModelFacts(name, kinds=_kinds_of_endpoint(endpoint)) for name in endpoint.models]
    found: dict[str, ModelFacts] = {}
    call = get(endpoint, path)
    for _ in range(_MOST_PAGES):
        page = yield call
        for model in read_models(page, endpoint):
            found.setdefault(model.id, model)
        following = _next_page(endpoint, call, page)
        if following is None:
            break
        call = following
    extra = endpoint.quirks.get("extra_models_url")
    if extra:
        try:
            page = yield get(endpoint, extra)
        except ProviderError:
            page = None  # the first listing is enough to work with
        for model in read_models(page, endpoint):
            found[model.id] = _merged(found[model.id], model) if model.id in found else model
    return list(found.values())


def _next_page(endpoint: Endpoint, call: HttpCall, page: Any) -> HttpCall | None:
    link = text_of(mapping_of(mapping_of(page).get("links")).get("next"))
    if not link:
        return None
    url = urljoin(call.url, link)
    here, there = urlsplit(endpoint.base_url), urlsplit(url)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc) or url == call.url:
        return None
    return replace(call, url=url)


def read_models(page: Any, endpoint: Endpoint) -> list[ModelFacts]:
    """The models of one page: `{"data": […]}`, `{"models": […]}` or a bare array."""
    listing = mapping_of(page)
    entries = list_of(page) or list_of(listing.get("data")) or list_of(listing.get("models"))
    return [model for entry in entries if (model := _model(entry, endpoint)) is not None]


def _model(entry: Any, endpoint: Endpoint) -> ModelFacts | None:
    if isinstance(entry, str):
        entry = {"id": entry}
    entry = mapping_of(entry)
    name = text_of(entry.get("id")) or text_of(entry.get("name")) or text_of(entry.get("model"))
    kinds = _kinds(name, entry, endpoint)
    if not name or not kinds:
        return None
    top, meta = mapping_of(entry.get("top_provider")), mapping_of(entry.get("meta"))
    shown = text_of(entry.get("display_name")) or text_of(entry.get("name"))
    context = _first_number(_CONTEXT_FIELDS, entry, top) or _first_number(("n_ctx", "n_ctx_train"), meta)
    return ModelFacts(
        id=name,
        name="" if shown == name else shown,
        kinds=kinds,
        context_tokens=context,
        output_tokens=_first_number(_OUTPUT_FIELDS, entry, top),
        price=_price(mapping_of(entry.get("pricing"))),
        parameters=_parameters(entry),
        takes_images=_takes_images(entry),
        meta={key: entry[key] for key in ("owned_by", "created", "quantization", "description") if entry.get(key)},
    )


def _kinds_of_endpoint(endpoint: Endpoint) -> tuple[str, ...]:
    return ("chat", "completion") if endpoint.quirks.get("completions") else ("chat",)


def _kinds(name: str, entry: Mapping[str, Any], endpoint: Endpoint) -> tuple[str, ...]:
    """What a model can do; empty for what neither chats nor completes."""
    kind = text_of(entry.get("type")).lower()
    if kind in _OTHER_KINDS or (kind != "chat" and _NO_CHAT.search(name)):
        return ()
    output = list_of(mapping_of(entry.get("architecture")).get("output_modalities"))
    if output and "text" not in output:
        return ()
    if kind in ("language", "completion", "base") or _COMPLETION_ONLY.search(name):
        return ("completion",)
    capabilities = mapping_of(entry.get("capabilities"))
    if capabilities.get("completion_chat") is False:  # Mistral
        return ("completion",) if capabilities.get("completion_fim") is True else ()
    own = _kinds_of_endpoint(endpoint)
    is_openai = text_of(entry.get("owned_by")) in ("system", "openai", "openai-internal")
    return ("chat",) if is_openai and "completion" in own else own


def _takes_images(entry: Mapping[str, Any]) -> bool | None:
    modalities = list_of(mapping_of(entry.get("architecture")).get("input_modalities"))
    if modalities:
        return "image" in modalities
    vision = mapping_of(entry.get("capabilities")).get("vision", entry.get("vision"))
    return vision if isinstance(vision, bool) else None


def _parameters(entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    listed = entry.get("supported_parameters")
    if not isinstance(listed, list):
        return None
    names = (_ROWS.get(name, name) for name in listed if isinstance(name, str))
    return tuple(dict.fromkeys(name for name in names if name in _ROW_NAMES))


def _price(pricing: Mapping[str, Any]) -> Price:
    """US dollars per million tokens: texts are per token (OpenRouter, Atoma), numbers per million (Together)."""
    return Price(
        _dollars(pricing.get("prompt"), pricing.get("input")),
        _dollars(pricing.get("completion"), pricing.get("output")),
    )


def _dollars(per_token: Any, per_million: Any) -> float | None:
    value = per_million if per_token is None else per_token
    if isinstance(value, str):
        try:
            number = real_of(float(value)) if len(value) < 40 else None
        except ValueError:
            return None
        number = None if number is None else number * 1_000_000
    else:
        number = real_of(value)
        if number is not None and per_token is not None:
            number *= 1_000_000
    return round(number, 9) if number is not None and number >= 0 else None  # -1 means: it depends


def _first_number(names: Iterable[str], *places: Mapping[str, Any]) -> int | None:
    for place in places:
        for name in names:
            number = number_of(place.get(name))
            if number is not None and number > 0:
                return number
    return None


def _merged(first: ModelFacts, second: ModelFacts) -> ModelFacts:
    """`first` with what only `second` knows."""
    return replace(
        first,
        name=first.name or second.name,
        context_tokens=first.context_tokens or second.context_tokens,
        output_tokens=first.output_tokens or second.output_tokens,
        price=first.price if first.price != Price() else second.price,
        parameters=first.parameters if first.parameters is not None else second.parameters,
        takes_images=first.takes_images if first.takes_images is not None else second.takes_images,
        meta={**second.meta, **first.meta},
    )

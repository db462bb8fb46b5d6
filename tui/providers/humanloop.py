"""The dialect `humanloop`: the four completion operations of Humanloop v4, and ratings.

The model's name says which: `gpt-4o` (a model config in the request), `deployed:PROJECT[@ENVIRONMENT]`,
`experiment:ID`, `config:ID`. There is no message list: the conversation is rendered into one template variable, so
that nobody's words are read as a template. Keys of other providers travel in the body and are given as references
only. Refuses literal keys there.

Source: wire-contracts 1.4
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, CompletionRequest, PromptMessage, Request
from tui.errors import ConfigError, ProviderError
from tui.providers.base import Endpoint, HttpCall, ModelFacts, ModelPages, Rejection
from tui.providers.calls import (
    PAGES_AT_MOST,
    all_turns,
    check_turns,
    get,
    path_part,
    post,
    refuse_images,
    wants_stream,
)
from tui.providers.humanloop_reader import HumanloopReader
from tui.providers.lenient_json import list_of, mapping_of, text_of
from tui.providers.openai_completions import with_suffix
from tui.providers.openai_shapes import openai_rejection
from tui.providers.placing import finish_body, place
from tui.providers.response_format import ResponseFormat
from tui.text.clean import clean_line

TEMPLATE = "{{prompt}}"
_PLACEHOLDER = re.compile(r"\{\{ ?([A-Za-z0-9_]+) ?\}\}")

_CONFIG_FIELDS = (
    "provider",
    "endpoint",
    "prompt_template",
    "chat_template",
    "other",
    "name",
    "description",
    "tools",
)
"""Own fields that belong into `model_config`, where the user should not have to know."""

_ALTERNATIVES = (
    ("project", "project_id"),
    ("session_id", "session_reference_id"),
    ("parent_id", "parent_reference_id"),
)
"""Fields of which at most one may be given."""

KEY_NAMES = ("openai", "openai_azure", "openai_azure_endpoint", "anthropic", "cohere", "ai21", "bedrock", "mock")
"""Entries of `provider_api_keys`."""
_NO_SECRETS = ("openai_azure_endpoint", "mock")

_PAGE_SIZE = 50
_PROJECTS_AT_MOST = 40
"""How many projects' configs are listed; beyond that a listing would take minutes."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which operation, and what it is pointed at."""

    path: str
    fields: Mapping[str, str]

    @property
    def is_inline(self) -> bool:
        """Whether the request itself carries the model config."""
        return self.path == "/completion"


def target_of(model: str) -> Target:
    """What a model's name means.

    Raises:
        ConfigError: the part after the colon is missing.
    """
    kind, colon, rest = model.partition(":")
    if not colon or kind not in ("deployed", "experiment", "config"):
        return Target("/completion", {})
    if not rest or rest.startswith("@"):
        wanted = {"deployed": "PROJECT or PROJECT@ENVIRONMENT", "experiment": "ID", "config": "ID"}[kind]
        raise ConfigError(f"“{model}” names nothing; write it as humanloop/{kind}:{wanted}.")
    if kind == "experiment":
        return Target("/completion-experiment", {"experiment_id": rest})
    if kind == "config":
        return Target("/completion-model-config", {"model_config_id": rest})
    project, at, environment = rest.rpartition("@") if "@" in rest else (rest, "", "")
    fields = {"project_id" if project.startswith("pr_") else "project": project}
    if at and environment:
        fields["environment"] = environment
    return Target("/completion-deployed", fields)


class Humanloop:
    """The dialect; see the module."""

    name = "humanloop"
    kinds: tuple[str, ...] = ("chat", "completion")

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The request as one of the four operations; `provider_api_keys` hold the real keys.

        Raises:
            ConfigError: an image, an input that the template wants and nobody gave, a literal key, a bad value.
        """
        target = target_of(request.model.model)
        is_streamed = wants_stream(request, endpoint)
        body: dict[str, Any] = dict(target.fields)
        if target.is_inline:
            is_chat = isinstance(request, ChatRequest)
            body["model_config"] = {"model": request.model.model, "endpoint": "chat" if is_chat else "complete"}
        parameters = with_suffix(request, table) if isinstance(request, CompletionRequest) else request.parameters
        given = {name: value for name, value in parameters.items() if name != "model_config"}
        placed = place(body, given, table, request.model)
        _place_special(body, placed.special)
        for name in _CONFIG_FIELDS:
            if name in placed.own:
                body.setdefault("model_config", {})[name] = body.pop(name)
        _merge_config(body, parameters.get("model_config"))
        if target.is_inline:
            _drop_format(body["model_config"], parameters.get("model_config"), placed.notes)
        else:
            _drop_config(body, placed.notes)
        _place_inputs(body, _prompt_text(request), target, placed.notes)
        body["stream"] = is_streamed
        body = finish_body(body, request.parameters)
        if "provider_api_keys" in body:  # wherever it was written: a literal key is refused
            body["provider_api_keys"] = resolve_keys(body["provider_api_keys"])
        _refuse_both(body)
        return post(endpoint, target.path, body, is_streamed=is_streamed, notes=placed.notes)

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> HumanloopReader:
        """A fresh reader."""
        return HumanloopReader()

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says."""
        return openai_rejection(data, text)

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """None: what the server refuses, the user should know."""
        return None

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """What is deployed and saved in each project; raw models can't be listed."""
        projects: list[Mapping[str, Any]] = []
        for page in range(PAGES_AT_MOST):
            query: dict[str, str | int] = {"page": page, "size": _PAGE_SIZE}
            listing = mapping_of((yield get(endpoint, "/projects", query=query)))
            records = [entry for entry in map(mapping_of, list_of(listing.get("records"))) if text_of(entry.get("id"))]
            projects += records
            total = listing.get("total")
            if not records or (isinstance(total, int) and len(projects) >= total) or len(records) < _PAGE_SIZE:
                break
        models: list[ModelFacts] = []
        for project in projects[:_PROJECTS_AT_MOST]:
            models += yield from _project_pages(endpoint, project)
        return models


DIALECT = Humanloop()


def feedback_call(
    endpoint: Endpoint, data_id: str, value: str, *, kind: str = "rating", user: str | None = None
) -> HttpCall:
    """What rates a reply: `data_id` is one of the reply's `meta.data_ids`, `value` for example “good” or “bad”."""
    body = {"type": kind, "value": value, "data_id": data_id}
    return post(endpoint, "/feedback", {**body, "user": user} if user else body)


# -- building ----------------------------------------------------------------------------------------------------------


def _prompt_text(request: Request) -> str:
    """The conversation as one text; a single question stands for itself."""
    if isinstance(request, CompletionRequest):
        if not isinstance(request.prompt, str):
            raise ConfigError("Humanloop completes one text at a time: give the prompt as a text, not as a list.")
        return request.prompt
    refuse_images(request, "Humanloop takes text only: its requests have no place for images.")
    turns = [turn for turn in all_turns(request) if turn.text]
    check_turns(turns, request)
    if len(turns) == 1:
        return turns[0].text
    return "\n\n".join([*map(_line, turns), "Assistant:"])


def _line(turn: PromptMessage) -> str:
    return f"{turn.role.capitalize()}: {turn.text}"


def _place_special(body: dict[str, Any], special: Mapping[str, Any]) -> None:
    for name, value in special.items():
        match name:
            case "response_format":
                wanted = ResponseFormat.parse(value)
                if wanted.kind != "text":
                    body.setdefault("model_config", {})["response_format"] = wanted.chat_field()
            case "stop":
                body.setdefault("model_config", {})["stop"] = value
            case "n":
                body["num_samples"] = value
            case _:
                body[name] = value


def _merge_config(body: dict[str, Any], own: Any) -> None:
    if own is None:
        return
    if not isinstance(own, Mapping):
        raise ConfigError("model_config must be a JSON object.")
    body["model_config"] = {**body.get("model_config", {}), **own}


def _drop_format(config: dict[str, Any], own: Any, notes: list[str]) -> None:
    """A response format is for the provider's chat endpoint alone; who writes it into `model_config` means it."""
    if config.get("endpoint") == "chat" or "response_format" not in config or "response_format" in mapping_of(own):
        return
    del config["response_format"]
    notes.append("response_format was not sent: Humanloop takes it for chats only.")


def _drop_config(body: dict[str, Any], notes: list[str]) -> None:
    """A saved config brings its own values: what would change them can't be sent."""
    for name in body.pop("model_config", {}):
        notes.append(f"{name} was not sent: the config saved at Humanloop sets it.")


def _place_inputs(body: dict[str, Any], prompt: str, target: Target, notes: list[str]) -> None:
    """Fill the template's variables; the conversation is the one called `prompt`.

    Raises:
        ConfigError: the template wants a value that nobody gave.
    """
    given = body.get("inputs", {})
    if not isinstance(given, Mapping):
        raise ConfigError("inputs must be a JSON object from names to values.")
    inputs: dict[str, Any] = {"prompt": prompt, **given}
    if target.is_inline:
        config = body["model_config"]
        template = config.setdefault("prompt_template", TEMPLATE)
        wanted = dict.fromkeys(_PLACEHOLDER.findall(template if isinstance(template, str) else ""))
        missing = [name for name in wanted if name not in inputs]
        if missing:
            raise ConfigError(
                f"The prompt template wants {', '.join(missing)}, which inputs does not give;"
                f""" add it as -p inputs='{{"{missing[0]}": "…"}}'."""
            )
        if "prompt" not in wanted and "prompt" not in given:
            del inputs["prompt"]  # a template of the user's own without room for the conversation
            notes.append("The prompt was not sent: the template has no {{prompt}}; its inputs say everything.")
    body["inputs"] = inputs


def _refuse_both(body: Mapping[str, Any]) -> None:
    """Refuse two names for one thing.

    Raises:
        ConfigError: both fields of a pair are given.
    """
    for one, other in _ALTERNATIVES:
        if body.get(one) is not None and body.get(other) is not None:
            raise ConfigError(f"Humanloop takes {one} or {other}, not both.")


def resolve_keys(given: Any) -> dict[str, str]:
    """The keys that `provider_api_keys` refers to.

    Raises:
        ConfigError: it is no object, an entry is no provider's, a key stands there literally (it is not repeated), or
            a reference leads nowhere.
    """
    from tui.providers.keys import read_named_keys

    for name in given if isinstance(given, Mapping) else ():
        if name not in KEY_NAMES:
            raise ConfigError(f"provider_api_keys takes {', '.join(KEY_NAMES)}, not “{clean_line(str(name), 40)}”.")
    return read_named_keys(given, "provider_api_keys", literals=_NO_SECRETS)


# -- models ------------------------------------------------------------------------------------------------------------


def _project_pages(endpoint: Endpoint, project: Mapping[str, Any]) -> ModelPages:
    """A project's deployments and saved configs; a page that fails leaves the others."""
    identity = text_of(project.get("id"))
    name = text_of(project.get("name")) or identity
    models: list[ModelFacts] = []
    if project.get("active_config"):
        active = mapping_of(project.get("active_config"))
        models.append(_info(f"deployed:{name}", f"{name} (deployed)", active))
    below = f"/projects/{path_part(identity)}"
    try:
        deployed = yield get(endpoint, f"{below}/deployed-configs")
    except ProviderError:
        deployed = []
    for entry in map(mapping_of, list_of(deployed)):
        models += [_info(f"deployed:{name}@{label}", f"{name} ({label})", entry) for label in _environments(entry)]
    try:
        configs = yield get(endpoint, f"{below}/configs")
    except ProviderError:
        configs = []
    for entry in map(mapping_of, list_of(configs)):
        config = mapping_of(entry.get("config")) or entry
        if not text_of(config.get("id")):
            continue
        words = text_of(config.get("name")) or text_of(config.get("model")) or text_of(config.get("id"))
        is_experiment = config.get("type") == "experiment"
        target = f"{'experiment' if is_experiment else 'config'}:{text_of(config.get('id'))}"
        models.append(_info(target, f"{name}: {words}", config))
    return models


def _environments(entry: Mapping[str, Any]) -> list[str]:
    """The names of the environments that a deployed config stands in; SDKs and documents disagree on the field."""
    places = [entry.get("environment"), entry.get("environment_name"), *list_of(entry.get("environments"))]
    names = (text_of(mapping_of(place).get("name")) or text_of(place) for place in places)
    return list(dict.fromkeys(filter(None, names)))


def _info(identity: str, name: str, meta: Mapping[str, Any]) -> ModelFacts:
    return ModelFacts(identity, name, kinds=("chat", "completion"), takes_images=False, meta=dict(meta))

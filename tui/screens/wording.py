"""The composer's suggestions and slash words, joined to what they are about: models, files, presets, parameters.

What must be looked up on disk is looked up beside the screen; until it is there, nothing is suggested. Refuses to
suggest what cannot be done while columns are compared blind.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic

from tui.domain.acts import add_column
from tui.errors import ConfigError, ParleyError
from tui.paths import from_home
from tui.screens.acts import APP_ACTS
from tui.screens.arranging import Arranging
from tui.screens.host import host_of
from tui.screens.keeping import Keeping
from tui.screens.presets import Presets
from tui.screens.replies import Replies
from tui.screens.settings import Settings
from tui.screens.shelves import Shelves
from tui.screens.words import Word, acts_by_id, matching_words, parse_word
from tui.store.nearby import best_matches, entries_of, files_below, is_path, split_path
from tui.text.clean import clean_line
from tui.text.surrogates import scrub_surrogates
from tui.widgets.composer_completing import Suggestion
from tui.widgets.model_rows import known_models
from tui.widgets.working import start_work

MOST_SUGGESTED = 50
LISTING_LASTS_S = 10.0
"""Files that appear later than this after a look are seen at the next."""
_FILE = re.compile(r"(?:^|(?<=\s))@(\S*)\Z")
_ARGUMENT = re.compile(r"/([a-z][a-z-]*)\s+(.*)\Z")
_NAME = re.compile(r"/([a-z-]*)\Z")


class Wording(Arranging, Keeping, Replies, Settings, Presets, Shelves):
    """What may be meant by what is typed."""

    _keys: dict[str, str] | None = None
    _looked_up: dict[str, tuple[float, list[str]]] | None = None
    """What was listed -> when, and the names."""

    # -- suggesting ------------------------------------------------------------------------------------------------

    def suggest(self, before: str, after: str) -> Sequence[Suggestion]:
        """What could be meant by the text before the cursor."""
        if before.startswith("/") and "\n" not in before and not after.strip():
            if found := _NAME.match(before):
                return self._words(found[1])
            if found := _ARGUMENT.match(before):
                return self._arguments(found[1], found[2], found.start(2))
        if found := _FILE.search(before):
            return self._files(found[1], found.start(1) - 1, "@")
        return ()

    def _words(self, typed: str) -> list[Suggestion]:
        acts = acts_by_id()
        suggestions = []
        for word in matching_words(typed)[:MOST_SUGGESTED]:
            name = f"/{word.name} {word.argument}".rstrip()
            detail = f"{acts[word.act].name}  {self._key_of(word.act)}".rstrip()
            suggestions.append(
                Suggestion(name, 0, f"/{word.name} " if word.argument else f"/{word.name}", detail, is_whole=True)
            )
        return suggestions

    def _key_of(self, act_id: str) -> str:
        """An act's first key; looked up once, since all of them are listed at a key."""
        known = self._keys = self._keys or {}
        if act_id not in known:
            known[act_id] = next(iter(host_of(self.app).keys_of(act_id)), "")
        return known[act_id]

    def _arguments(self, name: str, typed: str, start: int) -> list[Suggestion]:
        if name == "attach":
            return self._files(typed, start, "")
        kinds: dict[str, Callable[[], list[str]]] = {
            "model": self._models,
            "add": self._models,
            "theme": lambda: host_of(self.app).theme_names,
            "preset": partial(self._names_on_disk, "presets"),
            "layout": partial(self._names_on_disk, "layouts"),
        }
        if name == "set" and "=" not in typed:
            taken = [spec for spec in self._parameter_specs() if typed.lower() in spec[0]]
            return [Suggestion(one, start, f"{one}=", words) for one, words in taken]
        if name not in kinds or (self.desk.blind.is_on and name in ("model", "add")):
            return []
        names = best_matches(kinds[name](), typed, MOST_SUGGESTED)
        if typed in names:
            names = [typed, *(one for one in names if one != typed)]
        return [Suggestion(one, start, one, is_whole=True) for one in names]

    def _models(self) -> list[str]:
        """The models that are known; endpoints that were not asked yet are, now that somebody wants to know."""
        shelf = self.shelf
        missing = [name for name in shelf.ready_names if name not in shelf.listings and name not in shelf.loading]
        if missing:
            self.load_listings(tuple(missing))
        here = [column.model for column in self.session.columns.values()]
        return list(dict.fromkeys([*here, *known_models(shelf)]))

    def _parameter_specs(self) -> list[tuple[str, str]]:
        column = self.current_column
        try:
            table = self.desk.connections.parameters(column.model, column.parameters, kind=column.kind)
        except ParleyError:
            return []  # the first request says what is wrong with the endpoint
        return [(name, spec.label or spec.help) for name, spec in table.items() if spec.is_taken]

    def _names_on_disk(self, kind: str) -> list[str]:
        from tui.paths import data_dir

        return self._listed(kind, lambda: sorted(path.stem for path in (data_dir() / kind).glob("*.toml")))

    def _files(self, typed: str, start: int, mark: str) -> list[Suggestion]:
        with_hidden = "/." in typed or typed.startswith(".")
        if is_path(typed):
            folder, name = split_path(typed)
            place = from_home(folder or typed)
            names = self._listed(f"in {place} {with_hidden}", partial(entries_of, place, with_hidden=with_hidden))
        else:
            folder, name = "", typed
            names = self._listed(f"below {with_hidden}", partial(files_below, Path.cwd(), with_hidden=with_hidden))
        found = []
        for one in best_matches(names, name, MOST_SUGGESTED):
            is_folder = one.endswith("/")
            shown = clean_line(scrub_surrogates(folder + one))
            if is_folder:
                found.append(Suggestion(shown, start, mark + shown))
            else:
                insert = f"{mark}{shown} " if mark else ""
                found.append(Suggestion(shown, start if mark else 0, insert, paths=(folder + one,)))
        return found

    def _listed(self, key: str, look: Callable[[], list[str]]) -> list[str]:
        """Names from a look at the disk that is made beside the screen; what an earlier look saw until then."""
        known = self._looked_up = self._looked_up or {}
        at, names = known.get(key, (0.0, []))
        if key not in known or monotonic() - at > LISTING_LASTS_S:
            known[key] = (monotonic(), names)  # one look at a time
            start_work(self.screen, partial(self._look_up, key, look), group="suggesting")
        return names

    async def _look_up(self, key: str, look: Callable[[], list[str]]) -> None:
        names = await asyncio.to_thread(look)
        known = self._looked_up = self._looked_up or {}
        if names != known.get(key, (0.0, []))[1]:
            known[key] = (monotonic(), names)
            self.composer.suggest_again()

    # -- doing -----------------------------------------------------------------------------------------------------

    def runs_word(self, text: str) -> bool:
        """Do what a word means, if the text is one; returns whether it was."""
        found = parse_word(text)
        if found is None:
            return False
        word, argument = found
        self.composer.load_text("")
        start_work(self.screen, partial(self._do_word, word, argument), group="words")
        return True

    async def _do_word(self, word: Word, argument: str) -> None:
        act = acts_by_id()[word.act]
        if not argument:
            await self.app.run_action(act.action if act in APP_ACTS else f"screen.{act.action}")
            return
        try:
            await self._do_with(word.name, argument)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            if not self.composer.text:  # to be mended, and not typed again
                self.composer.load_text(f"/{word.name} {argument}")
                self.composer.move_cursor(self.composer.document.end)

    async def _do_with(self, name: str, argument: str) -> None:
        """Do what a word means with what stands after it.

        Raises:
            ParleyError: it cannot be done.
        """
        if name in ("model", "add", "set", "system", "preset", "layout") and self.refuses_while_blind():
            return
        match name:
            case "model":
                await self.choose_model(self.desk.connections.canonical(argument))
            case "add":
                await self._add_column(self.desk.connections.canonical(argument))
            case "system":
                await self.set_system(argument)
            case "set":
                await self._set_parameter(argument)
            case "attach":
                self.attach_paths([argument])
            case "preset":
                await self.use_preset(argument)
            case "layout":
                await self.use_layout(argument)
            case "find":
                self.find_sessions(argument)
            case "title":
                await self.set_title(argument)
            case "export":
                await self.export_to(Path(argument))
            case "theme":
                self._choose_theme(argument)

    def _choose_theme(self, name: str) -> None:
        host = host_of(self.app)
        if name not in host.theme_names:
            raise ConfigError(f"There is no theme “{clean_line(name, 40)}”; /theme alone shows all.")
        host.choose_theme(name)

    async def _add_column(self, model: str) -> None:
        await self.keep_settings()
        source = self.current_column
        place = list(self.session.columns).index(source.id) + 1
        added = add_column(
            model,
            system=source.system,
            parameters=source.parameters,
            head=source.head,
            kind=source.kind,
            position=place,
        )
        await self.open_column(added, after=source.id)

    async def _set_parameter(self, argument: str) -> None:
        from tui.providers.parameters import parse_parameter, written

        name, value = parse_parameter(argument if "=" in argument else "=".join(argument.split(maxsplit=1)))
        column = self.current_column
        spec = self.desk.connections.parameters(column.model, column.parameters, kind=column.kind).get(name)
        if spec is not None and value is not None:
            spec.check(value, model=column.model)
        await self.set_parameter(name, value)
        shown = clean_line(f"{name} = {written(value)}", 60)
        if value is None:
            self.say(f"{clean_line(name, 40)} is unset.")
        elif spec is not None and not spec.is_taken:
            self.say(f"{shown} is kept, not sent: {spec.reason}.")
        else:
            self.say(f"{shown}.")

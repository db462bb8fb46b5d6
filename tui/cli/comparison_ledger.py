"""What an interrupted `parley compare -o FILE` has done already, so that nothing is asked, and paid for, twice.

Whole rows stand in FILE itself. Replies of rows that are not whole yet stand in FILE.unfinished, each written the
moment it ended; that file goes when nothing is unfinished. A row in which a reply failed, or that lacks a verdict, is
taken out of FILE when the run is resumed, and only what is missing is asked for. What was asked with another system
prompt or other parameters is another question: it stays as it is. Refuses to ask anybody anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from tui.cli.asking import reply_object
from tui.cli.output import json_text
from tui.domain.events import Alternative, Finish, TokenLogprob, Usage
from tui.domain.reply import Choice, Reply, Timings, ToolCall
from tui.errors import ConfigError
from tui.paths import appended, from_home

if TYPE_CHECKING:
    from tui.cli.comparison import Question

SUFFIX = ".unfinished"


@dataclass(slots=True)
class Earlier:
    """What is there of a row that is not whole."""

    session: str | None = None
    replies: dict[int, Reply] = field(default_factory=dict)
    """By the model's place."""


class Ledger:
    """What was done for one output file."""

    def __init__(self, output: str, *, needs_verdict: bool = False, settings: str = "") -> None:
        """Read what earlier runs left; mends a torn last line.

        Args:
            output: The file of whole rows.
            needs_verdict: Whether a row without a judge's verdict is not whole.
            settings: What `settings_mark` makes of how is asked; rows with another one are left alone.

        Raises:
            ConfigError: a file cannot be read or written.
        """
        self._needs_verdict = needs_verdict
        self.settings = settings
        """The mark of the rows that are ours."""
        self._has_others = False
        """Whether replies of a run with other settings wait in the notes."""
        self._output = from_home(output)
        self._notes = self._output.with_name(self._output.name + SUFFIX)
        self._whole: dict[str, Sequence[float | None]] = {}
        """Rows that are whole, with what a judge gave their replies."""
        self._earlier: dict[str, Earlier] = {}
        self._open: set[str] = set()
        """Rows under way, or taken up from an earlier run and not whole yet."""
        self._stream: TextIO | None = None
        self._is_plain = self._output.is_file() or not self._output.exists()
        """Whether the output can be resumed at all: a device or a pipe cannot."""
        if not self._is_plain:
            return
        try:
            self._read_rows()
            self._read_notes()
        except OSError as error:
            raise ConfigError(f"{output} cannot be read or written: {error.strerror}.") from error

    def has(self, question: Question, models: Sequence[str]) -> bool:
        """Whether the output has this row, whole."""
        return _key(question, models) in self._whole

    def scores(self, question: Question, models: Sequence[str]) -> Sequence[float | None]:
        """What a judge gave the replies of a whole row, in the order of the models; empty where none did."""
        return self._whole.get(_key(question, models), ())

    def earlier(self, question: Question, models: Sequence[str]) -> Earlier:
        """What there is of a row."""
        return self._earlier.pop(_key(question, models), None) or Earlier()

    def began(self, question: Question, models: Sequence[str], session: str | None) -> None:
        """A row is begun, in a session of its own."""
        self._note(_key(question, models), session=session)

    def replied(self, question: Question, models: Sequence[str], place: int, reply: Reply) -> None:
        """A reply has ended well."""
        if reply.error is None and reply.finish not in (Finish.CANCELLED, Finish.CUT_SHORT):
            self._note(_key(question, models), place=place, reply=reply_object(reply, None))

    def finished(self, question: Question, models: Sequence[str]) -> None:
        """The row is in the output."""
        self._open.discard(_key(question, models))

    def close(self) -> None:
        """Let go of the files; nothing is left beside the output when every row that was begun is whole."""
        if self._stream is not None:
            self._stream.close()
        if not self._is_plain:
            return
        if not self._open and not self._earlier and not self._has_others:
            self._notes.unlink(missing_ok=True)

    def _note(self, key: str, **values: Any) -> None:
        """Write one line; it is with the system when this returns, so that not even SIGKILL loses it."""
        if not self._is_plain:
            return
        self._open.add(key)
        if self._stream is None:
            self._stream = appended(self._notes)
        index, prompt, system, models = json.loads(key)
        of_its_own = {} if system is None else {"system": system}
        asked = {"index": index, "prompt": prompt, **of_its_own, "models": models}
        noted = {**asked, **settings_field(self.settings), **values}
        self._stream.write(json_text(noted) + "\n")
        self._stream.flush()

    # -- reading -----------------------------------------------------------------------------------------------------

    def _read_rows(self) -> None:
        """Learn which rows are whole; the others leave the file."""
        if not self._output.exists():
            return
        kept_bytes = 0
        is_to_rewrite = False
        with self._output.open("rb") as stream:
            for line, values in _lines(stream):
                kept_bytes += len(line)
                is_to_rewrite |= not self._take_row(values)
            stream.seek(kept_bytes)
            torn = stream.read(64).strip(b"\0 \t\r")
        if torn and not torn.startswith(b"{"):  # somebody's own file, whose last line has no end
            raise ConfigError(f"{self._output} holds something else; -o takes a new file, or one of its own.")
        if is_to_rewrite:
            self._rewrite()
        elif kept_bytes < self._output.stat().st_size:
            with self._output.open("rb+") as stream:
                stream.truncate(kept_bytes)

    def _take_row(self, values: Mapping[str, Any]) -> bool:
        """Whether a row may stay; what is not ours may."""
        key = self._key_of_row(values)
        if key is None:
            return True
        replies = values["replies"]
        verdict = values.get("verdict")
        has_verdict = isinstance(verdict, Mapping) and isinstance(verdict.get("outcome"), str)
        if all(one.get("error") is None for one in replies) and (has_verdict or not self._needs_verdict):
            scores = verdict.get("scores") if isinstance(verdict, Mapping) and has_verdict else ()
            given = scores if isinstance(scores, list) else ()
            self._whole[key] = [float(score) if isinstance(score, int | float) else None for score in given]
            return True
        known = {place: found for place, one in enumerate(replies) if (found := reply_of(one)) is not None}
        session = next((one["session"] for one in replies if isinstance(one.get("session"), str)), None)
        self._earlier[key] = Earlier(session, known)
        return False

    def _rewrite(self) -> None:
        """Take rows that are not whole out of the output: first they are noted, then the file changes at once."""
        from tui.paths import atomic_write

        for key, earlier in self._earlier.items():
            self._note(key, session=earlier.session)
            for place, reply in earlier.replies.items():
                self._note(key, place=place, reply=reply_object(reply, None))
        with self._output.open("rb") as stream:
            kept = [line for line, values in _lines(stream) if self._stays(values)]
        atomic_write(self._output, b"".join(kept))

    def _stays(self, values: Mapping[str, Any]) -> bool:
        key = self._key_of_row(values)
        return key is None or key in self._whole

    def _key_of_row(self, values: Mapping[str, Any]) -> str | None:
        """What was asked in a row; None for one that is not ours."""
        replies = values.get("replies")
        if not self._is_ours(values) or not isinstance(replies, list):
            return None
        if not all(isinstance(one, Mapping) for one in replies):
            return None
        return _key_of(values, [one.get("model") for one in replies])

    def _is_ours(self, values: Mapping[str, Any]) -> bool:
        return bool(values.get("settings", "") == self.settings)

    def _read_notes(self) -> None:
        if not self._notes.exists():
            return
        with self._notes.open("rb") as stream:
            for _, values in _lines(stream):
                if not self._is_ours(values):
                    self._has_others = True
                    continue
                models = values.get("models")
                key = _key_of(values, models if isinstance(models, list) else ())
                if key in self._whole:
                    continue
                earlier = self._earlier.setdefault(key, Earlier())
                self._open.add(key)
                if isinstance(values.get("session"), str):
                    earlier.session = values["session"]
                place, reply = values.get("place"), reply_of(values.get("reply"))
                if isinstance(place, int) and reply is not None:
                    earlier.replies[place] = reply


def settings_mark(system: str | None, parameters: Mapping[str, Any]) -> str:
    """A short mark of how is asked; empty for nothing but the model's own ways. How it is sent makes no difference."""
    sending = ("retry.", "timeout.")
    asked = {name: value for name, value in parameters.items() if name != "stream" and not name.startswith(sending)}
    if not system and not asked:
        return ""
    return hashlib.sha256(json.dumps([system or "", asked], sort_keys=True).encode()).hexdigest()[:12]


def settings_field(mark: str) -> dict[str, str]:
    """What a row says of its settings."""
    return {"settings": mark} if mark else {}


def _key(question: Question, models: Sequence[str]) -> str:
    return _joined(question.index, question.prompt, question.system, models)


def _key_of(values: Mapping[str, Any], models: Sequence[Any]) -> str:
    return _joined(values.get("index"), values.get("prompt"), values.get("system"), models)


def _joined(index: Any, prompt: Any, system: Any, models: Sequence[Any]) -> str:
    """The key of a row; `_note` takes it apart again."""
    return json.dumps([index, prompt, system, list(models)])


def _lines(stream: BinaryIO) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    """Each whole line with the object in it; empty for what is none. A torn last line is left out."""
    for line in stream:
        if not line.endswith(b"\n"):
            return
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        yield line, values if isinstance(values, dict) else {}


def reply_of(values: Any) -> Reply | None:
    """A reply from the object that `--json` prints of it; None for one that failed, and for what is none."""
    if not isinstance(values, Mapping) or values.get("error") is not None:
        return None
    try:
        usage, timings = dict(values["usage"]), dict(values["timings"])
        choices = tuple(_choice(one, values["reasoning"]) for one in values["choices"])
        return Reply(
            model=values["model"],
            choices=choices or (Choice(text=values["text"], finish=Finish(values["finish"])),),
            usage=Usage(
                usage["input_tokens"],
                usage["output_tokens"],
                usage["reasoning_tokens"],
                is_estimated=bool(usage.get("estimated")),
            ),
            timings=Timings(
                timings["first_token_s"],
                timings["total_s"],
                timings["tokens_per_s"],
                is_estimated=bool(timings.get("estimated")),
            ),
            cost_usd=values["cost_usd"],
            cost_is_estimated=bool(values.get("cost_estimated")),
            meta=values["meta"],
            notes=tuple(values.get("notes") or ()),
        )
    except (KeyError, TypeError, ValueError):
        return None  # not written by us: it is asked for again


def _choice(values: Mapping[str, Any], first_reasoning: str) -> Choice:
    return Choice(
        index=values["index"],
        text=values["text"],
        reasoning=values.get("reasoning", "") if values["index"] else first_reasoning,
        finish=Finish(values["finish"]),
        finish_words=values.get("finish_words", ""),
        tool_calls=tuple(
            ToolCall(str(place), call["name"], call["arguments"], call["id"])
            for place, call in enumerate(values.get("tool_calls") or ())
        ),
        logprobs=tuple(_logprob(one) for one in values.get("logprobs") or ()),
    )


def _logprob(values: Mapping[str, Any]) -> TokenLogprob:
    others = tuple(Alternative(other["token"], other["logprob"]) for other in values.get("alternatives") or ())
    return TokenLogprob(values["token"], values["logprob"], alternatives=others)

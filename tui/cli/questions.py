"""The prompts of `compare --input`: one a line, or JSON Lines. Refuses what is no text: nobody is paid for it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from tui.cli.asking import STDIN, UTF_16, read_stdin
from tui.cli.comparison import Question
from tui.errors import ConfigError
from tui.paths import from_home


def read_questions(path: str) -> Iterator[Question]:
    """The prompts of a file (`-`: standard input): one a line, or JSON Lines with `prompt` and, if wished, `system`.

    Raises:
        ConfigError: the file cannot be read or holds no prompt, or a JSON line has none; names the line.
    """
    if path == STDIN:
        yield from _questions_in(io.StringIO(read_stdin(), newline=None), "Standard input")
        return
    try:
        with from_home(path).open("rb") as file:
            begun = file.peek()
            encoding = "utf-16" if begun[:2] in UTF_16 else "utf-8-sig"  # as PowerShell writes it
            if encoding != "utf-16" and b"\0" in begun:
                raise ConfigError(f"{path} is no text: it holds NUL characters.")
            errors = "replace" if encoding == "utf-16" else "surrogateescape"
            with io.TextIOWrapper(file, encoding, errors=errors) as lines:
                yield from _questions_in(lines, path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error


def _questions_in(lines: Iterable[str], source: str) -> Iterator[Question]:
    index = 0
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if "\0" in text:
            raise ConfigError(f"{source}, line {number} is no text: it holds a NUL character.")
        if any("\udc80" <= letter <= "\udcff" for letter in text):
            raise ConfigError(f"{source}, line {number} is not UTF-8; save the file as UTF-8, and nothing is misread.")
        if text.strip():
            yield _question(source, number, index, text)
            index += 1
    if not index:
        raise ConfigError(f"{source} holds no prompt; write one a line.")


def count_questions(path: str) -> int:
    """How many prompts a file has, as far as one can tell without understanding its lines; of a pipe, 0: unknown."""
    try:
        file = from_home(path)
        if path == STDIN or not file.is_file():
            return 0
        with file.open("rb") as lines:
            return sum(1 for line in lines if line.strip())
    except OSError:
        return 0  # reading the prompts says why


def _question(path: str, number: int, index: int, text: str) -> Question:
    if not text.lstrip().startswith("{"):
        return Question(index, text)
    from pydantic import ValidationError  # late: only files of JSON Lines need it

    from tui.cli.question_line import QuestionLine

    try:
        line = QuestionLine.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the line"
        raise ConfigError(f"{path}, line {number}: {where}: {first['msg']}.") from error
    return Question(index, line.prompt, line.system, extra=line.model_extra or {})

"""The man page, made from the parsers that the command line really has.

What no parser knows (exit codes, files, the environment) stands here. Refuses to write files; `generate.py` does.
"""

from __future__ import annotations

from tui import __version__
from tui.cli.grammar import Command, Option, whole_grammar

_INTRODUCTION = (
    "Parley talks to language models in the terminal. Without a command it opens the app: panes for choosing provider "
    "and model, the conversation, and parameters; replies stream in token by token, and any number of models answer "
    "side by side. Every session is a file. The commands below do the same without a screen: text goes to standard "
    "output, everything else to standard error.",
    "A model is written ENDPOINT/MODEL, such as openai/gpt-4.1, ollama/qwen3:8b, local/default (the embedded model) or "
    "demo/echo (scripted; needs nothing). Setting a provider's usual environment variable is all the set-up it needs; "
    "“parley doctor” says what was found.",
)
_EXIT = (
    ("0", "The reply is complete."),
    ("1", "The provider or the network failed."),
    ("2", "The command line or the configuration asks for something that cannot be."),
    ("3", "The reply was cut short; the text so far was printed."),
    ("130", "Interrupted. What had come is kept."),
)
_ENVIRONMENT = (
    ("PARLEY_CONFIG", "The configuration file, instead of config.toml in the platform's configuration folder."),
    ("PARLEY_DATA_DIR", "Where sessions, presets and the index are kept, instead of the platform's data folder."),
    ("PARLEY_CACHE_DIR", "Where model lists and the crash log are kept, instead of the platform's cache folder."),
    ("PARLEY_MODELS_DIR", "Where the weights of embedded models are kept, instead of models/ in the data folder."),
    ("OPENAI_API_KEY, ANTHROPIC_API_KEY, …", "Keys. Each endpoint's variable is in docs/providers.md."),
)
_FILES = (
    (
        "config.toml",
        "The configuration; “parley config path” says where it is, “parley config init” writes a first one.",
    ),
    ("themes/*.toml", "Themes of your own, beside the configuration."),
    ("sessions/*.jsonl", "The sessions, in the data folder; see docs/session-format.md."),
    ("presets/*.toml", "Presets, in the data folder."),
    ("parley.log", "Where an unexpected error happened, without any text of yours; in the cache folder."),
)
_EXAMPLES = (
    ('parley ask "Why is the sky blue?"', "Ask the configured model; the reply streams to standard output."),
    ('git diff | parley ask "Write a commit message."', "Standard input is put after the prompt."),
    ("parley -m openai/gpt-4.1 -m local/default", "Open the app with two columns."),
    ('parley compare "Name a colour." -m demo/echo -m local/default', "Ask two models the same."),
    ('parley ask -m openai/gpt-4.1 -p temperature=0.2 --dry-run "Hi"', "Show the exact request; send nothing."),
)


def man_page() -> str:
    """`parley.1`."""
    grammar = whole_grammar()
    lines = [
        '.\\" Made by docs/generate.py; changes by hand are lost.',
        f'.TH PARLEY 1 "" "Parley {__version__}" "User Commands"',
        ".SH NAME",
        "parley \\- talk to language models in the terminal",
        ".SH SYNOPSIS",
        *_synopsis("parley", grammar.options, ()),
        ".br",
        *(line for child in grammar.children for line in (f".B parley {child.name}", "[\\fIoption\\fR ...]", ".br")),
        ".SH DESCRIPTION",
    ]
    for paragraph in _INTRODUCTION:
        lines += [".PP", _escaped(paragraph)]
    lines += [".SH OPTIONS", *_options(grammar.options), ".SH COMMANDS"]
    for child in grammar.children:
        lines += _command("parley", child)
    lines += [".SH EXIT STATUS", *_terms(_EXIT)]
    lines += [".SH ENVIRONMENT", *_terms(_ENVIRONMENT)]
    lines += [".SH FILES", *_terms(_FILES)]
    lines += [".SH EXAMPLES", *_terms(_EXAMPLES)]
    return "\n".join(lines) + "\n"


def _command(above: str, command: Command) -> list[str]:
    name = f"{above} {command.name}"
    lines = [f'.SS "{_escaped(name)}"']
    if not command.children:
        lines += [*_synopsis(name, command.options, command.operands), ".PP"]
    about = command.description or command.summary
    if about:
        lines.append(_escaped(about[:1].upper() + about[1:].rstrip(".") + "."))
    lines += _options((*command.operands, *(one for one in command.options if "--help" not in one.flags)))
    for child in command.children:
        lines += _command(name, child)
    return lines


def _synopsis(name: str, options: tuple[Option, ...], operands: tuple[Option, ...]) -> list[str]:
    words = [f".B {_escaped(name)}"]
    if options:
        words.append("[\\fIoption\\fR ...]")
    for operand in operands:
        shown = f"\\fI{_escaped(operand.metavar)}\\fR" + (" ..." if operand.is_repeatable else "")
        words.append(f"[{shown}]" if operand.is_optional else shown)
    return words


def _options(options: tuple[Option, ...]) -> list[str]:
    return [
        line
        for option in options
        for line in (".TP", _signature(option), _escaped(option.help[:1].upper() + option.help[1:]) or "\\&")
    ]


def _signature(option: Option) -> str:
    value = f"\\fI{_escaped(option.metavar)}\\fR" if option.metavar else ""
    if not option.flags:
        return value
    flags = ", ".join(f"\\fB{_escaped(flag)}\\fR" for flag in option.flags)
    return f"{flags} {f'[{value}]' if option.is_optional and value else value}".rstrip()


def _terms(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [line for term, words in pairs for line in (".TP", f"\\fB{_escaped(term)}\\fR", _escaped(words))]


def _escaped(text: str) -> str:
    """`text` for roff: nothing in it is a request or an escape, hyphens stay what one can type."""
    text = text.replace("…", "...").replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    text = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text

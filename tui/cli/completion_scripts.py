"""The completion scripts as text: bash, zsh, fish, each from the same grammar.

What `parley completions --list` prints is taken as words, never as shell code: no `compgen -W`, no `eval`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tui.cli.grammar import Command, Option


def _quoted(text: str) -> str:
    """`text` as one word of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _paths(command: Command, above: str = "") -> Iterator[tuple[str, Command]]:
    """Each command with the words that lead to it: "", "ask", "sessions", "sessions list"."""
    yield above, command
    for child in command.children:
        yield from _paths(child, f"{above} {child.name}".strip())


def _must_have_value(option: Option) -> bool:
    return bool(option.metavar) and not option.is_optional


# -- bash --------------------------------------------------------------------------------------------------------------

_BASH = """\
# Completion of parley's command line in bash; made by “parley completions bash”.

_parley_offer() {  # of the lines on standard input, those that begin with $cur
    local name
    while IFS= read -r name; do
        [[ $name == "$cur"* ]] && COMPREPLY+=("$name")
    done
}

_parley_value() {  # values of the kind $1; a kind that begins with = lists its values
    local name
    case $1 in
        text) ;;
        file)
            compopt -o filenames 2>/dev/null
            while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$cur") ;;
        =*) _parley_offer < <(printf '%s\\n' ${1#=}) ;;
        *)
            [[ $1 == parameter ]] && compopt -o nospace 2>/dev/null
            _parley_offer < <(parley completions --list "$1" 2>/dev/null) ;;
    esac
}

_parley() {
    local line=${COMP_LINE:0:COMP_POINT} cur= previous= path= word skip= kind= i broken
    local -a words
    COMPREPLY=()
    read -ra words <<< "$line"
    if [[ $line != *[[:space:]] ]]; then
        cur=${words[${#words[@]}-1]}
        unset "words[${#words[@]}-1]"
    fi
    for ((i = 1; i < ${#words[@]}; i++)); do
        word=${words[i]} previous=${words[i]}
        if [[ $skip ]]; then skip= previous=
        elif _parley_needs_value "$path:$word"; then skip=1
        elif _parley_is_command "${path:+$path }$word"; then path="${path:+$path }$word"
        fi
    done
    if [[ $cur == --*=* ]]; then
        kind=$(_parley_kind "$path:${cur%%=*}")
        cur=${cur#*=}
    elif [[ $previous ]]; then
        kind=$(_parley_kind "$path:$previous")
    fi
    if [[ $kind ]]; then
        _parley_value "$kind"
    elif [[ $cur == -* ]]; then
        _parley_offer < <(_parley_options "$path")
    else
        _parley_offer < <(_parley_commands "$path")
        kind=$(_parley_kind "$path:")
        [[ $kind ]] && _parley_value "$kind"
    fi
    # Bash breaks words at : and =, and replaces only what follows the last break.
    broken=${cur%"${cur##*[:=]}"}
    [[ $broken ]] && COMPREPLY=("${COMPREPLY[@]#"$broken"}")
    return 0
}

"""


def bash(grammar: Command) -> str:
    """The script for bash."""
    commands = list(_paths(grammar))
    needing = [
        f"{path}:{flag}" for path, one in commands for o in one.options if _must_have_value(o) for flag in o.flags
    ]
    kinds = [
        ([f"{path}:{flag}" for flag in option.flags or ("",)], _bash_kind(option))
        for path, command in commands
        for option in (*command.options, *command.operands[:1])
        if option.metavar
    ]
    return (
        _BASH
        + _bash_function("_parley_needs_value", [(needing, "return 0")], otherwise="return 1")
        + _bash_function("_parley_is_command", [([path for path, _ in commands if path], "return 0")], "return 1")
        + _bash_function("_parley_kind", [(names, f"echo {_quoted(kind)}") for names, kind in kinds])
        + _bash_function(
            "_parley_options",
            [([path], _printing([flag for o in command.options for flag in o.flags])) for path, command in commands],
        )
        + _bash_function(
            "_parley_commands",
            [([path], _printing([o.name for o in command.children])) for path, command in commands if command.children],
        )
        + "complete -F _parley parley\n"
    )


def _bash_kind(option: Option) -> str:
    return "=" + " ".join(option.choices) if option.choices else option.kind


def _printing(names: list[str]) -> str:
    return "printf '%s\\n' " + " ".join(names)


def _bash_function(name: str, cases: list[tuple[list[str], str]], otherwise: str = "") -> str:
    lines = [f"        {'|'.join(map(_quoted, names))}) {act} ;;" for names, act in cases]
    lines += [f"        *) {otherwise} ;;"] if otherwise else []
    return f"{name}() {{\n    case $1 in\n" + "\n".join(lines) + "\n    esac\n}\n\n"


# -- zsh ---------------------------------------------------------------------------------------------------------------

_ZSH = """\
#compdef parley
# Completion of parley's command line in zsh; made by “parley completions zsh”.

_parley_names() {  # names of the kind that the last argument says
    local -a names
    names=("${(@f)$(parley completions --list ${@[-1]} 2>/dev/null)}")
    names=(${names:#})
    [[ ${@[-1]} == parameter ]] && set -- -S '' "$@"
    compadd "${@[1,-2]}" -a names
}

_parley_nothing() { return 1 }  # free text; zsh's own way to say so keeps options from being completed beside it

"""


def zsh(grammar: Command) -> str:
    """The script for zsh."""
    functions = [_zsh_function(path, command) for path, command in _paths(grammar)]
    return (
        _ZSH
        + "\n".join(functions)
        + '\nif [[ $funcstack[1] == _parley ]]; then _parley "$@"; else compdef _parley parley; fi\n'
    )


def _zsh_name(path: str) -> str:
    return "_parley" + "".join(f"_{word}" for word in path.split())


def _zsh_function(path: str, command: Command) -> str:
    specs = [spec for option in command.options for spec in _zsh_option(option)]
    lines = [f"{_zsh_name(path)}() {{"]
    if command.children:
        names = " ".join(f'{child.name}\\:"{_zsh_words(child.summary)}"' for child in command.children)
        specs += [f"1:command:(({names}))", "*::argument:->below"]
        lines.append("    local context state state_descr line\n    typeset -A opt_args")
    else:
        specs += [_zsh_operand(operand) for operand in command.operands]
    joined = " \\\n        ".join(map(_quoted, specs))
    lines.append(f"    _arguments {'-C ' if command.children else ''}\\\n        {joined}")
    if command.children:
        lines.append("    case $state/$words[1] in")
        for child in command.children:
            below = f"{path} {child.name}".strip()
            lines.append(f"        below/{child.name}) {_zsh_name(below)} ;;")
        lines.append("    esac")
    return "\n".join([*lines, "}\n"])


def _zsh_option(option: Option) -> Iterator[str]:
    before = "*" if option.is_repeatable else f"({' '.join(option.flags)})" if len(option.flags) > 1 else ""
    for flag in option.flags:
        joined = "=" if option.metavar and flag.startswith("--") else ""
        value = ""
        if option.metavar:
            colons = "::" if option.is_optional else ":"
            value = f"{colons}{_zsh_words(option.metavar)}:{_zsh_action(option)}"
        yield f"{before}{flag}{joined}[{_zsh_words(option.help)}]{value}"


def _zsh_operand(option: Option) -> str:
    place = "*" if option.is_repeatable else ":" if option.is_optional else ""
    return f"{place}:{_zsh_words(option.metavar)}:{_zsh_action(option)}"


def _zsh_action(option: Option) -> str:
    if option.choices:
        return f"({' '.join(option.choices)})"
    return {"text": "_parley_nothing", "file": "_files"}.get(option.kind, f"_parley_names {option.kind}")


def _zsh_words(text: str) -> str:
    for char in ("\\", "[", "]", ":", '"', "$", "`"):
        text = text.replace(char, f"\\{char}")
    return text


# -- fish --------------------------------------------------------------------------------------------------------------

_FISH = """\
# Completion of parley's command line in fish; made by “parley completions fish”.

function __parley_list
    parley completions --list $argv[1] 2>/dev/null
end

function __parley_at  # whether the words so far lead to the command $argv[1]
    set -l path
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- "$path:$word" $__parley_needs_value
            set skip 1
        else if contains -- (string trim -- "$path $word") $__parley_commands
            set path (string trim -- "$path $word")
        end
    end
    test "$path" = "$argv[1]"
end

complete -c parley -e
complete -c parley -f
"""


def fish(grammar: Command) -> str:
    """The script for fish."""
    commands = list(_paths(grammar))
    needing = [
        f"{path}:{flag}" for path, one in commands for o in one.options if _must_have_value(o) for flag in o.flags
    ]
    lines = [
        "set -g __parley_needs_value " + " ".join(map(_fish_quoted, needing)),
        "set -g __parley_commands " + " ".join(_fish_quoted(path) for path, _ in commands if path),
    ]
    for path, command in commands:
        start = f"complete -c parley -n '__parley_at \"{path}\"'"
        for child in command.children:
            lines.append(f"{start} -a {child.name} -d {_fish_quoted(child.summary)}")
        for option in command.options:
            flags = " ".join(f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}" for f in option.flags)
            needs = (" -r" if option.kind == "file" else " -x") if _must_have_value(option) else ""
            lines.append(f"{start} {flags}{needs}{_fish_values(option)} -d {_fish_quoted(option.help)}")
        for operand in command.operands[:1]:
            values = _fish_values(operand)
            if values:
                lines.append(f"{start}{values}")
    return _FISH + "\n".join(lines) + "\n"


def _fish_values(option: Option) -> str:
    if option.choices:
        return f" -a {_fish_quoted(' '.join(option.choices))}"
    if option.kind == "file":
        return " -F"
    return "" if option.kind in ("text", "none") else f" -a '(__parley_list {option.kind})'"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SCRIPTS: dict[str, Callable[[Command], str]] = {"bash": bash, "zsh": zsh, "fish": fish}

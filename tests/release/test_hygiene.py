"""What importing costs, which files say too much, and that the code runs on every Python it promises."""

from __future__ import annotations

import ast
import importlib.util
import json
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITHOUT_A_TERMINAL = ("domain", "providers", "local", "chat", "store", "text", "config")
_MACHINE_PATH = re.compile(r"/(?:work|root|opt/py[a-z]*)/[a-z.]|/(?:home|Users)/(?!me/|you/|USER|NAME)[a-z]")


def imported_by(code: str) -> set[str]:
    """Names of the modules that are loaded after `code` ran in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def modules_below(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    found = pkgutil.walk_packages(spec.submodule_search_locations or [], f"{package}.")
    return [package, *(module.name for module in found)]


def test_the_version_is_said_before_anything_is_imported() -> None:
    loaded = imported_by("sys.argv = ['parley', '--version']\nfrom tui.__main__ import main\nmain()")
    assert not loaded & {"textual", "rich", "httpx", "asyncio", "argparse", "pydantic"}


@pytest.mark.parametrize("package", WITHOUT_A_TERMINAL)
def test_it_runs_without_a_terminal_toolkit(package: str) -> None:
    names = modules_below(f"tui.{package}")
    loaded = imported_by(f"import importlib\nfor name in {names!r}: importlib.import_module(name)")
    assert not loaded & {"textual", "rich"}


def test_the_first_screen_needs_no_http_library_and_no_embedded_runtime() -> None:
    loaded = imported_by("import tui.app")
    assert not loaded & {"httpx", "httpcore", "xllamacpp", "pydantic"}


def test_asking_the_demo_needs_no_http_library_and_no_toolkit() -> None:
    loaded = imported_by(
        "from tui.cli.main import run\nassert run(['ask', '-m', 'demo/echo', '--no-store', 'hi']) == 0"
    )
    assert not loaded & {"textual", "rich", "httpx", "pydantic", "xllamacpp"}


def test_the_code_is_python_3_11() -> None:
    for file in sorted((ROOT / "tui").rglob("*.py")):
        ast.parse(file.read_text("utf-8"), str(file), feature_version=(3, 11))


def test_every_module_can_be_imported_with_warnings_as_errors() -> None:
    left_out = ["tui.__main__"] + (["tui.cli.web_server"] if importlib.util.find_spec("textual_serve") is None else [])
    names = [name for name in modules_below("tui") if name not in left_out]
    imported_by(
        "import importlib, warnings\nwarnings.simplefilter('error')\n"
        f"for name in {names!r}: importlib.import_module(name)"
    )


@pytest.mark.skipif(not (ROOT / ".git").exists() or shutil.which("git") is None, reason="needs the repository")
def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    found = []
    for name in filter(None, listed.decode("utf-8").split("\0")):
        file = ROOT / name
        if not file.is_file() or file == Path(__file__):
            continue
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture or another binary file
        found += [f"{name}: {match[0]}" for match in _MACHINE_PATH.finditer(text)]
    assert not found

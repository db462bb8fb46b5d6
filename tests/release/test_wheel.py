"""The built wheel, installed as a stranger would install it: everything inside, and it runs without the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tui import __version__

ROOT = Path(__file__).parents[2]
LARGEST_WHEEL_BYTES = 1_000_000

pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="needs the checkout")


def run(*command: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        timeout=110,
        env={name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")},
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def built(kind: str, folder: Path) -> Path:
    run(sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", folder, ROOT)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a new environment with the wheel in it; dependencies come from the running one.

    They are reached by a path entry, whose own path entries (such as this checkout's) are not followed.
    """
    home = tmp_path_factory.mktemp("installed") / "environment"
    venv.EnvBuilder(with_pip=False, symlinks=os.name == "posix").create(home)
    commands = home / ("Scripts" if os.name == "nt" else "bin")
    python = commands / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", wheel)
    return commands


def data_files() -> set[str]:
    """Everything of the package that is not code, as it must stand in the wheel."""
    inside = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "tui").rglob("*")
        if file.is_file() and file.suffix not in (".py", ".pyc")
    }
    themes = {f"tui/_themes/{file.name}" for file in (ROOT / "themes").glob("*.toml")}
    return inside | themes | {"tui/config.example.toml"}


def test_it_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= LARGEST_WHEEL_BYTES


def test_all_code_and_data_are_inside_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not re.match(r"[^/]+\.(dist-info|data)/", name)}
    code = {file.relative_to(ROOT).as_posix() for file in (ROOT / "tui").rglob("*.py")}
    assert names == code | data_files()


def test_themes_example_marker_and_licences_are_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"tui/py.typed", "tui/config.example.toml", "tui/local/licences/Apache-2.0.txt"} <= names
    assert {"tui/providers/endpoints.toml", "tui/providers/scripts/echo.toml"} <= names
    assert any(name.startswith("tui/_themes/") for name in names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_it_says_its_version(installed: Path) -> None:
    assert run(installed / "parley", "--version").stdout == f"parley {__version__}\n"
    assert run(installed / "python", "-m", "tui", "--version").stdout == f"parley {__version__}\n"


def test_it_runs_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import tui; print(tui.__file__)", folder=tmp_path).stdout.strip()
    assert Path(where).is_relative_to(installed.parent)


def test_it_answers(installed: Path, tmp_path: Path) -> None:
    assert run(installed / "parley", "ask", "-m", "demo/echo", "hi", folder=tmp_path).stdout == "hi\n"


def test_it_finds_its_data(installed: Path, tmp_path: Path) -> None:
    file = Path(run(installed / "parley", "config", "init", folder=tmp_path).stdout.strip())
    assert file.read_bytes() == (ROOT / "config.example.toml").read_bytes()
    shipped = run(
        installed / "python",
        "-c",
        "from tui.paths import themes_dir; print(*sorted(file.name for file in themes_dir().glob('*.toml')))",
        folder=tmp_path,
    )
    assert shipped.stdout.split() == sorted(file.name for file in (ROOT / "themes").glob("*.toml"))


def test_its_man_page_is_where_man_looks(installed: Path) -> None:
    page = installed.parent / "share" / "man" / "man1" / "parley.1"
    assert page.read_bytes() == (ROOT / "docs" / "parley.1").read_bytes()
    if shutil.which("groff") is not None:
        done = run("groff", "-man", "-ww", "-Tascii", page)
        assert not done.stderr
        assert "parley ask" in re.sub(r".\x08|\x1b\[[0-9;]*m", "", done.stdout)


def test_the_source_archive_holds_what_building_and_testing_need(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = {"pyproject.toml", "Makefile", "README.md", "LICENSE", "CHANGELOG.md", "config.example.toml"}
    needed |= {"requirements/run.lock", "requirements/dev.lock", "tests/conftest.py", "docs/generate.py"}
    assert needed <= names
    assert not [name for name in names if name.startswith((".venv", ".git/", "dist")) or name.endswith(".pyc")]

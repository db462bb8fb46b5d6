"""Where Parley keeps things, and the one way a whole file is replaced.

Folders are made 0700 and files 0600 whatever the umask; nothing is written through a symbolic link. This module
refuses to know what is inside the files.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from tui.errors import ConfigError

APP_NAME = "parley"
TEMP_PREFIX = ".parley-tmp-"
"""Temporary files start with this, so that leftovers of a killed process can be swept."""


def from_home(path: Path | str) -> Path:
    """`path` with a `~` at its beginning as the home folder; as it is where there is no such user, as in a shell."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def is_file(path: Path) -> bool:
    """Whether a file is there; what cannot be a path, such as a name that is too long, is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_dir(path: Path) -> bool:
    """Whether a folder is there; what cannot be a path is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _folder_from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable, "")
    if not value:
        return None
    folder = from_home(value)
    if value.startswith("~") and folder == Path(value):
        raise ConfigError(f"{variable} names the home folder of a user who is not there: {value}")
    return folder


def _platform_folder(kind: str) -> Path:
    import platformdirs  # imported late: `parley --version` needs no folders

    folder: str = getattr(platformdirs, f"user_{kind}_dir")(APP_NAME, appauthor=False)
    return Path(folder)


def config_file() -> Path:
    """The user's config file: `PARLEY_CONFIG`, else `config.toml` in the platform's config folder."""
    return _folder_from_environment("PARLEY_CONFIG") or _platform_folder("config") / "config.toml"


def user_themes_dir() -> Path:
    """Where the user's own themes are looked for: `themes/` beside the config file."""
    return config_file().parent / "themes"


def data_dir() -> Path:
    """Sessions, presets, state and index: `PARLEY_DATA_DIR`, else the platform's data folder."""
    return _folder_from_environment("PARLEY_DATA_DIR") or _platform_folder("data")


def sessions_dir() -> Path:
    """Where session files live."""
    return data_dir() / "sessions"


def presets_dir() -> Path:
    """Where preset files live."""
    return data_dir() / "presets"


def state_file() -> Path:
    """What the app remembers by itself: last model, pane sizes."""
    return data_dir() / "state.toml"


def cache_dir() -> Path:
    """Model lists and other things that may vanish."""
    return _folder_from_environment("PARLEY_CACHE_DIR") or _platform_folder("cache")


def models_dir() -> Path:
    """Weights of embedded models: `PARLEY_MODELS_DIR`, else `models/` in the platform's data folder."""
    return _folder_from_environment("PARLEY_MODELS_DIR") or _platform_folder("data") / "models"


def log_file() -> Path:
    """The redacted crash log."""
    return cache_dir() / "parley.log"


def themes_dir() -> Path:
    """The themes that Parley ships: inside the package when installed, beside it in a checkout."""
    packaged = Path(__file__).with_name("_themes")
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "themes"


def example_config_file() -> Path:
    """The documented example configuration that Parley ships."""
    packaged = Path(__file__).with_name("config.example.toml")
    return packaged if packaged.is_file() else Path(__file__).parent.parent / "config.example.toml"


def ensure_private_dir(folder: Path) -> Path:
    """Make `folder` and its missing parents, readable by their owner only.

    Returns:
        The folder, for chaining.

    Raises:
        OSError: the folder cannot be made.
    """
    missing = []
    probe = folder
    while not probe.exists():
        missing.append(probe)
        probe = probe.parent
    for part in reversed(missing):
        part.mkdir(mode=0o700, exist_ok=True)
        if os.name == "posix":
            part.chmod(0o700)  # mkdir's mode is subject to the umask
    return folder


def make_private_file(path: Path) -> None:
    """Make an empty file that only its owner can read, whatever the umask.

    Raises:
        FileExistsError: something is there already.
        OSError: it cannot be made.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, 0o600)
    os.close(descriptor)


def appended(path: Path) -> TextIO:
    """A file of text, opened at its end; a new one is its owner's alone.

    Raises:
        OSError: it cannot be written.
    """
    with suppress(FileExistsError):
        make_private_file(path)
    return path.open("a", encoding="utf-8")


def refuse_symlink(path: Path) -> None:
    """Refuse to write where a link points.

    Raises:
        ConfigError: `path` is a symbolic link.
    """
    if path.is_symlink():
        raise ConfigError(f"{path} is a symbolic link; Parley does not write through links, remove it first.")


def atomic_write(path: Path, data: bytes) -> None:
    """Replace a file's content so that a crash leaves the old content or the new one, never a mixture.

    Temp file in the same folder (O_EXCL, 0600), fsync, rename, fsync of the folder.

    Raises:
        OSError: the disk is full, read-only or gone; the old file is untouched.
        ConfigError: `path` is a symbolic link.
    """
    refuse_symlink(path)
    ensure_private_dir(path.parent)
    temp = path.parent / f"{TEMP_PREFIX}{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temp, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
    sync_dir(path.parent)


def sync_dir(folder: Path) -> None:
    """Make a rename or a new name in `folder` durable, where the platform can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep_temp_files(folder: Path, *, older_than_s: float = 3600) -> int:
    """Remove temporary files that a killed process left behind.

    Returns:
        How many were removed.
    """
    import time

    if not folder.is_dir():
        return 0
    removed = 0
    for leftover in folder.glob(f"{TEMP_PREFIX}*"):
        try:
            if time.time() - leftover.lstat().st_mtime >= older_than_s:
                leftover.unlink()
                removed += 1
        except OSError:
            continue  # another instance swept it, or it is not ours to remove
    return removed

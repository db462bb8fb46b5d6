"""The embedded model where it is installed, and an empty folder for models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.embedded import require_embedded_model
from tui.local.library import InstalledModel


@pytest.fixture
def embedded_model() -> InstalledModel:
    return require_embedded_model()


@pytest.fixture
def embedded_model_path(embedded_model: InstalledModel) -> Path:
    return embedded_model.path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty models folder that is also the one Parley would use by itself."""
    where = tmp_path / "models"
    monkeypatch.setenv("PARLEY_MODELS_DIR", str(where))
    return where

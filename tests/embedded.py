"""The real embedded model for tests that want it; they skip, saying why, where it is not installed."""

from __future__ import annotations

import importlib.util

import pytest

from tui.local.library import InstalledModel, installed_model


def require_embedded_model() -> InstalledModel:
    """SmolLM2 as `make test` installs it; skips the test when weights or runtime are missing."""
    model = installed_model("smollm2-135m")
    if model is None:
        pytest.skip("the embedded model is not installed: run “parley local install smollm2-135m”")
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("the runtime of embedded models is not installed: pip install 'parley-tui[local]'")
    return model

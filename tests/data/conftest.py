"""A cache that the tests of data share, so that each source is rendered once."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty cache."""
    return tmp_path_factory.mktemp("cache")

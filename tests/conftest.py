"""For all tests: property tests without a time limit, and where the project is."""

from pathlib import Path

import pytest
from hypothesis import settings

# The first example pays for lazy imports, so a time limit for each would fail at random.
settings.register_profile("no time limit", deadline=None)
settings.load_profile("no time limit")


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds params.yaml."""
    return Path(__file__).resolve().parents[1]

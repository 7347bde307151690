"""A small contract and its inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pi_research.economics import Contract, Input, Use


@pytest.fixture
def contract():
    """Two years; ten people move in the first month; 1,000 pounds a move and 500 for twelve months held."""

    def make(**changes):
        size = 24
        moves, fixed, due = np.zeros(size), np.zeros(size), np.zeros((1, size))
        moves[0], fixed[0], due[0, 12] = 10, 10_000, 5_000
        base = Contract(2019, moves, fixed, (12,), (12,), due, np.full(size, 250.0), 0.5, 0.36, 1e9, 1e9, 1e9)
        return replace(base, **changes)

    return make


@pytest.fixture
def inputs():
    """Inputs without uncertainty, changed as asked; ``spread`` makes the unsure ones unsure."""

    def make(spread=False, **changes):
        given = {"kept": np.array([1.0]), "placement_week": 800.0, "resident_share": 0.0, "home_support_week": 100.0,
                 "anyway": 0.0, "overhead": 1.0, "investor_return": 0.1} | changes
        made = {name: Input(name, v, v, v) for name, v in given.items()}
        if spread:
            made["placement_week"] = Input("placement", 800.0, 700.0, 915.0, "ratio")
            made["anyway"] = Input("anyway", 0.1, 0.02, 0.3, "share")
            made["kept"] = Input("kept", np.array([0.8]), np.array([0.6]), np.array([0.9]), "share")
        return made

    return make


@pytest.fixture
def bed_days():
    """Bed days that fell from twelve a person-year by the input ``ratio``."""
    return Use("bed_days", "time in hospital", "use.bed_days", 12.0, "ratio", "bed_day")

"""Known-truth study of repeated events and of states: coverage of their intervals at 24 months.

Admissions come at a rate that differs between people (gamma, variance 0.5) and end with death; people go back
and forth between a tenancy and hospital and may lose the tenancy for good. Follow-up is 12 to 48 months.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival.multistate import state_occupation
from pi_research.survival.recurrent import ghosh_lin, mean_cumulative_function
from pi_research.validation.tables import table_of_cells

if TYPE_CHECKING:
    import pandas as pd

SIZE, SEED, AT = 1_000, 4101, 24.0
EVENTS, DEADLY, STATES = "mean number of events", "the same, death ends them", ("share in the tenancy", "share in hospital")
CELLS = tuple(product((EVENTS, DEADLY, "shares"), (30, 60, 113), (0.02, 0.1)))
"""What is asked, people, and events (or admissions) a person-month."""
DEATH, FRAILTY, STAY, LOSS = 0.01, 0.5, 0.5, 0.01
"""Deaths a month, variance between people, discharges and losses a month in the states' programme."""


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The table ``events_coverage``, from ``size`` cohorts in each cell, each with its own stream of the seed."""
    if study not in ("all", "events"):
        raise ValueError("study: choose one of all, events")
    return {"events_coverage": coverage(size, seed)}


def coverage(size: int = SIZE, seed: int = SEED, cells: tuple = CELLS) -> pd.DataFrame:
    """``quantity, n, rate, truth, cohorts, coverage, mc_error, mean_width, no_interval``; one that can't be given misses."""
    return table_of_cells(_cell, [(size, seed, *cell) for cell in cells], size)


def _cell(size: int, seed: int, what: str, n: int, rate: float) -> list[dict]:
    rng = np.random.default_rng([seed, len(what), n, round(1000 * rate)])
    if what == "shares":
        made = np.array([_states(rng, n, rate) for _ in range(size)])
        return [_row(name, n, rate, true, made[:, k])
                for k, (name, true) in enumerate(zip(STATES, _true_shares(rate), strict=True))]  # fmt: skip
    true = rate * ((1 - np.exp(-DEATH * AT)) / DEATH if what == DEADLY else AT)
    return [_row(what, n, rate, true, np.array([_events(rng, n, rate, what == DEADLY) for _ in range(size)]))]


def _row(what: str, n: int, rate: float, true: float, limits: np.ndarray) -> dict:
    share, width = ((limits[:, 0] <= true) & (true <= limits[:, 1])).mean(), limits[:, 1] - limits[:, 0]
    return {"quantity": what, "n": n, "rate": rate, "truth": true, "cohorts": len(limits), "coverage": share,
            "mc_error": np.sqrt(share * (1 - share) / len(limits)), "mean_width": np.nanmean(width),
            "no_interval": np.isnan(width).mean()}  # fmt: skip


def _true_shares(rate: float) -> tuple[float, float]:
    """In the tenancy and in hospital at 24 months: two linear equations."""
    from scipy.linalg import expm

    moves = np.array([[-rate - LOSS, rate, LOSS], [STAY, -STAY, 0], [0, 0, 0]])
    return tuple(float(share) for share in expm(AT * moves)[0, :2])


def _events(rng: np.random.Generator, n: int, rate: float, deadly: bool) -> tuple[float, float]:
    """Limits of the mean number of events by 24 months."""
    end, died = rng.uniform(12, 48, n), np.zeros(n, bool)
    if deadly:
        death = rng.exponential(1 / DEATH, n)
        died, end = death <= end, np.minimum(death, end)
    k = rng.poisson(rate * rng.gamma(1 / FRAILTY, FRAILTY, n) * end)
    if not k.any():
        return np.nan, np.nan
    who, when = np.repeat(np.arange(n), k), rng.random(k.sum()) * np.repeat(end, k)
    id, stop = np.concatenate([who, np.arange(n)]), np.concatenate([when, end])
    order = np.lexsort((stop, id))
    id, stop, event = id[order], stop[order], (np.arange(id.size) < who.size)[order]
    start = np.where(np.r_[True, id[1:] != id[:-1]], 0.0, np.r_[0.0, stop[:-1]])
    last = np.where(event, False, died[id])
    made = ghosh_lin(start, stop, event, id, last) if deadly else mean_cumulative_function(start, stop, event, id)
    at = np.searchsorted(made.time, AT, "right") - 1
    return (float(made.lower[at]), float(made.upper[at])) if at >= 0 else (np.nan, np.nan)


def _states(rng: np.random.Generator, n: int, rate: float) -> np.ndarray:
    """Limits (2, 2) of the shares in the tenancy and in hospital at 24 months."""
    rows = [row for i in range(n) for row in _stays(rng, i, rate, rng.uniform(12, 48))]
    start, stop, state, after, id = zip(*rows, strict=True)
    names = ("tenancy", "hospital", "lost")
    made = state_occupation(start, stop, state, id, next_state=list(after), states=names)
    at = np.searchsorted(made.time, AT, "right") - 1
    return np.column_stack([made.lower[at, :2], made.upper[at, :2]])


def _stays(rng: np.random.Generator, who: int, rate: float, end: float) -> list[tuple]:
    """One person's rows (start, stop, state, state after or None, id)."""
    now, state, rows = 0.0, "tenancy", []
    while now < end:
        if state == "lost":
            return [*rows, (now, end, state, None, who)]
        leave = rng.exponential(1 / (rate + LOSS if state == "tenancy" else STAY))
        after = "tenancy" if state == "hospital" else "hospital" if rng.random() < rate / (rate + LOSS) else "lost"
        stop = min(now + leave, end)
        rows.append((now, stop, state, after if now + leave < end else None, who))
        now, state = stop, after
    return rows

"""How well sets agree: consistency, PRI and coverage of sufficiency; relevance and coverage of necessity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pi_research.realist._minimise import Term

NEAR = 1.490116e-8
"""R's admisc.tol: a consistency this little below a cut-off reaches it."""


class Sufficiency(NamedTuple):
    """Consistency, PRI and raw coverage (m,) of m sets as sufficient for an outcome; NaN where none is in it."""

    incl: np.ndarray
    pri: np.ndarray
    cov: np.ndarray


class Necessity(NamedTuple):
    """Consistency, relevance (RoN) and coverage (m,) of m sets as necessary for an outcome."""

    incl: np.ndarray
    ron: np.ndarray
    cov: np.ndarray


def sufficiency(sets: np.ndarray, outcome: np.ndarray) -> Sufficiency:
    """Of sets (n, m) for an outcome (n,): Ragin 2006; PRI takes out what also speaks for its absence."""
    both = np.minimum(sets, outcome[:, None]).sum(0)
    either = np.minimum(np.minimum(sets, outcome[:, None]), 1 - outcome[:, None]).sum(0)
    total = sets.sum(0)
    return Sufficiency(_share(both, total), _share(both - either, total - either), _share(both, outcome.sum()))


def necessity(sets: np.ndarray, outcome: np.ndarray) -> Necessity:
    """Of sets (n, m) for an outcome (n,); relevance as Schneider and Wagemann 2012, p. 236."""
    low = np.minimum(sets, outcome[:, None])
    both = low.sum(0)
    ron = _share((1 - sets).sum(0), (1 - low).sum(0))
    return Necessity(_share(both, outcome.sum()), ron, _share(both, sets.sum(0)))


def unique_coverage(sets: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Coverage (m,) that each set has and no other; NaN for a single one, as R's QCA."""
    m = sets.shape[1]
    if m == 1:
        return np.array([np.nan])
    others = np.stack([np.delete(sets, j, axis=1).max(1) for j in range(m)], axis=1)
    own = np.minimum(sets, outcome[:, None])
    return _share((own - np.minimum(own, others)).sum(0), outcome.sum())


def members(terms: Sequence[Term], data: np.ndarray) -> np.ndarray:
    """Membership (n, m) in m terms of people with memberships (n, k) in the conditions."""
    n, k = data.shape
    made = np.ones((n, len(terms)))
    for place, (mask, value) in enumerate(terms):
        for j in range(k):
            bit = 1 << (k - 1 - j)
            if mask & bit:
                made[:, place] = np.minimum(made[:, place], data[:, j] if value & bit else 1 - data[:, j])
    return made


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part of whole; NaN of nothing."""
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)

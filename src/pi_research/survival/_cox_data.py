"""What a Cox regression is given, checked; and the one place where the library is called."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check

TIES = ("efron", "breslow", "exact")
NEAR = np.sqrt(np.finfo(float).eps)


@dataclass(frozen=True, slots=True, eq=False)
class CoxData:
    """Checked rows: ``time, entry, event, weights, strata, cluster`` (n,), ``x`` (n, p), names (p,).

    ``strata`` and ``cluster`` are codes from 0; ``stratum_labels`` names the former.
    """

    time: np.ndarray
    entry: np.ndarray | None
    event: np.ndarray
    x: np.ndarray
    names: tuple[str, ...]
    strata: np.ndarray | None
    stratum_labels: tuple
    weights: np.ndarray | None
    cluster: np.ndarray | None

    @property
    def stratum(self) -> np.ndarray:
        return np.zeros(self.time.size, int) if self.strata is None else self.strata


def cox_data(
    time: ArrayLike, event: ArrayLike, covariates: object, entry: ArrayLike | None,
    strata: ArrayLike | None, weights: ArrayLike | None, cluster: ArrayLike | None,
) -> CoxData:
    left, came = check.durations(time, entry)
    left, came = _near_ties(left, came)
    n = left.size
    seen = check.indicator(event, n)
    if not seen.any():
        raise ValueError("event: nobody had it, so no hazard ratio can be estimated")
    names, x = covariate_table(covariates, n)
    codes, labels = (None, ()) if strata is None else check.labels(strata, "strata", n)
    _refuse_unusable(x, names, codes)
    return CoxData(left, came, seen, x, names, codes, labels, check.case_weights(weights, n),
                   None if cluster is None else check.labels(cluster, "cluster", n)[0])


def _near_ties(left: np.ndarray, came: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Times that differ by rounding alone are ties, as R's ``timefix`` has it (1.5e-8, or so relative)."""
    values = left if came is None else np.concatenate([left, came])
    if (values == np.floor(values)).all():
        return left, came  # days
    values = np.unique(values)
    gap = np.diff(values)
    near = gap <= NEAR * max(1.0, float(np.abs(values).mean()))
    if not near.any():
        return left, came
    starts = values[np.append(True, ~near)]
    left, came = (v if v is None else starts[np.searchsorted(starts, v, "right") - 1] for v in (left, came))
    check.refuse(np.zeros(1, bool) if came is None else came >= left, "entry", "entry not before time",
                 "the two differ by rounding alone: leave the row out, or correct it")
    return left, came


def covariate_table(covariates: object, n: int | None = None) -> tuple[tuple[str, ...], np.ndarray]:
    """Names and a float matrix (n, p) from a frame, a mapping of columns, a series or an array."""
    if hasattr(covariates, "columns"):
        if not covariates.columns.is_unique:
            raise ValueError("covariates: two columns have one name; rename one")
        columns = {str(name): covariates[name] for name in covariates.columns}
    elif isinstance(covariates, Mapping):
        columns = {str(name): values for name, values in covariates.items()}
    else:
        matrix = np.asarray(covariates)
        matrix = matrix[:, None] if matrix.ndim == 1 else matrix
        if matrix.ndim != 2:
            raise ValueError("covariates: give a table with one row a person and one column a covariate")
        single = getattr(covariates, "name", None)
        columns = {str(single) if single else f"x{j + 1}": matrix[:, j] for j in range(matrix.shape[1])}
    if not columns:
        raise ValueError("covariates: no column; without one there is nothing to compare: kaplan_meier")
    return tuple(columns), np.column_stack([_covariate(name, c, n) for name, c in columns.items()])


def _covariate(name: str, values: object, n: int | None) -> np.ndarray:
    given = np.asarray(values)
    category = getattr(getattr(values, "dtype", None), "name", "") == "category"
    if category or given.dtype.kind in "USMm" or any(isinstance(v, str) for v in given.ravel()[:1]):
        raise ValueError(f"covariates: {name!r} is not in numbers; make one 0/1 column a level, less one "
                         "that the others are compared with (pandas.get_dummies(..., drop_first=True))")
    return check.column(values, f"covariate {name!r}", n)


def _refuse_unusable(x: np.ndarray, names: tuple[str, ...], strata: np.ndarray | None) -> None:
    """Refuse covariates that don't vary (within strata) or follow from the others."""
    centred = x - x.mean(axis=0)
    if strata is not None:
        size = np.bincount(strata)
        for j in range(x.shape[1]):
            centred[:, j] -= (np.bincount(strata, centred[:, j]) / size)[strata]
    spread = np.sqrt((centred**2).mean(axis=0))
    for name, flat in zip(names, spread <= 1e-12 * (np.abs(x).max(axis=0) + 1e-300), strict=True):
        if flat:
            where = "" if strata is None else " within every stratum"
            raise ValueError(f"covariates: {name!r} is the same for everyone{where}; leave it out")
    scaled = centred / spread
    correlation = scaled.T @ scaled / len(x)
    for j in range(1, len(names)):
        weight = np.linalg.solve(correlation[:j, :j], correlation[:j, j])
        if 1 - weight @ correlation[:j, j] < 1e-10:
            others = ", ".join(repr(names[i]) for i in np.flatnonzero(np.abs(weight) > 1e-6))
            raise ValueError(f"covariates: {names[j]!r} follows from {others} (collinear); leave one out")


def engine_fit(data: CoxData, ties: str, at: np.ndarray | None = None) -> object:
    """The library's fit, or its evaluation ``at`` given coefficients, with robust errors by cluster."""
    import survival

    p = data.x.shape[1]
    frame = {"time": data.time, "event": data.event.astype(int)} | {f"x{j}": data.x[:, j] for j in range(p)}
    if data.entry is not None:
        frame["entry"] = data.entry
    alone = data.entry is None and data.cluster is not None and np.bincount(data.cluster).max() == 1
    given = {"weights": data.weights, "cluster": None if alone else data.cluster, "strata": data.strata}
    given = {name: values.tolist() for name, values in given.items() if values is not None}
    how = {"iter_max": 50} if at is None else {"iter_max": 0, "init": at.tolist()}
    response = "Surv(time, event)" if data.entry is None else "Surv(entry, time, event)"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its one warning, of a coefficient without end, is our refusal
        return survival.coxph(f"{response} ~ {' + '.join(f'x{j}' for j in range(p))}", frame, ties=ties,
                              robust=data.cluster is not None, timefix=False, **given, **how)


def model_variance(fit: object) -> np.ndarray:
    """Covariance (p, p) of the coefficients that takes the model, and rows as independent."""
    return np.array(fit.naive_var or fit.var, dtype=float)


def refuse_silent(data: CoxData, variance: np.ndarray) -> None:
    """Refuse covariates without information where all coefficients are 0 (``variance`` there)."""
    for name, known in zip(data.names, np.diag(variance) > 0, strict=True):
        if not known:
            raise ValueError(f"covariates: {name!r} doesn't vary, or follows from the others, among those at "
                             "risk when events happen; leave it out")


def refuse_without_end(
    data: CoxData, fit: tuple[np.ndarray, np.ndarray, np.ndarray], null_variance: Callable[[], np.ndarray],
    remedy: str = "fit with firth=True, ",
) -> None:
    """Refuse a fit whose next Newton step would still move a hazard ratio: its likelihood has no maximum.

    ``fit``: coefficients, their variance, score.
    """
    beta, variance, score = fit
    step = np.abs(variance @ score) * np.ptp(data.x, axis=0)
    endless = np.flatnonzero(np.isnan(beta) | ~(np.diag(variance) > 0) | ~(step < 0.01))
    if endless.size:
        refuse_silent(data, null_variance())
        names = ", ".join(repr(data.names[j]) for j in endless)
        raise ValueError(f"covariates: {names} separates those with the event from those at risk without it, "
                         f"so the hazard ratio has no finite estimate; {remedy}join small categories, or "
                         "leave it out")

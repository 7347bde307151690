"""Cox regression: what goes with a higher or lower rate, right-censored or in (start, stop] rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._cox_data import (
    TIES, CoxData, cox_data, engine_fit, model_variance, refuse_silent, refuse_without_end,
)
from pi_research.survival._cox_result import Cox
from pi_research.survival._partial import Partial, jackknife
from pi_research.survival._words import read_only

FEWEST_CLUSTERS = 10


def cox(
    time: ArrayLike, event: ArrayLike, covariates: object, *, entry: ArrayLike | None = None,
    ties: str = "efron", strata: ArrayLike | None = None, weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None, firth: bool = False, interval: str | None = None, level: float = 0.95,
) -> Cox:
    """Estimate hazard ratios.

    Parameters
    ----------
    time, event, entry : (n,)
        As in ``kaplan_meier``; with ``entry`` a row is at risk in (entry, time], and a person may have
        several rows (then give ``cluster``). Times that differ by rounding alone are ties.
    covariates : frame, mapping of columns, series or (n, p) array
        Numbers; 0/1 columns for categories.
    ties : {"efron", "breslow", "exact"}
    strata : (n,) labels, optional
        A baseline hazard of its own for each.
    weights : (n,) positive numbers, optional
        Unless all are whole, the error is robust.
    cluster : (n,) labels, optional
        Rows of one label belong together (a person, a service): robust error. Row numbers give the robust
        error for rows that don't.
    firth : bool
        Firth's penalty: finite where a covariate separates, less biased with few events. With ``cluster``
        the error is the jackknife's over clusters.
    interval : {"wald", "profile"}, optional
        Profile likelihood with ``firth``, Wald without.
    level : float

    Returns
    -------
    Cox

    Raises
    ------
    ValueError
        As ``kaplan_meier``; nobody has the event; a covariate that is missing, constant (within strata),
        collinear or separating; fewer than 10 clusters, or fewer clusters with an event than covariates;
        a combination that isn't defined (exact ties with anything robust, weighted or penalised).

    Notes
    -----
    When NOT to use it: for a cause among others as if it were a chance (``fine_gray`` or
    ``cumulative_incidence`` for that); for a status that came later as if known from the start (immortal
    time: cut the rows where it changes). The unpenalised fit is that of the PyPI package ``survival``,
    equal to R's ``coxph``. Intervals by profile in clustered rows widen the fall of the likelihood by the
    ratio of the clustered to the model's variance, where that is above 1 (Kent, Biometrika 69 (1982)
    19-27). The penalised fit is for small data: its time grows with events times rows.

    Examples
    --------
    Two people, one event: the penalised estimate is log 3.

    >>> fit = cox([1, 2], [1, 0], [1, 0], firth=True)
    >>> round(float(fit.hazard_ratio[0]), 12)
    3.0
    """
    interval = check.one_of(interval or ("profile" if firth else "wald"), "interval", ("wald", "profile"))
    check.one_of(ties, "ties", TIES)
    check.level_of(level)
    data = cox_data(time, event, covariates, entry, strata, weights, cluster)
    whole = data.weights is None or bool((data.weights == np.floor(data.weights)).all())
    if not whole and data.cluster is None:
        data = replace(data, cluster=np.arange(data.time.size))

    def at_zero() -> np.ndarray:
        return model_variance(engine_fit(data, ties, np.zeros(len(data.names))))

    _refuse_combination(data, ties, firth, interval)
    clusters = _cluster_count(data)
    partial = Partial(data, ties, 0.5 if firth else 0.0) if firth or interval == "profile" else None
    if firth:
        refuse_silent(data, at_zero())
    fit = engine_fit(data, ties, partial.best() if firth else None)
    beta, model = np.array(fit.coefficients, dtype=float), model_variance(fit)
    if not firth:
        refuse_without_end(data, (beta, model, np.array(fit.fit.first)), at_zero)
    covariance = model if not clusters else jackknife(data, ties) if firth else np.array(fit.var)
    error = np.sqrt(np.diag(covariance))
    if interval == "profile":
        limits = partial.profile(beta, level, np.maximum(error**2 / np.diag(model), 1.0))
    else:
        limits = wald(beta, error, level)
    loglik = partial.logliks(beta) if firth else np.array(fit.loglik)
    made = (beta, error, *limits, covariance, loglik)
    read_only(*made)
    copies = np.ones(data.time.size, int) if data.weights is None or not whole else data.weights.astype(int)
    kind = "model" if not clusters else "jackknife" if firth else "robust"
    return Cox(data.names, *made, int(copies.sum()), int(copies[data.event].sum()), clusters, ties, firth,
               kind, interval, float(level), data)


def _refuse_combination(data: CoxData, ties: str, firth: bool, interval: str) -> None:
    likelihood = firth or interval == "profile"
    if ties == "exact" and (likelihood or data.weights is not None or data.cluster is not None):
        raise ValueError("ties: 'exact' has no robust, weighted, penalised or profile form; use 'efron'")
    if likelihood and data.weights is not None:
        raise ValueError("weights: not defined for a penalised fit or a profile interval; leave them out, or "
                         "use interval='wald' without firth")


def _cluster_count(data: CoxData) -> int:
    if data.cluster is None:
        return 0
    clusters = int(data.cluster.max()) + 1
    telling = np.count_nonzero(np.bincount(data.cluster[data.event]))
    if clusters < FEWEST_CLUSTERS or telling < data.x.shape[1] + 1:
        raise ValueError(
            f"cluster: {clusters} clusters, {telling} of them with an event; a robust error is made of how "
            f"clusters differ, and needs {FEWEST_CLUSTERS} or more, with events in more of them than there "
            "are covariates: fit with strata= for the few, or with fewer covariates")
    return clusters


def wald(beta: np.ndarray, error: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower and upper limits, and two-sided p-values, from estimates and their errors."""
    from scipy.special import ndtr, ndtri

    half = ndtri(0.5 + level / 2) * error
    return beta - half, beta + half, 2 * ndtr(-np.abs(beta / error))

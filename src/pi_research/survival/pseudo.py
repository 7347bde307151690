"""Pseudo-observations: one number a person, as if nobody were censored, and regression on them."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._cox_data import covariate_table
from pi_research.survival._jackknife import influence_at
from pi_research.survival._risk_set import RiskTable, risk_table, safe_ratio, survival_of
from pi_research.survival._words import people, read_only, times as in_words
from pi_research.wording import Sentence, number, sentence

if TYPE_CHECKING:
    import pandas as pd

QUANTITIES = ("survival", "restricted_mean", "incidence")
JACKKNIVES = ("infinitesimal", "exact")
LINKS = ("identity", "logit", "cloglog")
NUMBERS = 5_000_000  # at once in memory


@dataclass(frozen=True, slots=True, eq=False)
class PseudoObservations:
    """``values`` (n, m) of n people at ``times`` (m,), and ``estimate`` (m,) from all of them.

    ``quantity``: survival, restricted mean or incidence (then of ``cause``). ``n_events`` (m,) by each time.
    """

    values: np.ndarray
    times: np.ndarray
    estimate: np.ndarray
    n_events: np.ndarray
    quantity: str
    cause: Hashable
    jackknife: str

    def summary(self) -> pd.DataFrame:
        """One row a time: estimate, mean of the pseudo-observations, n, events."""
        import pandas as pd

        return pd.DataFrame({
            "time": self.times, "estimate": self.estimate, "mean": self.values.mean(axis=0),
            "n": len(self.values), "events": self.n_events, "jackknife": self.jackknife})


def pseudo_observations(
    time: ArrayLike, event: ArrayLike, times: ArrayLike, *, quantity: str = "survival",
    cause: Hashable = None, jackknife: str = "infinitesimal",
) -> PseudoObservations:
    """Give each person's share in an estimate at ``times``: the estimate plus n times their influence on it.

    ``infinitesimal``: the influence function, as R's ``survival::pseudo``. ``exact``: ``n S - (n - 1)
    S_(-i)`` with person i left out. The two agree to about 1/n; with neither censoring is needed afterwards.

    Parameters
    ----------
    time : (n,)
    event : (n,)
        0 and 1; for ``incidence`` the causes, as in ``cumulative_incidence``.
    times : (m,)
        Within follow-up.
    quantity : {"survival", "restricted_mean", "incidence"}
    cause : label
        For ``incidence``: whose.
    jackknife : {"infinitesimal", "exact"}

    Raises
    ------
    ValueError
        As ``kaplan_meier``; a time beyond follow-up; fewer than two people; a cause that isn't there.

    Notes
    -----
    Not where censoring depends on covariates of the later model, nor for people who enter late: the
    pseudo-observations are then biased. Andersen, Klein and Rosthøj, Biometrika 90 (2003) 15-27.

    Examples
    --------
    Without censoring each is 1 for those still going and 0 for the others:

    >>> pseudo_observations([2, 4, 6], [1, 1, 1], [4], jackknife="exact").values.round(9).ravel().tolist()
    [0.0, 0.0, 1.0]
    """
    check.one_of(quantity, "quantity", QUANTITIES)
    check.one_of(jackknife, "jackknife", JACKKNIVES)
    left, _ = check.durations(time, None)
    if left.size < 2:
        raise ValueError("time: one person only; pseudo-observations compare with the estimate of the others")
    own, seen = _kinds(event, left.size, quantity, cause)
    asked, table = check.asked_times(times), risk_table(left, seen, None, None)
    check.refuse((asked > table.time[-1]) & (survival_of(table)[-1] > 0), "times", "beyond follow-up",
                 f"ask for times up to {table.time[-1]:g}")
    hit = np.searchsorted(table.time, left)
    d = np.bincount(hit[own], minlength=table.time.size)
    base, of_incidence = _functional(table.time, asked, quantity)
    used = np.flatnonzero(of_incidence.any(axis=1))
    before = np.append(1.0, survival_of(table)[:-1])
    estimate = base + (before * d / table.at_risk).cumsum() @ of_incidence
    if jackknife == "infinitesimal":
        parts = (influence_at(table, d, left[b], own[b], seen[b], used + 1)
                 for b in _blocks(left.size, used.size))
        values = estimate + left.size * np.concatenate([part @ of_incidence[used] for part in parts])
    else:
        without = base + _left_out(table, d, hit, own, seen, of_incidence)
        values = left.size * estimate - (left.size - 1) * without
    by_then = (left[own][:, None] <= asked).sum(axis=0)
    read_only(values, asked, estimate, by_then)
    return PseudoObservations(values, asked, estimate, by_then, quantity, cause, jackknife)


def _kinds(event: ArrayLike, n: int, quantity: str, cause: Hashable) -> tuple[np.ndarray, np.ndarray]:
    """Who had the event that counts, and who had any."""
    if quantity != "incidence":
        seen = check.indicator(event, n)
        return seen, seen
    codes, labels = check.causes(event, n, None)
    if cause not in labels:
        raise ValueError(f"cause: {cause!r} is not known; choose one of {', '.join(map(str, labels))}")
    return codes == labels.index(cause) + 1, codes > 0


def _functional(time: np.ndarray, asked: np.ndarray, quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """``base`` (m,) and weights (k, m) with which the quantity is ``base + F @ weights``."""
    if quantity == "restricted_mean":
        ends = np.minimum(np.append(time[1:], np.inf)[:, None], asked)
        return asked, -np.maximum(ends - time[:, None], 0)
    last = np.searchsorted(time, asked, "right") - 1
    chosen = (np.arange(time.size)[:, None] == last).astype(float)
    return (np.zeros(asked.size), chosen) if quantity == "incidence" else (np.ones(asked.size), -chosen)


def _left_out(
    table: RiskTable, d: np.ndarray, hit: np.ndarray, own: np.ndarray, seen: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Incidence times weights (n, m) without each person in turn; people alike are worked out once."""
    kinds, back = np.unique(np.stack([hit, own, seen]), axis=1, return_inverse=True)
    column, made = np.arange(table.time.size), []
    for block in _blocks(kinds.shape[1], column.size):
        place, mine, any_ = kinds[:, block, None]
        n = table.at_risk - (column <= place)
        stay = 1 - safe_ratio(table.events - ((column == place) & (any_ > 0)), n)
        before = np.hstack([np.ones((len(place), 1)), stay.cumprod(axis=1)[:, :-1]])
        steps = before * safe_ratio(d - ((column == place) & (mine > 0)), n)
        made.append(steps.cumsum(axis=1) @ weights)
    return np.concatenate(made)[back.ravel()]


def _blocks(rows: int, columns: int) -> list[slice]:
    """Rows in blocks that keep a block of this many columns small in memory."""
    step = max(NUMBERS // max(columns, 1), 1)
    return [slice(start, start + step) for start in range(0, rows, step)]


@dataclass(frozen=True, slots=True, eq=False)
class PseudoRegression:
    """Coefficients of a regression on pseudo-observations.

    ``terms`` names; ``coefficient, std_error, lower, upper`` (p,), ``covariance`` (p, p): robust, a person a
    cluster; limits by t with n - p degrees of freedom. The first terms are one intercept a time.
    """

    terms: tuple[str, ...]
    coefficient: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    covariance: np.ndarray
    n: int
    n_events: int
    quantity: str
    link: str
    level: float

    def summary(self) -> pd.DataFrame:
        """One row a term."""
        import pandas as pd

        names = ("coefficient", "std_error", "lower", "upper")
        columns = {"term": self.terms, **{name: getattr(self, name) for name in names}}
        return pd.DataFrame(columns).assign(n=self.n, events=self.n_events, link=self.link, level=self.level)

    def sentence(self, term: str, *, unit: str = "months") -> Sentence:
        """One term in words: a difference, an odds ratio or a ratio of cumulative hazards."""
        check.one_of(term, "term", self.terms)
        j, behind = self.terms.index(term), (self.n_events, max(self.n - self.n_events, 0))
        trio = np.array([self.coefficient[j], self.lower[j], self.upper[j]])
        share = {"survival": "the share still going", "incidence": "the share with that ending"}
        what = share.get(self.quantity, "the restricted mean")
        if self.link != "identity":
            named = "odds" if self.link == "logit" else "cumulative hazard of the event"
            made = [number(v, digits=2, behind=behind, style="ratio") for v in np.exp(trio)]
            head = "For one more of {term}, the ratio of the {named} is {a}"
        elif self.quantity == "restricted_mean":
            made, named = in_words(trio, unit, behind), ""
            head = "For one more of {term}, {what} differs by {a}"
        else:
            made, named = [number(100 * v, digits=1, behind=behind, style="signed") for v in trio], ""
            head = "For one more of {term}, {what} differs by {a} percentage points"
        return sentence(head + " ({level} interval {low} to {high}; regression on pseudo-observations, "
                        "{link} link, robust error; n = {n}, {events} events; an association, the others in "
                        "the model held the same).", term=term, named=named, what=what, a=made[0],
                        low=made[1], high=made[2], level=f"{100 * self.level:g}%", link=self.link,
                        n=people(self.n), events=people(self.n_events))


def pseudo_regression(
    pseudo: PseudoObservations, covariates: pd.DataFrame, *, link: str = "identity", level: float = 0.95
) -> PseudoRegression:
    """Regress pseudo-observations on covariates by generalised estimating equations, working independence.

    Parameters
    ----------
    pseudo : PseudoObservations
        With several times: one intercept each, and effects that are the same at all of them.
    covariates : DataFrame, n rows in the order of the people
        Numbers, complete, as in ``cox``.
    link : {"identity", "logit", "cloglog"}
        Differences, odds ratios, or (``log(-log(1 - share with the event))``) ratios of cumulative hazards;
        for a restricted mean identity alone.

    Raises
    ------
    ValueError
        Missing values, a constant or collinear covariate, fewer than ten people for each term, or a fit
        that doesn't settle (a group in which everybody, or nobody, had the event).

    Notes
    -----
    Not for covariates measured after the start. The robust error ignores that the
    pseudo-observations are themselves estimated: it is slightly too large (Jacobsen and Martinussen, Scand.
    J. Statist. 43 (2016)).
    """
    check.one_of(link, "link", ("identity",) if pseudo.quantity == "restricted_mean" else LINKS)
    check.level_of(level)
    n, m = pseudo.values.shape
    names, effects = covariate_table(covariates, n)
    # Fitted to standardised columns, so that the iteration's end doesn't hang on their units.
    centre, spread = effects.mean(axis=0), np.where(np.ptp(effects, axis=0) > 0, effects.std(axis=0), 1.0)
    design = np.hstack([np.tile(np.eye(m), (n, 1)), np.repeat((effects - centre) / spread, m, axis=0)])
    terms = [*(f"intercept at {t:g}" for t in pseudo.times), *names]
    if np.linalg.matrix_rank(design) < len(terms):
        raise ValueError("covariates: one is constant, or a sum of others; leave it out")
    if n < 10 * len(terms):
        raise ValueError(f"covariates: {len(terms)} terms for {n:,} people; give ten people or more for "
                         "each, or the robust error can't be trusted")
    reverse = link == "cloglog" and pseudo.quantity == "survival"
    unit = float(np.abs(pseudo.values).max()) if pseudo.quantity == "restricted_mean" else 1.0
    fit = _gee((1 - pseudo.values if reverse else pseudo.values) / unit, design, link)
    from scipy.special import stdtrit

    back = np.eye(len(terms)) * np.append(np.ones(m), 1 / spread)
    back[:m, m:] = -centre / spread
    coefficient, covariance = unit * back @ fit.params, unit**2 * back @ fit.cov_params() @ back.T
    error = np.sqrt(np.diag(covariance))
    half = stdtrit(n - len(terms), 0.5 + level / 2) * error
    made = (coefficient, error, coefficient - half, coefficient + half, covariance)
    read_only(*made)
    return PseudoRegression(tuple(terms), *made, n, int(pseudo.n_events.max()), pseudo.quantity, link,
                            float(level))


def _gee(values: np.ndarray, design: np.ndarray, link: str):
    from statsmodels.genmod.cov_struct import Independence
    from statsmodels.genmod.families import Gaussian, links
    from statsmodels.genmod.generalized_estimating_equations import GEE
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, DomainWarning, IterationLimitWarning

    kind = {"identity": links.Identity, "logit": links.Logit, "cloglog": links.CLogLog}[link]()
    n, m = values.shape
    start = np.zeros(design.shape[1])
    middle = values.mean(axis=0)
    start[:m] = kind(middle if link == "identity" else np.clip(middle, 1e-3, 1 - 1e-3))
    with warnings.catch_warnings():
        # Means outside 0 to 1 can't be had with these links; a constant variance is meant.
        warnings.simplefilter("ignore", DomainWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", IterationLimitWarning)
        model = GEE(values.ravel(), design, np.repeat(np.arange(n), m), cov_struct=Independence(),
                    family=Gaussian(kind, check_link=False))
        fit = model.fit(start_params=start, maxiter=200, ctol=1e-10)
    # A group whose share runs to 0 or 1 has no estimate on a curved scale, and no error on the plain one.
    edge = link != "identity" and np.abs(fit.fittedvalues - 0.5).max() > 0.5 - 1e-6
    if not fit.converged or edge or not (fit.bse > 1e-9).all():
        raise ValueError("covariates: everybody or nobody of a group had the event, so the model has no "
                         "error or doesn't settle; give each group's exact interval instead (kaplan_meier)")
    return fit

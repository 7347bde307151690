"""Log-linear models of monthly counts with an exposure: arrays in, arrays out.

k series of n used months share a design X (n, p) and the logarithm of their exposure (n,). The variance of a
count with mean mu is sigma2 mu (1 + alpha mu): alpha is 0 but for the negative binomial.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its import _ar1
from pi_research.its._checks import month_name
from pi_research.its._integrated import RhoMixture, integrate
from pi_research.its._moments import lag_one, newey_west

if TYPE_CHECKING:
    from pi_research.its.design import Design

__all__ = ["autocorrelated", "check_counts", "dispersion_test", "fit_counts", "irls", "log_exposure", "nb_alpha",
           "weighted_rows", "working"]

SMALLEST = 1e-6
NEAR_ONE = 0.9


def irls(
    y: np.ndarray, X: np.ndarray, log_exposure: np.ndarray, alpha: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (k, p) and fitted counts (k, n) by iterated weighted least squares, for counts y (k, n).

    A series whose likelihood has no maximum (no event where a term needs one) ends with fitted counts next
    to 0: see ``SMALLEST``.
    """
    rate = y.sum(axis=1, keepdims=True) / np.exp(log_exposure).sum()
    eta = np.log((y + rate * np.exp(log_exposure)) / 2)
    for _ in range(100):
        mu = np.exp(eta)
        weight = mu / (1 + alpha * mu)
        z = eta - log_exposure + (y - mu) / mu
        XX = np.einsum("ni,kn,nj->kij", X, weight, X, optimize=True)
        beta = np.linalg.solve(XX, ((weight * z) @ X)[..., None])[..., 0]
        old, eta = eta, np.clip(beta @ X.T + log_exposure, -30, 30)
        if np.abs(eta - old).max() < 1e-11:
            break
    return beta, np.exp(eta)


def nb_alpha(y: np.ndarray, X: np.ndarray, log_exposure: np.ndarray) -> float:
    """The negative binomial's alpha of one series (n,) by maximum likelihood, as MASS's ``glm.nb``; 0 where
    the counts vary no more than Poisson's."""
    from scipy.optimize import brentq
    from scipy.special import digamma

    def score(log_theta: float, mu: np.ndarray) -> float:
        theta = np.exp(log_theta)
        rest = digamma(theta + y) - digamma(theta) - np.log((theta + mu) / theta)
        return float((rest - (y - mu) / (theta + mu)).sum())

    alpha, edges = 0.0, np.log([1e-4, 1e6])
    for _ in range(100):
        mu = irls(y[None], X, log_exposure, alpha)[1][0]
        if score(edges[1], mu) >= 0:
            return 0.0
        if score(edges[0], mu) <= 0:
            raise ValueError("too few months with events for a negative binomial; use 'quasi_poisson'.")
        old, alpha = alpha, float(np.exp(-brentq(score, *edges, args=(mu,), xtol=1e-12)))
        if abs(alpha - old) <= 1e-10 * alpha:
            break
    return alpha


def working(
    y: np.ndarray, mu: np.ndarray, log_exposure: np.ndarray, alpha: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """One series' working response about its fitted counts mu (n,), and the root of each month's weight."""
    return np.log(mu) - log_exposure + (y - mu) / mu, np.sqrt(mu / (1 + alpha * mu))


def weighted_rows(z: np.ndarray, root: np.ndarray, X: np.ndarray, times: np.ndarray) -> _ar1.Rows:
    """A working response z (n,), each month times the root of its weight: rows whose errors have one variance
    and can be autoregressive."""
    return _ar1.rows_of((root * z)[None], root[:, None] * X, times)


def autocorrelated(
    z: np.ndarray, root: np.ndarray, X: np.ndarray, times: np.ndarray
) -> tuple[_ar1.Fit, RhoMixture]:
    """The fit of such rows at the rho of highest likelihood, and the mixture over rho.

    As rho nears 1 the level of the errors is free, and so is the intercept, whose weighted column is no constant:
    between them they can fit whatever moves the weights, such as lengths of months in an exposure that the
    counts do not follow. A mode there counts only as far as the same rows without weights have it, from which a
    free level takes the intercept away.
    """
    rows, plain = weighted_rows(z, root, X, times), weighted_rows(z, np.ones_like(z), X, times)
    rho, made, other = _ar1.highest(rows), integrate(rows), integrate(plain)
    if rho[0] > NEAR_ONE and _ar1.highest(plain)[0] < NEAR_ONE:
        rho = _ar1.highest(rows, below=NEAR_ONE)
    last = np.flatnonzero(made.rho < NEAR_ONE)[-1]
    most = made.log_weight[last] + other.log_weight - other.log_weight[last]
    held = np.where(made.rho[:, None] > NEAR_ONE, np.minimum(made.log_weight, most), made.log_weight)
    return _ar1.fit_at(rows, rho), replace(made, log_weight=held - held.max(axis=0))


def fit_counts(
    y: np.ndarray, X: np.ndarray, design: Design, family: str, method: str, lags: int
) -> dict[str, Any]:
    """The fields of a CountRegression that are estimated; y (m,), X (m, p)."""
    used, (m, p) = ~design.masked, X.shape
    exposure, n = log_exposure(design), int(used.sum())
    data = y[used], X[used], exposure[used]
    alpha = nb_alpha(*data) if family == "negative_binomial" else 0.0
    glm, mu = (part[0] for part in irls(data[0][None], *data[1:], alpha))
    if mu.min() < SMALLEST:
        where = month_name(design.months[used][mu.argmin()])
        raise ValueError(f"too few events: the fitted count of {where} is next to 0; drop slope or season.")
    weight = mu / (1 + alpha * mu)
    dispersion = float((weight * (data[0] / mu - 1) ** 2).sum() / (n - p))
    bread = np.linalg.inv(data[1].T @ (weight[:, None] * data[1]))
    found = {"alpha": alpha, "df": np.full(p, float(n - p)), "rho": 0.0, "sigma": 1.0, "covariance": bread}
    beta = glm
    if method == "reml_integrated":
        z, root = working(data[0], mu, data[2], alpha)
        fit, mixture = autocorrelated(z, root, data[1], np.flatnonzero(used))
        beta, *others = _centred(np.vstack([fit.coefficients, mixture.coefficients[:, 0]]), *data)
        found["mixture"] = replace(mixture, coefficients=np.array(others)[:, None])
        found |= {"covariance": fit.covariance[0], "rho": float(fit.rho[0])}
        found["sigma"] = float(np.sqrt(fit.sigma2[0]))
    found["working"], fitted = np.exp(np.array([glm, beta]) @ X.T + exposure)
    left = np.where(used, y - fitted, 0.0)
    pearson = left / np.sqrt(fitted * (1 + alpha * fitted))
    if family == "quasi_poisson" and method != "reml_integrated":
        found |= {"sigma": dispersion**0.5, "covariance": dispersion * bread}
    if method == "newey_west":
        scores = X * (left / (1 + alpha * fitted))[:, None]
        found |= {"covariance": newey_west(bread, scores, n, lags), "rho": float(lag_one(pearson))}
    found |= {"coefficients": beta, "fitted": fitted, "dispersion": dispersion}
    return found | {"residuals": np.where(used, pearson, np.nan)}


def _centred(beta: np.ndarray, y: np.ndarray, X: np.ndarray, log_exposure: np.ndarray) -> np.ndarray:
    """Coefficients (g, p) with the intercept moved so that the fitted counts add up to those seen.

    As rho nears 1 only differences of months speak, and hardly of the intercept: a step of least squares
    could take it anywhere.
    """
    from scipy.special import logsumexp

    moved = beta.copy()
    moved[:, 0] += np.log(y.sum()) - logsumexp(beta @ X.T + log_exposure, axis=1)
    return moved


def dispersion_test(y: np.ndarray, X: np.ndarray, mu: np.ndarray) -> tuple[float, float]:
    """Score statistic against Poisson, standard normal without overdispersion, and its one-sided p.

    Dean and Lawless's adjusted statistic, sum((y - mu)^2 - y + h mu) / sqrt(2 sum(mu^2)), h the leverage
    (J Am Stat Assoc 1989;84:467-472): it allows for the terms that were fitted. y and mu (n,), X (n, p).
    """
    from scipy.special import ndtr

    root = np.sqrt(mu)[:, None] * X
    leverage = (np.linalg.qr(root)[0] ** 2).sum(axis=1)
    z = float(((y - mu) ** 2 - y + leverage * mu).sum() / np.sqrt(2 * (mu**2).sum()))
    return z, float(ndtr(-z))


def log_exposure(design: Design) -> np.ndarray:
    """Logarithm of the exposure of each month (m,), 0 without an offset."""
    return np.zeros(len(design.months)) if design.offset is None else np.log(design.offset)


def check_counts(y: np.ndarray, design: Design) -> None:
    """Whole counts from 0, and an event on each side of each break."""
    used = ~design.masked
    bad = used & ((y < 0) | (y != np.round(y)))
    if bad.any():
        where = month_name(design.months[bad][0])
        raise ValueError(f"y is negative or fractional in {where}; a count model needs whole counts from 0.")
    for item in design.interruptions:
        after = design.after(item.name)
        for side, word in ((~after, "before"), (after, "after")):
            if not y[used & side].any():
                raise ValueError(f"no event {word} {item.name!r}: no rate ratio exists; report the counts.")

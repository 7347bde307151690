"""Fits of Gaussian series that share a design, by each method: arrays in, arrays out.

The six methods that Turner and colleagues compare (BMC Med Res Methodol 2021;21:181), Kenward and Roger's,
and the default, which keeps its coverage where theirs lose it: REML's estimate with an interval that lets the
autocorrelation be any value that the series does not exclude (``_integrated``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pi_research.its import _ar1
from pi_research.its._integrated import integrate
from pi_research.its._moments import bounds, implied_error, lag_one, newey_west

__all__ = ["fit_gaussian", "intervals"]


def fit_gaussian(
    y: np.ndarray, X: np.ndarray, used: np.ndarray, method: str, lags: int = 1
) -> dict[str, Any]:
    """What a method estimates of k series (k, m) with design X (m, p), from the months ``used`` (m,).

    Arrays by name, the series as their first axis: coefficients (k, p), covariance (k, p, p), df (k, p), rho
    and sigma (k,); where the method has them also rho_parts and mixture, as in SegmentedRegression.
    """
    rows = _ar1.rows_of(y[:, used], X[used], np.flatnonzero(used))
    rss = (rows.left**2).sum(axis=1)
    if (rss <= 1e-20 * (y[:, used] ** 2).sum(axis=1)).any():
        raise ValueError("the line meets every month exactly (is the series constant?): no interval exists.")
    df = np.full((len(y), X.shape[1]), float(rows.df))
    if method in ("ols", "newey_west"):
        left = np.zeros_like(y)
        left[:, used] = rows.left
        bread, sigma2 = np.linalg.inv(X[used].T @ X[used]), rss / rows.df
        found = {"coefficients": rows.line, "df": df, "sigma": np.sqrt(sigma2), "rho": np.zeros(len(y))}
        if method == "ols":
            return found | {"covariance": sigma2[:, None, None] * bread}
        covariance = newey_west(bread, left[..., None] * X, len(rows.basis), lags)
        return found | {"covariance": covariance, "rho": lag_one(left)}
    if method == "prais_winsten":
        fit = _ar1.fit_at(rows, _ar1.prais_winsten(rows))
    else:
        fit = _ar1.fit_at(rows, _ar1.highest(rows, restricted=method != "arima"))
    found = {"coefficients": fit.coefficients, "covariance": fit.covariance, "df": df, "rho": fit.rho}
    return found | {"sigma": np.sqrt(fit.sigma2)} | _small_sample(rows, fit, df, method)


def _small_sample(rows: _ar1.Rows, fit: _ar1.Fit, df: np.ndarray, method: str) -> dict[str, Any]:
    """What a method changes of generalised least squares with n - p degrees of freedom, or adds to it."""
    if method == "arima":
        by_n, normal = rows.df / len(rows.basis), np.full_like(df, np.inf)
        return {"covariance": by_n * fit.covariance, "sigma": np.sqrt(by_n * fit.sigma2), "df": normal}
    if method == "reml_integrated":
        return {"mixture": integrate(rows)}
    if method not in ("reml_satterthwaite", "reml_kenward_roger"):
        return {}
    known, diagonal = _ar1.information(rows, fit), np.arange(df.shape[1])
    of_terms = (part[:, diagonal, diagonal] for part in (fit.covariance, known.by_rho))
    made = {"rho_parts": (fit.covariance, known.by_rho, known.parameters)}
    made["df"] = _ar1.satterthwaite_df(*of_terms, known.parameters)
    return made if method == "reml_satterthwaite" else made | {"covariance": fit.covariance + known.added}


def intervals(
    found: dict[str, Any], level: float, terms: Sequence[int] | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standard errors, lower and upper limits (k, j) of j terms, by place; of all where none are given."""
    p = found["df"].shape[1]
    terms = list(range(p) if terms is None else terms)
    df = found["df"][:, terms]
    if "mixture" in found:
        limits = np.array([found["mixture"].contrast(np.eye(p)[j], level) for j in terms])
        lower, upper = limits[:, 0].T, limits[:, 1].T
        return implied_error(lower, upper, df, level), lower, upper
    error = np.sqrt(found["covariance"][:, terms, terms])
    return error, *bounds(found["coefficients"][:, terms], error, df, level)

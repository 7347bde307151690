"""Segmented regression of one monthly series.

Least squares, Newey-West, and REML with first-order autoregressive errors, the last with
Satterthwaite's degrees of freedom as the default: of the methods that Turner and
colleagues compare (BMC Med Res Methodol 2021;21:181) it keeps its coverage best in short
series. Counts with an exposure are fitted as quasi-Poisson.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its import _ar1
from pi_research.its._checks import month_name
from pi_research.its._counts import fit_counts
from pi_research.its._moments import lag_one, newey_west
from pi_research.its._words import change_sentence
from pi_research.its.design import Design

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.wording import Sentence

__all__ = ["Estimate", "SegmentedRegression", "segmented_regression"]

METHODS = {
    "gaussian": {
        "ols": "ordinary least squares",
        "newey_west": "least squares with Newey-West standard errors",
        "reml": "REML with first-order autoregressive errors",
        "reml_satterthwaite": "REML with first-order autoregressive errors, Satterthwaite degrees of freedom",
    },
    "quasi_poisson": {
        "glm": "quasi-Poisson regression",
        "newey_west": "quasi-Poisson regression with Newey-West standard errors",
    },
}
NEAR_UNIT_ROOT = 0.98


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with its uncertainty, all floats; the interval is Student's t with ``df``."""

    estimate: float
    std_error: float
    df: float
    lower: float
    upper: float

    @classmethod
    def of(cls, value: float, variance: float, df: float, level: float) -> Estimate:
        """From a value and its variance."""
        from scipy.special import stdtrit

        error = math.sqrt(max(variance, 0.0))
        margin = float(stdtrit(df, 0.5 + level / 2)) * error
        return cls(float(value), error, float(df), float(value) - margin, float(value) + margin)


@dataclass(frozen=True, eq=False)
class SegmentedRegression:
    """A fitted segmented regression with p terms over m months, n of them used.

    coefficients (p,), covariance (p, p), df (p,), names (p,); rho of the errors (for
    Newey-West the residuals' own); sigma, the standard deviation of the errors (for counts
    the root of the dispersion); residuals (m,), NaN in masked months, Pearson's for counts;
    fitted (m,); y (m,); method, family, n, level, design. ``rho_parts``, two arrays (p, p)
    and (2, 2), is what Satterthwaite's rule needs for a contrast; None for other methods.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    df: np.ndarray
    names: tuple[str, ...]
    rho: float
    sigma: float
    residuals: np.ndarray
    fitted: np.ndarray
    y: np.ndarray
    method: str
    family: str
    n: int
    level: float
    design: Design
    rho_parts: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def durbin_watson(self) -> float:
        """Durbin-Watson statistic over neighbouring usable months; about 2 without autocorrelation."""
        return float(np.nansum(np.diff(self.residuals) ** 2) / np.nansum(self.residuals**2))

    @property
    def residual_autocorrelation(self) -> float:
        """Lag-1 autocorrelation of the residuals about the fitted line."""
        return lag_one(self.residuals)

    @property
    def near_unit_root(self) -> bool:
        """Is rho so near to 1 that a trend and a wandering series cannot be told apart?"""
        return self.rho > NEAR_UNIT_ROOT

    @property
    def method_name(self) -> str:
        """The method in the field's own term."""
        return METHODS[self.family][self.method]

    def contrast(self, weights: np.ndarray) -> Estimate:
        """A weighted sum of the coefficients, weights (p,), with its interval."""
        weights = np.asarray(weights, dtype=float)
        variance, df = weights @ self.covariance @ weights, self.df.min()
        if self.rho_parts is not None:
            by_rho, parameters = self.rho_parts
            df = _ar1.satterthwaite_df(np.array([variance]), weights @ by_rho @ weights, parameters)[0]
        return Estimate.of(weights @ self.coefficients, variance, df, self.level)

    def coefficient(self, name: str) -> Estimate:
        """One term by name. When rho is at its edge the intercept is not estimable: NaN."""
        if name not in self.names:
            raise ValueError(f"no term {name!r}; the terms are {', '.join(self.names)}.")
        if name == "intercept" and self.rho > _ar1.FLAT:
            return Estimate(*[math.nan] * 5)
        k = self.names.index(name)
        return Estimate.of(self.coefficients[k], self.covariance[k, k], self.df[k], self.level)

    def summary(self) -> pd.DataFrame:
        """One row a term: term, estimate, std_error, df, lower, upper; for counts also rate_ratio,
        rate_ratio_lower and rate_ratio_upper (of the intercept: the rate itself)."""
        import pandas as pd

        rows = [self.coefficient(name) for name in self.names]
        columns = {field.name: [getattr(row, field.name) for row in rows] for field in fields(Estimate)}
        if self.family == "quasi_poisson":
            ratios = {"rate_ratio": "estimate", "rate_ratio_lower": "lower", "rate_ratio_upper": "upper"}
            columns |= {new: np.exp(columns[old]) for new, old in ratios.items()}
        return pd.DataFrame({"term": self.names} | columns)

    def sentence(
        self, interruption: str, outcome: str, unit: str, *, behind: tuple[int, ...] = ()
    ) -> Sentence:
        """The change of level and slope at one interruption, in plain English.

        ``outcome`` names the series ("Delayed days a day"), ``unit`` what it is counted in.
        ``behind``: the counts of people or events before and after the change that the series
        rests on, for the small-number rule; a count model fills them in itself.
        """
        return change_sentence(self, interruption, outcome, unit, behind)


def segmented_regression(
    y: Any,
    design: Design,
    *,
    family: str = "gaussian",
    method: str = "reml_satterthwaite",
    level: float = 0.95,
    lags: int = 1,
) -> SegmentedRegression:
    """Change of level and slope of a monthly series at known breaks.

    Parameters
    ----------
    y : array or Series, shape (m,)
        One value for each month of the design. An indexed Series must have its months.
    design : Design
    family : {"gaussian", "quasi_poisson"}
        Quasi-Poisson takes whole counts and models their rate per ``design.offset``.
    method : str
        "reml_satterthwaite", "reml", "newey_west" or "ols"; for counts "glm" or "newey_west".
        All but the first use Student's t with n - p degrees of freedom.
    level : float
        Of every interval.
    lags : int
        Newey-West's lag; its variance carries n / (n - p), as Stata's ``newey`` does.

    Raises
    ------
    ValueError
        A value missing, not finite, or (counts) negative or fractional, by month; no event
        on a side of a break; a series without variation about the fitted line.
    NotImplementedError
        A family or a combination of family and method that is not there.

    Notes
    -----
    ``ols`` and ``glm`` are not for months that are alike: with 48 months and rho 0.4 a 95%
    least-squares interval for the level holds the truth about 82 times in 100.
    """
    if family not in METHODS:
        raise NotImplementedError(f"family {family!r} is not available; use {' or '.join(METHODS)}.")
    if method not in METHODS[family]:
        known = " or ".join(METHODS[family])
        raise NotImplementedError(f"family {family!r} is not fitted by method {method!r}; use {known}.")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, such as 0.95; it is {level}.")
    if family == "gaussian" and design.offset is not None:
        raise ValueError("an offset belongs to family 'quasi_poisson'; or divide the series by its exposure.")
    y, columns = _checked_series(y, design), design.columns()
    fit = _fit_gaussian if family == "gaussian" else fit_counts
    found = fit(y, np.column_stack(list(columns.values())), design, method, lags)
    chosen = {"method": method, "family": family, "level": level, "design": design}
    return SegmentedRegression(**found, **chosen, names=tuple(columns), y=y, n=int((~design.masked).sum()))


def _checked_series(y: Any, design: Design) -> np.ndarray:
    stamps = getattr(getattr(y, "index", None), "values", None)
    if getattr(stamps, "dtype", None) is not None and stamps.dtype.kind == "M":
        if not np.array_equal(stamps.astype("datetime64[M]"), design.months):
            raise ValueError("the series has other months than the design; select the same for both.")
    try:
        values = np.array(y, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("y holds something that is not a number; give one number a month.") from None
    if values.shape != design.months.shape:
        raise ValueError(f"y has shape {values.shape} for {len(design.months)} months; give one a month.")
    bad = ~np.isfinite(values) & ~design.masked
    if bad.any():
        where = month_name(design.months[bad][0])
        raise ValueError(f"y has no finite value in {where}; find it or mask the month, never write 0.")
    return values


def _fit_gaussian(y: np.ndarray, X: np.ndarray, design: Design, method: str, lags: int) -> dict[str, Any]:
    used, p = ~design.masked, X.shape[1]
    n = int(used.sum())
    coefficients = np.linalg.lstsq(X[used], y[used], rcond=None)[0]
    residuals = np.where(used, y - X @ coefficients, 0.0)
    rss = float(residuals @ residuals)
    if rss <= 1e-20 * (y[used] @ y[used]):
        raise ValueError("the line meets every month exactly (is the series constant?): no interval exists.")
    found = {"df": np.full(p, float(n - p)), "rho": 0.0, "sigma": math.sqrt(rss / (n - p))}
    if method.startswith("reml"):
        fit = _ar1.fit_ar1(y[used], X[used], np.flatnonzero(used))
        coefficients, parts = fit.coefficients, (fit.covariance_by_rho, fit.parameter_covariance)
        found |= {"covariance": fit.covariance, "rho": fit.rho, "sigma": math.sqrt(fit.sigma2)}
        if method == "reml_satterthwaite":
            df = _ar1.satterthwaite_df(np.diag(fit.covariance), np.diag(parts[0]), parts[1])
            found |= {"rho_parts": parts, "df": df}
    else:
        bread = np.linalg.inv(X[used].T @ X[used])
        found["covariance"] = bread * rss / (n - p)
        if method == "newey_west":
            covariance = newey_west(bread, X * residuals[:, None], n, lags)
            found |= {"covariance": covariance, "rho": lag_one(residuals)}
    fitted = X @ coefficients
    left = np.where(used, y - fitted, np.nan)
    return found | {"coefficients": coefficients, "fitted": fitted, "residuals": left}

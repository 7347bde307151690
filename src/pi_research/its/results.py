"""What a segmented regression found: one number, one series, or many series that share a design."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its import _ar1
from pi_research.its._integrated import RhoMixture
from pi_research.its._moments import bounds, implied_error, lag_one
from pi_research.its._words import change_sentence, many_sentence
from pi_research.its.design import Design

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.wording import Sentence

__all__ = ["METHODS", "Estimate", "SegmentedRegression", "SegmentedRegressions"]

_AR1 = "first-order autoregressive errors"
METHODS = {
    "ols": "ordinary least squares",
    "newey_west": "least squares with Newey-West standard errors",
    "prais_winsten": "Prais-Winsten regression",
    "reml": f"REML with {_AR1}",
    "reml_satterthwaite": f"REML with {_AR1}, Satterthwaite degrees of freedom",
    "reml_kenward_roger": f"REML with {_AR1}, Kenward-Roger",
    "reml_integrated": f"REML with {_AR1}, the autocorrelation integrated out of the interval",
    "arima": "ARIMA(1,0,0) regression by maximum likelihood",
}
NEAR_UNIT_ROOT = 0.98


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with its uncertainty, all floats; the interval is Student's t with ``df``. Where the
    autocorrelation is integrated out it is that of a mixture of such t, and need not lie evenly about the
    estimate: std_error is then that of Student's t interval of the same width."""

    estimate: float
    std_error: float
    df: float
    lower: float
    upper: float

    @classmethod
    def of(cls, value: float, variance: float, df: float, level: float) -> Estimate:
        """From a value and its variance."""
        error = math.sqrt(max(variance, 0.0))
        return cls(float(value), error, float(df), *map(float, bounds(value, error, df, level)))

    @classmethod
    def within(cls, value: float, limits: np.ndarray, df: float, level: float) -> Estimate:
        """From a value and its lower and upper limit."""
        lower, upper = map(float, limits)
        return cls(float(value), float(implied_error(lower, upper, df, level)), float(df), lower, upper)


@dataclass(frozen=True, eq=False)
class SegmentedRegression:
    """A fitted segmented regression with p terms over m months, n of them used.

    coefficients (p,), covariance (p, p), df (p,), names (p,); rho of the errors (for
    Newey-West the residuals' own); sigma, the standard deviation of the errors (for counts
    the root of the dispersion); residuals (m,), NaN in masked months, Pearson's for counts;
    fitted (m,); y (m,); method, family, n, level, design. ``rho_parts``, (p, p), (p, p) and
    (2, 2), is what Satterthwaite's rule needs for a contrast, ``mixture`` what the default
    integrates over: its coefficients and covariance are REML's, only the intervals differ.
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
    rho_parts: tuple[np.ndarray, ...] | None = None
    mixture: RhoMixture | None = None

    @property
    def durbin_watson(self) -> float:
        """Durbin-Watson statistic over neighbouring usable months; about 2 without autocorrelation."""
        return float(np.nansum(np.diff(self.residuals) ** 2) / np.nansum(self.residuals**2))

    @property
    def residual_autocorrelation(self) -> float:
        """Lag-1 autocorrelation of the residuals about the fitted line."""
        return float(lag_one(self.residuals))

    @property
    def near_unit_root(self) -> bool:
        """Is rho so near to 1 that a trend and a wandering series cannot be told apart?"""
        return self.rho > NEAR_UNIT_ROOT

    @property
    def method_name(self) -> str:
        """The method in the field's own term."""
        return METHODS[self.method]

    @property
    def weighs_by_rho(self) -> bool:
        """Are the coefficients those of generalised least squares at rho?"""
        return self.method not in ("ols", "newey_west", "glm")

    def contrast(self, weights: np.ndarray, *, averaged: bool = False) -> Estimate:
        """A weighted sum of the coefficients, weights (p,), with its interval; ``averaged``: of an
        effect over months, which the default calibrates by itself."""
        weights = np.asarray(weights, dtype=float)
        value = float(weights @ self.coefficients)
        if self.mixture is not None:
            limits = self.mixture.contrast(weights, self.level, averaged=averaged)[:, 0]
            return Estimate.within(value, limits, self.df.min(), self.level)
        df = self.df.min()
        if self.rho_parts is not None:
            model, by_rho, parameters = self.rho_parts
            variance = np.array([weights @ model @ weights])
            df = _ar1.satterthwaite_df(variance, weights @ by_rho @ weights, parameters)[0]
        return Estimate.of(value, weights @ self.covariance @ weights, df, self.level)

    def coefficient(self, name: str) -> Estimate:
        """One term by name. When rho is at its edge the intercept is not estimable: NaN."""
        if name not in self.names:
            raise ValueError(f"no term {name!r}; the terms are {', '.join(self.names)}.")
        if name == "intercept" and self.rho > _ar1.FLAT:
            return Estimate(*[math.nan] * 5)
        return self.contrast(np.eye(len(self.names))[self.names.index(name)])

    def summary(self) -> pd.DataFrame:
        """One row a term: term, estimate, std_error, df, lower, upper."""
        import pandas as pd

        rows = [self.coefficient(name) for name in self.names]
        columns = {field.name: [getattr(row, field.name) for row in rows] for field in fields(Estimate)}
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


@dataclass(frozen=True, eq=False)
class SegmentedRegressions:
    """k series fitted by one method under one design with p terms, n months used of each.

    coefficients, std_error, df, lower, upper (k, p), as :class:`Estimate` has them; rho and sigma (k,);
    names (p,); method, level, n, design. Of the intercept of a series with rho at its edge: NaN.
    """

    coefficients: np.ndarray
    std_error: np.ndarray
    df: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    rho: np.ndarray
    sigma: np.ndarray
    names: tuple[str, ...]
    method: str
    level: float
    n: int
    design: Design

    @property
    def near_unit_root(self) -> np.ndarray:
        """Of each series, as :attr:`SegmentedRegression.near_unit_root`; (k,), bool."""
        return self.rho > NEAR_UNIT_ROOT

    def summary(self) -> pd.DataFrame:
        """One row a series and term: series (from 0), term, estimate, std_error, df, lower, upper."""
        import pandas as pd

        k, p = self.coefficients.shape
        columns = {"series": np.repeat(np.arange(k), p), "term": list(self.names) * k}
        columns |= {"estimate": self.coefficients}
        columns |= {name: getattr(self, name) for name in ("std_error", "df", "lower", "upper")}
        return pd.DataFrame({name: np.ravel(values) for name, values in columns.items()})

    def sentence(self, interruption: str) -> Sentence:
        """In how many of the series the intervals show a change at one interruption."""
        return many_sentence(self, interruption, METHODS[self.method])

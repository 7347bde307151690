"""Cox's partial likelihood, plain or with Firth's penalty, and its profile.

No library fits the penalised form to (start, stop] rows, so this is our own: terms by rows in one
matrix, a block at a time where that is large.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pi_research.survival._cox_data import CoxData

BLOCK, KEPT, MOST = 4_000_000, 20_000_000, 1_000_000_000  # terms times rows
FAR = 50.0  # log hazard ratio across a covariate's range: a limit beyond is none


class Partial:
    """The log partial likelihood of ``data``, covariates in standard deviations from their mean.

    A term of the product is an event time of a stratum (Breslow, with as many powers as deaths) or one
    death (Efron, each death of the l-th of d tied terms in the risk set by 1 - l/d). ``penalty`` 1/2 adds
    half the log determinant of the information I (Firth, Biometrika 80 (1993) 27-38; Heinze and Schemper,
    Biometrics 57 (2001) 114-119); its gradient is ``tr(I^-1 dI)/2`` with dI the third central moments.
    """

    def __init__(self, data: CoxData, ties: str, penalty: float) -> None:
        self.data, self.penalty = data, penalty
        self.scale = data.x.std(axis=0)
        self.x = (data.x - data.x.mean(axis=0)) / self.scale
        self.squares = (self.x[:, :, None] * self.x[:, None, :]).reshape(len(self.x), -1)
        self.entry = np.full(data.time.size, -np.inf) if data.entry is None else data.entry
        where = np.column_stack([data.stratum[data.event], data.time[data.event]])
        places, deaths = np.unique(where, axis=0, return_counts=True)
        self.stratum, self.at, self.power, self.share = *places.T, deaths.astype(float), np.zeros(len(places))
        if ties == "efron" and deaths.max() > 1:
            self.stratum, self.at = np.repeat(places, deaths, axis=0).T
            self.share = np.concatenate([np.arange(d) / d for d in deaths])
            self.power = np.ones(self.at.size)
        size = self.at.size * self.entry.size
        if size > MOST:
            raise ValueError(f"time: {self.at.size:,} events by {self.entry.size:,} rows are too many for a "
                             "penalised fit or a profile interval; with so many the plain fit does as well")
        self._kept = list(self._risk_sets()) if size <= KEPT else None

    def _risk_sets(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Share of each row in each term's risk set (terms, n), and the terms' powers, by blocks."""
        d = self.data
        for rows in np.array_split(np.arange(self.at.size), 1 + self.at.size * d.time.size // BLOCK):
            t = self.at[rows, None]
            inside = (self.entry < t) & (d.time >= t) & (d.stratum == self.stratum[rows, None])
            dying = inside & d.event & (d.time == t) & (self.share[rows, None] > 0)
            yield inside - self.share[rows, None] * dying, self.power[rows]

    def _shares(self, beta: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
        """By blocks: powers, totals, each row's share of a term's risk (terms, n), mean covariates."""
        eta = self.x @ beta
        risk = np.exp(eta - eta.max())
        for sets, power in self._kept or self._risk_sets():
            weighted = sets * risk
            total = weighted.sum(axis=1)
            share = weighted / total[:, None]
            yield power, total, share, share @ self.x

    def __call__(self, beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        """Log likelihood, its gradient (p,), the unpenalised information I (p, p), and dI (p, p, p)."""
        p, eta = beta.size, self.x @ beta
        value = float((eta - eta.max())[self.data.event].sum())
        score = self.x[self.data.event].sum(axis=0)
        info, third = np.zeros((p, p)), np.zeros((p, p, p))
        for power, total, share, mean in self._shares(beta):
            value -= power @ np.log(total)
            weight = power @ share
            score -= power @ mean
            info += (weight @ self.squares).reshape(p, p) - (mean.T * power) @ mean
            if self.penalty:
                cross = ((share @ self.squares).T @ (power[:, None] * mean)).reshape(p, p, p)
                third += (self.squares.T @ (weight[:, None] * self.x)).reshape(p, p, p)
                third -= cross + cross.transpose(0, 2, 1) + cross.transpose(2, 0, 1)
                third += 2 * ((mean[:, :, None] * mean[:, None, :]).reshape(-1, p * p).T
                              @ (power[:, None] * mean)).reshape(p, p, p)
        if self.penalty:
            sign, log_det = np.linalg.slogdet(info)
            if sign <= 0 or not np.isfinite(log_det):
                return -np.inf, score, info, third
            value += self.penalty * log_det
            score = score + self.penalty * np.einsum("jk,jkl->l", np.linalg.inv(info), third)
        return value, score, info, third

    def curvature(self, beta: np.ndarray, info: np.ndarray, third: np.ndarray) -> np.ndarray:
        """Minus the second derivatives (p, p): the penalty's are ``tr(V d2I)/2 - tr(V dI V dI)/2``, V = 1/I.

        d2I sums the fourth cumulants of the covariates in each term's risk set.
        """
        if not self.penalty:
            return info
        p, v = beta.size, np.linalg.inv(info)
        xv = self.x @ v
        bent = np.zeros((p, p))
        for power, _, share, mean in self._shares(beta):
            far = (xv * self.x).sum(axis=1) - 2 * mean @ xv.T + ((mean @ v) * mean).sum(axis=1)[:, None]
            far *= share * power[:, None]
            spread, cross = far.sum(axis=1), (far @ self.x).T @ mean
            bent += self.x.T @ (far.sum(axis=0)[:, None] * self.x) - cross - cross.T
            bent += (mean.T * spread) @ mean
            within = (share @ self.squares).reshape(-1, p, p) - mean[:, :, None] * mean[:, None, :]
            bent -= np.tensordot(spread, within, 1)
            bent -= 2 * np.tensordot(power, within @ v @ within, 1)
        turned = np.einsum("ij,jkl->ikl", v, third)
        return info - self.penalty * (bent - np.einsum("ikl,kim->lm", turned, turned))

    def maximum(self, start: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, float]:
        """Newton's method over the ``free`` coefficients, the others held; steps halved on the way up."""
        beta = start.copy()
        value, score, info, third = self(beta)
        within = np.ix_(free, free)
        for _ in range(100 if free.size else 0):
            step = _uphill(self.curvature(beta, info, third)[within], info[within], score[free])
            step /= max(1.0, np.abs(step).max() / 2)
            for _ in range(30):
                tried = beta.copy()
                tried[free] += step
                made = self(tried)
                if made[0] >= value - 1e-10:
                    break
                step /= 2
            beta, (value, score, info, third) = tried, made
            if np.abs(step).max() < 1e-11 * (1 + np.abs(beta).max()):
                break
        return beta, value

    def best(self) -> np.ndarray:
        """The estimate (p,), a unit of each covariate."""
        p = self.scale.size
        return self.maximum(np.zeros(p), np.arange(p))[0] / self.scale

    def logliks(self, beta: np.ndarray) -> np.ndarray:
        """Log likelihood (2,) at 0 and at ``beta``, the information in the covariates' own units."""
        units = 2 * self.penalty * np.log(self.scale).sum()
        return np.array([self(0 * beta)[0], self(beta * self.scale)[0]]) + units

    def profile(
        self, beta: np.ndarray, level: float, widened: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Limits and likelihood ratio p-values (p,); the fall to a limit is ``widened`` chi-squared / 2."""
        from scipy.stats import chi2

        p = beta.size
        best, top = self.maximum(beta * self.scale, np.arange(p))
        falls = chi2.ppf(level, 1) / 2 * widened
        lower, upper = (np.array([self.limit(best, top, j, side, falls[j]) for j in range(p)])
                        for side in (-1, 1))
        without = [self.maximum(np.where(np.arange(p) == j, 0, best), np.delete(np.arange(p), j))[1]
                   for j in range(p)]
        return lower, upper, chi2.sf(2 * (top - np.array(without)) / widened, 1)

    def limit(self, best: np.ndarray, top: float, j: int, side: int, fall: float) -> float:
        """Where the profile of coefficient ``j`` has come down by ``fall`` below ``top``, on one side.

        Newton on the signed root of the fall, which is nearly straight, within a bracket.
        """
        others = np.delete(np.arange(best.size), j)
        error = np.sqrt(np.linalg.inv(self.curvature(best, *self(best)[2:]))[j, j])
        inner, outer, far = best[j], side * np.inf, FAR / np.ptp(self.x[:, j])
        beta, at = best.copy(), best[j] + side * error * np.sqrt(2 * fall)
        for _ in range(100):
            beta[j] = at
            beta, value = self.maximum(beta, others)
            down = max(top - value, 1e-300)
            inner, outer = (at, outer) if down < fall else (inner, at)
            slope = -self(beta)[1][j] / np.sqrt(down) / 2
            new = at - (np.sqrt(down) - np.sqrt(fall)) / slope if slope else np.nan
            if not min(inner, outer) <= new <= max(inner, outer):
                new = (inner + outer) / 2 if np.isfinite(outer) else at + side * 2 * abs(at - best[j])
            if abs(new - best[j]) > far:
                return side * np.inf
            if abs(new - at) < 1e-11 * (1 + abs(at)):
                return new / self.scale[j]
            at = new
        return new / self.scale[j]


def jackknife(data: CoxData, ties: str) -> np.ndarray:
    """Covariance (p, p) of the penalised estimates, each cluster left out in turn."""
    clusters = int(data.cluster.max()) + 1
    made = np.array([_without(data, data.cluster != g, ties) for g in range(clusters)])
    away = made - made.mean(axis=0)
    return (clusters - 1) / clusters * away.T @ away


def _without(data: CoxData, kept: np.ndarray, ties: str) -> np.ndarray:
    left = replace(data, time=data.time[kept], event=data.event[kept], x=data.x[kept],
                   entry=None if data.entry is None else data.entry[kept],
                   strata=None if data.strata is None else data.strata[kept])
    alone = [name for name, span in zip(data.names, np.ptp(left.x, axis=0), strict=True) if span == 0]
    if alone or not left.event.any():
        raise ValueError(f"cluster: one cluster alone has {', '.join(map(repr, alone)) or 'the events'}, so "
                         "no error can be made of how clusters differ; fit without cluster")
    return Partial(left, ties, 0.5).best()


def _uphill(curvature: np.ndarray, information: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Newton's step; with the information instead where the surface is not concave."""
    try:
        np.linalg.cholesky(curvature)
        return np.linalg.solve(curvature, score)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(information, score, rcond=None)[0]

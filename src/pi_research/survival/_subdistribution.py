"""Fine and Gray's estimator in running sums, as ``cmprsk::crr``; and by weighted rows, as ``finegray()``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pi_research.survival._cox_data import CoxData, engine_fit, model_variance, refuse_without_end
from pi_research.survival._risk_set import ROUNDING

Fit = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # coefficients, covariance, times, hazard


class _People:
    """People in order of time: ``z`` (n, p) less ``mean``; ``hit`` their place among the distinct ``time``.

    ``free`` (k,) is G(t-), the share not yet censored just before each time.
    """

    def __init__(self, data: CoxData, codes: np.ndarray) -> None:
        order = np.argsort(data.time, kind="stable")
        self.mean = data.x.mean(axis=0)
        self.z = (data.x - self.mean)[order]
        self.own = data.event[order]
        self.other = (codes[order] > 0) & ~self.own
        self.lost = codes[order] == 0
        self.time, self.first, self.hit = np.unique(data.time[order], return_index=True, return_inverse=True)
        self.at_risk = order.size - self.first
        self.censored = np.bincount(self.hit, self.lost)
        self.free = np.append(1.0, np.cumprod(1 - self.censored / self.at_risk)[:-1])
        self.keep = 1 / self.free[self.hit]  # weight of a competing event later on, but for G(t-)
        self.events = np.bincount(self.hit, self.own)

    def totals(self, values: np.ndarray) -> np.ndarray:
        """Weighted sums (k, ...) of ``values`` (n, ...) over each time's subdistribution risk set."""
        flat = values.reshape(len(values), -1)
        still = flat[::-1].cumsum(axis=0)[::-1][self.first]
        ended = np.where(self.other[:, None], flat * self.keep[:, None], 0).cumsum(axis=0)
        ended = np.vstack([np.zeros(flat.shape[1]), ended])[self.first]
        return (still + self.free[:, None] * ended).reshape(-1, *values.shape[1:])

    def per_time(self, values: np.ndarray) -> np.ndarray:
        """Plain sums (k, p) of ``values`` (n, p) at each time."""
        return np.stack([np.bincount(self.hit, v, minlength=self.time.size) for v in values.T], axis=1)


def by_crr(data: CoxData, codes: np.ndarray) -> Fit:
    """Newton's method on the weighted partial likelihood (Breslow ties), and its sandwich."""
    people = _People(data, codes)
    z, d = people.z, people.events
    squares, scale = z[:, :, None] * z[:, None, :], z.std(axis=0)
    beta, before, null = np.zeros(z.shape[1]), -np.inf, None
    for turn in range(50):
        risk = np.exp(z @ beta)
        total = people.totals(risk)
        mean = people.totals(risk[:, None] * z) / total[:, None]
        spread = people.totals(risk[:, None, None] * squares) / total[:, None, None]
        info = np.tensordot(d, spread - mean[:, :, None] * mean[:, None, :], 1)
        score = z[people.own].sum(axis=0) - d @ mean
        value = (z @ beta)[people.own].sum() - d @ np.log(total)
        info[np.abs(info) <= ROUNDING * d.sum() * np.outer(scale, scale)] = 0.0
        inverse = np.linalg.pinv(info)
        null = inverse if turn == 0 else null
        step = inverse @ score
        if np.abs(step * scale).max() < 1e-11 or abs(value - before) <= 1e-15 * abs(value):
            break
        before, beta = value, beta + np.clip(step, -2 / scale, 2 / scale)
    refuse_without_end(data, (beta, inverse, score), lambda: null, remedy="")
    jump = d / total
    residual = _residuals(people, risk, mean, jump)
    happened = d > 0
    hazard = jump[happened].cumsum() * np.exp(-people.mean @ beta)
    return beta, inverse @ (residual.T @ residual) @ inverse, people.time[happened], hazard


def _residuals(people: _People, risk: np.ndarray, mean: np.ndarray, jump: np.ndarray) -> np.ndarray:
    """Influence (n, p) on the score, with what each person tells about G (Fine and Gray 1999, section 3).

    Where a person's time equals another's: G's own jump at u counts for competing events before u and
    events from u on.
    """
    z, hit = people.z, people.hit
    moved = mean * jump[:, None]
    own = -risk[:, None] * (z * jump.cumsum()[hit, None] - moved.cumsum(axis=0)[hit])
    own[people.own] += z[people.own] - mean[hit[people.own]]
    weighted, drawn = people.free * jump, people.free[:, None] * moved
    to_come, drawn_to_come = (v[::-1].cumsum(axis=0)[::-1] for v in (weighted, drawn))
    later, drawn_later = to_come - weighted, drawn_to_come - drawn
    kept = np.where(people.other, risk * people.keep, 0.0)[:, None]
    own -= kept * (z * later[hit, None] - drawn_later[hit])
    ended, ended_z = (v.cumsum(axis=0) - v for v in (people.per_time(kept), people.per_time(kept * z)))
    pulled = (ended_z * to_come[:, None] - ended * drawn_to_come) / people.at_risk[:, None]
    censoring = np.cumsum(pulled * (people.censored / people.at_risk)[:, None], axis=0)
    return own - censoring[hit] + np.where(people.lost[:, None], pulled[hit], 0.0)


def by_finegray(data: CoxData, codes: np.ndarray) -> Fit:
    """Rows of those who ended for another cause go on, with falling weights; a Cox fit, robust by person."""
    import pandas as pd
    import survival

    rows = replace(data, cluster=np.arange(data.time.size))
    if ((codes > 0) & ~data.event).any():
        kind = np.where(data.event, 2, codes > 0)
        state = pd.Series(pd.Categorical.from_codes(kind, ["censored", "other", "own"]))
        frame = {"time": data.time.tolist(), "state": state, "row": list(range(data.time.size))}
        made = survival.finegray("Surv(time, state) ~ row", frame, etype="own", timefix=False)
        row = np.array(made["row"])
        rows = CoxData(np.array(made["fgstop"]), np.array(made["fgstart"]), np.array(made["fgstatus"]) == 1,
                       data.x[row], data.names, None, (), np.array(made["fgwt"]), row)
    fit = engine_fit(rows, "efron")
    beta = np.array(fit.coefficients, dtype=float)
    refuse_without_end(rows, (beta, model_variance(fit), np.array(fit.fit.first)),
                       lambda: model_variance(engine_fit(rows, "efron", np.zeros(beta.size))), remedy="")
    baseline = survival.basehaz(fit, centered=False)
    return beta, np.array(fit.var), np.array(baseline.time), np.array(baseline.hazard)

"""What a series could show: power, and the smallest change that would be seen.

By simulation of the default method on the design itself, so that season, Covid, wash-out and every other term
cost what they cost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its import _simulated
from pi_research.its._checks import month_name, no_control
from pi_research.its._counts import log_exposure
from pi_research.its._simulated import EDGE
from pi_research.its._words import level_words
from pi_research.its.counterfactual import counterfactual
from pi_research.its.design import Design
from pi_research.its.results import SegmentedRegression
from pi_research.wording import Number, Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

METHOD = "reml_integrated"
OFTEN = {0.5: "one time in two", 0.8: "four times in five", 0.9: "nine times in ten"}


@dataclass(frozen=True, eq=False)
class DetectableChange:
    """The smallest change of one term that is seen with a given power.

    change in the unit of sigma (slope: a month), for counts the logarithm of the rate ratio; NaN where no
    change up to a ratio of 20 reaches the power. analytic, the same by normal theory with rho known.
    power_there, the power simulated at the change by series of their own, and false_alarms, how often their
    interval leaves out no change where there is none, in either direction. change_error and power_error are
    Monte Carlo errors. curve (g, 2): changes and their power. n months used, months_after of them from the
    break on. What was simulated: family, sigma, rho, dispersion, mean (the average count a month before the
    break), size series from seed; fitted, whether these came from a fitted result.
    """

    design: Design
    interruption: str
    term: str
    change: float
    change_error: float
    analytic: float
    power: float
    power_there: float
    power_error: float
    false_alarms: float
    curve: np.ndarray
    n: int
    months_after: int
    family: str
    sigma: float
    rho: float
    dispersion: float
    mean: float
    level: float
    size: int
    seed: int
    fitted: bool = False

    def summary(self) -> pd.DataFrame:
        """One row a change of the curve: change, power, power_error, for counts also rate_ratio."""
        import pandas as pd

        change, power = self.curve.T
        error = np.sqrt(power * (1 - power) / self.size)
        made = pd.DataFrame({"change": change, "power": power, "power_error": error})
        return made if self.family == "gaussian" else made.assign(rate_ratio=np.exp(change))

    def sentence(self, outcome: str, unit: str, *, behind: tuple[int, ...] = ()) -> Sentence:
        """What could be seen, in plain words; ``behind``: the counts of people or events before and after
        that a fitted result rests on, for the small-number rule."""
        what = "trend" if self.term == "slope" else "level" if self.family == "gaussian" else "rate"
        often = OFTEN.get(self.power, f"{100 * self.power:g} times in 100")
        verb = "could have shown" if self.fitted else "could show"
        if np.isfinite(self.change):
            said = f"{verb} {{way}} of {what} of {{size}} or more {often}"
        else:
            said = f"would not show {{way}} of {what} {often}, however large"
        made = sentence(
            "{outcome}: {n} months, {after} of them from {month} on ({name}), " + said + " ({level} interval "
            "of the default method; were the autocorrelation known, {analytic}). A smaller change may be "
            "there and not be seen.",
            outcome=outcome, month=month_name(self.design.interruption(self.interruption).start),
            name=self.interruption, level=level_words(self.level), way=self._way(),
            n=count(self.n, people=False), after=count(self.months_after, people=False),
            size=self._size(self.change, unit, behind), analytic=self._size(self.analytic, unit, behind),
        )  # fmt: skip
        return joined(made, self._about(unit, behind))

    def _way(self) -> str:
        if self.family == "gaussian":
            return "a change"
        return "a fall" if self.analytic < 0 else "a rise"

    def _size(self, change: float, unit: str, behind: tuple[int, ...]) -> Number:
        month = " a month" if self.term == "slope" else ""
        if self.family != "gaussian":
            share, fine = abs(np.expm1(change)), int(self.term == "slope")
            return number(share, style="percent", digits=fine, unit=month.strip(), behind=behind)
        return number(abs(change), digits=_digits(self.analytic / 20), unit=unit + month, behind=behind)

    def _about(self, unit: str, behind: tuple[int, ...]) -> Sentence:
        spread = (
            "months vary about the line by {sigma} {unit} (standard deviation)"
            if self.family == "gaussian"
            else "{mean} {unit} a month before, with {dispersion} times the variance of Poisson counts"
        )
        known = np.isfinite(self.change)
        there = "the power there is {power} (Monte Carlo error {error}), and " if known else ""
        return sentence(
            "Taken for granted: " + spread + ", and an autocorrelation of {rho}. By {size} simulated series; "
            "in others " + there + "a change is found in {alarms} where there is none.",
            unit=unit, sigma=number(self.sigma, digits=_digits(self.sigma / 10), behind=behind),
            mean=number(self.mean, digits=1, behind=behind), dispersion=number(self.dispersion, digits=1),
            rho=number(self.rho, digits=2), size=count(self.size, people=False),
            power=number(self.power_there, style="percent", digits=1),
            error=number(self.power_error, style="percent", digits=1),
            alarms=number(self.false_alarms, style="percent", digits=1),
        )  # fmt: skip


def detectable_change(
    design: Design,
    interruption: str,
    *,
    seed: int,
    term: str = "level",
    family: str = "gaussian",
    sigma: float = 1.0,
    rho: float = 0.0,
    mean: Any = None,
    dispersion: float = 1.0,
    fall: bool = True,
    power: float = 0.8,
    level: float = 0.95,
    size: int | None = None,
) -> DetectableChange:
    """The smallest change that a planned series would show, and its power.

    Parameters
    ----------
    design : Design
        The months there will be, with the terms that will be fitted; counts take their exposure from it.
    interruption, term : str, {"level", "slope"}
        Whose change.
    seed : int
    size : int, optional
        Number of simulated series: by default 4,000; of counts 500, each fitted some six times at 12 ms.
    family : {"gaussian", "quasi_poisson"}
    sigma : float
        Gaussian: the standard deviation of a month about the line.
    rho : float
        First-order autocorrelation of the months about the line, within 0.98 of 0.
    mean : float or array, shape (m,)
        Counts: expected a month without the change, on average before it (then in proportion to the
        exposure), or of each month.
    dispersion : float
        Counts: their variance in units of Poisson's, 1 or more.
    fall : bool
        Whether the change is a fall: of few counts a fall is harder to see than a rise. A Gaussian series
        shows either alike.
    power, level : float

    Raises
    ------
    ValueError
        A term that the interruption does not allow; a parameter outside its limits; counts without a mean.

    Notes
    -----
    "Seen": the interval lies wholly on the side of the change. An interval of a Gaussian series moves with
    the change, so that one set of series gives every power. Counts are drawn by a Gaussian copula whose
    normal scores hang together so that counts at the mean correlate by rho; a series without events on a side
    shows nothing. Not for the change that a series was seen to have: the power at one's own estimate is its
    p-value again.
    """
    no_control(design)
    columns, item = design.columns(), design.interruption(interruption)
    name = f"{term}_change[{interruption}]"
    if name not in columns:
        raise ValueError(f"term {term!r} is no change of interruption {interruption!r}; use level or slope.")
    size = size or (4000 if family == "gaussian" else 500)
    _checked(design, family, mean, sigma=sigma, rho=rho, dispersion=dispersion, power=power, level=level,
             size=size)  # fmt: skip
    used, at = ~design.masked, list(columns).index(name)
    X, times = np.column_stack(list(columns.values())), np.flatnonzero(used)
    before, sign = used & (design.months < item.start), -1.0 if fall else 1.0
    counted = family != "gaussian"
    expected = _expected(mean, design, item.start) if counted else np.full(len(X), np.nan)
    root = np.sqrt(expected[used] / dispersion)[:, None] if counted else 1 / sigma
    error = np.sqrt(_simulated.covariance(root * X[used], times, rho)[at, at])
    start = float(sign * error * _simulated.seen(len(times) - X.shape[1], power, level))
    study = _simulated.Study(X, used, at, rho, level, size, seed)
    if counted:
        found = study.counts(log_exposure(design), expected, dispersion, power, start)
    else:
        found = study.gaussian(sigma, power, sign)
    return DetectableChange(
        design, interruption, term, **found, analytic=start, power=power, n=len(times),
        months_after=int(used.sum() - before.sum()), family=family, sigma=float(sigma), rho=float(rho),
        dispersion=float(dispersion), mean=float(expected[before].mean()), level=level, size=size, seed=seed,
    )  # fmt: skip


def detectable_change_of(
    result: SegmentedRegression, interruption: str, *, seed: int, **asked: Any
) -> DetectableChange:
    """The smallest change that a fitted series could have shown, from what its months showed of themselves.

    Parameters
    ----------
    result : SegmentedRegression or CountRegression
        Fitted by the default method: its design, sigma or dispersion, rho, and for counts the counts expected
        without the interruption.
    interruption, seed : str, int
    **asked : term, fall, power, level, size
        As in :func:`detectable_change`.

    Raises
    ------
    ValueError
        As :func:`detectable_change`; a result of another method.

    Notes
    -----
    Its answer is about a series like this one, not about the change that this one was estimated to have.
    Short series hide a high rho, so that the answer is a little hopeful. A rho beyond 0.98 is taken as 0.98
    with the same steps from month to month.
    """
    if result.mixture is None:
        raise ValueError(f"the result is by method {result.method!r}; give one by {METHOD!r}.")
    rho = float(np.clip(result.rho, -EDGE, EDGE))
    wide = result.sigma * np.sqrt((1 - result.rho**2) / (1 - rho**2))
    if result.family == "gaussian":
        known = {"sigma": float(wide)}
    else:
        mean = counterfactual(result, interruption).expected
        used = ~result.design.masked
        spread = float(wide**2 * (1 + result.alpha * mean[used]).mean())
        known = {"family": "quasi_poisson", "mean": mean, "dispersion": max(1.0, spread)}
    made = detectable_change(result.design, interruption, seed=seed, rho=rho, **known, **asked)
    return replace(made, fitted=True)


def _expected(mean: Any, design: Design, start: np.datetime64) -> np.ndarray:
    """Expected counts of each month (m,) without the change."""
    if np.ndim(mean):
        return np.asarray(mean, dtype=float)
    exposure = np.ones(len(design.months)) if design.offset is None else design.offset
    return float(mean) * exposure / exposure[~design.masked & (design.months < start)].mean()


def _checked(design: Design, family: str, mean: Any, **given: float) -> None:
    if family not in ("gaussian", "quasi_poisson"):
        raise ValueError(f"family {family!r} is not simulated; use gaussian or quasi_poisson.")
    bounds = {"sigma": (0, np.inf), "rho": (-EDGE, EDGE), "dispersion": (1, np.inf), "power": (0.05, 0.99),
              "level": (0.5, 0.999), "size": (50, 10**6)}  # fmt: skip
    for name, value in given.items():
        low, high = bounds[name]
        if not low <= value <= high or (name == "sigma" and value == 0):
            limits = f"be {low} or more" if high == np.inf else f"lie between {low} and {high}"
            raise ValueError(f"{name} is {value}; it must {limits if name != 'sigma' else 'be above 0'}.")
    if family == "gaussian":
        return
    values = np.asarray(np.nan if mean is None else mean, dtype=float)
    if values.shape not in ((), design.months.shape) or not (np.isfinite(values) & (values > 0)).all():
        raise ValueError("mean: counts need the count expected in a month, above 0, or one for each month.")


def _digits(error: float) -> int:
    return int(np.clip(-np.floor(np.log10(abs(error))), 0, 6)) if error else 0

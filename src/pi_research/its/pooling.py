"""Many areas, each with its own series and start: what happened on average, and in a new area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its import _ar1
from pi_research.its._counts import log_exposure, weighted_rows, working
from pi_research.its._words import interval_numbers, level_words, verdict
from pi_research.its.design import Design, Interruption
from pi_research.its.regression import segmented_regression
from pi_research.its.results import Estimate, SegmentedRegression
from pi_research.numerics.random_effects import RandomEffects, random_effects
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 12  # usable months, below which the interval of a single series was not studied
NAME = "the programme"


@dataclass(frozen=True, eq=False)
class PooledAreas:
    """k areas, each analysed by itself, and their changes pooled.

    fits, the regression of each area by name; pooled, of each term the random effects (logarithms for
    counts); errors (k,) by term, the standard errors that the pooling weighs by, at rho, the one
    autocorrelation that suits all areas best (NaN for a method without one); set_aside, area and reason;
    level.
    """

    interruption: str
    fits: dict[str, SegmentedRegression]
    pooled: dict[str, RandomEffects]
    errors: dict[str, np.ndarray]
    rho: float
    set_aside: dict[str, str]
    level: float

    @property
    def near_unit_root(self) -> list[str]:
        """Areas in which a trend cannot be told from a series that wanders; they are kept."""
        return [area for area, fit in self.fits.items() if fit.near_unit_root]

    def areas(self) -> pd.DataFrame:
        """One row an area and term: area, term, months_before, months_after, estimate, lower, upper of its
        own analysis, pooling_error, weight (share of the pooled), shrunken, shrunken_lower, shrunken_upper,
        rho, near_unit_root."""
        import pandas as pd

        parts = []
        for term, found in self.pooled.items():
            own = [fit.coefficient(term) for fit in self.fits.values()]
            sides = np.array([_sides(fit.design, self.interruption) for fit in self.fits.values()])
            limits = found.shrunken_limits()
            parts.append(pd.DataFrame({
                "area": list(self.fits), "term": term,
                "months_before": sides[:, 0], "months_after": sides[:, 1],
                **{name: [getattr(one, name) for one in own] for name in ("estimate", "lower", "upper")},
                "pooling_error": self.errors[term], "weight": found.weight, "shrunken": found.shrunken,
                "shrunken_lower": limits.lower, "shrunken_upper": limits.upper,
                "rho": [fit.rho for fit in self.fits.values()],
                "near_unit_root": [fit.near_unit_root for fit in self.fits.values()],
            }))  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> pd.DataFrame:
        """One row a term: term, and the columns of :meth:`RandomEffects.summary`."""
        import pandas as pd

        return pd.concat([found.summary().assign(term=term) for term, found in self.pooled.items()],
                         ignore_index=True).pipe(lambda d: d[["term", *d.columns.drop("term")]])  # fmt: skip

    def sentence(self, outcome: str, unit: str, *, behind: tuple[int, ...] = ()) -> Sentence:
        """The pooled changes with their interval, the spread between areas, and who was set aside.

        ``behind``: people or events before and after, over all areas; filled in from counts.
        """
        first, made = next(iter(self.fits.values())), []
        ratio = first.family != "gaussian"
        if ratio and not behind:
            behind = _events(self.fits.values(), self.interruption)
        for term, found in self.pooled.items():
            one = Estimate(found.estimate, found.std_error, found.df, found.lower, found.upper)
            low, high = found.prediction()
            new = Estimate(found.estimate, found.std_error, found.df, low, high)
            numbers = interval_numbers("one", one, behind, ratio) | interval_numbers(
                "new", new, behind, ratio
            )
            wide = (
                f"; in one more such area it would lie between {{new_low}} and {{new_high}} ({verdict(new)})"
            )
            made.append(sentence(
                "{outcome}, {k} areas: from {name} on the {what} {how} {one} {unit}on average ({level} "
                "interval {one_low} to {one_high}, {one_verdict}; random effects by REML, Hartung and "
                "Knapp's interval)"
                + (wide if np.isfinite(low) else "")
                + ". {share} of the differences between areas is more than chance within them (I-squared; "
                "Q = {q} on {df} degrees of freedom).",
                outcome=outcome, k=count(found.k, people=False), name=self.interruption,
                what="trend" if term[:5] == "slope" else "rate" if ratio else "level",
                how="was multiplied by" if ratio else "changed by",
                unit=("" if ratio else f"{unit} ") + ("a month " if term[:5] == "slope" else ""),
                level=level_words(self.level), share=number(found.i2, digits=0, style="percent"),
                q=number(found.q, digits=1), df=count(found.df, people=False), **numbers,
            ))  # fmt: skip
        return joined(*made, *self._notes())

    def _notes(self) -> list[Sentence]:
        before, after = np.array([_sides(fit.design, self.interruption) for fit in self.fits.values()]).T
        made = [sentence(
            "The areas have {a} to {b} months before their start and {c} to {d} from it on ({method}).",
            a=str(before.min()), b=str(before.max()), c=str(after.min()), d=str(after.max()),
            method=next(iter(self.fits.values())).method_name)]  # fmt: skip
        if self.near_unit_root:
            made.append(sentence(
                "In {k} of them a trend cannot be told from a series that wanders; they are kept.",
                k=count(len(self.near_unit_root), people=False)))  # fmt: skip
        made += [sentence("Set aside: {area} ({why}).", area=area, why=why.rstrip("."))
                 for area, why in self.set_aside.items()]  # fmt: skip
        return made


def _sides(design: Design, interruption: str) -> tuple[int, int]:
    after = design.after(interruption)
    return int((~after & ~design.masked).sum()), int((after & ~design.masked).sum())


def _events(fits: Any, interruption: str) -> tuple[int, int]:
    pairs = [(fit.y, fit.design.after(interruption), ~fit.design.masked) for fit in fits]
    return tuple(
        int(sum(y[used & (side == late)].sum() for y, side, used in pairs)) for late in (False, True)
    )


def staggered_designs(
    months: Mapping[str, Any], starts: Mapping[str, Any], *, name: str = NAME, level: bool = True,
    slope: bool = True, **design: Any,
) -> tuple[dict[str, Design], dict[str, str]]:  # fmt: skip
    """A design for each area from its months and its own start; ``design`` goes to :class:`Design`.

    Returns
    -------
    designs : dict of Design
    set_aside : dict of str
        Areas without a start, or whose months cannot carry the design, and why.
    """
    made, aside = {}, {}
    for area, own in months.items():
        try:
            if starts.get(area) is None:
                raise ValueError("no start is given")
            made[area] = Design(own, [Interruption(name, starts[area], level, slope)], **design)
        except ValueError as why:
            aside[area] = str(why)
    return made, aside


def pool_areas(
    series: Mapping[str, Any],
    designs: Mapping[str, Design] | Design,
    interruption: str = NAME,
    *,
    family: str = "gaussian",
    method: str = "reml_integrated",
    level: float = 0.95,
    set_aside: Mapping[str, str] | None = None,
) -> PooledAreas:
    """Change of level and slope in each area, and their mean over areas like these.

    Parameters
    ----------
    series : mapping of array or Series by area
        Each (m,) of its own months; rates in one unit, or counts with the exposure in the area's design.
    designs : mapping of Design by area, or one for all
        Each with an interruption of the same name, at the area's own start: see :func:`staggered_designs`.
    interruption : str
    family, method, level
        As :func:`segmented_regression`; counts give pooled rate ratios.
    set_aside : mapping, optional
        Areas that were set aside before, and why; said with those set aside here.

    Raises
    ------
    ValueError
        Fewer than two areas that can be analysed (their reasons in the message); areas whose designs allow
        different changes.

    Notes
    -----
    Set aside are areas with fewer than 12 usable months and those that the regression refuses; never
    one for its result, so that an area near a unit root stays. Pooling weighs by the errors at one
    autocorrelation, that of the highest product of the areas' restricted likelihoods: weighed by the width of
    each area's own interval, which allows for any autocorrelation and so jumps from area to area by chance, a
    95% interval of the pooled slope held the truth in 80 of 100 simulations. So weighed it held level and
    slope in 90 to 97 of 100, 94 on average (3 to 50 areas of unlike noise, 24 to 60 months, rho of 0 to 0.8
    or of each area its own, with and without spread); the interval for a new area 85 to 90 with 5 or 10 areas
    that truly differ. Not for areas that share people or a shock in the same month: such months are not
    independent between areas.
    """
    one = designs if isinstance(designs, Design) else None
    fits, aside = {}, dict(set_aside or {})
    for area, y in series.items():
        design = one if one is not None else designs.get(area)
        try:
            if design is None:
                if area not in aside:
                    raise ValueError("no design is given")
                continue
            usable = int((~design.masked).sum())
            if usable < FEWEST:
                raise ValueError(f"{usable} usable months; at least {FEWEST} are needed")
            design.interruption(interruption)
            fits[area] = segmented_regression(y, design, family=family, method=method, level=level)
        except ValueError as why:
            aside[area] = str(why)
    if len(fits) < 2:
        reasons = "; ".join(f"{area}: {why}" for area, why in aside.items())
        raise ValueError(f"{len(fits)} areas can be analysed, two or more are needed ({reasons}).")
    terms = _terms(fits, interruption)
    rho, errors = _errors(fits, terms)
    own = {term: [fit.coefficients[fit.names.index(term)] for fit in fits.values()] for term in terms}
    pooled = {term: random_effects(own[term], errors[term], level=level) for term in terms}
    return PooledAreas(interruption, fits, pooled, errors, rho, aside, level)


def _terms(fits: Mapping[str, SegmentedRegression], interruption: str) -> list[str]:
    found = {tuple(fit.design.interruption(interruption).columns(fit.design.months)) for fit in fits.values()}
    if len(found) > 1:
        raise ValueError("the areas' designs allow different changes (level, slope); let all allow the same.")
    return list(found.pop())


def _errors(fits: Mapping[str, SegmentedRegression], terms: list[str]) -> tuple[float, dict[str, np.ndarray]]:
    """The common rho, and standard errors (k,) by term at it."""
    covariances, rho = [fit.covariance for fit in fits.values()], np.nan
    if all(fit.weighs_by_rho for fit in fits.values()):
        rows = [_rows(fit) for fit in fits.values()]
        rho = _common(rows)
        covariances = [_ar1.fit_at(each, np.array([rho])).covariance[0] for each in rows]
    made = {}
    for term in terms:
        places = [fit.names.index(term) for fit in fits.values()]
        made[term] = np.sqrt([c[j, j] for c, j in zip(covariances, places, strict=True)])
    return rho, made


def _rows(fit: SegmentedRegression) -> _ar1.Rows:
    """The series as the regression took it: of counts, the working response."""
    X, used = np.column_stack(list(fit.design.columns().values())), ~fit.design.masked
    times = np.flatnonzero(used)
    if fit.family == "gaussian":
        return _ar1.rows_of(fit.y[None, used], X[used], times)
    exposure = log_exposure(fit.design)[used]
    z, root = working(fit.y[used], fit.working[used], exposure, fit.alpha)
    return weighted_rows(z, root, X[used], times)


def _common(rows: list[_ar1.Rows]) -> float:
    """The rho at which the areas' restricted likelihoods have their highest product."""
    from scipy.optimize import minimize_scalar

    def lost(z: float) -> float:
        rho = np.array([np.tanh(z)])
        return -float(sum(_ar1.log_likelihood(each, rho, restricted=True)[0, 0] for each in rows))

    grid = np.linspace(np.arctanh(-0.98), np.arctanh(_ar1.FLAT), 40)
    best = int(np.argmin([lost(z) for z in grid]))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return float(np.tanh(minimize_scalar(lost, bounds=ends, method="bounded", options={"xatol": 1e-9}).x))

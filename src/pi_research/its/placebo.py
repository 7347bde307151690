"""Placebo tests: the same analysis where nothing happened, at other dates and in other series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its import _controls
from pi_research.its._checks import month_name
from pi_research.its._words import interval_numbers, left_out, level_words
from pi_research.its.design import Design
from pi_research.its.regression import checked_series, segmented_regression
from pi_research.its.results import Estimate
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

FEW = "With so few placebos p cannot reach 0.05 whatever the change: it describes and does not test."
ALIKE = (
    "Neighbouring dates share most of their months, so that the rank is a description and its p holds about, "
    "not exactly"
)
DATES = {
    "level": ALIKE + ": in simulated series without a change it fell to 0.05 in 2 to 7 of 100.",
    "slope": ALIKE + ": in simulated series without a change of trend it fell to 0.05 in 6 to 12 of 100.",
}
SPACE = (
    "The p is exact if, without the programme, each of the series could as well have been the one: of about "
    "the same kind, and none of them touched by it."
)


@dataclass(frozen=True, eq=False)
class Placebos:
    """The real change, and those found by the same analysis where nothing happened.

    kind, "dates" or "series"; term, the column; real, its estimate; labels (d,) of the placebos, months or
    names; estimates and std_errors (d,), theirs; level and design, those of the real analysis; ratio, whether
    the estimates are logarithms of ratios.
    """

    kind: str
    interruption: str
    term: str
    real: Estimate
    labels: tuple[str, ...]
    estimates: np.ndarray
    std_errors: np.ndarray
    level: float
    design: Design
    ratio: bool = False

    @property
    def statistic(self) -> float:
        """The real change in standard errors, as t: of the interval's width where rho is integrated out."""
        return self.real.estimate / self.real.std_error

    @property
    def statistics(self) -> np.ndarray:
        """The same of each placebo, (d,)."""
        return self.estimates / self.std_errors

    @property
    def as_extreme(self) -> int:
        """Placebos as far from no change as the real one, or further, in either direction."""
        return int((np.abs(self.statistics) >= abs(self.statistic) * (1 - 1e-12)).sum())

    @property
    def p(self) -> float:
        """(1 + as_extreme) / (1 + d): the rank of the real change among all, as a share."""
        return (1 + self.as_extreme) / (1 + len(self.labels))

    @property
    def smallest_p(self) -> float:
        """1 / (1 + d): what p would be were the real change the largest of all."""
        return 1 / (1 + len(self.labels))

    def summary(self) -> pd.DataFrame:
        """One row a placebo, after the real one: label, real, estimate, std_error, statistic."""
        import pandas as pd

        columns = {"label": [self.interruption, *self.labels], "real": [True, *[False] * len(self.labels)]}
        columns["estimate"] = [self.real.estimate, *self.estimates]
        columns["std_error"] = [self.real.std_error, *self.std_errors]
        return pd.DataFrame(columns | {"statistic": [self.statistic, *self.statistics]})

    def sentence(self, outcome: str, unit: str, *, behind: tuple[int, ...] = ()) -> Sentence:
        """Where the real change stands among the placebos, the smallest p there could be, what p means."""
        dates, what = self.kind == "dates", "trend" if self.term.startswith("slope") else "level"
        where = "at the {k} other dates in the months before" if dates else "in the {k} control series"
        made = sentence(
            "{outcome}: the change of {what} at {name} ({real} " + ("times" if self.ratio else "{unit}")
            + ", {level} interval {real_low} to {real_high}) stands beside those that the same analysis finds " + where
            + ", where nothing is known to have happened: {far} of them {verb} as large or larger in "
            "standard errors (rank p {p}; the smallest that {k} placebos allow is {smallest}).",
            outcome=outcome, unit=unit, what=what, name=self.interruption,
            k=count(len(self.labels), people=False), level=level_words(self.level),
            far=count(self.as_extreme, people=False) if self.as_extreme else "none",
            verb="is" if self.as_extreme < 2 else "are", p=number(self.p, digits=3),
            smallest=number(self.smallest_p, digits=3),
            **interval_numbers("real", self.real, behind, self.ratio),
        )  # fmt: skip
        few = [sentence(FEW)] if self.smallest_p > 0.05 else []
        meaning = DATES[self.term[:5]] if dates else SPACE
        return joined(made, *few, sentence(meaning), *left_out(self.design))


def placebo_dates(
    y: Any,
    design: Design,
    name: str,
    *,
    term: str = "level",
    method: str = "reml_integrated",
    level: float = 0.95,
) -> Placebos:
    """The analysis at every other date that the months before the interruption allow.

    Each pseudo-date from the fourth month to the third before the break (fewer where one change alone is
    asked for) is analysed by itself in the months before the break only, so that no effect of the programme
    is in it; all of them, none chosen. Ranked is the change in standard errors, since a shorter series knows
    less.

    Parameters
    ----------
    y : array or Series, shape (m,)
    design : Design
        With season and Covid for the pseudo-dates too, where they fall into the months before.
    name : str
        The interruption; others must come after it, or the months between would hold an effect.
    term : {"level", "slope"}
    method, level
        As :func:`segmented_regression`.

    Raises
    ------
    ValueError
        No such interruption or term; one that comes before it; too few months before for any pseudo-date.

    Notes
    -----
    The smallest p is one by one more than the pseudo-dates: with 36 months before about 0.03. Dates are
    not exchangeable where months hang together. In 400 to 600 series each of 36 to 72 months without a change, 24 to
    48 of them before, with rho 0, 0.4 and 0.8, p of a change of level fell to 0.05 in 2 to 7 of 100; of a
    change of slope, which neighbouring dates share nearly whole, in 6 to 12: take that rank as generous. Not
    a second test beside the interval: it asks whether this analysis finds changes of this size in the series
    anyway (a trend that bends, say).
    """
    real, column = design.interruption(name), _column(design, name, term)
    earlier = [item.name for item in design.interruptions if item.start < real.start]
    if earlier:
        raise ValueError(f"{earlier[0]!r} comes before {name!r}: begin the series after it, or leave it out.")
    y = checked_series(y, design)
    if y.ndim > 1:
        raise ValueError(f"y has shape {y.shape}; give one series, and the others to placebo_series.")
    chosen, before, made = {"method": method, "level": level}, design.months < real.start, {}
    found = segmented_regression(y, design, **chosen).coefficient(column)
    why = "they are too few"
    for month in design.months[before][1:]:
        try:
            there = replace(real, date=month, lag_months=0)
            pseudo = replace(design, months=design.months[before], interruptions=[there])
            made[month_name(month)] = segmented_regression(y[before], pseudo, **chosen).coefficient(column)
        except ValueError as refusal:
            why = str(refusal).rstrip(".")
    if not made:
        raise ValueError(f"the months before {name!r} allow no pseudo-date: {why}.")
    estimates = np.array([one.estimate for one in made.values()])
    errors = np.array([one.std_error for one in made.values()])
    return Placebos("dates", name, column, found, tuple(made), estimates, errors, level, design)


def placebo_series(
    y: Any,
    controls: Any,
    design: Design,
    name: str,
    *,
    term: str = "level",
    scale: str = "additive",
    method: str = "reml_integrated",
    level: float = 0.95,
) -> Placebos:
    """Each control treated as if it had been the programme's.

    Every series, the programme's and k controls alike, is held against the mean of the others and analysed by
    the same design (Abadie, Diamond and Hainmueller, J Am Stat Assoc 2010;105:493-505); ranked is the change
    in standard errors.

    Parameters
    ----------
    y, controls, design, scale, method, level
        As :func:`controlled_segmented_regression`, with scale "additive" or "log" and two controls or more.
    name : str
        The interruption.
    term : {"level", "slope"}

    Raises
    ------
    ValueError
        No such interruption or term; fewer than two controls; what a controlled regression refuses.

    Notes
    -----
    The smallest p is 1 / (k + 1): 19 controls for 0.05. It is exact if without the programme all k + 1
    series are exchangeable, whatever their autocorrelation and the shocks they share (400 simulated series
    with 19 controls, rho 0, 0.4, 0.8: p of 0.05 in 4 to 6 of 100); an effect is in the mean that the controls
    are held against, a k-th of it, which makes p a little larger. Not for controls that differ from the
    programme's series in kind.
    """
    column = _column(design, name, term)
    if scale not in ("additive", "log"):
        raise ValueError(f"scale {scale!r}: use 'additive' or 'log'; counts can be given as rates.")
    design = _controls.carried(design)
    y, names, series = _controls.checked(y, controls, design, scale)
    if len(names) < 2:
        raise ValueError("one control makes no rank: give two or more.")
    rows = np.vstack([y, series])
    against = rows - (rows.sum(axis=0) - rows) / len(names)
    fits = segmented_regression(against, design, method=method, level=level)
    j = fits.names.index(column)
    values = np.transpose(
        [getattr(fits, part)[:, j] for part in ("coefficients", "std_error", "df", "lower", "upper")]
    )
    real = Estimate(*map(float, values[0]))
    return Placebos("series", name, column, real, names, values[1:, 0], values[1:, 1], level, design,
                    scale == "log")  # fmt: skip


def _column(design: Design, name: str, term: str) -> str:
    """The column of that change; a clear error where the design has none."""
    terms = design.interruption(name).columns(design.months)
    column = f"{term}_change[{name}]"
    if column not in terms:
        raise ValueError(f"term {term!r} is no change of {name!r} in this design; it has {', '.join(terms)}.")
    return column

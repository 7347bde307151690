"""Rates within the person in two groups of people, and how far the groups are apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.its.within_person import WithinPersonRates, within_person_rates
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class GroupRates:
    """Rate ratios of one period in two groups.

    Attributes
    ----------
    groups : (str, str)
    results : (WithinPersonRates or None, the same)
        None for a group without any event.
    period : str
    apart : (float, float, float)
        The second group's ratio as a multiple of the first's, with limits; NaN where it cannot be had.
    unknown : int
        People whose group is not known.
    level : float
    """

    groups: tuple[str, str]
    results: tuple[WithinPersonRates | None, WithinPersonRates | None]
    period: str
    apart: tuple[float, float, float]
    unknown: int
    level: float

    def summary(self) -> pd.DataFrame:
        """One row a group."""
        import pandas as pd

        rows = [
            r.summary().set_index("period").loc[self.period].to_dict()
            | {"group": g, "events_before": r.events[0], "n": r.n}
            for g, r in zip(self.groups, self.results, strict=True)
            if r is not None
        ]
        return pd.DataFrame(rows)

    def sentence(self) -> Sentence:
        """How the groups' ratios differ, in plain English."""
        found = [int(r.events[r.place(self.period)]) if r else 0 for r in self.results]
        given = {"one": f"“{self.groups[0]}”", "other": f"“{self.groups[1]}”", "u": count(self.unknown)}
        if np.isnan(self.apart).any():
            return sentence("{other} beside {one}: too few events to say how they differ.", **given)
        value, low, high = (number(v, digits=2, style="ratio", behind=tuple(found)) for v in self.apart)
        verdict = (
            "so that the groups differ"
            if not self.apart[1] <= 1 <= self.apart[2]
            else "so that no difference can be told from chance"
        )
        return sentence(
            "{other} beside {one}: the rate ratio is {value} times as high ({level} interval {low} to {high}, {verdict}; "
            "{u} people not recorded).",
            **given,
            value=value,
            low=low,
            high=high,
            verdict=verdict,
            level=f"{100 * self.level:g}%",
        )


def rates_by_group(
    group: ArrayLike,
    groups: tuple[str, str],
    at: str,
    *,
    events: ArrayLike,
    exposure: ArrayLike,
    person: ArrayLike,
    period: ArrayLike,
    baseline: str,
    **how: object,
) -> GroupRates:
    """The ratio of the period ``at`` to ``baseline`` in each group, and the ratio of the two ratios.

    Parameters
    ----------
    group : array (m,)
        1 or True for the second of ``groups``, 0 for the first, NaN where not known (left out).
    events, exposure, person, period : arrays (m,)
        As in :func:`within_person_rates`.
    how :
        Its other parameters.

    Notes
    -----
    A group must be known before the period begins. Whether two intervals overlap is no test of whether the
    groups differ; ``apart`` is.
    """
    told = np.asarray(group, float)
    arrays = [np.asarray(a) for a in (events, exposure, person, period)]
    unknown = len(np.unique(arrays[2][np.isnan(told)]))
    results = []
    for value in (0, 1):
        here = told == value
        try:
            results.append(within_person_rates(*(a[here] for a in arrays), periods=(baseline, at), **how))
        except ValueError:
            results.append(None)
    level, apart = how.get("level", 0.95), (np.nan,) * 3
    if all(r is not None and (r.events > 0).all() for r in results):
        known = ~np.isnan(told)
        both = told[known] * (arrays[3][known] == at)
        made = within_person_rates(
            *(a[known] for a in arrays), periods=(baseline, at), covariates={"apart": both}, **how
        )
        apart = made.factors.get("apart", apart)
    return GroupRates(groups, tuple(results), at, apart, unknown, level)


READINGS: Mapping[str, Mapping[str, str]] = {
    "higher": {
        "lower": "contact moved from crisis to planned, which is what preventive support sets out to do",
        "could be either": "there was more planned contact, which by itself is no bad news and may be prevention; "
        "whether crises changed cannot be told from chance",
        "higher": "there was more of both: people were seen more, and were in crisis more often",
    },
    "lower": {
        "higher": "there was less planned contact and more in crisis: people may have been let go of too early",
        "lower": "there was less of both: people needed or received less",
        "could be either": "there was less planned contact; whether crises changed cannot be told from chance",
    },
    "could be either": {
        "lower": "there was less crisis contact, at planned contact that may be as before",
        "higher": "there was more crisis contact, at planned contact that may be as before",
        "could be either": "neither kind of contact can be told from no change",
    },
}
"""What planned contact and then crisis contact do, read together."""


def contact_sentence(planned: WithinPersonRates, crisis: WithinPersonRates, period: str) -> Sentence:
    """Planned and crisis contact read together, since a rise of all contact could be good or bad news."""
    from pi_research.its._within_words import reading

    numbers, found = {}, []
    for key, made in (("planned", planned), ("crisis", crisis)):
        k = made.place(period)
        numbers[key] = number(
            made.ratio[k], digits=2, style="ratio", behind=(int(made.events[k]), int(made.events[0]))
        )
        found.append(reading(made.lower[k], made.upper[k]))
    words = READINGS.get(found[0], {}).get(found[1], "too few events to read them together")
    return sentence(
        "Read together ({period}: planned contact {planned} times and crisis contact {crisis} times that before): "
        + words
        + ".",
        period=period,
        **numbers,
    )

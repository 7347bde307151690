"""How much of a programme's framework the data can reach: itself a finding about the evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.realist.theory import listed
from pi_research.wording import count, percent, sentence

if TYPE_CHECKING:
    from pi_research.realist.theory import Theory
    from pi_research.wording import Sentence

REACH = ("measured", "partly measured", "not supplied", "not measurable")
"""What an extract says of an indicator. ``not supplied``: a field is there, and empty in this extract."""


@dataclass(frozen=True, slots=True, eq=False)
class IndicatorCoverage:
    """``rows``: one an indicator, in the framework's order, with the columns of ``indicators.csv``, the
    activity's ``phase``, ``role`` and ``activity``, ``missing`` (fields that are empty in this extract) and
    ``reach``, one of ``REACH``. ``activities``: how many activities the framework has."""

    rows: pd.DataFrame
    activities: int

    def summary(self) -> pd.DataFrame:
        """Indicators by phase and role: ``phase``, ``role``, ``activities``, ``indicators``, ``reached``
        (activities with an indicator that is measured, wholly or partly) and one column for each of
        ``REACH``."""
        rows = self.rows.assign(hit=self.rows["reach"].isin(REACH[:2]))
        by = rows.groupby(["phase", "role"], sort=False)
        made = by.agg(activities=("activity_id", "nunique"), indicators=("indicator_id", "size"))
        made["reached"] = rows[rows["hit"]].groupby(["phase", "role"], sort=False)["activity_id"].nunique()
        counted = rows.groupby(["phase", "role"], sort=False)["reach"].value_counts().unstack(fill_value=0)
        made = made.join(counted.reindex(columns=list(REACH), fill_value=0))
        return made.fillna({"reached": 0}).astype({"reached": int}).reset_index()

    def gaps_text(self) -> pd.Series:
        """For each row why it is not measured, or not wholly; empty where it is."""
        empty = "nothing in " + self.rows["missing"] + " of this extract"
        return self.rows["why"].fillna("").where(self.rows["reach"] != REACH[2], empty)

    @property
    def reached(self) -> int:
        """Activities with at least one indicator that this extract measures, wholly or partly."""
        return int(self.rows.loc[self.rows["reach"].isin(REACH[:2]), "activity_id"].nunique())

    def sentence(self) -> Sentence:
        """How much of the framework can be seen, and how much nobody records."""
        n = self.rows["reach"].value_counts().reindex(list(REACH), fill_value=0)
        numbers = {f"n{k}": count(int(n[word]), people=False) for k, word in enumerate(REACH)}
        lacking = " {n2} could be measured and nothing was supplied;" if n[REACH[2]] else ""
        return sentence(
            "Of {a} activities, {r} ({share}) have an indicator that this extract measures at least in part. "
            "Of {k} indicators, {n0} are measured and {n1} in part;" + lacking + " for {n3} no field exists.",
            a=count(self.activities, people=False),
            r=count(self.reached, people=False),
            share=_share(self.reached, self.activities),
            k=count(len(self.rows), people=False),
            **numbers,
        )


def _share(part: int, whole: int) -> str:
    return str(percent(part, whole))


def indicator_coverage(theory: Theory, filled: Mapping[str, float] | None = None) -> IndicatorCoverage:
    """Which indicators of the framework the data can measure.

    Parameters
    ----------
    theory : Theory
    filled : mapping of str to float, optional
        For each table.field that an extract supplies, the share of cells that hold something
        (``extract.theory.filled_fields``). Without it the data dictionary alone is judged.

    Notes
    -----
    A field that exists is no good measure by that alone: how well it was filled in is another page's
    question.
    """
    rows = theory.indicators.merge(
        theory.activities[["activity_id", "phase", "role", "activity"]], on="activity_id"
    )
    place = {i: k for k, i in enumerate(theory.activities["activity_id"])}
    rows = rows.sort_values("activity_id", key=lambda c: c.map(place), kind="stable").reset_index(drop=True)
    empty = [
        [f for f in listed(cell) if filled is not None and not filled.get(f, 0)] for cell in rows["fields"]
    ]
    rows["missing"] = ["; ".join(some) for some in empty]
    words = rows["measured"].map({"yes": REACH[0], "partly": REACH[1], "no": REACH[3]})
    return IndicatorCoverage(
        rows.assign(reach=words.mask(rows["missing"] != "", REACH[2])), len(theory.activities)
    )

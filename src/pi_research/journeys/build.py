"""All journeys tables of an extract in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.timeline import build_timeline

if TYPE_CHECKING:
    from pi_research.sections import Milestones, Tenancy


@dataclass(frozen=True, eq=False)
class Journeys:
    """The tables that the analyses read; docs/timeline.md has their rules, the module named their columns.

    Attributes
    ----------
    stages : one row a person; tenancies : one row a mover; milestones : one row a mover and milestone
        (``timeline.outcomes``)
    monthly : one row a month (``timeline.series``)
    timeline : one row a person and state (``timeline.states.in_words``)
    person_time : one row a person and period (``timeline.exposure``)
    admission_episodes, recurrent_admissions, first_admission : time at risk of admission (``timeline.risk``)
    accounts : how often each rule was needed (``timeline.counts``)
    """

    stages: pd.DataFrame
    tenancies: pd.DataFrame
    milestones: pd.DataFrame
    monthly: pd.DataFrame
    timeline: pd.DataFrame
    person_time: pd.DataFrame
    admission_episodes: pd.DataFrame
    recurrent_admissions: pd.DataFrame
    first_admission: pd.DataFrame
    accounts: pd.DataFrame


def build(
    tables: Mapping[str, pd.DataFrame], extract_date: date, tenancy: Tenancy, milestones: Milestones, *,
    months: Sequence[int] = (6, 12, 24), origin: str = "move", engine: str = "duckdb",
) -> Journeys:
    """Make every table from the extract's tables, as they stood on ``extract_date``.

    Parameters and errors as in :func:`timeline.build_timeline`; for more people than memory holds there is
    ``timeline.build_files``, from Parquet to Parquet.
    """
    made = build_timeline(tables, extract_date, tenancy, milestones, months=months, origin=origin,
                          engine=engine)
    return Journeys(**made)

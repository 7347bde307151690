"""All journeys tables of an extract in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.monthly import monthly
from pi_research.journeys.stages import stages
from pi_research.journeys.tenancies import episodes, milestones

if TYPE_CHECKING:
    from pi_research.sections import Milestones, Tenancy

__all__ = ["Journeys", "build"]


@dataclass(frozen=True, eq=False)
class Journeys:
    """The tables that the analyses read; each function named makes and describes one.

    Attributes
    ----------
    stages : DataFrame, one row a person (``stages.stages``)
    tenancies : DataFrame, one row a mover (``tenancies.episodes``)
    milestones : DataFrame, one row a mover and milestone (``tenancies.milestones``)
    monthly : DataFrame, one row a month (``monthly.monthly``)
    """

    stages: pd.DataFrame
    tenancies: pd.DataFrame
    milestones: pd.DataFrame
    monthly: pd.DataFrame


def build(
    tables: Mapping[str, pd.DataFrame], extract_date: pd.Timestamp, tenancy: Tenancy, rules: Milestones
) -> Journeys:
    """Make every table from the extract's tables, as they stood on ``extract_date``.

    Raises
    ------
    ValueError
        Where nobody has started or moved, or a customer_id stands twice in ``people``.
    """
    people = stages(tables, extract_date)
    made = episodes(tables, extract_date, tenancy)
    months = monthly(tables, people, made, extract_date)
    return Journeys(people, made, milestones(made, extract_date, rules), months)

"""Time to event: do tenancies last, and why do they end?

An analysis room: arrays in, frozen results out. It reads no file and draws nothing.
"""

from pi_research.survival._quantile import Quantile
from pi_research.survival.competing import CumulativeIncidence, cumulative_incidence
from pi_research.survival.contracts import LadderTable, ladder_table
from pi_research.survival.curves import KaplanMeier, kaplan_meier, median_follow_up
from pi_research.survival.ladders import SustainmentBounds, sustainment_bounds
from pi_research.survival.restricted import RestrictedMean, restricted_mean

__all__ = [
    "CumulativeIncidence",
    "KaplanMeier",
    "LadderTable",
    "Quantile",
    "RestrictedMean",
    "SustainmentBounds",
    "cumulative_incidence",
    "kaplan_meier",
    "ladder_table",
    "median_follow_up",
    "restricted_mean",
    "sustainment_bounds",
]

"""Time to event: do tenancies last, and why do they end?

An analysis room: arrays in, frozen results out. It reads no file and draws nothing.
"""

from pi_research.survival._cox_result import Cox
from pi_research.survival._quantile import Quantile
from pi_research.survival.cause_specific import CauseSpecificCox, cause_specific_cox
from pi_research.survival.bands import Band, simultaneous_band
from pi_research.survival.compare import LogRank, log_rank
from pi_research.survival.competing import CumulativeIncidence, cumulative_incidence
from pi_research.survival.contracts import ContractComparison, LadderTable, compare_contracts, ladder_table
from pi_research.survival.cox_regression import cox
from pi_research.survival.curves import KaplanMeier, kaplan_meier
from pi_research.survival.differences import (
    Contrast, fixed_time_difference, restricted_mean_difference, restricted_mean_ratio)
from pi_research.survival.follow_up import median_follow_up
from pi_research.survival.forecast import ClaimsForecast, forecast_claims
from pi_research.survival.gray import GrayTest, gray_test
from pi_research.survival.groups import attempt, chance_sentence, compare_groups
from pi_research.survival.ladders import SustainmentBounds, sustainment_bounds
from pi_research.survival.milestones import MilestoneProbabilities, milestone_probabilities
from pi_research.survival.missing import MissingPatterns, TippingPoint, missing_patterns, tipping_point
from pi_research.survival.multistate import StateOccupation, TimeInStates, state_occupation
from pi_research.survival.people import GroupComparison, compare_people
from pi_research.survival.proportional import ProportionalHazardsTest, proportional_hazards_test
from pi_research.survival.pseudo import (
    PseudoObservations, PseudoRegression, pseudo_observations, pseudo_regression)
from pi_research.survival.recurrent import MeanFunction, ghosh_lin, mean_cumulative_function
from pi_research.survival.recurrent_compare import EventContrast, compare_mean_functions
from pi_research.survival.recurrent_regression import andersen_gill, prentice_williams_peterson
from pi_research.survival.refits import Refits, refit_curves
from pi_research.survival.restricted import RestrictedMean, restricted_mean
from pi_research.survival.scoring import ForecastScore, score_forecast
from pi_research.survival.subdistribution import FineGray, fine_gray
from pi_research.survival.time_lost import TimeLost, restricted_mean_time_lost
from pi_research.survival.while_alive import WhileAliveRate, while_alive_rate

__all__ = [
    "compare_groups",
    "chance_sentence",
    "attempt",
    "Band",
    "CauseSpecificCox",
    "ClaimsForecast",
    "ContractComparison",
    "Contrast",
    "Cox",
    "CumulativeIncidence",
    "EventContrast",
    "FineGray",
    "ForecastScore",
    "GrayTest",
    "GroupComparison",
    "KaplanMeier",
    "LadderTable",
    "LogRank",
    "MeanFunction",
    "MilestoneProbabilities",
    "MissingPatterns",
    "ProportionalHazardsTest",
    "PseudoObservations",
    "PseudoRegression",
    "Quantile",
    "Refits",
    "RestrictedMean",
    "StateOccupation",
    "SustainmentBounds",
    "TimeInStates",
    "TimeLost",
    "TippingPoint",
    "WhileAliveRate",
    "andersen_gill",
    "cause_specific_cox",
    "compare_contracts",
    "compare_mean_functions",
    "compare_people",
    "cox",
    "cumulative_incidence",
    "fine_gray",
    "fixed_time_difference",
    "forecast_claims",
    "ghosh_lin",
    "gray_test",
    "kaplan_meier",
    "ladder_table",
    "log_rank",
    "mean_cumulative_function",
    "median_follow_up",
    "milestone_probabilities",
    "missing_patterns",
    "prentice_williams_peterson",
    "proportional_hazards_test",
    "pseudo_observations",
    "pseudo_regression",
    "refit_curves",
    "restricted_mean",
    "restricted_mean_difference",
    "restricted_mean_ratio",
    "restricted_mean_time_lost",
    "score_forecast",
    "simultaneous_band",
    "state_occupation",
    "sustainment_bounds",
    "tipping_point",
    "while_alive_rate",
]

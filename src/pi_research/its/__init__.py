"""Interrupted time series: what happened to a monthly series when something began.

Read :class:`Design` first: it says which months, which breaks, which season and how
Covid is treated. Then ``segmented_regression(y, design)`` and ``counterfactual``.
"""

from pi_research.its._specifications import Specification, specifications
from pi_research.its.control_checks import (
    LeaveOneControlOut,
    NegativeControl,
    leave_one_control_out,
    negative_control_outcome,
)
from pi_research.its.controlled import ControlledRegression, controlled_segmented_regression
from pi_research.its.count_families import CountFamilies, compare_families
from pi_research.its.counterfactual import Counterfactual, counterfactual
from pi_research.its.counterfactual_counts import CountCounterfactual, count_counterfactual
from pi_research.its.counts import CountRegression, count_regression
from pi_research.its.design import CovidPeriod, Design, Interruption
from pi_research.its.event_study import EventStudy, event_study
from pi_research.its.methods import MethodComparison, agreement_sentence, by_method, compare_methods
from pi_research.its.monthly import against, count_effects, fit_of, scanned
from pi_research.its.paired_change import PairedChange, paired_change
from pi_research.its.placebo import Placebos, placebo_dates, placebo_series
from pi_research.its.pooling import PooledAreas, pool_areas, staggered_designs
from pi_research.its.power import DetectableChange, detectable_change, detectable_change_of
from pi_research.its.regression import segmented_regression
from pi_research.its.results import METHODS, Estimate, SegmentedRegression, SegmentedRegressions
from pi_research.its.series import (
    NAME,
    autocorrelation_sentence,
    bend_sentence,
    design_of,
    effect_of,
    not_made_sentences,
    other_areas,
)
from pi_research.its.specification import SpecificationChart, specification_chart_data
from pi_research.its.told_apart import ToldApart, told_apart
from pi_research.its.within_groups import GroupRates, contact_sentence, rates_by_group
from pi_research.its.within_person import WithinPersonRates, within_person_rates

__all__ = [
    "METHODS",
    "NAME",
    "ControlledRegression",
    "CountCounterfactual",
    "CountFamilies",
    "CountRegression",
    "Counterfactual",
    "CovidPeriod",
    "Design",
    "DetectableChange",
    "Estimate",
    "EventStudy",
    "GroupRates",
    "Interruption",
    "LeaveOneControlOut",
    "MethodComparison",
    "NegativeControl",
    "PairedChange",
    "Placebos",
    "PooledAreas",
    "SegmentedRegression",
    "SegmentedRegressions",
    "Specification",
    "SpecificationChart",
    "ToldApart",
    "WithinPersonRates",
    "against",
    "agreement_sentence",
    "autocorrelation_sentence",
    "bend_sentence",
    "by_method",
    "compare_families",
    "compare_methods",
    "contact_sentence",
    "controlled_segmented_regression",
    "count_counterfactual",
    "count_effects",
    "count_regression",
    "counterfactual",
    "design_of",
    "detectable_change",
    "detectable_change_of",
    "effect_of",
    "event_study",
    "fit_of",
    "leave_one_control_out",
    "negative_control_outcome",
    "not_made_sentences",
    "other_areas",
    "paired_change",
    "placebo_dates",
    "placebo_series",
    "pool_areas",
    "rates_by_group",
    "scanned",
    "segmented_regression",
    "specification_chart_data",
    "specifications",
    "staggered_designs",
    "told_apart",
    "within_person_rates",
]

"""Interrupted time series: what happened to a monthly series when something began.

Read :class:`Design` first: it says which months, which breaks, which season and how
Covid is treated. Then ``segmented_regression(y, design)`` and ``counterfactual``.
"""

from pi_research.its.count_families import CountFamilies, compare_families
from pi_research.its.counterfactual import Counterfactual, counterfactual
from pi_research.its.counterfactual_counts import CountCounterfactual, count_counterfactual
from pi_research.its.counts import CountRegression, count_regression
from pi_research.its.design import CovidPeriod, Design, Interruption
from pi_research.its.event_study import EventStudy, event_study
from pi_research.its.methods import MethodComparison, agreement_sentence, by_method, compare_methods
from pi_research.its.paired_change import PairedChange, paired_change
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
    variants,
)
from pi_research.its.within_groups import GroupRates, contact_sentence, rates_by_group
from pi_research.its.within_person import WithinPersonRates, within_person_rates

__all__ = [
    "METHODS",
    "NAME",
    "CountCounterfactual",
    "CountFamilies",
    "CountRegression",
    "Counterfactual",
    "CovidPeriod",
    "Design",
    "Estimate",
    "EventStudy",
    "GroupRates",
    "Interruption",
    "MethodComparison",
    "PairedChange",
    "SegmentedRegression",
    "SegmentedRegressions",
    "WithinPersonRates",
    "agreement_sentence",
    "autocorrelation_sentence",
    "bend_sentence",
    "by_method",
    "compare_families",
    "compare_methods",
    "contact_sentence",
    "count_counterfactual",
    "count_regression",
    "counterfactual",
    "design_of",
    "effect_of",
    "event_study",
    "not_made_sentences",
    "other_areas",
    "paired_change",
    "rates_by_group",
    "segmented_regression",
    "variants",
    "within_person_rates",
]

"""Interrupted time series: what happened to a monthly series when something began.

Read :class:`Design` first: it says which months, which breaks, which season and how
Covid is treated. Then ``segmented_regression(y, design)`` and ``counterfactual``.
"""

from pi_research.its.counterfactual import Counterfactual, counterfactual
from pi_research.its.design import CovidPeriod, Design, Interruption
from pi_research.its.gaussian import Estimate, SegmentedRegression, segmented_regression
from pi_research.its.series import (NAME, agreement_sentence, autocorrelation_sentence, bend_sentence, by_method, design_of, effect_of, not_made_sentences,
                                    other_areas, variants)

__all__ = [
    "NAME",
    "Counterfactual",
    "CovidPeriod",
    "Design",
    "Estimate",
    "Interruption",
    "SegmentedRegression",
    "agreement_sentence",
    "autocorrelation_sentence",
    "bend_sentence",
    "by_method",
    "counterfactual",
    "design_of",
    "effect_of",
    "not_made_sentences",
    "other_areas",
    "segmented_regression",
    "variants",
]

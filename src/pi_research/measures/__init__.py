"""Performance measures: is the target met, and is a change more than chance?

Read :class:`Measure` first. ``assess(measure, rows)`` draws the chart that fits its counts, applies the four
rules and says in one sentence what follows. The charts can be had alone.
"""

from pi_research.measures._words import tally
from pi_research.measures.assess import Assessment, assess
from pi_research.measures.case_mix import CaseMix, observed_to_expected
from pi_research.measures.charts import ENOUGH, ControlChart, dispersion, p_limits, u_limits, xmr_limits
from pi_research.measures.funnel import Funnel, funnel_limits
from pi_research.measures.measure import Measure, MeasureError
from pi_research.measures.rare import rare_event_chart
from pi_research.measures.rules import (
    RULES,
    SpecialCauses,
    assurance,
    chance_of_signal,
    special_causes,
    variation,
)

__all__ = [
    "ENOUGH",
    "RULES",
    "Assessment",
    "CaseMix",
    "ControlChart",
    "Funnel",
    "Measure",
    "MeasureError",
    "SpecialCauses",
    "assess",
    "assurance",
    "chance_of_signal",
    "dispersion",
    "funnel_limits",
    "observed_to_expected",
    "p_limits",
    "rare_event_chart",
    "special_causes",
    "tally",
    "u_limits",
    "variation",
    "xmr_limits",
]

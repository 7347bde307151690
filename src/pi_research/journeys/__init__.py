"""From dated tables to the tables that analyses read: stages, tenancies, milestones, months."""

from pi_research.journeys.area import MEASURES, area_months, areas_of, months_sentence, yearly
from pi_research.journeys.build import Journeys, build
from pi_research.journeys.cohort import delay_reasons, quarter_labels, who_came, why_left
from pi_research.journeys.describe import (
    CAUSES, MILESTONES, STATUSES, clock_sentence, estimand_variants, harm_sentence, harmed, milestone_counts,
    movers_by_half, possible_causes, slug, standing,
)
from pi_research.journeys.lead_in import (
    LEFT, by_covid, era_sentence, lead_in, lead_in_sentence, lead_in_variants, on_contract, start_sentence,
    step_sentence,
)
from pi_research.journeys.stages import flow, quarters
from pi_research.journeys.store import load, save
from pi_research.journeys.tenancies import episodes

__all__ = [
    "CAUSES", "LEFT", "MEASURES", "MILESTONES", "STATUSES", "Journeys", "area_months", "areas_of", "build", "by_covid",
    "clock_sentence", "delay_reasons", "episodes", "era_sentence", "estimand_variants", "flow",
    "harm_sentence", "harmed",
    "lead_in", "lead_in_sentence", "lead_in_variants", "load", "milestone_counts", "months_sentence",
    "movers_by_half", "on_contract", "possible_causes", "quarter_labels", "quarters", "save", "slug",
    "standing",
    "start_sentence", "step_sentence", "who_came", "why_left", "yearly",
]

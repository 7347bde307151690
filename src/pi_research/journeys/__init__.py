"""From dated tables to the tables that analyses read: stages, tenancies, months, timeline, person-time."""

from pi_research.journeys.area import COUNTED, MEASURES, area_months, areas_of, months_sentence, yearly
from pi_research.journeys.build import Journeys, build
from pi_research.journeys.cohort import delay_reasons, quarter_labels, who_came, why_left
from pi_research.journeys.describe import (
    CAUSES, MILESTONES, STATUSES, clock_sentence, estimand_variants, milestone_counts,
    movers_by_half, possible_causes, slug, standing,
)
from pi_research.journeys.lead_in import (
    LEFT, by_covid, era_sentence, lead_in, lead_in_sentence, lead_in_variants, on_contract, start_sentence,
    step_sentence,
)
from pi_research.journeys.lint import analysis_table
from pi_research.journeys.movers import (
    CONTRASTS, contrast_words, everyone_at_start, harm_words, harmed, harms, movers, states_since_move,
)
from pi_research.journeys.sequence import STATE_WORDS
from pi_research.journeys.service_use import (
    MEASURES_OF_USE, PHASES, TOOLS, group_of, paired_scores, scale_of, second_by_era, service_rows, use_of,
    use_people_sentence, use_variants,
)
from pi_research.journeys.stages import flow, quarters
from pi_research.journeys.store import load, save
from pi_research.journeys.timeline import outcomes_of

__all__ = [
    "CAUSES", "CONTRASTS", "COUNTED", "Journeys", "LEFT", "MEASURES", "MEASURES_OF_USE", "MILESTONES", "PHASES",
    "STATE_WORDS", "STATUSES", "TOOLS", "analysis_table", "area_months", "areas_of", "build", "by_covid",
    "clock_sentence", "contrast_words", "delay_reasons", "era_sentence", "estimand_variants",
    "everyone_at_start", "flow", "group_of", "harm_words", "harmed", "harms", "lead_in", "lead_in_sentence",
    "lead_in_variants", "load", "milestone_counts", "months_sentence", "movers", "movers_by_half",
    "on_contract", "outcomes_of", "paired_scores", "possible_causes", "quarter_labels", "quarters", "save",
    "scale_of", "second_by_era", "service_rows", "slug", "standing", "start_sentence", "states_since_move",
    "step_sentence", "use_of", "use_people_sentence", "use_variants", "who_came", "why_left", "yearly",
]

"""Dated records of two organisations as one person's timeline, and the timeline as person-time, at any scale.

The primitives ``merge_changes``, ``split_at`` and ``lexis`` take frames or Ibis tables and give back the
same. ``build_timeline`` and ``build_files`` make every table of a study. Rules: docs/timeline.md.
"""

from pi_research.journeys.timeline.counts import accounts
from pi_research.journeys.timeline.build import ORDER, build_files, build_timeline, expressions
from pi_research.journeys.timeline.engine import bound, connect, to_frame
from pi_research.journeys.timeline.exposure import person_time
from pi_research.journeys.timeline.merge import Change, cumevent, cumtdc, cut, event, merge_changes, tdc
from pi_research.journeys.timeline.outcomes import milestone_status, preparation_outcomes, tenancy_outcomes
from pi_research.journeys.timeline.reading import Records, records
from pi_research.journeys.timeline.risk import admission_episodes, first_admission, recurrent_admissions
from pi_research.journeys.timeline.series import monthly_series
from pi_research.journeys.timeline.split import lexis, split_at
from pi_research.journeys.timeline.states import STATES, in_words, line, named, period_names

__all__ = [
    "ORDER",
    "STATES",
    "Change",
    "Records",
    "accounts",
    "admission_episodes",
    "bound",
    "build_files",
    "build_timeline",
    "connect",
    "cumevent",
    "cumtdc",
    "cut",
    "event",
    "expressions",
    "first_admission",
    "in_words",
    "lexis",
    "line",
    "merge_changes",
    "milestone_status",
    "monthly_series",
    "named",
    "period_names",
    "person_time",
    "preparation_outcomes",
    "records",
    "recurrent_admissions",
    "split_at",
    "tdc",
    "tenancy_outcomes",
    "to_frame",
]

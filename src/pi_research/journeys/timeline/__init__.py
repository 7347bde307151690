"""Dated records of two organisations as one person's timeline, and the timeline as person-time, at any scale.

The primitives ``merge_changes``, ``split_at`` and ``lexis`` take frames or Ibis tables and give back the
same. ``build_timeline`` and ``build_files`` make every table of a study. Rules: docs/timeline.md.
"""

from pi_research.journeys.timeline.build import ORDER, build_files, build_timeline, outcomes_of
from pi_research.journeys.timeline.engine import bound, connect, to_frame
from pi_research.journeys.timeline.merge import Change, cumevent, cumtdc, cut, event, merge_changes, tdc
from pi_research.journeys.timeline.split import lexis, split_at
from pi_research.journeys.timeline.states import STATES, period_names

__all__ = [
    "ORDER", "STATES", "Change", "bound", "build_files", "build_timeline", "connect", "cumevent", "cumtdc",
    "cut", "event", "lexis", "merge_changes", "outcomes_of", "period_names", "split_at", "tdc", "to_frame",
]

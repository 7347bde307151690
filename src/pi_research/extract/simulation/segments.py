"""Coded interview segments: the report's seven themes and what was said about them, in our own words.

Each sub-theme bears on one or two configurations of the programme theory (``C1`` ...).
Nothing here is said by anybody: roles, directions and frequencies are drawn at random.
"""

from __future__ import annotations

import numpy as np

from pi_research.extract.simulation.draws import pick, uniforms
from pi_research.extract.simulation.frames import frame
from pi_research.extract.simulation.parameters import Parameters

__all__ = ["SUB_THEMES", "THEMES", "segments"]

STREAM, SECOND_STREAM = 16, 18
THEMES = (
    "Access and identifying customers", "Individual customers", "Principles, values and design",
    "Structure and processes", "Challenges", "Whole system", "Evaluation information",
)
# theme | sub-theme | configurations | how often
LINES = """
0 | Eligible now, or later with preparation | C1 | 3
0 | Risk that is known from the person's history | C2 | 3
0 | Caution of families, homes and teams | C2 C3 | 4
0 | Referral by a care coordinator only | C4 | 3
0 | Homes that refer and homes that do not | C3 | 3
0 | Setbacks told apart from failure | C5 | 2
1 | Relapse in mental health | C6 | 4
1 | Own wish to move and ability to manage a home | C7 | 4
1 | Pace felt as too slow or too fast | C8 | 3
1 | Support from family | C3 | 2
1 | Benefits and income when moving | C9 | 3
1 | Forensic history and where a person may live | C10 | 3
2 | Building on strengths | C7 C11 | 4
2 | Coach and housing worker as one team | C12 | 4
2 | Peer mentors as proof that it can be done | C13 | 2
2 | Group work and being with others | C13 | 2
2 | Recovery Star as a conversation | C11 | 2
3 | The first six weeks | C12 | 3
3 | Length of preparation fitted to the person | C8 C14 | 4
3 | Moves that start in an emergency | C14 | 3
3 | Support that goes on for two years | C15 | 4
4 | Covid and access to homes | C16 | 3
4 | Too few suitable homes | C10 C17 | 4
4 | Too few care coordinators | C4 C18 | 4
5 | Payment by milestone and the person's own pace | C19 | 3
5 | A shared process or one bolted on | C18 | 3
5 | Residential care as a stage rather than a last step | C20 | 3
5 | Risk shared between the partners | C19 | 2
6 | Contact with services as prevention | C15 C6 | 3
6 | Meaning of success for each partner | C20 | 2
"""
SUB_THEMES = tuple(tuple(part.strip() for part in line.split("|")) for line in LINES.strip().splitlines())
ROLES = (
    "customer", "coach", "housing_worker", "peer_mentor", "provider", "clinician", "manager", "commissioner",
    "funder",
)
ROLE_SHARES = (0.16, 0.22, 0.16, 0.06, 0.10, 0.10, 0.08, 0.08, 0.04)
DIRECTIONS, DIRECTION_SHARES = ("supports", "refines", "refutes", "neutral"), (0.54, 0.27, 0.12, 0.07)


TWICE, SAME_SUB_THEME, SAME_DIRECTION = 0.3, 0.85, 0.8
"""Share of segments that the second coder coded too, and how often the two agree."""


def segments(seed: int, p: Parameters):
    """Role, theme, sub-theme, configuration, direction and coder of each segment, no text; three in ten
    stand twice, coded by both coders."""
    u = uniforms(seed, STREAM, p.segments, 5)
    v = uniforms(seed, SECOND_STREAM, p.segments, 5)
    often = [float(weight) for *_, weight in SUB_THEMES]
    line, direction = pick(u[0], often), pick(u[3], DIRECTION_SHARES, DIRECTIONS)
    coder = np.where(u[4] < 0.5, "A", "B")
    twice = v[0] < TWICE
    other_line = np.where(v[1] < SAME_SUB_THEME, line, pick(v[2], often))
    other_direction = np.where(v[3] < SAME_DIRECTION, direction, pick(v[4], DIRECTION_SHARES, DIRECTIONS))
    number = np.arange(1, p.segments + 1)
    rows = [*zip(number, coder, line, direction, u[1], pick(u[2], ROLE_SHARES, ROLES), strict=True)]
    second = zip(number, np.where(coder == "A", "B", "A"), other_line, other_direction, u[1],
                 pick(u[2], ROLE_SHARES, ROLES), strict=True)  # fmt: skip
    rows += [row for row, again in zip(second, twice, strict=True) if again]
    rows.sort(key=lambda row: row[:2])
    kept = [SUB_THEMES[i] for _, _, i, *_ in rows]
    return frame("segments", {
        "segment_id": [f"S-{row[0]:04d}" for row in rows],
        "theory_id": [ids.split()[int(row[4] * len(ids.split()))]
                      for (_, _, ids, _), row in zip(kept, rows, strict=True)],
        "theme": [THEMES[int(theme)] for theme, *_ in kept], "sub_theme": [name for _, name, *_ in kept],
        "role": [row[5] for row in rows], "direction": [row[3] for row in rows],
        "coder": [row[1] for row in rows],
    })

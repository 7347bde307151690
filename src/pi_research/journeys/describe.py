"""Counts and words about movers: standing, harm, milestones, halves, other readings of the estimand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    from pi_research.sections import Tenancy

CAUSES = {
    "": "censored", "relapse": "relapse", "return_to_residential": "return to residential care",
    "own_choice": "own choice", "planned_move_on": "planned move on", "eviction": "eviction",
    "death": "death",
    "hospital": "long hospital stay", "other": "other reason",
}
"""Why a tenancy ended, in words; ``censored`` while it lasts."""

STATUSES = {
    "reached": "Reached", "failed": "Failed", "not_yet_due": "Not yet due", "unknown": "Unknown",
    "excluded": "Left out (died)",
}

MILESTONES = {
    "milestone": "Milestone", "come_due": "Due", "reached": "Reached", "failed_due": "Failed",
    "not_yet_due": "To come, held", "failed_early": "To come, lost", "unknown": "Unknown",
    "excluded": "Died",
}
"""Columns of :func:`milestone_counts` as they are printed: reached and failed add up to those due."""

VARIANTS = {
    ("second_tenancy", "continues"): "a second tenancy counts",
    ("second_tenancy", "ends"): "a second tenancy does not count",
    ("planned_move_on", "sustained"): "a planned move on counts as lasting",
    ("planned_move_on", "ends"): "a planned move on counts as an end",
    ("planned_move_on", "censors"): "follow-up stops at a planned move on",
    ("hospital_stay", "kept"): "a long hospital stay does not count",
    ("hospital_stay", "ends"): "a long hospital stay counts as an end",
    ("death", "competes"): "death counts as an end",
    ("death", "censors"): "follow-up stops at death",
    ("leaving_programme", "ignored"): "leaving the programme does not count",
    ("leaving_programme", "censors"): "follow-up stops on leaving the programme",
}


def possible_causes(rules: Tenancy) -> list[str]:
    """Reasons that can end a tenancy under the estimand, in words: also those that have not happened yet."""
    out = {"", "planned_move_on" if rules.planned_move_on != "ends" else "",
           "hospital" if rules.hospital_stay != "ends" else "", "death" if rules.death == "censors" else ""}
    return [words for cause, words in CAUSES.items() if cause not in out]


def standing(held: pd.DataFrame) -> pd.DataFrame:
    """Movers by how their tenancy stood: still held, or the reason for its end, with the total.

    Deaths have a row of their own also where they censor.
    """
    last = held["cause"].map(CAUSES).where(~held["died"], CAUSES["death"])
    still = last == CAUSES[""]
    rows = [("Still held at the end of follow-up", int(still.sum()))]
    rows += [(f"Ended: {reason}", int(n)) for reason, n in last[~still].value_counts().sort_index().items()]
    return pd.DataFrame([*rows, ("All movers", len(held))], columns=["standing", "people"])


def milestone_counts(reached: pd.DataFrame) -> pd.DataFrame:
    """Movers by milestone and status, one row a milestone.

    Beside the statuses: ``come_due``, the movers whose day has come and whose status is known, and the
    failed apart by whether their day has come, ``failed_due`` and ``failed_early``.
    """
    table = reached.groupby("months")["status"].value_counts().unstack(fill_value=0)
    table = table.reindex(columns=list(STATUSES), fill_value=0)
    failed = reached["status"] == "failed"
    known = reached["come_due"] & (failed | (reached["status"] == "reached"))
    table["come_due"] = known.groupby(reached["months"]).sum()
    table["failed_early"] = (failed & ~reached["come_due"]).groupby(reached["months"]).sum()
    table["failed_due"] = table["failed"] - table["failed_early"]
    table.insert(0, "milestone", [f"{m} months" for m in table.index])
    return table.reset_index(drop=True)


def movers_by_half(held: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The earlier and the later half of movers, by the day of the move."""
    order = held.sort_values(["move", "customer_id"], kind="stable")
    half = (len(order) + 1) // 2
    halves = {"moved in the earlier half": order.iloc[:half], "moved in the later half": order.iloc[half:]}
    return {name: frame for name, frame in halves.items() if len(frame)}


def clock_sentence(tables: Mapping[str, pd.DataFrame], held: pd.DataFrame) -> Sentence:
    """How far the tracker's move lies from the first day of the tenancy."""
    events = tables["programme_events"]
    tracked = events[events["event"] == "move"].groupby("customer_id")["date"].min()
    both = held.set_index("customer_id")["move"].to_frame().join(tracked, how="left")
    apart = (both["date"] - both["move"]).dt.days.abs()
    far, missing = int((apart > 7).sum()), int(both["date"].isna().sum())
    return sentence(
        "Of {n} movers, {far} have a tracked move more than seven days away from the first day of the "
        "tenancy, and {missing} have no tracked move; the tenancy's own date is used for all.",
        n=count(len(both)), far=count(far), missing=count(missing),
    )


def estimand_variants(rules: Tenancy) -> dict[str, Tenancy]:
    """The estimand as pre-specified, then with one choice changed at a time."""
    made = {"as in params.yaml": rules}
    for (key, value), words in VARIANTS.items():
        same = {value, getattr(rules, key)} <= {"competes", "ends"} and key == "death"
        if value != getattr(rules, key) and not same:
            made[words] = replace(rules, **{key: value})
    return made


def slug(text: str) -> str:
    """Words as a part of a finding's id."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")

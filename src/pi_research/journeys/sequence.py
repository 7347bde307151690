"""Everyone's years as a sequence of states, and people in each state by month.

Both read the timeline (docs/timeline.md): a row ``(start, stop]`` holds the days after ``start`` up to and
including ``stop``. What they give to draw holds neither identifiers nor dates: days are months since a day 0.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pi_research.journeys.timeline.outcomes import MONTH
from pi_research.journeys.timeline.states import STATES
from pi_research.wording import Sentence, count, joined, percent, sentence

STATE_WORDS = {
    "earlier": "before this stay in care", "residential": "in residential care",
    "preparation": "preparing to move", "tenancy": "in their own tenancy", "lost": "tenancy lost",
    "moved_on": "moved on as planned", "left_programme": "left before a move", "hospital": "in hospital",
    "died": "died",
}
"""The states of the timeline as charts and sentences name them."""

DAY0 = {"move": "the move", "start": "the start of preparation", "": "the beginning of the record"}
"""What months are counted from."""

GROUPS = {"moved": "moved", "preparing": "still preparing", "withdrew": "left before a move",
          "died": "died before a move"}


def states_by_month(timeline: pd.DataFrame, day0: pd.Series, months: Iterable[int],
                    extract_date: pd.Timestamp) -> pd.DataFrame:
    """People in each state on the day some calendar months after (or before) their day 0.

    Under observation at month ``k`` is whoever's history has begun and whose month ``k`` has come by the
    extract date; who died before it is one of them, as ``died``. A day is what it was as it began: the day of
    a move is still preparation. This counts what was seen. It estimates nothing for people not yet followed
    that far: for that, use ``survival.state_occupation``.

    Parameters
    ----------
    timeline : ``Journeys.timeline``, rows in any order.
    day0 : day 0 by ``customer_id``; who has none is left out.
    months : whole months, also negative ones.
    extract_date : last day of follow-up.

    Returns
    -------
    DataFrame
        ``month``, ``state``, ``people``, ``of`` (under observation), ``unknown`` (of them, people of whom it
        is not known whether they were in hospital), one row for each month with anyone under observation and
        each state that occurs in any, in the order of ``STATES``.
    """
    origin = pd.to_datetime(day0.dropna()).rename_axis("customer_id").rename("day0").reset_index()
    asked = [origin.assign(month=int(k), day=origin["day0"] + pd.DateOffset(months=int(k))) for k in months]
    asked = pd.concat(asked or [origin.assign(month=0, day=origin["day0"]).iloc[:0]])
    asked = asked[asked["day"] <= extract_date].sort_values(["day", "customer_id"])
    seen = pd.merge_asof(asked, timeline.sort_values(["start", "customer_id"]), left_on="day",
                         right_on="start", by="customer_id", allow_exact_matches=False)
    over = (seen["day"] > seen["stop"]).to_numpy()
    seen["state"] = seen["state"].mask(over, seen["next_state"])
    seen["unknown"] = ~over & seen["hospital_known"].eq(False)
    seen = seen[seen["state"].isin(STATES)]
    kinds = [s for s in STATES if s in set(seen["state"])]
    made = seen.groupby(["month", "state"]).size().unstack(fill_value=0).reindex(columns=kinds)
    made = made.stack().rename("people").reset_index()
    by_month = seen.groupby("month").agg(of=("state", "size"), unknown=("unknown", "sum"))
    made = made.join(by_month, on="month")
    return made.astype({name: "int64" for name in ("month", "people", "of", "unknown")})


def states_sentence(counted: pd.DataFrame, month: int, day0: str = "move") -> Sentence:
    """Where people were some months after day 0 (``move`` or ``start``), of those followed that far."""
    here = counted[counted["month"] == month]
    after = f"{month} month{'' if month == 1 else 's'} after {DAY0[day0]}"
    if here.empty:
        return sentence("Nobody has been followed for {after}.", after=after)
    people, of = here.set_index("state")["people"], int(here["of"].iloc[0])
    held = int(people.get("tenancy", 0))
    said = [sentence("At {after} {held} of the {of} people followed that far were in a tenancy and not in "
                     "hospital ({share}).", after=after, held=count(held), of=count(of),
                     share=percent(held, of))]
    others = [s for s in STATES if s != "tenancy" and people.get(s, 0)]
    if others:
        parts = "; ".join(f"{STATE_WORDS[s]}: {{{s}}}" for s in others)
        said.append(sentence(f"The others: {parts}.", **{s: count(int(people[s])) for s in others}))
    if unknown := int(here["unknown"].iloc[0]):
        said.append(sentence("For {n} of the {of} hospital is not known then; they are counted where the "
                             "housing record has them.", n=count(unknown), of=count(of)))
    return joined(*said)


def sequences(timeline: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """A row of a chart for each person who started: their stretches in each state, in months since the start.

    Rows are sorted into those who moved, by the months to their move, shortest first; then those still
    preparing, those who left and those who died before a move, each by the months to that.

    Parameters
    ----------
    timeline : ``Journeys.timeline``, rows in any order.
    people : ``Journeys.stages``: ``customer_id``, ``start``, ``move``, ``status``, ``months_preparing``.

    Returns
    -------
    DataFrame
        ``row`` (0 is the first from above), ``group``, ``start``, ``stop`` (months), ``state``; a death has no
        length. No identifier, no date.
    """
    who = people[people["start"].notna() & people["customer_id"].isin(timeline["customer_id"])]
    who = who.assign(order=who["status"].map({s: k for k, s in enumerate(GROUPS)}), zero=who["start"])
    who = who.sort_values(["order", "months_preparing", "customer_id"])
    who = who.assign(row=np.arange(len(who)), group=who["status"].map(GROUPS))
    made = stretches(timeline, "state").merge(who[["customer_id", "row", "group", "zero"]], on="customer_id")
    died = made[made["next_state"] == "died"]
    made = pd.concat([made, died.assign(start=died["stop"], state="died")])
    months = {name: (made[name] - made["zero"]).dt.days / MONTH for name in ("start", "stop")}
    made = made.assign(**months).sort_values(["row", "start", "stop"], ignore_index=True)
    return made[["row", "group", "start", "stop", "state"]]


def stretches(timeline: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows of a person that follow one another with one value of ``column``, as one row.

    Returns ``customer_id``, ``start``, ``stop``, ``next_state`` (after the last of them) and the column.
    """
    rows = timeline.sort_values(["customer_id", "start"])
    before = rows[["customer_id", column, "stop"]].shift()
    same = rows[["customer_id", column, "start"]].set_axis(before.columns, axis=1).eq(before).all(axis=1)
    made = rows.groupby((~same).cumsum().to_numpy())
    return made.agg(customer_id=("customer_id", "first"), start=("start", "min"), stop=("stop", "max"),
                    next_state=("next_state", "last"), **{column: (column, "first")})

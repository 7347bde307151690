"""Charts of journeys: one person's years and everyone's sequence, inside only, and shares in each state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.journeys.sequence import DAY0, STATE_WORDS
from pi_research.journeys.timeline.outcomes import MONTH
from pi_research.report.shown import Chart
from pi_research.wording import Number, Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.journeys.person import History

__all__ = ["person_journey", "sequence_chart", "state_shares"]

NOBODY = ("No single person's years are drawn: with a real extract this needs the person's consent, and "
          "their customer_id as journey.person in params.yaml.")
MARKS = {DAY0["move"]: "moves in", DAY0["start"]: "starts preparing"}
DAY = 1 / MONTH
BEFORE = 6
"""Months before day 0 from which on everyone's rows are drawn."""
LONGEST = 72
"""Months before day 0 that one person's chart goes back at most."""


def _ticks(low: float, high: float) -> list[int]:
    step = 6 if high - low <= 48 else 12
    return [int(t) for t in np.arange(np.ceil(low / step) * step, high + 0.5, step)] or [int(low)]


def state_shares(counted: pd.DataFrame, id: str, caption: str, *, day0: str, who: str) -> Chart:
    """Share of people in each state by month, stacked, with the numbers under observation.

    ``counted`` is what ``sequence.states_by_month`` gives. A release draws it from rounded counts, and leaves
    a state blank in the months in which few people are in it.
    """
    months = sorted(set(counted["month"]))
    said = [sentence("Stacked shares of {who} in each state, month by month since {day0}.", who=who,
                     day0=DAY0[day0])]
    said += [_at(counted[counted["month"] == m], m) for m in (*months[:1], 6, 12, 24) if m in months]
    options = {"ticks": _ticks(months[0], months[-1]) if months else [], "people": who,
               "xlabel": f"Months since {DAY0[day0]}", "ylabel": "Share of those under observation",
               "mark": "the move" if day0 == "move" else "", "height": 4.4}
    frame = counted[["month", "state", "people", "of"]].assign(state=counted["state"].map(STATE_WORDS))
    return Chart(id, caption, joined(*said), "states", frame, options, "points", ("people", "of"), who,
                 ("month", "state"))


def _at(rows: pd.DataFrame, month: int) -> Sentence:
    of = int(rows["of"].iloc[0])
    shares = {r.state: Number(r.people / of, "percent", 0, (int(r.people), int(of - r.people)), counted=True)
              for r in rows.itertuples() if r.people}
    parts = ", ".join(f"{STATE_WORDS[s]} {{{s}}}" for s in shares)
    return sentence(f"Month {{m}}, of {{of}} people: {parts}.", m=str(month).replace("-", "−"),
                    of=count(of), **shares)


def sequence_chart(rows: pd.DataFrame, id: str, caption: str, *, day0: str, who: str) -> Chart:
    """A thin row for each person, coloured by state, months since day 0 on x; for the safe room only.

    ``rows`` is what ``sequence.sequences`` gives.
    """
    people, last = rows["row"].nunique(), float(rows["stop"].max()) if len(rows) else 1.0
    said = [sentence("{n} {who}, a thin row each, coloured by state; months since {day0} from left to right.",
                     n=count(people), who=who, day0=DAY0[day0])]
    groups = rows.groupby("group", sort=False)["row"].nunique()
    said += [sentence("{name}: {n} rows.", name=str(g).capitalize(), n=count(n)) for g, n in groups.items()]
    for state, words in (("hospital", "with time in hospital"), ("lost", "with a tenancy lost"),
                         ("died", "that end with a death")):
        n = rows.loc[(rows["state"] == state) & (rows["stop"] > 0), "row"].nunique()
        said.append(sentence("Rows {words} since: {n}.", words=words, n=count(n)))
    options = {"left": -BEFORE, "right": last, "ticks": _ticks(-BEFORE, last),
               "height": 2.2 + 0.045 * max(people, 30), "xlabel": f"Months since {DAY0[day0]}"}
    frame = rows.assign(state=rows["state"].map(STATE_WORDS))
    return Chart(id, caption, joined(*said), "sequence", frame, options, "inside", universe=who)


def person_journey(history: History | None, id: str, caption: str) -> Chart | Sentence:
    """One person's years, a lane for each kind of record; for the safe room only.

    Months since day 0, and calendar years above them where the extract is synthetic. Where nobody is to be
    drawn, a sentence that says so.
    """
    if history is None:
        return sentence(NOBODY)
    events = history.events
    first, right = float(events["start"].min()), float(events["stop"].max())
    left = max(first, -LONGEST)
    cut = " (earlier years left out)" if first < left else ""
    options = {"left": left, "right": right, "ticks": _ticks(left, right), "height": 5.4,
               "xlabel": f"Months since {history.day0}{cut}", "years": _years(history, left, right),
               "mark": MARKS.get(history.day0, ""), "end": "dies" if history.died else "",
               "sums": _sums(history)}
    frame = events.assign(label=events["label"].map(STATE_WORDS).fillna(events["label"]))
    return Chart(id, caption, joined(*_told(history)), "journey", frame, options, "inside")


def _years(history: History, left: float, right: float) -> dict[str, float]:
    """Where each calendar year begins, where dates may be told."""
    import pandas as pd

    if history.calendar is None:
        return {}
    low, high = (history.calendar + pd.Timedelta(days=m * MONTH) for m in (left, right))
    return {str(y): (pd.Timestamp(y, 1, 1) - history.calendar).days / MONTH
            for y in range(low.year + 1, high.year + 1)}


def _lane(history: History, lane: str) -> pd.DataFrame:
    return history.events[history.events["lane"] == lane]


def _unknown(history: History) -> bool:
    """Whether hospital and contacts are not known at any time."""
    lived, unknown = _lane(history, "stage"), _lane(history, "unknown")
    return bool((unknown["stop"] - unknown["start"]).sum() >= (lived["stop"] - lived["start"]).sum() - 1e-6)


def _sums(history: History) -> dict[str, str]:
    """What stands at the right of each lane."""
    lanes = ("placement", "tenancy", "hospital", "crisis", "missed", "star")
    n = {lane: len(_lane(history, lane)) for lane in lanes}
    said = {lane: "none recorded" for lane in lanes if not n[lane]}
    if _unknown(history):
        return said | {lane: "not known" for lane in ("hospital", "crisis", "missed")}
    if not history.contacts:
        said |= {"crisis": "not supplied", "missed": "not supplied"}
    nights = _lane(history, "hospital")["value"].sum()
    stays = {"hospital": f"{_n(n['hospital'], 'stay')}\n{_n(nights, 'night')}"} if n["hospital"] else {}
    return {"crisis": str(n["crisis"]), "missed": str(n["missed"])} | said | stays


def _n(value: float, word: str) -> str:
    return f"{value:,.0f} {word}{'' if value == 1 else 's'}"


def _when(history: History, month: float) -> str:
    """A day in words: the calendar month where dates may be told, else how far from day 0."""
    import pandas as pd

    if history.calendar is not None:
        return f"{history.calendar + pd.Timedelta(days=round(month * MONTH)):%B %Y}"
    away = round(abs(month))
    side = "before" if month < 0 else "after"
    return f"{_n(away, 'month')} {side} {history.day0}" if away else history.day0


def _told(history: History) -> list[Sentence]:
    """The chart in words."""
    lived = _lane(history, "stage")
    begins = [lived["start"].iloc[0] + DAY, *lived["start"].iloc[1:]]  # a row holds the days after its start
    path = ", ".join(f"from {_when(history, m)} {STATE_WORDS[s]}"
                     for m, s in zip(begins, lived["label"], strict=True))
    end = "death" if history.died else "the end of the record"
    said = [sentence("One person's years: {path}; up to {end}, {when}.", path=path, end=end,
                     when=_when(history, lived["stop"].max()))]
    if len(homes := _lane(history, "tenancy")):
        said.append(sentence("Tenancies: {n} ({how}).", n=count(len(homes)), how="; ".join(homes["label"])))
    return [*said, *_care_told(history), _star_told(history)]


def _care_told(history: History) -> list[Sentence]:
    if _unknown(history):
        return [sentence("Hospital and contacts are not known: no trust record is linked to this person.")]
    unknown, said = _lane(history, "unknown"), []
    if len(unknown):
        said.append(sentence("Hospital and contacts are known from {when} on.",
                             when=_when(history, unknown["stop"].max() + DAY)))
    crisis, missed = (count(len(_lane(history, lane))) for lane in ("crisis", "missed"))
    words = ("Crisis contacts: {c}. Missed appointments: {m}." if history.contacts
             else "Contacts were not supplied.")
    return [*said, _stays_told(history, _lane(history, "hospital")), sentence(words, c=crisis, m=missed)]


def _stays_told(history: History, stays: pd.DataFrame) -> Sentence:
    if stays.empty:
        return sentence("No hospital stay.")
    before = int((stays["start"] <= 0).sum())
    sides = f": {before} from before the move and {len(stays) - before} since"
    return sentence("Hospital stays: {n}, with {nights}{sides}.", n=count(len(stays)),
                    nights=_n(stays["value"].sum(), "night"),
                    sides=sides if history.day0 == DAY0["move"] else "")


def _star_told(history: History) -> Sentence:
    star = _lane(history, "star")
    if star.empty:
        return sentence("No Recovery Star is recorded.")
    first, last = (number(star["value"].iloc[k], digits=1) for k in (0, -1))
    where = ("{first} at the first of {n} assessments, {last} at the last" if len(star) > 1
             else "{first} at the one assessment")
    return sentence(f"Recovery Star, mean of its areas from 1 to 10: {where}.", first=first,
                    n=count(len(star)), last=last)

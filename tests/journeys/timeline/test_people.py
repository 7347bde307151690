"""Random people, each followed day by day in plain Python beside the engine: the same states, days and events."""

from __future__ import annotations

import random
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.journeys import timeline
from pi_research.sections import Milestones, Tenancy

MONTHS = (6, 12, 24)
FAR = 10**6
ZERO = pd.Timestamp(0)
DAY = pd.Timedelta(days=1)


def number(day: str | None) -> int | None:
    return None if day is None else (pd.Timestamp(day) - ZERO).days


LAST, RECORD = number("2024-03-31"), number("2020-01-01")


class Followed:
    """One person worked out from the rows as they stand, one day after another."""

    def __init__(self, who: dict) -> None:
        past = lambda day: day if day is not None and day <= LAST else None  # noqa: E731
        homes = [(number(a), past(number(b)), r, i) for i, (a, b, r) in enumerate(who["tenancies"])]
        homes = [(a, b, None if b is None else r, i) for a, b, r, i in homes if a <= LAST]
        self.homes = sorted(homes, key=lambda h: (h[0], FAR if h[1] is None else h[1], h[3]))
        self.start, self.withdrew = past(number(who.get("start"))), past(number(who.get("withdrawal")))
        self.move = min((h[0] for h in self.homes), default=None)
        moved = None if self.move is None else ZERO + self.move * DAY
        self.cuts = [] if moved is None else [(moved + pd.DateOffset(months=m) - ZERO).days for m in MONTHS]
        deaths = [past(number(who["died"])) if who["linked"] else None, *(h[1] for h in self.homes if h[2] == "death")]
        self.died = min((d for d in deaths if d is not None), default=None)
        self.placed = [d for d in map(number, who["placements"]) if d <= LAST]
        self.since = number(who["since"]) if who["since"] else min(self.placed, default=None)
        self.opens = min(d for d in (RECORD - 1, self.since, self.start, self.move) if d is not None)
        self.until = LAST if self.died is None else self.died
        self.known = RECORD - 1 if who["linked"] else FAR
        spells = {}
        for admitted, out, site, version, i, method in who["spells"]:
            close = past(number(out))
            key = (version, number(admitted), FAR if close is None else close)
            if i not in spells or key > spells[i][0]:
                spells[i] = (key, number(admitted), FAR if close is None else close, site, method, i)
        kept = sorted((s[1:] for s in spells.values() if s[1] <= LAST), key=lambda s: (s[0], s[1], s[4]))
        self.stays, site_before = [], None
        for admitted, close, site, method, _ in kept:
            bridge = 1 if site_before is not None and (site != site_before or method == "transfer") else 0
            if self.stays and admitted <= self.stays[-1][1] + (bridge if admitted == self.stays[-1][1] + 1 else 0):
                self.stays[-1][1] = max(self.stays[-1][1], close)
            else:
                self.stays.append([admitted, close])
            site_before = site
        inside = {s[4]: s[:2] for s in kept}
        self.away = set()
        for i, a, b in who["leave"]:
            if i in inside and number(a) <= LAST:
                back = min(FAR if b is None else number(b), inside[i][1], LAST)
                self.away |= set(range(max(number(a), inside[i][0]) + 1, back + 1))
        self.contacts = [(number(day), kind) for day, kind in who["contacts"]]

    def period(self, day: int) -> str:
        t = day - 1
        if self.move is not None and t >= self.move:
            return ["0-6 months", "6-12 months", "12-24 months", "later"][sum(t >= cut for cut in self.cuts)]
        again = self.start is not None and self.withdrew is not None and self.withdrew < self.start <= t
        if self.withdrew is not None and t >= self.withdrew and not again:
            return "left"
        return "preparation" if self.start is not None and t >= self.start else "before"

    def stage(self, day: int) -> str:
        t = day - 1
        if any(a <= t < (FAR if b is None else b) for a, b, _, _ in self.homes):
            return "tenancy"
        over = [(b, k, r) for k, (a, b, r, _) in enumerate(self.homes) if b is not None and b <= t]
        if over:
            return "moved_on" if max(over, key=lambda h: h[:2])[2] == "planned_move_on" else "lost"
        again = self.start is not None and self.withdrew is not None and self.withdrew < self.start <= t
        if self.withdrew is not None and t >= self.withdrew and not again:
            return "left_programme"
        if self.start is not None and t >= self.start:
            return "preparation"
        return "earlier" if self.since is not None and t < self.since else "residential"

    def in_hospital(self, day: int) -> bool:
        return any(a < day <= b for a, b in self.stays)

    def knows(self, day: int) -> bool:
        return self.known < day <= self.until

    def end(self, rules: Tenancy) -> tuple[int, str]:
        """Last day and cause of the tenancy under the estimand, by looking at each day for the first end."""
        stretches = []
        for first, last, reason, i in self.homes:
            last = FAR if last is None else last
            if stretches and first < stretches[-1][1]:
                if (last, i) > stretches[-1][1::2]:
                    stretches[-1] = (stretches[-1][0], last, reason, i)
            else:
                stretches.append((first, last, reason, i))
        own = LAST, ""
        for (_, last, reason, _), after in zip(stretches, [*stretches[1:], None], strict=True):
            if last == FAR:
                break
            if reason == "planned_move_on":
                goes_on = after is not None and rules.planned_move_on == "sustained"
                own = {"ends": (last, reason), "censors": (last, ""), "sustained": (LAST, "")}[rules.planned_move_on]
            else:
                goes_on = after is not None and reason != "death" and after[0] - last <= rules.gap_days
                own = last, reason or "other"
            if not goes_on or rules.second_tenancy == "ends":
                break
            own = LAST, ""
        long = [a + rules.hospital_days for a, b in self.stays
                if a >= self.move and min(b, LAST) > a + rules.hospital_days] if self.known < FAR else []
        ends = [(own[0], 5 if not own[1] else 0, own[1]), (self.died, 1, "death"),
                (min((d for d in self.placed if d > self.move), default=None), 2, "return_to_residential")]
        ends += [(min(long, default=None), 3, "hospital")] if rules.hospital_stay == "ends" else []
        ends += [(self.withdrew, 4, "")] if rules.leaving_programme == "censors" else []
        day, _, cause = min(e for e in ends if e[0] is not None and e[0] >= self.move)
        return day, cause

    @property
    def admissions(self) -> list[int]:
        return [a for a, _ in self.stays if self.knows(a)]


def built(tables: dict, rules: Tenancy | None = None, day: int = LAST) -> dict[str, pd.DataFrame]:
    return timeline.build_timeline(tables, ZERO + day * DAY, rules or Tenancy(), Milestones(), months=MONTHS)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=5)
def test_every_day_of_everybody_is_in_one_row_with_the_state_of_that_day(drawn, seed):
    tables, people = drawn(seed)
    followed = {name: Followed(what) for name, what in people.items()}
    draw = random.Random(seed)
    rules = Tenancy(
        second_tenancy=draw.choice(["continues", "ends"]), gap_days=draw.choice([0, 28, 90]), hospital_days=30,
        planned_move_on=draw.choice(["sustained", "ends", "censors"]), hospital_stay=draw.choice(["kept", "ends"]),
        leaving_programme=draw.choice(["ignored", "censors"]),
    )
    made = built(tables, rules)
    rows = {who: frame for who, frame in made["timeline"].groupby("customer_id")}
    assert set(rows) == {who for who, f in followed.items() if f.opens < f.until}
    for who, f in followed.items():
        days = []
        for row in rows.get(who, pd.DataFrame()).itertuples():
            inside = range((row.start - ZERO).days + 1, (row.stop - ZERO).days + 1)
            hospital = None if pd.isna(row.in_hospital) else bool(row.in_hospital)
            days += [(d, row.stage, row.state, row.period, hospital) for d in inside]
        assert [d[0] for d in days] == list(range(f.opens + 1, f.until + 1)), "each day once, in order, from end to end"
        for d, stage, state, period, hospital in days:
            assert (stage, period) == (f.stage(d), f.period(d))
            assert hospital == (f.in_hospital(d) if f.knows(d) else None)
            assert state == ("hospital" if hospital else stage)
    ends = {row.customer_id: ((row.stop - ZERO).days, row.cause) for row in made["tenancies"].itertuples()}
    assert ends == {who: f.end(rules) for who, f in followed.items() if f.move is not None}
    check_person_time(made["person_time"], followed)
    check_admissions(made, followed)
    check_months(made["monthly"], followed)


def check_person_time(frame: pd.DataFrame, followed: dict[str, Followed]) -> None:
    """Days by period add up to the history; every event is in one period, that of its day."""
    found = frame.set_index(["customer_id", "period"])
    for who, f in followed.items():
        days = range(f.opens + 1, f.until + 1)
        expected = Counter(f.period(d) for d in days)
        own = frame[frame["customer_id"] == who]
        assert dict(zip(own["period"], own["days"], strict=True)) == dict(expected)
        assert own["days"].sum() == max(f.until - f.opens, 0)
        known = [d for d in days if f.knows(d)]
        assert own["known_days"].sum() == len(known)
        kinds = {"crisis_contacts": "crisis", "planned_contacts": "planned", "missed_appointments": "missed"}
        for period in expected:
            row, inside = found.loc[(who, period)], [d for d in known if f.period(d) == period]
            assert row["known_days"] == len(inside)
            nights = [d for d in inside if f.in_hospital(d)]
            assert row["at_risk_days"] == len(inside) - len(nights)
            if not inside:
                assert row[["bed_days", "admissions", *kinds]].isna().all()
                continue
            assert row["bed_days"] == len(nights)
            assert row["occupied_days"] == len([d for d in nights if d not in f.away])
            assert row["admissions"] == sum(f.period(a) == period for a in f.admissions)
            for column, kind in kinds.items():
                assert row[column] == sum(k == kind and f.knows(d) and f.period(d) == period for d, k in f.contacts)


def check_admissions(made: dict[str, pd.DataFrame], followed: dict[str, Followed]) -> None:
    """The same admissions and days at risk since the move in every table that has them."""
    names = ("admission_episodes", "recurrent_admissions", "first_admission")
    episodes, gaps, first = (made[name].groupby("customer_id") for name in names)
    for who, f in followed.items():
        days = range(f.until if f.move is None else f.move + 1, f.until + 1)
        at_risk = [d - f.move for d in days if f.move is not None and f.knows(d) and not f.in_hospital(d)]
        if not at_risk:
            assert who not in episodes.groups
            continue
        rows, runs, one = episodes.get_group(who), gaps.get_group(who), first.get_group(who).iloc[0]
        assert [d for a, b in zip(rows["start"], rows["stop"], strict=True) for d in range(a + 1, b + 1)] == at_risk
        after = [a - f.move for a in f.admissions if a > f.move]
        assert rows.loc[rows["event"] == 1, "stop"].tolist() == runs.loc[runs["event"] == 1, "stop"].tolist() == after
        assert runs["gap"].sum() == len(at_risk) and runs["number"].tolist() == list(range(1, len(runs) + 1))
        ended = "admission" if after else "death" if f.died is not None and not f.in_hospital(f.until) else ""
        assert (one["entry"], one["cause"]) == (at_risk[0] - 1, ended)
        assert one["exit"] == (after[0] if after else at_risk[-1])


def check_months(months: pd.DataFrame, followed: dict[str, Followed]) -> None:
    """What bears the dates of the time on the programme is in one month."""
    begins = months["month"].min()
    days = contacts = admissions = nights = 0
    for f in followed.values():
        on = f.start if f.start is not None else f.move
        if on is None:
            continue
        left = min(d for d in (f.withdrew, f.died, LAST + 1) if d is not None)
        days += max(left - on, 0)
        if f.known == FAR:
            continue
        shown = max(on, RECORD if begins < ZERO + RECORD * DAY else on)
        contacts += sum(k == "crisis" and shown <= d < left for d, k in f.contacts)
        admissions += sum(shown <= a < left for a, _ in f.stays)
        nights += sum(max(min(b, left) - max(a, shown), 0) for a, b in f.stays)
    assert months["person_days"].sum() == days and months["crisis_contacts"].sum() == contacts
    assert months["admissions"].sum() == admissions and months["bed_days"].sum() == nights


def test_one_day_more_or_less_of_the_extract_changes_only_what_it_must(drawn):
    tables, people = drawn(5)
    followed = [Followed(what) for what in people.values()]
    earlier, later = (built(tables, day=day)["person_time"]["days"].sum() for day in (LAST - 1, LAST))
    assert later - earlier == sum(f.until == LAST and f.opens < LAST for f in followed)

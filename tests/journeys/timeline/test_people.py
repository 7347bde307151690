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


def text(day: int | None) -> str | None:
    return None if day is None else f"{ZERO + day * DAY:%Y-%m-%d}"


LAST, RECORD = number("2024-03-31"), number("2020-01-01")


def someone(draw: random.Random) -> dict:
    """A person to whom anything may have happened, in any order and on the same days."""
    some = lambda low, high: draw.randint(low, high)  # noqa: E731
    start = some(RECORD - 200, LAST + 30)
    move = start + some(-20, 300)
    tenancies = []
    for _ in range(draw.choice([0, 1, 1, 2, 3])):
        last = None if draw.random() < 0.3 else move + draw.choice([0, 1, 30, some(1, 900)])
        reason = None if last is None else draw.choice(["relapse", "planned_move_on", "death", "own_choice"])
        tenancies.append((text(move), text(last), reason))
        move = (last if last is not None else move) + draw.choice([0, 0, 1, 20, -5, some(0, 90)])
    spells, day = [], RECORD - some(0, 300)
    for i in range(draw.choice([0, 1, 3, 6])):
        day += draw.choice([0, 1, 2, some(0, 200)])
        out = None if draw.random() < 0.05 else day + draw.choice([0, 1, some(1, 60)])
        for version in range(draw.choice([1, 1, 2])):
            late = text(day + 40 * version)[:8] + "01"
            spells.append((text(day), text(out if version else None) if draw.random() < 0.2 else text(out), draw.choice("AB"), late, i,
                           draw.choice(["emergency", "emergency", "transfer"])))
        day = draw.choice([day, out if out is not None else day])
    leave = [(s[4], text(number(s[0]) + (b := some(0, 30))), draw.choice([None, text(number(s[0]) + b + some(0, 9))])) for s in spells if draw.random() < 0.4]
    contacts = [(text(some(RECORD - 100, LAST + 20)), draw.choice(["crisis", "planned", "missed", "other"])) for _ in range(some(0, 12))]
    contacts += [(s[0], "crisis") for s in spells[:1]] + [(t[0], "planned") for t in tenancies[:1]]
    person = dict(
        since=draw.choice([None, text(start - some(0, 2000))]), linked=draw.random() < 0.85, tenancies=tenancies, spells=spells, leave=leave,
        contacts=contacts, died=text(some(RECORD, LAST + 60)) if draw.random() < 0.2 else None, start=text(start),
    )
    if draw.random() < 0.2:
        person.pop("start")
    if draw.random() < 0.25:
        person["withdrawal"] = text(start + draw.choice([0, some(-30, 600), max(0, number(tenancies[0][0]) - start) if tenancies else 5]))
    return person


class Followed:
    """One person worked out from the rows as they stand, one day after another."""

    def __init__(self, who: dict) -> None:
        past = lambda day: day if day is not None and day <= LAST else None  # noqa: E731
        self.homes = sorted(((number(a), past(number(b)), r if past(number(b)) is not None else None, i) for i, (a, b, r) in enumerate(who["tenancies"])
                             if number(a) <= LAST), key=lambda h: (h[0], FAR if h[1] is None else h[1], h[3]))
        self.start, self.withdrew = past(number(who.get("start"))), past(number(who.get("withdrawal")))
        self.move = min((h[0] for h in self.homes), default=None)
        moved = None if self.move is None else ZERO + self.move * DAY
        self.cuts = [] if moved is None else [(moved + pd.DateOffset(months=m) - ZERO).days for m in MONTHS]
        deaths = [past(number(who["died"])) if who["linked"] else None, *(h[1] for h in self.homes if h[2] == "death")]
        self.died = min((d for d in deaths if d is not None), default=None)
        self.since = number(who["since"])
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
        self.away = {d for i, a, b in who["leave"] if i in inside and number(a) <= LAST
                     for d in range(max(number(a), inside[i][0]) + 1, min(FAR if b is None else number(b), inside[i][1], LAST) + 1)}
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

    @property
    def admissions(self) -> list[int]:
        return [a for a, _ in self.stays if self.knows(a)]


def village_of(village, seed: int, people: int = 20):
    draw = random.Random(seed)
    extract, followed = village(), {}
    for i in range(people):
        who = someone(draw)
        followed[extract.person(f"Q{i:03d}", **who)] = Followed(who)
    return extract.tables, followed


def built(tables: dict, village) -> dict[str, pd.DataFrame]:
    return timeline.build_timeline(tables, village.last_day, Tenancy(), Milestones(), months=MONTHS)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=5)
def test_every_day_of_everybody_is_in_one_row_with_the_state_of_that_day(village, seed):
    tables, followed = village_of(village, seed)
    made = built(tables, village)
    rows = {who: frame for who, frame in made["timeline"].groupby("customer_id")}
    assert set(rows) == {who for who, f in followed.items() if f.opens < f.until}
    for who, f in followed.items():
        days = []
        for row in rows.get(who, pd.DataFrame()).itertuples():
            inside = range((row.start - ZERO).days + 1, (row.stop - ZERO).days + 1)
            days += [(d, row.stage, row.state, row.period, None if pd.isna(row.in_hospital) else bool(row.in_hospital)) for d in inside]
        assert [d[0] for d in days] == list(range(f.opens + 1, f.until + 1)), "each day once, in order, from end to end"
        for d, stage, state, period, hospital in days:
            assert (stage, period) == (f.stage(d), f.period(d))
            assert hospital == (f.in_hospital(d) if f.knows(d) else None) and state == ("hospital" if hospital else stage)
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
            assert row["bed_days"] == len(nights) and row["occupied_days"] == len([d for d in nights if d not in f.away])
            assert row["admissions"] == sum(f.period(a) == period for a in f.admissions)
            for column, kind in kinds.items():
                assert row[column] == sum(k == kind and f.knows(d) and f.period(d) == period for d, k in f.contacts)


def check_admissions(made: dict[str, pd.DataFrame], followed: dict[str, Followed]) -> None:
    """The same admissions and days at risk since the move in every table that has them."""
    episodes, gaps, first = (made[n].groupby("customer_id") for n in ("admission_episodes", "recurrent_admissions", "first_admission"))
    for who, f in followed.items():
        if f.move is None or who not in episodes.groups:
            assert not any(f.move is not None and f.knows(d) and d > f.move and not f.in_hospital(d) for d in range(f.opens + 1, f.until + 1))
            continue
        rows, runs, one = episodes.get_group(who), gaps.get_group(who), first.get_group(who).iloc[0]
        at_risk = [d - f.move for d in range(f.move + 1, f.until + 1) if f.knows(d) and not f.in_hospital(d)]
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


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffling_the_rows_of_every_table_changes_nothing(village, seed):
    tables, _ = village_of(village, seed)
    shuffled = {name: t.sample(frac=1, random_state=seed).reset_index(drop=True) for name, t in tables.items()}
    before, after = built(tables, village), built(shuffled, village)
    for name in before:
        pd.testing.assert_frame_equal(before[name], after[name])


def test_an_empty_day_more_or_less_of_the_extract_changes_only_what_it_must(village):
    tables, followed = village_of(village, 5)
    earlier = timeline.build_timeline(tables, village.last_day - pd.Timedelta(days=1), Tenancy(), Milestones())["person_time"]
    later = built(tables, village)["person_time"]
    alive = sum(f.until == LAST and f.opens < LAST for f in followed.values())
    assert later["days"].sum() - earlier["days"].sum() == alive

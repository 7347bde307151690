"""Rules across tables on the housing side: steps, tenancies, outcome claims, placements, support."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from pi_research.extract.across import Context, Tables, add_months, needs, overlapping, rows_of
from pi_research.extract.faults import Fault, fault

INTEREST = "expression_of_interest"


def _first(events: pd.DataFrame, step: str) -> pd.DataFrame:
    """The earliest row of a step for each person: columns ``date`` and ``row``, indexed by customer."""
    chosen = events[events["event"] == step].rename_axis("row").reset_index()
    chosen = chosen.sort_values(["date", "event_id"]).drop_duplicates("customer_id")
    return chosen.set_index("customer_id")[["date", "row"]]


def _against(frame: pd.DataFrame, date: str, first: pd.DataFrame) -> pd.DataFrame:
    """Rows of people who have the step: ``row``, ``date`` of the row, ``limit`` and ``other`` of the step."""
    tidy = pd.DataFrame(
        {"row": frame.index, "customer_id": frame["customer_id"].array, "date": frame[date].array}
    )
    return tidy.join(first.rename(columns={"date": "limit", "row": "other"}), on="customer_id", how="inner")


def order_of_steps(t: Tables, context: Context) -> Iterator[Fault]:
    """Every rule with an ``order`` setting: its second step not before its first."""
    events = t["programme_events"]
    for rule in context.rules.by_id.values():
        if "order" not in rule.settings:
            continue
        first, then = rule.settings["order"]
        pairs = _against(events[events["event"] == then], "date", _first(events, first))
        wrong = (
            pairs["date"] > pairs["limit"]
            if rule.id == "step_after_withdrawal"
            else pairs["date"] < pairs["limit"]
        )
        yield _fault_of(rule.id, "programme_events", "date", pairs[wrong])


def _fault_of(
    rule: str, table: str, column: str, pairs: pd.DataFrame, other: str = "programme_events", **words
) -> Fault:
    return fault(rule, table, column, pairs["row"], rows_of(other, pairs["other"]), **words)


def steps_once(t: Tables, context: Context) -> Iterator[Fault]:
    """A step that can only happen once, more than once."""
    events = t["programme_events"]
    once = events[events["event"].isin(context.rules.setting("step_twice", "events"))]
    once = once.sort_values(["date", "event_id"])
    yield fault(
        "step_twice", "programme_events", "event", once.index[once.duplicated(["customer_id", "event"])]
    )


def steps_and_their_details(t: Tables, context: Context) -> Iterator[Fault]:
    """Planned dates and reasons with the steps to which they belong."""
    events = t["programme_events"]
    planned, has_date = events["event"] == "move_planned", events["planned_date"].notna()
    past = planned & (events["planned_date"] < events["date"])
    with_reason = events["event"].isin(context.rules.setting("reason_elsewhere", "events"))
    for rule, column, wrong in (
        ("planned_date_missing", "planned_date", planned & ~has_date),
        ("planned_date_elsewhere", "planned_date", ~planned & has_date),
        ("planned_before_plan", "planned_date", past),
        ("reason_elsewhere", "reason", ~with_reason & events["reason"].notna()),
    ):
        yield fault(rule, "programme_events", column, events.index[wrong])
    moves = events[events["event"] == "move"]
    started = moves["customer_id"].isin(_first(events, "start").index)
    yield fault("move_without_start", "programme_events", "event", moves.index[~started])


def people_and_steps(t: Tables, context: Context) -> Iterator[Fault]:
    """Consent, ages, and people without a step."""
    people = t["people"]
    set_aside = people["consent"].isin(context.rules.setting("without_consent", "values"))
    yield fault("without_consent", "people", "consent", people.index[set_aside])
    born = people["year_of_birth"].astype("float64")
    before = people["residential_since"].dt.year < born
    yield fault("born_after_residential", "people", "residential_since", people.index[before])
    events = t.get("programme_events")
    if events is None:
        return
    without = ~people["customer_id"].isin(events["customer_id"])
    yield fault("person_without_events", "people", "customer_id", people.index[without])
    interest = people["customer_id"].map(_first(events, INTEREST)["date"]).dt.year
    young = interest - born < context.rules.setting("under_age", "age")
    yield fault("under_age", "people", "year_of_birth", people.index[young])


def intervals(t: Tables, context: Context) -> Iterator[Fault]:
    """In every table with an interval: no end before its start."""
    for name, frame in t.items():
        if context.dictionary[name].interval is not None:
            start, end = context.dictionary[name].interval
            yield fault("end_before_start", name, end, frame.index[frame[end] < frame[start]])


def tenancies_alone(t: Tables, context: Context) -> Iterator[Fault]:
    """Tenancies: overlaps, ends and reasons."""
    tenancies = t["tenancies"]
    rows, others = overlapping(tenancies, "customer_id", "start_date", "end_date")
    yield fault("tenancies_overlap", "tenancies", "start_date", rows, rows_of("tenancies", others))
    ended, reason = tenancies["end_date"].notna(), tenancies["end_reason"].notna()
    same_day = tenancies["start_date"] == tenancies["end_date"]
    for rule, column, wrong in (
        ("zero_length_tenancy", "end_date", same_day),
        ("end_date_without_reason", "end_reason", ended & ~reason),
        ("reason_without_end_date", "end_date", reason & ~ended),
    ):
        yield fault(rule, "tenancies", column, tenancies.index[wrong])


def tenancies_and_steps(t: Tables, context: Context) -> Iterator[Fault]:
    """Tenancies beside interest, move and withdrawal."""
    tenancies, events = t["tenancies"], t["programme_events"]
    pairs = _against(tenancies, "start_date", _first(events, INTEREST))
    yield _fault_of(
        "tenancy_before_interest", "tenancies", "start_date", pairs[pairs["date"] < pairs["limit"]]
    )
    lasting = tenancies.assign(last=tenancies["end_date"].fillna(pd.Timestamp.max))
    pairs = _against(lasting, "last", _first(events, "withdrawal"))
    yield _fault_of("tenancy_past_withdrawal", "tenancies", "end_date", pairs[pairs["date"] > pairs["limit"]])
    moves = events[events["event"] == "move"]
    near = _near(moves, tenancies, context.rules.setting("move_without_tenancy", "days"))
    yield fault(
        "move_without_tenancy", "programme_events", "date", moves.index[~moves.index.isin(near["move"])]
    )
    first = tenancies.sort_values(["start_date", "tenancy_id"]).drop_duplicates("customer_id")
    near = _near(moves, first, context.rules.setting("tenancy_without_move", "days"))
    yield fault(
        "tenancy_without_move", "tenancies", "start_date", first.index[~first.index.isin(near["tenancy"])]
    )


def _near(moves: pd.DataFrame, tenancies: pd.DataFrame, days: int) -> pd.DataFrame:
    """Pairs of rows (``move``, ``tenancy``) of one person that lie within so many days of each other."""
    left = pd.DataFrame(
        {"move": moves.index, "customer_id": moves["customer_id"].array, "day": moves["date"].array}
    )
    right = tenancies.rename_axis("tenancy").reset_index()[["tenancy", "customer_id", "start_date"]]
    pairs = left.merge(right, on="customer_id")
    return pairs[(pairs["day"] - pairs["start_date"]).abs() <= pd.Timedelta(days=days)]


def claims_alone(t: Tables, context: Context) -> Iterator[Fault]:
    """Outcome claims: twice, early, and without a tenancy."""
    claims = t["outcome_claims"]
    ranked = claims[claims["decision"].ne("rejected")].sort_values(["reached_date", "claim_id"])
    twice = ranked.index[ranked.duplicated(["customer_id", "outcome"])]
    yield fault("claim_twice", "outcome_claims", "outcome", twice)
    unnamed = claims["outcome"].ne("engagement") & claims["tenancy_id"].isna()
    yield fault("claim_without_tenancy", "outcome_claims", "tenancy_id", claims.index[unnamed])
    early = claims["claim_date"] < claims["reached_date"]
    yield fault("claimed_before_reached", "outcome_claims", "claim_date", claims.index[early])


def claims_and_tenancies(t: Tables, context: Context) -> Iterator[Fault]:
    """Outcome claims beside the tenancy that they rest on."""
    held = t["tenancies"].rename_axis("other").reset_index()
    held = held[["other", "tenancy_id", "customer_id", "start_date", "end_date"]]
    claims = t["outcome_claims"].rename_axis("row").reset_index()
    pairs = claims.merge(held, on="tenancy_id", suffixes=("", "_held"))
    stranger = pairs["customer_id"] != pairs["customer_id_held"]
    months = pairs["outcome"].str.extract(r"sustained_(\d+)", expand=False).astype("float64")
    before = pairs["reached_date"] < pairs["start_date"]
    grace = pd.Timedelta(days=context.rules.setting("claim_too_early", "days"))
    due = add_months(pairs["start_date"], months.fillna(0).astype("int64").to_numpy()) - grace
    for rule, column, wrong in (
        ("claim_other_person", "tenancy_id", stranger),
        ("claim_before_tenancy", "reached_date", before & ~stranger),
        (
            "claim_too_early",
            "reached_date",
            (pairs["reached_date"] < due) & months.notna() & ~before & ~stranger,
        ),
        ("claim_after_end", "reached_date", (pairs["reached_date"] > pairs["end_date"]) & ~stranger),
    ):
        yield _fault_of(rule, "outcome_claims", column, pairs[wrong], "tenancies")


def placements_alone(t: Tables, context: Context) -> Iterator[Fault]:
    """Placements of one person that overlap."""
    rows, others = overlapping(t["placements"], "customer_id", "start_date", "end_date")
    yield fault("placements_overlap", "placements", "start_date", rows, rows_of("placements", others))


def placements_and_tenancies(t: Tables, context: Context) -> Iterator[Fault]:
    """A placement that goes on beside a tenancy."""
    columns = ["customer_id", "start_date", "end_date"]
    left = t["placements"].rename_axis("row").reset_index()[["row", *columns]]
    right = t["tenancies"].rename_axis("other").reset_index()[["other", *columns]]
    pairs = left.merge(right, on="customer_id", suffixes=("", "_held"))
    start = pairs[["start_date", "start_date_held"]].max(axis=1)
    end = pairs[["end_date", "end_date_held"]].fillna(context.last_day).min(axis=1)
    beside = (end - start) > pd.Timedelta(days=context.rules.setting("placement_past_tenancy", "days"))
    yield _fault_of("placement_past_tenancy", "placements", "end_date", pairs[beside], "tenancies")


def scores(t: Tables, context: Context) -> Iterator[Fault]:
    """Scores within what their tool can give, and one a day."""
    assessed = t["assessments"]
    total = assessed["domain"].str.casefold().eq("total")
    for tool, ranges in context.rules.setting("score_out_of_tool", "ranges").items():
        for kind, chosen in (("total", total), ("area", ~total)):
            low, high = ranges[kind]
            wrong = assessed["tool"].eq(tool) & chosen & ~assessed["score"].between(low, high)
            yield fault("score_out_of_tool", "assessments", "score", assessed.index[wrong])
    again = assessed.sort_values("assessment_id").duplicated(["customer_id", "tool", "domain", "date"])
    yield fault("assessment_repeated", "assessments", "date", again.index[again])


def support_and_steps(t: Tables, context: Context) -> Iterator[Fault]:
    """Support in a month that was over before preparation started."""
    support = t["support_hours"]
    over = support.assign(over=add_months(support["month"], 1))
    pairs = _against(over, "over", _first(t["programme_events"], "start"))
    yield _fault_of("support_before_start", "support_hours", "month", pairs[pairs["date"] <= pairs["limit"]])


CHECKS = (
    needs("people")(people_and_steps),
    needs("programme_events")(order_of_steps),
    needs("programme_events")(steps_once),
    needs("programme_events")(steps_and_their_details),
    needs()(intervals),
    needs("tenancies")(tenancies_alone),
    needs("tenancies", "programme_events")(tenancies_and_steps),
    needs("outcome_claims")(claims_alone),
    needs("outcome_claims", "tenancies")(claims_and_tenancies),
    needs("placements")(placements_alone),
    needs("placements", "tenancies")(placements_and_tenancies),
    needs("assessments")(scores),
    needs("support_hours", "programme_events")(support_and_steps),
)

"""Tables, charts and findings of service use: what they rest on, what a release hides, what is drawn."""

import numpy as np
import pytest

from pi_research.disclosure import Rule, protect_points, protect_table
from pi_research.its import event_study, paired_change, rates_by_group, within_person_rates
from pi_research.report import service_use
from pi_research.report.draw import svg
from pi_research.report.shown import from_payload, payload

BOTH = ("before", "after")


def rates(after=(5, 0, 6, 4), outcome="Admissions", **how):
    y = np.column_stack([[9, 8, 7, 9], after]).ravel()
    return within_person_rates(
        y, [2.0, 1.0] * 4, np.repeat(range(4), 2), BOTH * 4, periods=BOTH, outcome=outcome, **how
    )


@pytest.mark.parametrize(
    "made",
    [
        service_use.rates({"Admissions": rates()}, "a", "A."),
        service_use.readings({"as": rates()}, "after", "b", "B."),
        service_use.group_rates(
            [
                rates_by_group(
                    np.repeat([0, 1], 4),
                    ("x", "y"),
                    "after",
                    events=[9, 5, 8, 4, 7, 6, 9, 4],
                    exposure=[1.0] * 8,
                    person=np.repeat(range(4), 2),
                    period=BOTH * 4,
                    baseline="before",
                )
            ],
            "c",
            "C.",
        ),
        service_use.changes({"Star": paired_change([4, 5], [5, 7], scale=(1, 10))}, "d", "D."),
    ],
    ids=["rates", "readings", "groups", "changes"],
)
def test_every_column_of_a_table_is_in_its_frame_and_survives_being_stored(made):
    names = {c.name for c in made.columns} | {b for c in made.columns for b in c.behind}
    assert names <= set(made.frame.columns)
    assert payload(from_payload(payload(made))) == payload(made)


def test_a_release_hides_rates_and_ratios_that_rest_on_few_events():
    made = service_use.rates({"few": rates((1, 0, 2, 0)), "many": rates((9, 9, 9, 9))}, "a", "A.")
    safe = protect_table(made.frame, made.columns, Rule.preset("nhs"))
    rows = [safe.iloc[k] for k in (1, 3)]
    assert "[hidden]" in [str(v) for v in rows[0]] and [str(v) for v in rows[0]].count("[hidden]") >= 4
    assert str(rows[1]["Rate ratio" if "Rate ratio" in safe else "ratio"]) != "[hidden]"


def chart(kind="events"):
    found = event_study(
        [9, 12, 3, 0], [1.0, 2.0, 1.0, 1.0], range(4), [-6, -3, 0, 3], first=-6, last=6, kind=kind, outcome="Admissions"
    )
    return service_use.event_chart(found, "e", "E.", day="move", xlabel="Months since the move", window=(-6, -3))


def test_the_chart_says_where_the_rate_is_highest_and_lowest_and_is_drawn_the_same_each_time():
    made = chart()
    assert "highest from month −6 to −3, at 9.00" in made.alt and "lowest from month 3 to 6, at 0.00" in made.alt
    picture = svg(made)
    assert picture == svg(made) and "around the referral" in picture and "Admissions a person-year" in picture


def test_a_release_draws_no_point_that_rests_on_few_events_and_keeps_its_place():
    made = chart()
    safe = protect_points(made.frame, made.counts, Rule.preset("nhs"))
    assert safe["rate"].isna().all() and safe["position"].tolist() == [-6, -3, 0, 3]  # one person in each


def test_days_without_intervals_are_drawn():
    assert "</svg>" in svg(chart("days"))


def test_findings_carry_interval_counts_and_method_and_other_readings_are_not_prespecified():
    made = service_use.rate_finding(rates(), "after", "use.admissions")
    assert (made.unit, made.n, made.events) == ("rate ratio", 4, 48) and made.lower < made.estimate < made.upper
    other = service_use.rate_finding(
        rates(), "after", "use.x", prespecified=False, sensitivity_of="use.admissions", how="y"
    )
    assert other.question.endswith("in the same people (y)?") and not other.prespecified
    star = service_use.change_finding(
        paired_change([4, 5], [np.nan, np.nan], scale=(1, 10), outcome="Star"), "use.star"
    )
    assert np.isnan(star.estimate) and np.isnan(star.lower) and star.events == 0

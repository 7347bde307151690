"""Charts, tables and findings from results; the first and last things on a page; the index."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pi_research import journeys, params
from pi_research.disclosure import cells
from pi_research.findings import Finding
from pi_research.extract.link import supplied
from pi_research.report import closing, colophon, figures, handing, heading, tables, write_findings
from pi_research.report.index import index_page
from pi_research.sections import Milestones, Params, Plan, Run, Tenancy
from pi_research.survival import cumulative_incidence, kaplan_meier, ladder_table, sustainment_bounds

KM = kaplan_meier([3, 6, 6, 9, 30], [1, 1, 0, 1, 0], level=0.9)
CIF = cumulative_incidence(
    [3, 6, 6, 9, 30],
    ["relapse", "relapse", "censored", "death", "censored"],
    causes=["relapse", "death"],
    level=0.9,
)


def headings(table) -> list[str]:
    return [column.label for column in table.columns]


def printed(table) -> list[list[str]]:
    return cells(table.frame, table.columns).values.tolist()


# figures


def test_the_words_of_a_curve_say_who_and_how_many_at_each_milestone():
    made = figures.survival_curve(KM, "kept", "Kept.", horizon=24, milestones=(6, 12, 36))
    assert made.alt == (
        "A falling step curve with a shaded interval: share of 5 tenants (still in their "
        "tenancy) by months since the move. "
        "At 6 months 60%. At 12 months 30%."
    )
    assert (
        made.options["ticks"] == [0, 6, 12, 18, 24]
        and made.options["level"] == 0.9
        and made.protect == "curve"
    )
    assert figures.survival_curve(KM, "k", "K.", horizon=60).options["ticks"] == [0, 12, 24, 36, 48, 60]
    assert "At 24 months 30%." in figures.survival_curve(KM, "k", "K.", horizon=24).alt


def test_the_words_of_causes_say_each_share():
    made = figures.incidence_curves(CIF, "why", "Why.", horizon=12, who="movers")
    assert (
        made.alt
        == "Rising step curves, one for each reason, over 12 months for 5 movers. "
        "relapse: At 12 months 40%. death: At 12 months 30%."
    )


def test_the_words_of_bars_name_the_longest_and_skip_what_is_missing(bars):
    assert bars([("A", 2), ("B", 7), ("C", 7)]).alt == "Bars of people for 3 rows. The longest is B with 7."
    assert bars([("A", np.nan), ("B", 3)]).alt.endswith("The longest is B with 3.")
    assert (
        bars([("A", np.nan)]).alt == "Bars of people for 1 rows."
        and bars([]).alt == "Bars of people for 0 rows."
    )


def test_bars_of_a_measure_name_the_counts_behind_them():
    frame = pd.DataFrame({"label": ["A"], "value": [41.26], "n": [12]})
    made = figures.bars(frame, "b", "B.", xlabel="Days", who="p", counts=("n",), digits=1, unit=" days")
    assert made.alt.endswith("The longest is A with 41.3 days.") and made.alt.numbers["value_1"].behind == (
        12,
    )
    assert figures.bars(frame, "b", "B.", xlabel="Days", who="p", counts=()).protect == "open"


def test_the_words_of_quarters_leave_out_the_time_before():
    frame = pd.DataFrame(
        {"label": ["before", "Oct 19", "Jan 20*"], "value": [1.0, 4.0, 3.0], "contract": [np.nan, 6.0, 6.0]}
    )
    assert figures.quarters(frame, "q", "Q.", ylabel="People who moved", who="movers").alt == (
        "Bars by quarter of people who moved, 8 in 2 quarters, with the contract as a line at 6.0 a quarter."
    )


def test_the_words_of_a_series_say_what_was_seen_and_expected(effect):
    made = figures.series(effect, "s", "S.", ylabel="Bed days", outcome="Bed days", label="starts")
    after = made.frame[(made.frame["month"] >= "2019-10-01") & ~made.frame["masked"]]
    assert made.alt.startswith("Bed days: 90 monthly points. From October 2019 on the points average ")
    assert (
        f"average {after['observed'].mean():,.0f};" in made.alt
        and f"averages {after['expected'].mean():,.0f}." in made.alt
    )
    assert {name: np.datetime64(day) for name, day in made.options["interruptions"].items()} == {
        "starts": np.datetime64("2019-10-01")
    }


def test_the_words_of_ladders_and_ranges():
    frame = pd.DataFrame(
        {"group": ["A", "A", "B", "B"], "months": [0, 12, 0, 12], "estimate": [1, 0.5, 1, 0.75]}
    )
    assert (
        figures.ladder(frame, "l", "L.", ylabel="Share").alt
        == "Falling lines for 2 contracts; at 12 months they lie between 50% and 75%."
    )
    ranges = pd.DataFrame({"label": ["A"], "lower": [-1.5], "upper": [np.nan]})
    assert (
        figures.intervals(ranges, "i", "I.", xlabel="Effect", who="p", percent=False).alt
        == "Ranges of effect, one line each. A: −1.50 to not estimable."
    )


# tables


def test_headings_of_limits_give_the_level_of_the_result(effect):
    bounds = sustainment_bounds(
        10, {6: 5}, moves="any", start="2020-01-01", cut_off="2022-01-01", published=True, level=0.9
    )
    ladders = ladder_table(
        pd.DataFrame({"contract": ["A", "A"], "months": [0, 6], "people": [10, 5]}), published=True, level=0.9
    )
    made = [
        tables.survival_at(KM, [6], "a", "A."),
        tables.by_cause(CIF, [6], "a", "A."),
        tables.side_by_side({"x": KM}, 6, "a", "A."),
        tables.one_cause({"x": CIF}, "death", 6, "a", "A."),
        tables.bounds({"x": bounds}, "a", "A."),
        tables.ladder(ladders, "a", "A."),
    ]
    for table in made:
        assert "90% from" in headings(table) and "95% from" not in headings(table)
    for table in (
        tables.coefficients(effect.result, "a", "A."),
        tables.quantities({"x": effect}, "a", "A.", unit="days"),
    ):
        assert "95% from" in headings(table)


def test_a_curve_at_milestones_says_what_lies_beyond_follow_up():
    made = tables.survival_at(KM, [6, 48], "a", "A.")
    assert printed(made)[0][:2] == ["6", "60%"] and printed(made)[0][4:] == ["4", "2", ""]
    assert printed(made)[1] == ["48", "", "", "", "0", "3", "beyond follow-up"]


def test_shares_have_exact_limits_and_none_where_there_is_nobody():
    made = tables.shares(
        pd.DataFrame({"label": ["A", "B", "C"], "n": [0, 5, 10], "of": [0, 10, 10]}),
        "s",
        "S.",
        "Group",
        who="p",
    )
    assert printed(made) == [
        ["A", "0", "0", "", "", ""],
        ["B", "5", "10", "50%", "19%", "81%"],
        ["C", "10", "10", "100%", "69%", "100%"],
    ]


def test_counts_tell_words_from_numbers(table):
    frame = pd.DataFrame({"label": ["A"], "people": [1234], "word": ["x"]})
    made = tables.counts(
        frame, "c", "C.", {"label": "Group", "people": "People", "word": "Word"}, who="p", margins=("All",)
    )
    assert (
        [c.style for c in made.columns] == ["text", "count", "text"]
        and made.margins == ("All",)
        and made.dimensions == ("label",)
    )


def test_published_figures_are_never_hidden(nhs):
    from pi_research.report.render import released

    made = tables.plain(
        pd.DataFrame({"a": ["x"], "n": [3]}), "p", "P.", {"a": "A", "n": "N"}, styles={"n": ("count", 0)}
    )
    assert released(made, nhs).frame["n"].tolist() == ["3"]


def test_quarters_in_a_table_name_the_time_before_and_the_part_quarter():
    frame = pd.DataFrame(
        {
            "quarter": pd.to_datetime([None, "2019-10-01", "2020-01-01"]),
            "complete": [True, True, False],
            "interest": [7, 1, 2],
            "starts": [0, 1, 0],
            "moves": [0, 0, 1],
            "sustained_6": [0, 0, 1],
        }
    )
    made = tables.quarter_counts(frame, (6, 12), "q", "Q.")
    assert headings(made) == ["Quarter from", "Interest", "Started", "Moved", "Kept 6 months", "Note"]
    assert [row[0] for row in printed(made)] == ["before the start", "Oct 2019", "Jan 2020"] and printed(
        made
    )[2][-1] == "part of a quarter"


def test_bounds_for_a_chart_come_by_milestone():
    found = {
        name: sustainment_bounds(
            73, {6: 60, 12: 51}, moves=how, start="2019-11-01", cut_off="2024-09-30", published=True
        )
        for name, how in (("nothing assumed", "any"), ("even", "even"))
    }
    frame = tables.bounds_frame(found)
    assert frame["label"].tolist() == [
        "6 months, nothing assumed",
        "6 months, even",
        "12 months, nothing assumed",
        "12 months, even",
    ]
    assert (frame["lower"] <= frame["upper"]).all() and list(frame) == ["label", "lower", "upper"]
    assert [row[:3] for row in printed(tables.bounds(found, "b", "B."))][0] == ["nothing assumed", "6", "60"]


def test_a_ladder_begins_with_all_who_entered():
    ladders = ladder_table(
        pd.DataFrame({"contract": ["A"] * 3, "months": [0, 6, 12], "people": [10, 8, 5]}), published=True
    )
    assert tables.ladder_frame(ladders).values.tolist() == [["A", 0, 1.0], ["A", 6, 0.8], ["A", 12, 0.5]]


def test_the_published_table_says_na_where_nothing_could_be_reached():
    from pi_research.extract import published

    made = tables.published_quarters(published.read_published("interim_outcomes_by_quarter"), "i", "I.")
    assert "NA" in {v for row in printed(made) for v in row} and not {"nan", "None", ""} & {
        v for row in printed(made) for v in row
    }


def test_tables_of_the_extract_keep_their_rows():
    listed = pd.DataFrame(
        {
            "title": ["People"],
            "table": ["people"],
            "side": ["housing"],
            "supply": ["required"],
            "rows": [np.nan],
        }
    )
    assert printed(tables.supplied(listed, "s", "S."))[0] == [
        "People",
        "housing",
        "required",
        "",
        "not supplied",
    ]
    day = pd.Timestamp("2024-02-29")
    assert printed(
        tables.coverage(pd.DataFrame({"table": ["t"], "first": [day], "last": [day], "rows": [3]}), "c", "C.")
    )[0] == ["t", "Feb 2024", "Feb 2024", "3"]
    notices = pd.DataFrame({"table": ["t"], "what": ["w"], "rows": [2], "what_to_do": ["d"]})
    assert printed(tables.notices(notices, "n", "N."))[0] == ["t", "w", "2", "d"]
    held = pd.DataFrame({"label": ["health"], "value": [3], "delays": [4], "days": [17.5]})
    assert printed(tables.delays(held, "d", "D."))[0] == ["health", "3", "4", "18"]
    years = pd.DataFrame({"label": ["2020"], "value": [1234.0], "months": [12], "rate": [102.8]})
    assert printed(tables.years(years, "y", "Y.", "Bed days"))[0] == ["2020", "1,234", "12", "103"]


# findings


def test_a_finding_from_a_curve_says_what_the_curve_says():
    made = handing.from_curve(
        KM,
        [6, 48],
        "t.kept_{m}",
        "Kept {m}?",
        who="tenancies",
        prespecified=False,
        sensitivity_of="t.kept_{m}.x",
    )
    assert (
        [f.id for f in made] == ["t.kept_6", "t.kept_48"]
        and made[0].sensitivity_of == "t.kept_6.x"
        and not made[0].prespecified
    )
    assert made[0].estimate == pytest.approx(0.6) and (made[0].n, made[0].events, made[0].level) == (
        5,
        2,
        0.9,
    )
    assert (
        np.isnan(made[1].estimate) and np.isnan(made[1].lower) and "Nothing can be said" in made[1].sentence
    )


def test_a_finding_of_each_cause():
    made = handing.from_incidence(CIF, 12, "t.ended.{c}", "Why {c}?", who="tenancies")
    assert [(f.id, round(f.estimate, 3), f.events) for f in made] == [
        ("t.ended.relapse", 0.4, 2),
        ("t.ended.death", 0.3, 1),
    ]


def test_the_share_that_reached_a_milestone_is_of_those_whose_day_has_come():
    reached = pd.DataFrame(
        {
            "customer_id": list("ABCDEF"),
            "months": 6,
            "come_due": [True, True, True, False, False, True],
            "status": ["reached", "reached", "failed", "failed", "not_yet_due", "unknown"],
        }
    )
    (made,) = handing.from_milestones(journeys.milestone_counts(reached), "t.milestone_{m}", "Reached {m}?")
    assert (made.id, made.question, made.estimate, made.n) == ("t.milestone_6", "Reached 6 months?", 2.0, 3)
    assert made.sentence.startswith(
        "2 of the 3 movers whose 6 months are over had kept their tenancy (67%; "
        "for 2 the day is still to come"
    )
    assert {n: v.value for n, v in made.sentence.numbers.items() if n in ("lost", "unknown")} == {
        "lost": 1,
        "unknown": 1,
    }


def test_a_published_range_without_a_single_value_has_limits_only():
    bounds = sustainment_bounds(
        73, {6: 60, 240: 1}, moves="even", start="2019-11-01", cut_off="2024-09-30", published=True
    )
    made = handing.from_bounds(bounds, "register.m_{m}", "How many {m}?")
    assert [f.id for f in made] == ["register.m_6"], (
        "more recorded than the assumption allows: nothing is handed on"
    )
    assert (
        np.isnan(made[0].estimate)
        and made[0].lower < made[0].upper
        and closing._estimate(made[0]) == "a range only"
    )


def test_a_finding_of_the_series_counts_months(effect):
    made = handing.from_effect(effect, "series.x", "By how much?", "days", "words")
    assert (
        made.counted == "months"
        and made.n == effect.result.n
        and made.estimate == effect.model_effect_average.estimate
    )


def test_findings_of_the_extract_count_people_used_and_found():
    people = pd.DataFrame(
        {
            "customer_id": ["A", "B", "C"],
            "consent": ["given", "refused", "given"],
            "sex": "f",
            "ethnic_group": "w",
            "area": "N",
        }
    )
    links = pd.DataFrame({"customer_id": ["A", "C"], "patient_id": ["P", None], "method": ["clerical", None]})
    tables = {"people": people, "links": links}
    made = handing.from_quality(tables, pd.DataFrame({"rows": [2, 3]}), supplied(tables))
    assert [(f.id, f.events, f.n) for f in made] == [
        ("data.people_used", 2, 3),
        ("data.people_linked", 1, 2),
        ("data.notices", 5, 5),
    ]
    assert len(handing.from_quality({"people": people}, pd.DataFrame(), supplied({"people": people}))) == 2


@pytest.mark.parametrize(
    ("finding", "number", "interval"),
    [
        (Finding("a.b", "q", 0.643, "proportion", 10, 5, "m", 0.5, 0.76), "64.3%", "50.0% to 76.0% (95%)"),
        (
            Finding("a.b", "q", -487.7, "days", 10, 5, "m", -700.0, -5.0, 0.995),
            "−487.70 days",
            "−700.0 to −5.0 (99.5%)",
        ),
        (Finding("a.b", "q", float("nan"), "proportion", 10, 5, "m"), "not estimable", "–"),
    ],
)
def test_a_finding_is_written_with_its_interval_and_level(finding, number, interval):
    row = closing.findings_table([finding]).frame.iloc[0]
    assert (row["estimate"], row["interval"]) == (number, interval)


# the first and last things on a page


@pytest.fixture
def run(tmp_path, project):
    """A run in a folder of its own, under the project's params."""
    import shutil

    for part in ("params.yaml", "notebooks"):
        source = project / part
        shutil.copytree(source, tmp_path / part) if source.is_dir() else shutil.copy(source, tmp_path / part)
    settings = Params(run=Run(name="r", out="o"), root=tmp_path, declared=("tenancy", "milestones", "plan"))
    return settings, SimpleNamespace(
        extract_date=pd.Timestamp("2024-03-01"), synthetic=True, data_hash="d" * 64
    )


def test_the_heading_says_when_and_whether_people_are_real(run):
    settings, data = run
    assert heading(settings, data) == closing.SYNTHETIC + " Promoting Independence, extract to 1 March 2024."
    data.synthetic = False
    assert heading(settings, data) == "Promoting Independence, extract to 1 March 2024."


def test_the_heading_says_what_was_changed(run):
    settings, data = run
    from dataclasses import replace

    made = replace(
        settings,
        tenancy=Tenancy(gap_days=60),
        plan=Plan(hash={"tenancy": "0", "milestones": params.slice_hash(settings.section("milestones"))}),
    )
    assert (
        "Changed after registration of the analysis plan: tenancy (docs/deviations.md says why)."
        in heading(made, data)
    )
    assert "Run with choices that are not those of params.yaml: tenancy.gap_days." in heading(made, data)


def test_findings_are_written_and_shown_with_where_they_came_from(run):
    settings, data = run
    made = write_findings(
        "02_tenancy_sustainment",
        settings,
        data,
        [
            Finding("b.x", "q", 1.0, "people", 2, 1, "count"),
            Finding("a.x", "q", 0.5, "proportion", 2, 1, "m"),
        ],
    )
    stored = json.loads((settings.out / "findings" / "02_tenancy_sustainment.json").read_text())
    assert [f["id"] for f in stored] == ["a.x", "b.x"] == made.frame["id"].tolist()
    assert all(
        f["notebook"] == "02_tenancy_sustainment" and f["synthetic"] and len(f["code_hash"]) == 16
        for f in stored
    )


def test_the_colophon_prints_the_slice_that_was_read(run):
    settings, data = run
    rows = dict(colophon("02_tenancy_sustainment", settings, data).frame.values.tolist())
    assert (
        rows["Notebook"] == "02_tenancy_sustainment"
        and rows["tenancy.gap_days"] == "28"
        and rows["milestones.months"] == "[6, 12, 18, 24]"
    )
    assert not any(key.startswith(("run", "survival")) for key in rows)


def test_the_index_puts_first_answers_under_their_question(run):
    settings, _ = run
    found = [
        Finding(
            "tenancy.harm",
            "q",
            1.0,
            "people",
            2,
            1,
            "count",
            sentence="Harm <first>.",
            notebook="02_tenancy_sustainment",
            synthetic=True,
        ),
        Finding(
            "tenancy.other",
            "q",
            1.0,
            "people",
            2,
            1,
            "count",
            sentence="Not a headline.",
            notebook="02_tenancy_sustainment",
        ),
    ]
    page = index_page(settings, ["00_data_quality", "02_tenancy_sustainment"], found)
    assert (
        "Do tenancies last?" in page
        and page.count("<h1>") == 1
        and '<html lang="en-GB">' in page
        and closing.SYNTHETIC in page
    )
    assert "Not a headline." not in page and '<ul class="found"></ul>' not in page and "<!--" not in page
    for kind in (
        "reports/02_tenancy_sustainment.html",
        "reports/02_tenancy_sustainment.pdf",
        "notebooks/02_tenancy_sustainment.ipynb",
    ):
        assert f'href="{kind}"' in page
    assert "Content-Security-Policy" in page and "<script" not in page and "src=" not in page
    real = index_page(settings, ["02_tenancy_sustainment"], [])
    assert closing.SYNTHETIC not in real and "0 findings" in real
    assert ("Harm &lt;first&gt;." in page) == (
        "tenancy.harm"
        in json.loads((settings.root / "notebooks" / "02_tenancy_sustainment.ipynb").read_text())["metadata"][
            "pi_research"
        ].get("headlines", [])
    )


def test_the_simulated_extract_goes_from_tables_to_a_page(notebook):
    from pi_research.extract.simulate import simulate
    from pi_research.report.document import read_document
    from pi_research.report.page import html_page

    extract = simulate().tables
    day = extract["extract"]["extract_date"].iloc[0]
    made = journeys.build(extract, day, Tenancy(), Milestones())
    steps = journeys.flow(made.stages)
    quarters = journeys.quarters(made.stages, made.milestones, pd.Timestamp("2019-10-01"), day)
    starts = journeys.quarter_labels(quarters, "starts", 6.0)
    items = [
        figures.bars(
            steps.rename(columns={"step": "label", "people": "value"}),
            "flow",
            "Flow.",
            xlabel="People",
            who="everyone",
        ),
        tables.shares(
            steps.rename(columns={"step": "label", "people": "n"}), "flow", "Flow.", "Step", who="everyone"
        ),
        tables.quarter_counts(quarters, (6, 12), "quarters", "Quarters."),
        figures.quarters(starts, "starts", "Starts.", ylabel="Starts", who="p"),
        closing.findings_table(
            handing.from_milestones(journeys.milestone_counts(made.milestones), "t.m_{m}", "Kept {m}?")
        ),
    ]
    page = html_page(read_document(notebook("# T", items)))
    assert "before the start" in page and page.count("<table>") == 3 and page.count("<figure") == 2

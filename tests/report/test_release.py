"""Nothing that is small or exact leaves the safe room by any of the ways out."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pi_research.disclosure import Column, Rule
from pi_research.report import figures, tables
from pi_research.report.closing import findings_table
from pi_research.report.document import read_document
from pi_research.report.draw import svg
from pi_research.report.page import html_page
from pi_research.report.render import as_html, as_typst, csv_text, released
from pi_research.report.shown import Chart, Table
from pi_research.wording import count, number, percent, sentence

# Counts that a rule changes: each small one is hidden, each large one rounded away from itself.
SMALL = (1, 2, 3, 4, 5, 6, 7)
LARGE = (11, 13, 41, 113, 1237)


def decoded(html: str) -> str:
    """HTML with the words in its pictures in place of the pictures."""

    return re.sub(r"(?s)<svg.*?</svg>", lambda found: " ".join(f">{w}<" for w in words_of(found[0])), html)


def words_of(svg_text: str) -> list[str]:
    """Text nodes of a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg_text)


def outputs(item: object, rule: Rule) -> dict[str, str]:
    """Every way out of one item, released; geometry of pictures left out."""
    safe = released(item, rule)
    ways = {"html": as_html(safe), "typst": as_typst(safe, picture="chart.svg")}
    if not isinstance(safe, str):
        ways["csv"] = csv_text(safe)
        ways["caption"] = safe.caption
    if isinstance(safe, Chart):
        ways["svg"] = "\n".join(words_of(svg(safe)))
        ways["alt"] = str(safe.alt)
        ways["html"] = re.sub(r"<svg[^>]*?(aria-label=\"[^\"]*\")[^>]*>.*?</svg>", r"\1", ways["html"])
    return ways


def numbers_in(text: str) -> set[str]:
    return set(re.findall(r"(?<![\d.,#-])\d[\d,]*(?:\.\d+)?(?![\d%])", re.sub(r"[\d.]+(pt|fr)\b", "", text)))


def exact(n: int) -> set[str]:
    return {str(n), f"{n:,}", f"{n}.0"}


@pytest.mark.parametrize("n", SMALL)
def test_a_small_count_in_a_table_leaves_by_no_way(table, nhs, n):
    made = table([("A", n), ("B", 1237)], note=sentence("{n} of them left.", n=count(n)))
    for way, text in outputs(made, nhs).items():
        assert not numbers_in(text) & exact(n), way
    assert "[hidden]" in as_html(released(made, nhs)) and "[hidden] of them left." in as_html(
        released(made, nhs)
    )


@pytest.mark.parametrize("n", LARGE)
def test_an_exact_count_in_a_table_leaves_rounded(table, nhs, n):
    made = table(
        [("A", n)],
        note=sentence("{n} in all, {p} of {m}.", n=count(n), p=percent(n, 2 * n + 2), m=count(2 * n + 2)),
    )
    for way, text in outputs(made, nhs).items():
        assert not numbers_in(text) & (exact(n) | exact(2 * n + 2)), way
    assert f">{round(n / 5) * 5:,}<" in as_html(released(made, nhs))


@pytest.mark.parametrize("n", SMALL)
def test_counts_that_a_table_does_not_print_leave_neither(nhs, n):
    frame = pd.DataFrame(
        {"label": ["A", "B"], "share": [0.5, 0.25], "n": [n, 400], "rest": [400, 1200], "secret": [n, 41]}
    )
    columns = (Column("label", "Group"), Column("share", "Share", "percent", 0, ("n", "rest")))
    for way, text in outputs(Table("t", "Shares.", frame, columns), nhs).items():
        assert not numbers_in(text) & (exact(n) | exact(41) | exact(400)), way
        assert way == "caption" or ("50%" not in text and "25%" in text), way


@pytest.mark.parametrize("n", SMALL)
def test_a_small_count_in_a_sentence_leaves_by_no_way(nhs, n):
    made = sentence(
        "{n} of {of} people ({p}); a rate of {r}.",
        n=count(n),
        of=count(1237),
        p=percent(n, 1237),
        r=number(n * 1.1, behind=(n,)),
    )
    safe = str(released(made, nhs))
    assert safe == "[hidden] of 1,235 people ([hidden]); a rate of [hidden]."
    assert outputs(made, nhs) == {"html": f'<p class="says">{safe}</p>', "typst": f'#says[#"{safe}"]'}


@pytest.mark.parametrize("n", SMALL)
def test_a_small_bar_leaves_by_no_way_nor_what_stands_beside_it(nhs, n):
    frame = pd.DataFrame({"label": ["A", "B"], "value": [n, 1000], "of": [1237, 1237], "days": [41.5, 11.0]})
    made = figures.bars(frame, "flow", "People by step.", xlabel="People", who="p")
    ways = outputs(made, nhs)
    for way, text in ways.items():
        assert not numbers_in(text.replace("for 2 rows", "")) & (exact(n) | exact(1237) | {"41.5", "11"}), way
    assert ways["csv"] == "label,value\nA,\nB,1000\n" and "not shown" in ways["svg"]


def test_where_the_longest_bar_is_small_its_number_is_hidden_in_the_words_too(nhs, bars):
    assert "The longest is A with [hidden]." in outputs(bars([("A", 4), ("B", 2)]), nhs)["alt"]


@pytest.mark.parametrize("n", SMALL)
def test_a_small_quarter_leaves_by_no_way(nhs, n):
    frame = pd.DataFrame({"label": ["Oct", "Jan", "Apr"], "value": [float(n), 13.0, 0.0], "contract": 30.0})
    ways = outputs(figures.quarters(frame, "starts", "Starts.", ylabel="Starts", who="p"), nhs)
    ways["svg"] = ways["svg"].replace("5\n", "")  # a tick of the axis
    for way, text in ways.items():
        assert not numbers_in(text) - {"3"} & (exact(n) | exact(13)), way
    assert ways["csv"].startswith("label,value,contract\nOct,,\nJan,15,30\nApr,0,30")


def test_intervals_that_rest_on_few_people_are_not_drawn(nhs):
    frame = pd.DataFrame(
        {
            "label": ["A", "B"],
            "estimate": [0.31, 0.52],
            "lower": [0.11, 0.42],
            "upper": [0.47, 0.61],
            "n": [3, 41],
        }
    )
    safe = released(figures.intervals(frame, "i", "Ranges.", xlabel="Share", who="p", counts=("n",)), nhs)
    assert csv_text(safe) == "label,estimate,lower,upper,n\nA,,,,\nB,0.52,0.42,0.61,40\n"
    assert str(safe.alt) == "Ranges of share, one line each. A: [hidden] to [hidden]. B: 42% to 61%."
    assert "not shown" in words_of(svg(safe))


def test_a_curve_is_made_again_from_rounded_counts(nhs, curve, causes):
    for made in (
        figures.survival_curve(curve, "kept", "Kept.", horizon=24, milestones=(6, 12)),
        figures.incidence_curves(causes, "why", "Why.", horizon=24),
    ):
        safe = released(made, nhs)
        assert (safe.frame["at_risk"] % 5 == 0).all() and (safe.frame["at_risk"] > 7).all()
        assert safe.caption.endswith("the curve may lie a few points off the exact one.")
        assert (safe.frame["time"] % 1 == 0).all() and not set(safe.frame) & {"events", "censored"}
        for way, text in outputs(made, nhs).items():
            assert "113" not in numbers_in(text), way


def test_the_interval_of_a_released_curve_keeps_its_level(nhs, curve):
    wide = figures.survival_curve(curve, "kept", "Kept.", horizon=24)
    narrow = replace(wide, options={**wide.options, "level": 0.5})
    low, high = (released(c, nhs).frame for c in (wide, narrow))
    assert (low["lower"].dropna() < high["lower"].dropna()).all()


def test_a_curve_of_few_people_is_not_drawn(nhs):
    from pi_research.survival import kaplan_meier

    safe = released(
        figures.survival_curve(kaplan_meier([1, 2, 3, 4, 5], [1, 0, 1, 0, 1]), "kept", "Kept.", horizon=24),
        nhs,
    )
    assert safe.frame.empty and words_of(svg(safe)) == ["Too few people to draw this chart"]
    assert csv_text(safe).count("\n") == 1
    assert "too few people" in str(safe.alt) and not numbers_in(str(safe.alt)) & {"3", "5"}


def test_a_chart_for_the_safe_room_is_never_released(nhs, bars, notebook):
    made = replace(bars([("Secret step", 4000)]), protect="inside")
    assert released(made, nhs) is None
    document = read_document(notebook("# T", [made]), nhs)
    page = html_page(document)
    assert "drawn inside the safe room only" in page and "Secret step" not in page and "<img" not in page
    assert document.items == []


def test_an_open_chart_is_released_as_it_is(nhs):
    frame = pd.DataFrame({"group": ["A", "A"], "months": [0, 12], "estimate": [1.0, 0.43]})
    made = figures.ladder(frame, "l", "Published.", ylabel="Share")
    pd.testing.assert_frame_equal(released(made, nhs).frame, frame)


def test_a_series_hides_months_that_rest_on_few(nhs, effect):
    made = figures.series(effect, "s", "Series.", ylabel="Days", outcome="Bed days", label="start")
    made.frame.loc[3, "observed"] = 4.0
    safe = released(made, nhs)
    assert np.isnan(safe.frame.loc[3, ["observed", "fitted", "expected"]].astype(float)).all()
    assert (safe.frame["observed"].dropna() % 5 == 0).all()


@pytest.mark.parametrize("n", SMALL)
def test_a_table_of_findings_leaves_no_small_count_and_no_exact_one(nhs, n):
    from pi_research.findings import Finding

    made = findings_table(
        [
            Finding("a.count", "How many?", float(n), "people", 1237, n, "count"),
            Finding("a.rest", "How many stayed?", 1237.0 - n, "people", 1237, 1237 - n, "count"),
            Finding("a.share", "Which share?", n / 1237, "proportion", 1237, n, "Kaplan-Meier", 0.001, 0.02),
            Finding("a.many", "Which share?", 0.5, "proportion", 1237, 619, "Kaplan-Meier", 0.45, 0.55),
        ]
    )
    for way, text in outputs(made, nhs).items():
        assert not numbers_in(text) & (exact(n) | exact(1237)), way
    cells = released(made, nhs).frame.set_index("id")
    assert cells.loc["a.share", ["estimate", "events"]].eq("[hidden]").all()
    assert cells.loc["a.share", "interval"] == "[hidden] to [hidden] (95%)"
    assert cells.loc["a.count", ["estimate", "events"]].tolist() == ["a count of people", "[hidden]"]
    assert cells.loc["a.many", ["estimate", "n", "events"]].tolist() == ["50.0%", "1,235", "620"]


def test_inside_a_finding_that_is_a_count_says_it():
    from pi_research.findings import Finding

    html = as_html(findings_table([Finding("a.count", "How many?", 71.0, "people", 108, 71, "count")]))
    assert ">a count of people<" in html and ">71<" in html and ">108<" in html


def test_a_whole_released_page_holds_no_code_no_exact_count_and_no_other_output(
    nhs, notebook, output, table, bars
):
    nb = notebook(
        "# A page",
        [table([("A", 113), ("B", 3)])],
        [bars([("A", 113), ("B", 41)])],
        [output(html="<b>other 4711</b>"), output(text="4712"), output(markdown="4713")],
        [sentence("{n} moved.", n=count(41))],
    )
    page = decoded(html_page(read_document(nb, nhs)))
    for canary in ("113", "41<", ">3<", "4711", "4712", "4713", "cell_1", "Code</summary>"):
        assert canary not in page, canary
    assert (
        ">115<" in page
        and "40 moved." in page
        and "Small-number rule &#x27;nhs&#x27;" in page
        and "not for release" not in page
    )
    inside = decoded(html_page(read_document(nb)))
    for canary in (">113<", ">3<", "41 moved.", "4711", "4712", "4713", "cell_1", "not for release"):
        assert canary in inside, canary


@pytest.mark.parametrize("name", ["nhs", "opensafely", "midpoint6", "sacro"])
def test_every_preset_reaches_every_kind(name, table, bars, curve):
    rule = Rule.preset(name)
    for item in (
        table([("A", 113)]),
        bars([("A", 113)]),
        sentence("{n}.", n=count(113)),
        figures.survival_curve(curve, "k", "K.", horizon=24),
    ):
        for way, text in outputs(item, rule).items():
            assert "113" not in numbers_in(text), (name, way)


def test_a_number_about_people_without_its_counts_stops_the_release(nhs):
    made = Table("t", "T.", pd.DataFrame({"x": [0.5]}), (Column("x", "X", "percent", 0, ("n",)),))
    with pytest.raises(KeyError, match="column x"):
        released(made, nhs)


def test_tables_from_results_hide_what_rests_on_few(nhs, curve, causes):
    at = tables.survival_at(curve, [6, 24, 35], "kept_at", "Kept.")
    by = tables.by_cause(causes, [6, 24], "why_at", "Why.")
    two = tables.side_by_side({"as is": curve, "other": curve}, 12, "two", "Two.")
    for made in (at, by, two):
        frame, safe = made.frame, released(made, nhs).frame
        few = frame[["events", "at_risk"]].isin(SMALL).any(axis=1)
        share = next(c for c in ("survival", "incidence") if c in frame)
        assert safe.loc[few, share].isin(["[hidden]", ""]).all()
        assert not safe.loc[~few, share].eq("[hidden]").any()
        exact_counts = {str(n) for c in ("events", "at_risk") for n in frame[c] if n % 5}
        assert not exact_counts & set(safe["events"]) | exact_counts & set(safe["at_risk"])

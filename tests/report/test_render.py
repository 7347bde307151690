"""One item as HTML, typst and CSV."""

from __future__ import annotations

import html as escape
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_research.disclosure import Column
from pi_research.report.render import as_html, as_typst, csv_text, mimebundle, typst_string
from pi_research.report.shown import Table
from pi_research.wording import count, sentence

NASTY = '<b>&"quoted"</b> #panic() \\ ] ) "'


def table_of(frame: pd.DataFrame, *columns: Column, **more: object) -> Table:
    return Table("t", "Caption.", frame, columns or tuple(Column(c, c) for c in frame), **more)


def test_a_table_says_what_its_headings_head(table):
    made = as_html(table([("A", 1234), ("B", 2)]), number="Table 1.")
    assert '<th scope="col">Group</th><th scope="col" class="number">People</th>' in made
    assert '<tr><th scope="row">A</th><td class="number">1,234</td></tr>' in made
    assert "<caption><span><strong>Table 1.</strong> People by group.</span></caption>" in made
    assert 'role="region" tabindex="0" aria-label="Table 1. People by group."' in made


def test_a_table_with_nothing_in_it_says_so(table):
    assert '<tr><td colspan="2">Nothing to list.</td></tr>' in as_html(table([]))
    assert "table.cell(colspan: 2)[Nothing to list.]" in as_typst(table([]))
    assert csv_text(table([])) == "Group,People\n"


def test_an_id_of_a_table_is_not_that_of_a_heading(table):
    assert 'id="shown-milestones"' in as_html(table([], id="milestones"))


def test_a_missing_value_is_an_empty_cell_and_a_missing_heading_a_dash():
    made = as_html(
        table_of(
            pd.DataFrame({"a": [None, "x"], "n": [1.0, float("nan")]}),
            Column("a", "A"),
            Column("n", "N", "count"),
        )
    )
    assert (
        '<th scope="row">–</th><td class="number">1</td>' in made
        and '<th scope="row">x</th><td class="number"></td>' in made
    )


def test_months_and_days_are_written_and_not_set_as_numbers():
    frame = pd.DataFrame(
        {"a": ["x"], "m": pd.to_datetime(["2024-02-29"]), "d": pd.to_datetime(["2024-02-03"])}
    )
    made = as_html(table_of(frame, Column("a", "A"), Column("m", "M", "month"), Column("d", "D", "day")))
    assert "<td>Feb 2024</td><td>3 Feb 2024</td>" in made


def test_a_column_of_notes_is_printed_where_one_holds_something():
    frame = pd.DataFrame({"a": ["x", "y"], "note": ["", None]})
    assert "Note" not in as_html(table_of(frame, Column("a", "A"), Column("note", "Note")))
    frame.loc[1, "note"] = "beyond follow-up"
    assert "Note" in as_html(table_of(frame, Column("a", "A"), Column("note", "Note")))


def test_the_note_of_a_table_stands_under_it(table):
    made = table([("A", 3)], note=sentence("{n} more.", n=count(2)))
    assert '<p class="note">2 more.</p>' in as_html(made) and '[#"2 more."]' in as_typst(made)


def test_nothing_in_a_cell_or_caption_breaks_out_of_html(bars):
    made = as_html(table_of(pd.DataFrame({"a": [NASTY]}), Column("a", NASTY), note=NASTY))
    made += as_html(NASTY) + as_html(bars([(NASTY, 3)]))
    assert "<b>" not in made and '"quoted"' not in re.sub(r"<text[^>]*>[^<]*</text>", "", made)
    assert made.count(escape.escape(NASTY, quote=True)) >= 3


@given(text=st.text(max_size=60))
def test_any_text_is_one_typst_string(text):
    made = typst_string(text)
    assert made[0] == made[-1] == '"' and "\n" not in made
    inner = re.sub(r"\\u\{([0-9a-f]+)\}", lambda m: chr(int(m[1], 16)), made[1:-1])
    plain = re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r", "t": "\t"}.get(m[1], m[1]), inner)
    assert re.search(r'(?<!\\)(\\\\)*"', made[1:-1]) is None, "no quote ends it early"
    if "\\" not in text and not re.search(r"[\x00-\x1f\x7f-\x9f]", text):
        assert plain == text


def test_long_names_may_break_in_a_narrow_cell():
    made = as_typst(table_of(pd.DataFrame({"a": ["tenancy.kept_12.death_counts"]})))
    assert '[#"tenancy."#sym.zws#"kept_"#sym.zws#"12."#sym.zws#"death_"#sym.zws#"counts"]' in made


def test_a_picture_has_its_words_beside_it(bars):
    made = as_html(bars([("A", 12), ("B", 3)]), number="Figure 1.", links=" (files)")
    assert 'role="img" aria-label="Bars of people for 2 rows. The longest is A with 12."' in made
    assert "<figcaption><strong>Figure 1.</strong> People by step. (files)</figcaption>" in made
    typst = as_typst(bars([("A", 12)]), picture="chart1.svg", number="Figure 1.")
    assert (
        'image("chart1.svg", width: 100%, alt: "Bars of people for 1 rows. The longest is A with 12.")'
        in typst
    )


@pytest.mark.parametrize(
    "cell",
    [
        "=HYPERLINK(1)",
        "+1+1",
        "-1+1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "＝1",
        "-cmd|' /C calc'!A0",
        "--1",
        '=1,2"x',
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(cell):
    read = pd.read_csv(
        io.StringIO(csv_text(table_of(pd.DataFrame({"a": [cell], "b": pd.Categorical([cell])}))), newline=""),
        dtype=str,
    )
    assert read["a"].iloc[0].startswith("'") and read["b"].iloc[0].startswith("'")


def test_a_cell_is_one_line():
    assert csv_text(table_of(pd.DataFrame({"a": ["x\r=1\n\ty\x00z"]}))) == "a\nx =1 y z\n"


@pytest.mark.parametrize(
    "cell", ["-5", "+1.2", "-1,234", "+3%", "−4", "–", "[hidden]", "words", "1-2", "a=b", ""]
)
def test_numbers_and_plain_words_stay_as_they_are(cell):
    assert csv_text(table_of(pd.DataFrame({"a": [cell, "x"]}))).split("\n")[1].strip('"') == cell


def test_a_csv_holds_what_is_printed_under_its_headings():
    frame = pd.DataFrame(
        {
            "a": ["x", "y"],
            "n": [1, 2],
            "hidden": [3, 4],
            "m": pd.to_datetime(["2024-01-31", None]),
            "p": [1 / 3, float("nan")],
        }
    )
    made = table_of(
        frame,
        Column("a", "to"),
        Column("n", "to", "count"),
        Column("m", "M", "month"),
        Column("p", "P", "percent"),
    )
    assert csv_text(made) == "to,to,M,P\nx,1,2024-01-31,0.3333333333\ny,2,,\n"


def test_jupyterlab_is_given_words_for_everything(table, bars):
    assert mimebundle(table([("A", 3)]))["text/plain"].startswith("People by group.")
    assert mimebundle(bars([("A", 3)]))["text/plain"].startswith("Bars of people")
    assert mimebundle("words") == {"text/html": '<p class="says">words</p>', "text/plain": "words"}

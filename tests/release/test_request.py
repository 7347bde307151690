"""The output checker's page: what is asked for, what stands behind it, and what stays inside."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pi_research.disclosure import Rule
from pi_research.disclosure._system import Count, Place
from pi_research.release.request import request_page, requested

NAMES = ("01_cohort_and_milestones", "09_synthesis")
FILES = {"index.html": "a" * 64, "tables/01_cohort_and_milestones/people.csv": "b" * 64}


def by_id(run, names=NAMES):
    return {(o.kind, o.id): o for o in requested(run.settings, names, run.audited)}


@pytest.fixture(scope="module")
def outputs(run):
    return by_id(run)


def page_of(run, outputs):
    return request_page(run.settings, list(outputs.values()), run.audited, "base.zip", "f" * 64, FILES)


@pytest.fixture(scope="module")
def page(run, outputs):
    return page_of(run, outputs)


def test_every_output_is_listed_once_with_what_leaves_and_what_stays(outputs):
    assert {k: o.status for k, o in outputs.items() if o.status == "inside"} == {
        ("figure", "journey"): "inside", ("output", "cell_6"): "inside"}
    assert {k for k, o in outputs.items() if o.status != "inside"} == {
        ("table", "people"), ("table", "costs"), ("figure", "ends"), ("table", "published"), ("figure", "kept"),
        *[k for k in outputs if k[0] == "sentence"]}


def test_the_counts_behind_a_table_are_exact_and_those_of_shown_cells_alone(outputs):
    people = outputs["table", "people"]
    assert (people.smallest, people.largest) == (13, 1237), "3 and 2 are hidden and no longer count"
    assert (people.numbers, people.hidden, people.rounded, people.withheld) == (8, 4, 2, 0)
    assert set(people.marks) == {(2, 1, "threshold"), (3, 1, "threshold"), (2, 2, "threshold"), (3, 2, "threshold")}
    assert people.counted == "everyone" and people.rule == "nhs" and people.shows == "People <by> group."
    assert "tables/01_cohort_and_milestones/people.csv" in people.files


def test_a_share_of_all_is_to_be_judged_since_it_says_something_of_everyone(outputs):
    people = outputs["table", "people"]
    assert people.status == "review" and "Nought or all" in people.reason and "Moved" in people.reason


def test_a_mean_is_to_be_judged_since_the_audit_does_not_read_it(outputs):
    costs = outputs["table", "costs"]
    assert costs.status == "review" and "Mean cost" in costs.reason
    assert (costs.numbers, costs.hidden, costs.smallest, costs.largest) == (2, 1, 41, 41)


def test_hidden_bars_are_counted_with_the_numbers_of_the_alt_text(outputs):
    ends = outputs["figure", "ends"]
    assert (ends.smallest, ends.largest, ends.hidden, ends.status) == (88, 88, 2, "pass")
    assert "88" not in ends.shows and {f.rpartition(".")[2] for f in ends.files} >= {"csv", "png", "svg"}


def test_a_curve_tells_the_fewest_at_risk_where_it_is_drawn(outputs):
    kept = outputs["figure", "kept"]
    assert kept.status == "pass" and kept.largest == 113 and 7 < kept.smallest < 113
    assert kept.hidden == 0 and kept.rounded == kept.numbers > 5


def test_published_figures_are_about_nobody(outputs):
    assert (outputs["table", "published"].numbers, outputs["table", "published"].status) == (0, "pass")


def test_a_sentence_is_listed_where_it_counts_people(run, outputs):
    [said] = [o for o in outputs.values() if o.kind == "sentence"]
    assert said.shows.startswith("[hidden] of 1,235 moved") and said.hidden == 1 and said.smallest == 411
    assert said.files == (f"sentences/{NAMES[0]}/{said.id}.about.json",) and (run.place / said.files[0]).is_file()


def test_a_leak_refuses_what_gives_it_away_and_tells_no_count(run):
    from pi_research.disclosure import Leak

    way = (Place("01_cohort_and_milestones/people", 2, "n"),)
    leak = Leak(Count("", "everyone", "people"), (4242, 4243), way, True)
    audited = replace(run.audited, found=replace(run.audited.found, leaks=(leak,)))
    found = by_id(replace(run, audited=audited))
    assert [k for k, o in found.items() if o.status == "refused"] == [("table", "people")]
    assert "worked back" in found["table", "people"].reason and "424" not in found["table", "people"].reason


@pytest.mark.parametrize(("fault", "refused"), [
    ("these cells contradict each other: 01_cohort_and_milestones/people (row 2, n); mend", {"people"}),
    ("these cells contradict each other: 01_cohort_and_milestones/ends (figure) (row 2, value); mend", {"ends"}),
    ("tables/01_cohort_and_milestones/people.csv: it was changed after it was made", {"people"}),
    ("tables/01_cohort_and_milestones/people_by_age.csv: it was changed after it was made", set()),
    ("01_cohort_and_milestones/people_by_age (row 1, n): a count that the rule never prints", set()),
    ("tables/09_synthesis: made before 09_synthesis was last run", {"published", "kept"}),
    ("by_hand.csv: no step of the release makes this file", set()),
])
def test_a_fault_refuses_the_output_that_it_names_and_no_other(run, fault, refused):
    audited = replace(run.audited, found=replace(run.audited.found, faults=(fault,)))
    found = by_id(replace(run, audited=audited))
    assert {o.id for o in found.values() if o.status == "refused"} == refused


def test_an_edited_file_is_refused_by_its_hash_and_a_count_that_the_rule_hides_by_itself(make_run):
    run = make_run()
    file = run.place / "tables" / NAMES[0] / "people.csv"
    file.write_text(file.read_text().replace("C,[hidden],[hidden]", "C,3,[hidden]"))
    found = by_id(make_run())["table", "people"]
    assert found.status == "refused" and "hash" in found.reason and found.smallest == 3
    about = file.with_name("people.about.json")
    about.write_text(re.sub(r'"sha256": "\w+"', f'"sha256": "{_sha(file)}"', about.read_text()))
    again = make_run()
    silent = replace(again.audited, folders=tuple(replace(f, faults=()) for f in again.audited.folders),
                     found=replace(again.audited.found, faults=()))
    found = by_id(replace(again, audited=silent))["table", "people"]
    assert found.status == "refused" and "fewer people than the rule" in found.reason


def _sha(file):
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("text", [None, "Group,People\nA,10\n"])
def test_a_table_whose_file_is_gone_or_of_another_run_is_refused(make_run, text):
    run = make_run()
    file = run.place / "tables" / NAMES[0] / "people.csv"
    file.write_text(text) if text else file.unlink()
    assert by_id(run, NAMES[:1])["table", "people"].status == "refused"


def test_what_the_audit_had_left_out_is_counted_and_listed(make_run):
    run = make_run()
    cells = [{"output": "tables/01_cohort_and_milestones/people", "row": 1, "column": "n"}]
    (run.place / "withheld.json").write_text(json.dumps(cells))
    file = run.place / "tables" / NAMES[0] / "people.csv"
    file.write_text(file.read_text().replace("B,15,", "B,[withheld],"))
    found = by_id(run)
    assert (found["table", "people"].withheld, found["table", "people"].hidden) == (1, 4)
    assert (1, 1, "withheld") in found["table", "people"].marks
    assert "1 of its numbers, for the audit" in page_of(run, found)


# the page

class Seen(HTMLParser):
    """Elements, text and ids of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.headings, self.tables = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append([])
        elif self.tables:
            self.tables[-1].append(tag)


def test_the_top_says_what_is_asked_for_under_which_rule_and_what_the_audit_found(page, run, outputs):
    top = page.split('id="outputs"')[0]
    for said in ("base.zip", "f" * 64, "2 files", Rule.preset("nhs").sentence().split(":")[0].replace("'", "&#x27;"),
                 "Synthetic data", str(run.audited.found.sentence()), "made 2024-10-02", "holds exact counts"):
        assert said in top, said
    leaving = [o for o in outputs.values() if o.status != "inside"]
    assert f"{len(leaving)}: {sum(o.status == 'pass' for o in leaving)} pass" in top
    assert all(name in page and sha in page for name, sha in FILES.items())


def test_each_output_has_room_for_a_decision_that_is_labelled(page):
    boxes = [a for tag, a in Seen(page).tags if a.get("role") == "textbox"]
    labels = [a["aria-label"] for a in boxes]
    assert len(labels) == len(set(labels)) and all(a["contenteditable"] == "true" for a in boxes)
    assert {"Day", "For whom it is meant", "Decided by (name, role)"} <= set(labels)
    assert any("table people of 01_cohort_and_milestones" in said for said in labels)


def test_the_page_runs_nothing_asks_for_nothing_and_can_be_read_by_everyone(page):
    seen = Seen(page)
    tags = {tag for tag, _ in seen.tags}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert "://" not in page and "url(" not in page
    assert not [a for _, a in seen.tags for name in a if name.startswith("on")]
    assert dict(seen.tags)["html"]["lang"] == "en-GB" and seen.headings[0] == 1 and seen.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(seen.headings, seen.headings[1:], strict=False))
    assert seen.tables and all("caption" in inside for inside in seen.tables)
    assert all("scope" in a for tag, a in seen.tags if tag == "th")
    ids = [a["id"] for _, a in seen.tags if "id" in a]
    assert len(ids) == len(set(ids)) and "main" in tags and "title" in tags
    assert all(words in page for words in (">Pass<", ">To judge<", ">Refused<")), "a status is a word, not a colour"


def test_what_stays_inside_is_named_and_not_shown(page):
    inside = page.split("What stays inside</h2>")[1]
    assert "figure journey" in inside and "output cell_6" in inside
    assert "Montague" not in page and "Q7" not in page


def test_a_caption_is_text_and_no_tag(page):
    assert "People &lt;by&gt; group." in page and "<by>" not in page


def test_a_real_extract_and_a_refusal_are_said(make_run):
    run = make_run()
    for file in (run.settings.out / "findings").glob("*.json"):
        file.write_text(file.read_text().replace('"synthetic": true', '"synthetic": false'))
    (run.place / "tables" / NAMES[0] / "by_hand.csv").write_text("a\n1\n")
    run = make_run()
    page = page_of(run, by_id(run))
    assert "real people are counted" in page and "Synthetic data" not in page
    assert "refused" in page and "by_hand.csv" in page

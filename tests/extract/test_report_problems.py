"""The faults on the screen, as a table and as a page."""

from __future__ import annotations

import csv
import errno
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from pi_research.extract import check_extract, write_problems
from pi_research.extract.report_problems import problems_csv, problems_page, row_ranges
from pi_research.files import FileWriteError

DICTIONARY = Path(__file__).resolve().parents[2] / "data" / "dictionary"
VOID = {"meta", "br"}


class Outline(HTMLParser):
    """Tags in order, with their attributes; fails where one is closed that was not opened last."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def faulty(checked, plant):
    places = {f"programme_events {row} date": "05/06/2021" for row in (2, 3, 4, 9)}
    return checked(plant({"set": places | {"people 2 sex": "Female", "contacts 5 date": "2022-11-19"}}))


def test_the_table_can_be_read_back_and_holds_every_fault(faulty, tmp_path):
    table, _ = write_problems(faulty, tmp_path)
    back = pd.read_csv(table, dtype={"row": "Int64"}, keep_default_na=False, na_values={"row": [""]})
    assert back["rule"].tolist() == faulty.problems["rule"].tolist()
    assert list(back) == ["table", "file", "row", "column", "rule", "severity", "what", "what_to_do", "see"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_table_can_run_in_a_spreadsheet(faulty, start):
    problems = faulty.problems.assign(what=f"{start}HYPERLINK(1)", file=f"{start}x.csv")
    for row in list(csv.reader(io.StringIO(problems_csv(problems), newline="")))[1:]:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_the_page_stands_alone_and_a_screen_reader_finds_its_way(faulty):
    page = problems_page(faulty)
    outline = Outline(page)
    names = [tag for tag, _ in outline.tags]
    assert ("html", {"lang": "en-GB"}) in outline.tags and names.count("h1") == 1 and names.count("main") == 1
    assert names.count("table") == names.count("caption") > 1
    assert all("scope" in attrs for tag, attrs in outline.tags if tag == "th")
    assert "script" not in names and "link" not in names and not re.search(r"https?://|url\(", page)
    ids = {attrs["id"] for _, attrs in outline.tags if "id" in attrs}
    assert {attrs["href"] for tag, attrs in outline.tags if tag == "a"} <= {f"#{name}" for name in ids}


def test_the_page_counts_by_table_and_by_rule_and_joins_neighbouring_rows(faulty):
    page = problems_page(faulty)
    assert "Day or month first (4)" in page and "rows 2–4, 9" in page
    assert page.index('id="people"') < page.index('id="programme_events"') < page.index('id="contacts"')


def test_the_page_of_a_good_extract_says_so(checked, good):
    page = problems_page(checked(good))
    assert "No errors, 0 notices: the extract can be used." in page
    Outline(page)


def test_a_short_screen_tells_every_kind_of_error_and_how_many_notices_more(faulty):
    assert len(faulty.text(200).splitlines()) < 40
    short = faulty.text(10).splitlines()
    assert short[0].startswith("5 errors, 2 notices")
    told = [line for line in faulty.text(200).splitlines() if line.startswith("error: ")]
    assert [line for line in short if line.startswith("error: ")] == told
    assert not any(line.startswith("notice: ") for line in short)
    assert re.fullmatch(
        r"\.\.\. and \d more, of \d kinds: problems.html and problems.csv list all\.", short[-1]
    )


def test_row_numbers_are_joined_and_the_rest_counted():
    assert row_ranges(pd.Series([7])) == "row 7"
    assert row_ranges(pd.Series([9, 2, 3, 3, 4])) == "rows 2–4, 9"
    assert row_ranges(pd.Series(range(2, 20, 2)), shown=3) == "rows 2, 4, 6 and 6 more (all in problems.csv)"
    assert row_ranges(pd.Series([], dtype="Int64")) == ""


def test_a_header_that_is_a_person_is_named_by_its_letter(checked, good):
    tables = dict(good, delays=good["delays"].replace("reason\n", "reason" + ",Jo Bloggs" * 23 + "\n"))
    columns = checked(tables).problems.query("rule == 'extra_column'")["column"].tolist()
    assert columns[:2] == ["column AA", "column AB"] and "column Z" in columns


def test_a_full_disk_is_one_clear_line_and_leaves_no_file(faulty, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(FileWriteError, match="The disk is full") as error:
        write_problems(faulty, tmp_path)
    assert len(str(error.value).splitlines()) == 1 and list(tmp_path.iterdir()) == []


def test_the_table_of_problems_left_in_the_folder_is_no_stranger(extract_of, good, faulty):
    folder = extract_of(good)
    write_problems(faulty, folder)
    assert check_extract(folder, dictionary=DICTIONARY).problems.empty


def test_no_folder_is_made_by_a_slip_of_the_keyboard(tmp_path):
    check = check_extract(tmp_path / "extrcat", dictionary=DICTIONARY)
    with pytest.raises(FileWriteError, match="There is no folder of that name"):
        write_problems(check, tmp_path / "extrcat")
    assert not (tmp_path / "extrcat").exists()
    table, page = write_problems(check, tmp_path / "out")
    assert "folder_missing" in table.read_text() and "There is no folder" in page.read_text()

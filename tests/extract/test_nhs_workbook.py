"""The delayed-transfers workbook, read as published and checked against its own totals."""

import os

import numpy as np
import pandas as pd
import pytest

from pi_research.extract import nhs_workbook
from pi_research.extract.nhs_workbook import SHEETS, WorkbookError, check_totals, delayed_transfers

TYPE, ORGANISATION, REASON = SHEETS
HEADER, FIRST = 14, 16  # rows of the published sheets, counted from 0


def workbook(months=8):
    """Three sheets as they are published: title, headings, a blank row, months, notes."""
    stamps = pd.date_range("2018-11-01", periods=months, freq="MS")
    totals = [1100 + 11 * k for k in range(months)]
    sheets = {}
    for name, headings in SHEETS.items():
        parts = [h for h in headings if h != "Total"]
        block = name != REASON
        marks = ["", "", "", "Delayed Days"] + [""] * len(parts) + ["", "DTOC Beds"]
        marks = marks if block else ["", "Provider Level Data"]
        heads = ["", "Year", "Period", *headings] + (["", *headings] if block else [])
        rows = [[""], ["", "Title:", "Delayed Transfer of Care"], *[[""]] * 11, marks, heads, [""]]
        for stamp, total in zip(stamps, totals, strict=True):
            year = stamp.year - (stamp.month < 4)
            shares = [float(total // len(parts))] * len(parts)
            shares[0] += total - sum(shares)
            beds = ["", *[v / stamp.days_in_month for v in [*shares, total]]] if block else []
            rows.append(["", f"{year}-{(year + 1) % 100:02d}", f"{stamp:%B}", *shares, float(total), *beds])
        sheets[name] = [*rows, [""], ["", "Notes:"], ["", "1. Before August 2010 days were weekly."]]
    return sheets


def test_the_frame_has_one_row_a_month_whole_days_and_the_days_of_the_month():
    frame = delayed_transfers(workbook())
    assert len(frame) == 8
    assert frame["month"].iloc[0] == pd.Timestamp("2018-11-01")
    assert frame["month"].iloc[2] == pd.Timestamp("2019-01-01")  # January 2018-19 lies in 2019
    assert frame["days_in_month"].tolist() == [30, 31, 31, 28, 31, 30, 31, 30]
    assert frame["total"].tolist() == [1100 + 11 * k for k in range(8)]
    reasons = [c for c in SHEETS[REASON].values() if c != "total"]
    assert [c for c in frame if c.startswith("reason_")] == reasons
    assert (frame.dtypes.drop("month") == "int64").all()


def test_the_block_of_beds_which_repeats_the_headings_is_not_read():
    sheets = workbook()
    for row in sheets[TYPE][FIRST:-3]:
        row[-3:] = [0.0, 0.0, 0.0]
    pd.testing.assert_frame_equal(delayed_transfers(sheets), delayed_transfers(workbook()))


def test_the_record_of_the_check_says_what_was_compared():
    record = check_totals(delayed_transfers(workbook()))
    assert (record.months, record.first, record.last) == (8, "2018-11", "2019-06")
    assert record.sentence() == (
        "The sums by type of care, by responsible organisation, by reason each equal the total in all "
        "8 months, 2018-11 to 2019-06."
    )


def cell(sheet, row, column, value):
    def plant(sheets):
        sheets[sheet][row][column] = value

    return plant


def drop_row(*names, row=FIRST + 3):
    def plant(sheets):
        for name in names:
            del sheets[name][row]

    return plant


def swap_rows(sheets):
    for rows in sheets.values():
        rows[FIRST + 1], rows[FIRST + 2] = rows[FIRST + 2], rows[FIRST + 1]


def repeat_row(sheets):
    for rows in sheets.values():
        rows.insert(FIRST, rows[FIRST])


def blank_last_counts(sheets):
    for rows in sheets.values():
        rows[FIRST + 7][3:] = [""] * len(rows[FIRST + 7][3:])


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (lambda s: s.pop(REASON), "sheet 'Delayed Days by reason' is missing"),
        (cell(TYPE, HEADER, 3, "Acute care"), "sheet 'Delayed Days by type', row 15: no heading 'Acute'"),
        (cell(REASON, HEADER, 12, "I) Housing"), r"row 15: no heading 'I\) Housing - patients"),
        (cell(TYPE, HEADER, 1, "Financial year"), "no row with the headings Year and Period"),
        (cell(TYPE, FIRST + 2, 3, 400.0), r"2019-01: the sum by type of care \(acute to non_acute\) is not"),
        (cell(ORGANISATION, FIRST, 4, 1.0), r"2018-11: the sum by responsible organisation \(nhs to both\)"),
        (cell(REASON, FIRST + 7, 3, 1.0), r"2019-06: the sum by reason \(reason_assessment to reason"),
        (cell(ORGANISATION, FIRST + 1, 6, 5.0), "2018-12: Total of sheet 'Delayed Days by responsible org'"),
        (cell(TYPE, FIRST + 1, 3, "n/a"), "row 18, column 'Acute': not a count of days"),
        (cell(TYPE, FIRST + 1, 3, ""), "row 18, column 'Acute': not a count of days"),
        (cell(TYPE, FIRST + 1, 3, -4.0), "row 18, column 'Acute': not a count of days"),
        (cell(TYPE, FIRST + 1, 3, 10.5), "row 18, column 'Acute': not a count of days"),
        (cell(TYPE, FIRST + 1, 3, np.nan), "row 18, column 'Acute': not a count of days"),
        (cell(TYPE, FIRST + 1, 1, ""), "row 18: Year or Period is not such as 2019-20, January"),
        (cell(TYPE, FIRST + 1, 2, "Dec"), "row 18: Year or Period is not such as 2019-20, January"),
        (drop_row(*SHEETS), "2019-02 is not in its place"),
        (swap_rows, "2018-12 is not in its place"),
        (repeat_row, "2018-12 is not in its place"),
        (drop_row(REASON, row=FIRST + 7), "'Delayed Days by reason' covers other months"),
        (blank_last_counts, "row 24, column 'Acute': not a count of days"),
        (lambda s: s.update({TYPE: s[TYPE][:FIRST]}), "no month below the headings"),
        (lambda s: s.update({TYPE: []}), "no row with the headings"),
    ],
)
def test_a_workbook_that_was_changed_is_refused_with_sheet_and_place(plant, said):
    sheets = workbook()
    plant(sheets)
    with pytest.raises(WorkbookError, match=said):
        delayed_transfers(sheets)


def test_a_mismatch_in_a_frame_is_an_error_with_month_and_column():
    frame = delayed_transfers(workbook())
    frame.loc[4, "reason_housing"] += 1
    with pytest.raises(WorkbookError, match=r"2019-03: the sum by reason .* \(in 1 months\)"):
        check_totals(frame)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.xls", None, "absent.xls: no such file"),
        ("text.xls", b"month,total\n2018-11,5\n", "text.xls: not an .xls workbook"),
        ("empty.xls", b"", "empty.xls: not an .xls workbook"),
        ("new.xls", b"PK\x03\x04" + b"\0" * 600, "new.xls: not an .xls workbook"),
        ("cut.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "cut.xls: not an .xls workbook"),
    ],
)
def test_what_is_no_workbook_is_refused_by_name(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(WorkbookError, match=said):
        nhs_workbook.read_delayed_transfers(tmp_path / name)


def test_a_folder_is_not_a_workbook(tmp_path):
    with pytest.raises(WorkbookError, match="no such file"):
        nhs_workbook.read_delayed_transfers(tmp_path)


def test_the_cells_of_every_sheet_go_from_the_file_to_the_frame(tmp_path, monkeypatch):
    class Sheet:
        def __init__(self, name, rows):
            self.name, self.rows, self.nrows = name, rows, len(rows)

        def row_values(self, k):
            return self.rows[k]

    class Book:
        def sheets(self):
            return [Sheet("Notes", []), *[Sheet(name, rows) for name, rows in workbook().items()]]

    path = tmp_path / "book.xls"
    path.write_bytes(b"anything")
    monkeypatch.setattr("xlrd.open_workbook", lambda _: Book())
    pd.testing.assert_frame_equal(nhs_workbook.read_delayed_transfers(path), delayed_transfers(workbook()))


@pytest.mark.skipif("PI_DTOC_WORKBOOK" not in os.environ, reason="PI_DTOC_WORKBOOK names no workbook")
def test_the_published_workbook_reads_whole_where_PI_DTOC_WORKBOOK_names_it():
    frame = nhs_workbook.read_delayed_transfers(os.environ["PI_DTOC_WORKBOOK"])
    assert len(frame) == 115
    assert frame["total"].iloc[[0, -1]].tolist() == [109_918, 155_782]
    assert (frame["reason_housing"].min(), frame["reason_housing"].max()) == (3_364, 8_027)
    assert check_totals(frame).last == "2020-02"

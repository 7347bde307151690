"""Scotland's delayed discharges by council area: read as published, checked against their own totals."""

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.extract import scottish_delays
from pi_research.extract.scottish_delays import ALL, AREAS, BEDS, DAYS, REASONS, DelaysError, area_series, checked, daily

MONTHS = pd.date_range("2019-11-01", periods=6, freq="MS")
COUNCILS = [code for code in AREAS if code != "S92000003"]


def published(seed=1, low=0):
    """All councils, reasons and months, with the totals of the file, as text."""
    rng, parts = np.random.default_rng(seed), []
    for code in COUNCILS:
        days = pd.DataFrame(rng.integers(low, 300, (len(MONTHS), 4)), index=MONTHS, columns=REASONS[1:])
        parts.append(days.assign(**{ALL: days.sum(axis=1), "ltla_code": code}))
    parts.append(sum(p.drop(columns="ltla_code") for p in parts).assign(ltla_code="S92000003"))
    long = pd.concat(parts).rename_axis("date").reset_index().melt(["ltla_code", "date"], var_name="delay_reason",
                                                                  value_name=DAYS)
    long[BEDS] = (long[DAYS] / long["date"].dt.days_in_month).round()
    long = long.assign(age_group="18plus", date=long["date"].dt.strftime("%Y-%m-%d"))
    return long[list(scottish_delays.COLUMNS)].astype(str)


FILE = published()


def test_the_frame_is_tidy_with_whole_days_and_the_days_of_the_month():
    frame = checked(FILE)
    assert list(frame) == ["area", "measure", "month", "value", "denominator", "denominator_unit", "reason", "code"]
    assert len(frame) == 34 * 5 * 6 and frame["value"].dtype == "int64"
    fife = area_series(frame, "Fife", "Code 9 AWI")
    assert list(fife) == ["area", "measure", "month", "value", "denominator", "denominator_unit"]
    assert fife["month"].tolist() == list(MONTHS) and fife["denominator"].tolist() == [30, 31, 31, 29, 31, 30]
    raw = FILE[(FILE["ltla_code"] == "S12000047") & (FILE["delay_reason"] == "Code 9 AWI")].sort_values("date")
    assert fife["value"].tolist() == raw[DAYS].astype(int).tolist()
    rate, months = daily(frame, "Fife", "Code 9 AWI")
    assert rate.iloc[0] == fife["value"].iloc[0] / 30 and months.equals(fife["month"])


def test_the_rows_have_the_form_of_the_extracts_area_series():
    from pi_research.extract.dictionary import read_dictionary

    fields = [f.name for f in read_dictionary()["area_series"].fields]
    assert list(area_series(checked(FILE))) == fields


def test_months_of_zero_days_stay_zero_and_are_counted():
    frame = checked(published(low=0).pipe(_quiet, "S12000023"))
    assert (area_series(frame, "Orkney Islands")["value"] == 0).all()
    said = scottish_delays.check_record(frame).sentence()
    assert "32 council areas over 6 months, 2019-11 to 2020-04" in said and "6 months of a council area" in said


def _quiet(file, code):
    """The same with no delayed day in one council area."""
    file, own = file.copy(), file["ltla_code"] == code
    keys = ["date", "delay_reason"]
    gone = file[own].set_index(keys)[DAYS].astype(int)
    nation = file["ltla_code"] == "S92000003"
    left = file[nation].set_index(keys)[DAYS].astype(int) - gone
    file.loc[nation, DAYS] = [left[tuple(k)] for k in file.loc[nation, keys].to_numpy()]
    file.loc[own, DAYS] = 0
    long = pd.to_datetime(file["date"]).dt.days_in_month
    file[BEDS] = (file[DAYS].astype(int) / long).round()
    return file.astype(str)


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(random):
    order = list(range(len(FILE)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(checked(FILE.iloc[order]), checked(FILE))


def cell(column, value, row=7):
    def plant(file):
        file.loc[row, column] = value
        return file

    return plant


def one_less(file):
    """A council's total a day short, of a month whose rounded average that does not change."""
    row = file.index[(file["delay_reason"] == ALL) & (file["ltla_code"] == "S12000047")][0]
    days = pd.Timestamp(file.loc[row, "date"]).days_in_month
    fewer = int(file.loc[row, DAYS]) - 1
    return cell(BEDS, str(round(fewer / days)), row)(cell(DAYS, str(fewer), row)(file))


def nation_off(file):
    """Scotland's days of two reasons moved by one, so that they still add up to all reasons."""
    rows = [file.index[(file["ltla_code"] == "S92000003") & (file["delay_reason"] == r)][0] for r in REASONS[1:3]]
    for row, move in zip(rows, (1, -1), strict=True):
        moved = int(file.loc[row, DAYS]) + move
        file.loc[row, [DAYS, BEDS]] = [str(moved), str(round(moved / 30))]
    return file


@pytest.mark.parametrize(("plant", "said"), [
    (lambda f: f.drop(columns="date"), "no column 'date'"),
    (lambda f: f.rename(columns={DAYS: "days"}), f"no column '{DAYS}'"),
    (lambda f: f.iloc[:0], "no row below the headings"),
    (cell("ltla_code", "E08000019"), "row 9, column 'ltla_code': not one of those that are published"),
    (cell("age_group", "75plus"), "row 9, column 'age_group'"),
    (cell("delay_reason", "Housing"), "row 9, column 'delay_reason'"),
    (cell("date", "2019-13-01"), "row 9, column 'date': not a month's first day"),
    (cell("date", "2020-01-15"), "row 9, column 'date': not a month's first day"),
    (cell(DAYS, ""), f"row 9, column '{DAYS}': not a number"),
    (cell(DAYS, "*"), f"row 9, column '{DAYS}': not a number"),
    (cell(DAYS, "-4"), f"row 9, column '{DAYS}': a negative number"),
    (cell(DAYS, "12.5"), f"row 9, column '{DAYS}': not a whole number of days"),
    (cell(BEDS, "999"), f"row 9, column '{BEDS}': not the days by the length of the month"),
    (lambda f: pd.concat([f, f.iloc[[3]]]), "row 1022: .* stands twice; keep one row"),
    (lambda f: f.drop(index=3), "no row for 20.*a gap is never filled with 0"),
    (lambda f: f[~((f["ltla_code"] == "S12000047") & (f["delay_reason"] == "Code 9 AWI"))],
     "Fife: no rows for 'Code 9 AWI'"),
    (one_less, "Fife, 20.*the sum of the reasons is not that of all reasons"),
    (nation_off, "the sum of the council areas is not Scotland's .in 2 places"),
])
def test_a_file_that_is_not_as_published_is_refused_with_row_and_column(plant, said):
    with pytest.raises(DelaysError, match=said):
        checked(plant(FILE.copy()))


def test_a_file_of_some_councils_is_read_without_a_total_to_compare():
    frame = checked(FILE[FILE["ltla_code"].isin(["S12000047", "S12000049"])])
    assert set(frame["area"]) == {"Fife", "Glasgow City"}


@pytest.mark.parametrize(("asked", "said"), [
    ({"area": "Sheffield"}, "scottish.area: 'Sheffield' is not in the file; choose one of Aberdeen City"),
    ({"reason": "Housing"}, "scottish.reason: 'Housing' is not in the file; choose one of All Delay Reasons"),
])
def test_what_is_not_in_the_file_is_named_with_what_there_is(asked, said):
    with pytest.raises(DelaysError, match=said):
        area_series(checked(FILE), **asked)


def test_a_file_is_read_from_its_path_and_one_that_is_none_is_refused(tmp_path):
    file = tmp_path / "delays.csv"
    FILE.to_csv(file, index=False)
    pd.testing.assert_frame_equal(scottish_delays.read_scottish_delays(file), checked(FILE))
    FILE.assign(ltla_code=FILE["ltla_code"].replace("", "NA")).to_csv(file, index=False)  # as R writes it
    pd.testing.assert_frame_equal(scottish_delays.read_scottish_delays(file), checked(FILE))
    for content, said in ((b"", "cannot be read"), (b"\xff\xfe\x00", "cannot be read"), (None, "no such file")):
        bad = tmp_path / "bad.csv"
        bad.unlink(missing_ok=True)
        if content is not None:
            bad.write_bytes(content)
        with pytest.raises(DelaysError, match=f"bad.csv: {said}"):
            scottish_delays.read_scottish_delays(bad)
    assert "scottish.path" in scottish_delays.what_to_fetch()


@pytest.mark.skipif("PI_SCOTTISH_DELAYS" not in os.environ, reason="PI_SCOTTISH_DELAYS names no file")
def test_the_published_file_reads_whole_where_PI_SCOTTISH_DELAYS_names_it():
    frame = scottish_delays.read_scottish_delays(os.environ["PI_SCOTTISH_DELAYS"])
    nation = area_series(frame).set_index("month")["value"]
    assert nation["2020-03-01"] == 45_009 and nation["2020-04-01"] == 20_293
    record = scottish_delays.check_record(frame)
    assert (record.areas, record.first) == (32, "2016-07")

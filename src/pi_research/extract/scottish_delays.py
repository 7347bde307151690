"""Public Health Scotland's delayed discharges by council area and month, from a file of its open data.

One row a council, month, age group and reason, monthly from July 2016. The reasons of a month add up to all
reasons, the councils and those of no known council to Scotland, and the daily average is the days by the
length of the month: that is what the import is checked against.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ALL", "AREAS", "REASONS", "DelaysCheck", "DelaysError", "area_series", "check_record",
           "checked", "daily", "read_scottish_delays", "what_to_fetch"]

DAYS, BEDS = "num_delayed_bed_days", "average_daily_delayed_beds"
COLUMNS = ("ltla_code", "date", "age_group", "delay_reason", DAYS, BEDS)
KEY = ["code", "reason", "month"]
AGE = "18plus"
ALL, SCOTLAND, ELSEWHERE = "All Delay Reasons", "Scotland", "Other or not known"
REASONS = (
    ALL,
    "Health and Social Care Reasons",
    "Patient and Family Related Reasons",
    "Code 9 AWI",  # adults with incapacity
    "Code 9 Non-AWI",  # other complex delays
)
AREAS = {
    "S92000003": SCOTLAND, "": ELSEWHERE, "S12000005": "Clackmannanshire",
    "S12000006": "Dumfries and Galloway", "S12000008": "East Ayrshire", "S12000010": "East Lothian",
    "S12000011": "East Renfrewshire", "S12000013": "Na h-Eileanan Siar", "S12000014": "Falkirk",
    "S12000017": "Highland", "S12000018": "Inverclyde", "S12000019": "Midlothian", "S12000020": "Moray",
    "S12000021": "North Ayrshire", "S12000023": "Orkney Islands", "S12000026": "Scottish Borders",
    "S12000027": "Shetland Islands", "S12000028": "South Ayrshire", "S12000029": "South Lanarkshire",
    "S12000030": "Stirling", "S12000033": "Aberdeen City", "S12000034": "Aberdeenshire",
    "S12000035": "Argyll and Bute", "S12000036": "City of Edinburgh", "S12000038": "Renfrewshire",
    "S12000039": "West Dunbartonshire", "S12000040": "West Lothian", "S12000041": "Angus",
    "S12000042": "Dundee City", "S12000045": "East Dunbartonshire", "S12000047": "Fife",
    "S12000048": "Perth and Kinross", "S12000049": "Glasgow City", "S12000050": "North Lanarkshire",
}  # fmt: skip
FORM = "use the delayed discharges by council area, adults of 18 and over, as published"


class DelaysError(ValueError):
    """What is wrong with the file, where, and what to do."""


@dataclass(frozen=True, slots=True)
class DelaysCheck:
    """What was compared and agreed: areas, months, first and last month, zero months (kept as they are)."""

    areas: int
    months: int
    first: str
    last: str
    zeros: int

    def sentence(self) -> Sentence:
        """The record in plain English."""
        return sentence(
            "{areas} council areas over {months} months, {first} to {last}, none missing: the reasons add up "
            "to all reasons, the councils and those of no known council to Scotland. Nothing was filled in; "
            "{zeros} months of a council area are published as 0 days.",
            areas=count(self.areas, people=False), months=count(self.months, people=False), first=self.first,
            last=self.last, zeros=count(self.zeros, people=False),
        )  # fmt: skip


def read_scottish_delays(path: str | Path) -> pd.DataFrame:
    """Delayed days by council area, reason and month, checked against the file's own totals.

    Parameters
    ----------
    path : str or Path
        A CSV file with the columns ``COLUMNS``, one row a council (code), month, age group and reason.

    Returns
    -------
    DataFrame
        Tidy: area, measure ("delayed_days"), month (first day), value (days, whole), denominator (days in the
        month), denominator_unit, reason and code; in the order of area, reason and month.

    Raises
    ------
    DelaysError
        No file, no table, a column missing; a code, age group, reason, month or number that cannot be; a
        month twice or missing; parts that do not add up; by row where one row is at fault.

    Notes
    -----
    Bed days, not people: one person delayed for a month is 30 of them. A month that is missing is an error
    and never 0.
    """
    import pandas as pd

    path = Path(path)
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise DelaysError(f"{path.name}: no such file; fetch it or mend the path.") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise DelaysError(f"{path.name}: cannot be read as a table of commas; {FORM}.") from None
    return checked(raw)


def checked(raw: pd.DataFrame) -> pd.DataFrame:
    """The checked frame from the cells as text, as :func:`read_scottish_delays` returns it."""
    import pandas as pd

    missing = [column for column in COLUMNS if column not in raw]
    if missing:
        raise DelaysError(f"no column {missing[0]!r}; {FORM}.")
    if raw.empty:
        raise DelaysError(f"no row below the headings; {FORM}.")
    cells = raw[list(COLUMNS)].reset_index(drop=True)
    known = {"ltla_code": set(AREAS) | {"NA"}, "age_group": {AGE}, "delay_reason": set(REASONS)}
    for column, values in known.items():
        _refuse(cells, column, ~cells[column].isin(values), "not one of those that are published")
    month = pd.to_datetime(cells["date"], format="%Y-%m-%d", errors="coerce")
    _refuse(cells, "date", month.isna() | (month.dt.day != 1), "not a month's first day, such as 2016-07-01")
    days, beds = _numbers(cells, DAYS), _numbers(cells, BEDS)
    _refuse(cells, DAYS, days != days.round(), "not a whole number of days")
    long = month.dt.days_in_month
    _refuse(cells, BEDS, (days / long - beds).abs() > 0.5 + 1e-9, "not the days by the length of the month")
    code = cells["ltla_code"].replace("NA", "")
    made = pd.DataFrame({
        "area": code.map(AREAS), "measure": "delayed_days", "month": month, "value": days.astype("int64"),
        "denominator": long.astype("int64"), "denominator_unit": "days_in_month",
        "reason": cells["delay_reason"], "code": code})  # fmt: skip
    _whole(made)
    _add_up(made)
    order = made.assign(place=made["reason"].map({r: k for k, r in enumerate(REASONS)}))
    return order.sort_values(["area", "place", "month"], ignore_index=True).drop(columns="place")


def daily(
    frame: pd.DataFrame, area: str = SCOTLAND, reason: str = ALL
) -> tuple[pd.Series, pd.Series]:
    """Delayed days per day of one area and reason, and the months."""
    kept = area_series(frame, area, reason)
    return kept["value"] / kept["denominator"], kept["month"]


def area_series(frame: pd.DataFrame, area: str = SCOTLAND, reason: str = ALL) -> pd.DataFrame:
    """The months of one area and reason in order, in the form of the extract's ``area_series``.

    Raises
    ------
    DelaysError
        An area or reason that is not in the file.
    """
    for name, value in (("area", area), ("reason", reason)):
        there = sorted(set(frame[name]))
        if value not in there:
            listed = ", ".join(there)
            raise DelaysError(f"scottish.{name}: {value!r} is not in the file; choose one of {listed}.")
    kept = frame[(frame["area"] == area) & (frame["reason"] == reason)]
    return kept.drop(columns=["reason", "code"]).reset_index(drop=True)


def check_record(frame: pd.DataFrame) -> DelaysCheck:
    """What the import compared, for the page."""
    months, every = frame["month"], frame[frame["reason"] == ALL]
    councils = every[every["code"].str.startswith("S12")]
    first, last = (f"{m:%Y-%m}" for m in (months.min(), months.max()))
    zeros = int((councils["value"] == 0).sum())
    return DelaysCheck(councils["code"].nunique(), months.nunique(), first, last, zeros)


def what_to_fetch() -> Sentence:
    """What to do where no file is named."""
    return sentence(
        "No file is named, and this section records no finding. To fill it, fetch Public Health Scotland's "
        "open data on delayed discharge bed days by council area, as a file with the columns "
        + ", ".join(COLUMNS) + ", and name it as scottish.path in params.yaml."
    )


def _refuse(cells: pd.DataFrame, column: str, wrong: pd.Series, what: str) -> None:
    rows = np.flatnonzero(wrong.to_numpy())
    if len(rows):
        more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
        where = f"row {rows[0] + 2}, column {column!r}"
        raise DelaysError(f"{where}: {what}{more}; {FORM}. Nothing was filled in.")


def _numbers(cells: pd.DataFrame, column: str) -> pd.Series:
    import pandas as pd

    plain = cells[column].str.fullmatch(r"-?\d+(\.\d+)?")
    values = pd.to_numeric(cells[column].where(plain), errors="coerce")
    _refuse(cells, column, values.isna(), "not a number")
    _refuse(cells, column, values < 0, "a negative number")
    return values


def _whole(made: pd.DataFrame) -> None:
    """Each area and reason has every month of the file once."""
    import pandas as pd

    twice = made.duplicated(KEY)
    if twice.any():
        row, one = int(np.flatnonzero(twice)[0]), made[twice].iloc[0]
        raise DelaysError(
            f"row {row + 2}: {one['area']}, {one['reason']}, {one['month']:%Y-%m} stands twice; keep one row."
        )
    months = pd.date_range(made["month"].min(), made["month"].max(), freq="MS")
    sizes = made.groupby(["area", "reason"])["month"].agg(["size", set])
    for (area, reason), one in sizes[sizes["size"] < len(months)].iterrows():
        lost = next(m for m in months if m not in one["set"])
        raise DelaysError(
            f"{area}, {reason}: no row for {lost:%Y-%m}; fetch the file again, a gap is never filled with 0."
        )
    wanted = set(pd.MultiIndex.from_product([made["area"].unique(), REASONS]))
    for area, reason in sorted(wanted - set(sizes.index)):
        raise DelaysError(f"{area}: no rows for {reason!r}; {FORM}.")


def _add_up(made: pd.DataFrame) -> None:
    """Reasons to all reasons, councils to Scotland."""
    wide = made.pivot(index=["area", "month"], columns="reason", values="value")
    _same(wide[ALL], wide[list(REASONS[1:])].sum(axis=1), "the sum of the reasons is not that of all reasons")
    if set(AREAS.values()) <= set(made["area"]):
        by = made.pivot_table(index=["reason", "month"], columns="area", values="value", aggfunc="sum")
        parts = by.drop(columns=SCOTLAND).sum(axis=1)
        _same(by[SCOTLAND], parts, "the sum of the council areas is not Scotland's")


def _same(total: pd.Series, parts: pd.Series, what: str) -> None:
    wrong = total.index[total.to_numpy() != parts.to_numpy()]
    if len(wrong):
        where, month = wrong[0]
        raise DelaysError(f"{where}, {month:%Y-%m}: {what} (in {len(wrong)} places); fetch the file again.")

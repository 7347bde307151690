"""NHS England's "Delayed transfers of care" time series, from the workbook as published.

The England workbook (monthly, August 2010 to February 2020, revised 10 September 2020)
holds delayed days by type of care, by responsible organisation and by reason, a sheet
each, and the same total in all three. That total is what the import is checked against.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TotalsCheck",
    "WorkbookError",
    "check_totals",
    "daily",
    "delayed_transfers",
    "read_delayed_transfers",
    "read_sheets",
    "what_to_fetch",
]

# sheet -> heading in the workbook -> column here
SHEETS: dict[str, dict[str, str]] = {
    "Delayed Days by type": {"Acute": "acute", "Non-Acute": "non_acute", "Total": "total"},
    "Delayed Days by responsible org": {
        "NHS": "nhs",
        "Social Care": "social_care",
        "Both": "both",
        "Total": "total",
    },
    "Delayed Days by reason": {
        "A) Awaiting completion of assessment": "reason_assessment",
        "B) Awaiting public funding": "reason_public_funding",
        "C) Awaiting further non-acute NHS care": "reason_further_nonacute",
        "Di) Awaiting residential home placement or availability": "reason_residential_home",
        "Dii) Awaiting nursing home placement or availability": "reason_nursing_home",
        "E) Awaiting care package in own home": "reason_care_package_home",
        "F) Awaiting community equipment and adaptations": "reason_equipment",
        "G) Patient or family choice": "reason_choice",
        "H) Disputes": "reason_disputes",
        "I) Housing - patients not covered by Care Act": "reason_housing",
        "O) Other": "reason_other",
        "Total": "total",
    },
}
PARTS = dict(zip(("type of care", "responsible organisation", "reason"), SHEETS.values(), strict=True))
MONTHS = (
    "January February March April May June July August September October November December"
).split()
YEAR = re.compile(r"(\d{4})-\d{2}")
AS_PUBLISHED = "use the England time series as published"


class WorkbookError(ValueError):
    """What is wrong with the workbook, where, and what to do."""


@dataclass(frozen=True, slots=True)
class TotalsCheck:
    """What was compared and agreed: number of months, first, last, and whose sum equals the total."""

    months: int
    first: str
    last: str
    compared: tuple[str, ...]

    def sentence(self) -> Sentence:
        """The record in plain English."""
        return sentence(
            "The sums by {compared} each equal the total in all {months} months, {first} to {last}.",
            compared=", by ".join(self.compared),
            months=count(self.months, people=False),
            first=self.first,
            last=self.last,
        )


def read_delayed_transfers(path: str | Path) -> pd.DataFrame:
    """Delayed days in England by month, from the workbook, checked against its own totals.

    Parameters
    ----------
    path : str or Path
        The England time-series workbook (.xls) as NHS England publishes it.

    Returns
    -------
    DataFrame
        One row a month: month (first day), total, acute, non_acute, nhs, social_care, both,
        eleven reason_* columns (delayed days, whole numbers) and days_in_month.

    Raises
    ------
    WorkbookError
        No file, no workbook, a sheet or heading missing, a cell that is not a count, a gap in
        the months, or parts that do not add up, by sheet, row or month, and column.

    Notes
    -----
    August to October 2010 may under-count and April 2017 changed the definition (the
    workbook's notes): neither is altered here.
    """
    return delayed_transfers(read_sheets(path))


def read_sheets(path: str | Path) -> dict[str, list[list[Any]]]:
    """The cells of every sheet, row by row; the only place that touches the file."""
    import xlrd

    path = Path(path)
    if not path.is_file():
        raise WorkbookError(f"{path.name}: no such file; fetch NHS England's workbook or mend the path.")
    try:
        book = xlrd.open_workbook(str(path))
    except OSError as error:
        raise WorkbookError(f"{path.name}: cannot be opened ({error.strerror}).") from None
    except Exception:  # xlrd lets many kinds of error out of a file that is no workbook
        raise WorkbookError(f"{path.name}: not an .xls workbook; {AS_PUBLISHED}.") from None
    return {sheet.name: [sheet.row_values(row) for row in range(sheet.nrows)] for sheet in book.sheets()}


def delayed_transfers(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> pd.DataFrame:
    """The checked frame from the cells of the sheets, by name; as ``read_delayed_transfers`` returns it."""
    import pandas as pd

    frames = []
    for name, headings in SHEETS.items():
        if name not in sheets:
            raise WorkbookError(f"sheet {name!r} is missing; {AS_PUBLISHED}.")
        frames.append(_sheet_frame(name, sheets[name], headings))
    base = frames[0]
    for name, other in zip(list(SHEETS)[1:], frames[1:], strict=True):
        if not base.index.equals(other.index):
            raise WorkbookError(f"sheet {name!r} covers other months than the first; {AS_PUBLISHED}.")
        _same(base["total"], other["total"], f"Total of sheet {name!r}")
    made = pd.concat([frame.drop(columns="total") for frame in frames], axis=1)
    made.insert(0, "total", base["total"])
    made["days_in_month"] = made.index.days_in_month.astype("int64")
    made = made.reset_index()
    check_totals(made)
    return made


def check_totals(frame: pd.DataFrame) -> TotalsCheck:
    """Compare the parts with the total in every month: a record, or an error with month and column."""
    by_month = frame.set_index("month")
    for kind, headings in PARTS.items():
        parts = [column for column in headings.values() if column != "total"]
        column = f"the sum by {kind} ({parts[0]} to {parts[-1]})"
        _same(by_month["total"], by_month[parts].sum(axis=1), column)
    first, last = (f"{by_month.index[k]:%Y-%m}" for k in (0, -1))
    return TotalsCheck(len(frame), first, last, tuple(PARTS))


def _same(total: pd.Series, other: pd.Series, what: str) -> None:
    wrong = total.index[total.to_numpy() != other.to_numpy()]
    if len(wrong):
        raise WorkbookError(
            f"{wrong[0]:%Y-%m}: {what} is not the total of delayed days (in {len(wrong)} months); "
            "fetch the workbook again, it may have been edited."
        )


def _sheet_frame(name: str, rows: Sequence[Sequence[Any]], headings: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    at, places = _header(name, rows, headings)
    months, values = [], []
    for number, row in enumerate(rows[at + 1 :], at + 2):
        cells = {heading: row[place] if place < len(row) else "" for heading, place in places.items()}
        dated = YEAR.fullmatch(str(cells["Year"]).strip())
        if not dated and not any(str(cells[heading]).strip() for heading in headings):
            continue  # blank, or a note below the table
        months.append(_month(name, number, cells["Year"], cells["Period"]))
        values.append([_count(name, number, heading, cells[heading]) for heading in headings])
    index = pd.DatetimeIndex(months, name="month")
    if not len(index):
        raise WorkbookError(f"sheet {name!r}: no month below the headings; {AS_PUBLISHED}.")
    expected = pd.date_range(index[0], periods=len(index), freq="MS")
    if not index.equals(expected):
        first = expected[(index != expected).argmax()]
        raise WorkbookError(f"sheet {name!r}: {first:%Y-%m} is not in its place (gap, repeat or order).")
    return pd.DataFrame(values, index=index, columns=list(headings.values()), dtype="int64")


def _header(
    name: str, rows: Sequence[Sequence[Any]], headings: Mapping[str, str]
) -> tuple[int, dict[str, int]]:
    """Row of the headings and the place of each, left of the block of DTOC beds, which repeats them."""
    for at, row in enumerate(rows):
        words = [" ".join(str(cell).split()) for cell in row]
        if "Year" not in words or "Period" not in words:
            continue
        above = [str(cell).strip() for cell in rows[at - 1]] if at else []
        end = above.index("DTOC Beds") if "DTOC Beds" in above else len(words)
        missing = [heading for heading in headings if heading not in words[:end]]
        if missing:
            raise WorkbookError(f"sheet {name!r}, row {at + 1}: no heading {missing[0]!r}; {AS_PUBLISHED}.")
        return at, {heading: words.index(heading) for heading in ("Year", "Period", *headings)}
    raise WorkbookError(f"sheet {name!r}: no row with the headings Year and Period; {AS_PUBLISHED}.")


def _month(name: str, number: int, year: Any, period: Any) -> pd.Timestamp:
    import pandas as pd

    found, named = YEAR.fullmatch(str(year).strip()), str(period).strip()
    if not found or named not in MONTHS:
        raise WorkbookError(f"sheet {name!r}, row {number}: Year or Period is not such as 2019-20, January.")
    month = MONTHS.index(named) + 1
    return pd.Timestamp(int(found[1]) + (month < 4), month, 1)  # a financial year begins in April


def _count(name: str, number: int, heading: str, cell: Any) -> int:
    if not isinstance(cell, (int, float)) or not 0 <= cell < 1e9 or cell != int(cell):
        raise WorkbookError(
            f"sheet {name!r}, row {number}, column {heading!r}: not a count of days; nothing was filled in."
        )
    return int(cell)


def what_to_fetch() -> Sentence:
    """What to do where no workbook is named."""
    return sentence(
        "No workbook is named, and this section records no finding. To fill it, fetch NHS England's delayed transfers of care time series workbook "
        "for England (statistical work area Delayed Transfers of Care, August 2010 to February 2020, an .xls file) and name it as workbook.path in "
        "params.yaml."
    )


def daily(frame: pd.DataFrame, first: Any) -> tuple[pd.Series, pd.Series]:
    """Delayed days per day, and the months, from a first month on."""
    import pandas as pd

    kept = frame[frame["month"] >= pd.Timestamp(first)].reset_index(drop=True)
    return kept["total"] / kept["days_in_month"], kept["month"]

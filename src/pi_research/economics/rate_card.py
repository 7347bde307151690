"""The rate card of an outcomes contract: dated prices, who pays which share, and caps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("outcome", "definition", "milestone_months", "temporary", "price_gbp", "currency", "price_year",
           "valid_from", "valid_to", "cap_people", "basis")
SHARE = "share_"


class RateCardError(ValueError):
    """Every fault found in a rate card, one a line: row, column, what is wrong and what to do."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        noun = "fault" if len(faults) == 1 else "faults"
        super().__init__(f"{len(faults)} {noun} in the rate card:\n" + "\n".join(f"  - {f}" for f in faults))


def pence(pounds: object) -> np.ndarray:
    """Pounds as whole pence.

    >>> pence([17.95, 0.1 + 0.2]).tolist()
    [1795, 30]
    """
    return np.rint(np.asarray(pounds, float) * 100).astype(np.int64)


def apportion(amounts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Whole pence (n,) by shares (n, k) that sum to one: (n, k) whole pence whose rows sum to the amount.

    The largest remainders get the pennies that rounding down leaves, the first payer going first in a tie.

    >>> apportion(np.array([100]), np.array([[1 / 3, 1 / 3, 1 / 3]])).tolist()
    [[34, 33, 33]]
    """
    amounts = np.asarray(amounts, np.int64)
    exact = np.round(amounts[:, None] * np.asarray(shares, float), 6)
    whole = np.floor(exact).astype(np.int64)
    left = amounts - whole.sum(axis=1)
    order = np.argsort(-(exact - whole), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return whole + (rank < left[:, None])


@dataclass(frozen=True, eq=False)
class RateCard:
    """Dated prices of outcomes. Made by :meth:`from_frame`, which checks them.

    Attributes
    ----------
    rows : DataFrame
        One row a price: ``outcome``; ``definition``; ``milestone_months`` (missing where the outcome is no
        length of tenancy); ``temporary`` (a payment outside the ladder of outcomes); ``price_pence``;
        ``currency``; ``price_year``; ``valid_from``, ``valid_to`` (both days included; missing: goes on);
        ``cap_people`` (how often the row pays at most; missing: no cap); ``basis`` (published, derived or
        illustrative).
    payers : tuple of str
    shares : ndarray (rows, payers)
        Sums to one in each row.
    cap_pence : int, optional
        Most that all payments together may come to.
    """

    rows: pd.DataFrame
    payers: tuple[str, ...]
    shares: np.ndarray
    cap_pence: int | None = None

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, cap_gbp: float | None = None) -> RateCard:
        """A card from a table with the columns of ``rows`` (``price_gbp`` for the price) and
        ``share_<payer>``.

        Raises
        ------
        RateCardError
            Listing every fault: a missing column, price, currency, price year or day; a negative price or
            cap; shares that do not sum to one; two prices of one outcome on one day, or a gap between them.
        """
        import pandas as pd

        columns = [c for c in COLUMNS if c not in frame] + ([] if _share_columns(frame)
                                                            else [f"{SHARE}<payer>"])
        if columns or not len(frame):
            what = f"column {', '.join(columns)} is missing" if columns else "it has no row"
            raise RateCardError([f"{what}: take data/published/rate_card.csv as a pattern"])
        rows = frame.reset_index(drop=True).copy()
        for day in ("valid_from", "valid_to"):
            rows[day] = pd.to_datetime(rows[day].astype("string").str[:10], format="%Y-%m-%d",
                                       errors="coerce")
        rows["temporary"] = rows["temporary"].astype(str).str.lower().eq("true")
        shares = rows[_share_columns(frame)].apply(pd.to_numeric, errors="coerce").to_numpy(float)
        faults = [*_row_faults(rows, frame, shares), *_faults_between(rows)]
        if cap_gbp is not None and not cap_gbp >= 0:
            faults.append("cap of all payments: must be nought or more")
        if faults:
            raise RateCardError(faults)
        made = rows[list(COLUMNS)].assign(price_pence=pence(rows["price_gbp"])).drop(columns="price_gbp")
        made["milestone_months"] = pd.to_numeric(made["milestone_months"]).astype("Int64")
        made["cap_people"] = pd.to_numeric(made["cap_people"]).astype("Int64")
        payers = tuple(c.removeprefix(SHARE) for c in _share_columns(frame))
        return cls(made, payers, shares, None if cap_gbp is None else int(pence(cap_gbp)))

    def row_of(self, outcomes: pd.Series, days: pd.Series) -> np.ndarray:
        """Row of the card for each outcome on its day; -1 where it has no price then."""
        import pandas as pd

        found = np.full(len(outcomes), -1)
        name, day = outcomes.astype(str).to_numpy(), pd.to_datetime(days).to_numpy("datetime64[ns]")
        for place, row in enumerate(self.rows.itertuples()):
            last = row.valid_to if pd.notna(row.valid_to) else pd.Timestamp.max
            within = (day >= np.datetime64(row.valid_from)) & (day <= np.datetime64(last))
            found[(name == row.outcome) & within] = place
        return found

    def on(self, day: object) -> pd.DataFrame:
        """The rows in force on a day, without temporary payments."""
        import pandas as pd

        at, rows = pd.Timestamp(day), self.rows
        held = (rows["valid_from"] <= at) & ~(rows["valid_to"] < at) & ~rows["temporary"].astype(bool)
        return rows[held]

    @property
    def newest(self) -> pd.Timestamp:
        """The day from which the newest price of an outcome holds."""
        return self.rows.loc[~self.rows["temporary"], "valid_from"].max()

    def whole_ladder(self, day: object) -> float:
        """Pounds that one person brings who passes every outcome at the prices of one day."""
        return float(self.on(day)["price_pence"].sum()) / 100

    def targets_bring(self, targets: Mapping[str, int], day: object) -> float:
        """Pounds that so many of each outcome bring at the prices of one day.

        Raises ``RateCardError`` for a target whose outcome has no price on that day.
        """
        price = self.on(day).set_index("outcome")["price_pence"]
        unknown = [name for name in targets if name not in price]
        if unknown:
            raise RateCardError([f"no price for {', '.join(unknown)} on that day"])
        return float(sum(price[name] * n for name, n in targets.items())) / 100

    def summary(self) -> pd.DataFrame:
        """The card to print: pounds, dates, and one share column for each payer."""
        share = {f"{SHARE}{payer}": self.shares[:, k] for k, payer in enumerate(self.payers)}
        return self.rows.assign(price_gbp=self.rows["price_pence"] / 100, **share)


def _share_columns(frame: pd.DataFrame) -> list[str]:
    return [c for c in frame.columns if str(c).startswith(SHARE)]


def _row_faults(rows: pd.DataFrame, given: pd.DataFrame, shares: np.ndarray) -> Iterator[str]:
    """What is wrong with a row by itself."""
    import pandas as pd

    for k, row in rows.iterrows():
        at = f"row {k + 1} ({row['outcome']})" if _said(row["outcome"]) else f"row {k + 1}"
        price, year, cap = (
            pd.to_numeric(row[c], errors="coerce") for c in ("price_gbp", "price_year", "cap_people")
        )
        for column in ("outcome", "definition", "basis"):
            if not _said(row[column]):
                yield f"{at}: {column} is empty; fill it in"
        if not price >= 0 or price == np.inf:
            yield f"{at}: price_gbp must be a number of pounds, nought or more"
        if not _said(row["currency"]) or not str(row["currency"]).isalpha() or len(str(row["currency"])) != 3:
            yield f"{at}: currency is missing; give its three letters, e.g. GBP"
        if not 1990 <= year <= 2100:
            yield f"{at}: price_year is missing; say of which year the price is"
        if pd.isna(row["valid_from"]) or (pd.isna(row["valid_to"]) and _said(given["valid_to"].iloc[k])):
            yield f"{at}: valid_from and valid_to must be days, written YYYY-MM-DD (valid_to may be empty)"
        elif row["valid_to"] < row["valid_from"]:
            yield f"{at}: valid_to is before valid_from; put them the other way round"
        if _said(row["cap_people"]) and not (cap >= 0 and cap == round(cap)):
            yield f"{at}: cap_people must be a whole number of people, or empty"
        if not ((shares[k] >= 0).all() and abs(shares[k].sum() - 1) < 1e-9):
            yield f"{at}: the payers' shares must be nought or more and sum to one, as 0.64 and 0.36 do"


def _said(value: object) -> bool:
    import pandas as pd

    return bool(pd.notna(value)) and bool(str(value).strip())


def _faults_between(rows: pd.DataFrame) -> Iterator[str]:
    """What is wrong between rows: currencies, and prices of one outcome that overlap or leave a gap."""
    import pandas as pd

    if rows["currency"].dropna().nunique() > 1:
        yield "the rows are in several currencies; give all prices in one"
    for outcome, some in rows.dropna(subset=["outcome", "valid_from"]).groupby("outcome", sort=False):
        if some["milestone_months"].astype(str).nunique() > 1:
            yield f"{outcome}: its rows name different milestone_months; one outcome is one length of tenancy"
        some = some.sort_values("valid_from")
        pairs = zip(some.itertuples(), some.iloc[1:].itertuples(), strict=False)
        for before, after in pairs:
            at = f"{outcome}, rows {before.Index + 1} and {after.Index + 1}"
            if pd.isna(before.valid_to) or after.valid_from <= before.valid_to:
                yield f"{at}: two prices hold on one day; end the first on the day before the second begins"
            elif (after.valid_from - before.valid_to).days > 1:
                yield f"{at}: no price holds between them; let the second begin the day after the first ends"

"""Exact keys, tried one after another: a pair counts only where neither record has another partner."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

Keys = Callable[[pd.DataFrame], pd.DataFrame]


def _names(side: pd.DataFrame) -> pd.Series:
    """Forename and surname in either order; a person with one word only has none."""
    both = side["forename"].notna() & side["last"].notna()
    pair = np.sort(side[["forename", "last"]].fillna("").to_numpy(str), axis=1).reshape(-1, 2)
    return pd.Series([f"{a}|{b}" for a, b in pair], side.index, dtype=object).where(both)


def _born(side: pd.DataFrame) -> pd.Series:
    """Date of birth, unless it is a 1 January, which stands for 'not known' in many records."""
    return side["born"].mask(side["default_date"])


def _with_postcodes(side: pd.DataFrame, **keys: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({**keys, "postcode": side["postcodes"]}, index=side.index).explode("postcode")


def _names_and_birth(side: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"names": _names(side), "born": _born(side)})


def _surname_birth_postcode(side: pd.DataFrame) -> pd.DataFrame:
    start = side["forename"].str[:3].where(side["forename"].str.len() >= 3)
    return _with_postcodes(side, last=side["last"], start=start, born=_born(side))


def _forename_birth_postcode(side: pd.DataFrame) -> pd.DataFrame:
    return _with_postcodes(side, forename=side["forename"], born=_born(side))


def _names_postcode_swapped(side: pd.DataFrame) -> pd.DataFrame:
    """The earlier of the date and the date with day and month changed over: the same on both sides."""
    either = side[["born", "swapped"]].min(axis=1).where(side["swapped"].notna())
    return _with_postcodes(side, names=_names(side), either=either)


PASSES: dict[str, Keys] = {
    "both names and date of birth": _names_and_birth,
    "surname, start of forename, date of birth and a postcode": _surname_birth_postcode,
    "forename, date of birth and a postcode": _forename_birth_postcode,
    "both names and a postcode, day and month changed over": _names_postcode_swapped,
}


def exact_pairs(housing: pd.DataFrame, trust: pd.DataFrame, apart: Iterable[tuple[int, int]] = ()
                ) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Links by exact keys.

    Parameters
    ----------
    housing, trust : DataFrame
        In normal form; a record is known by its index.
    apart : pairs of index
        Pairs that a reviewer has decided on: never used here.

    Returns
    -------
    pairs : DataFrame
        ``h``, ``t``, ``found_by``. Each record stands in one pair at most.
    passes : DataFrame
        ``label, pairs, not_unique``: pairs linked in each pass, and pairs not used because one of the two
        has another partner by the same key.
    """
    barred = set(apart)
    found, rows = [], []
    free_h, free_t = housing, trust
    for label, keys in PASSES.items():
        pairs = _meeting(housing, trust, keys)
        pairs = pairs[_marks(pair not in barred for pair in zip(pairs["h"], pairs["t"], strict=True))]
        alone = ~(pairs["h"].duplicated(keep=False) | pairs["t"].duplicated(keep=False))
        new = pairs["h"].isin(free_h.index) & pairs["t"].isin(free_t.index)
        used = pairs[alone & new]
        found.append(used.assign(found_by=label))
        rows.append((label, len(used), int((~alone & new).sum())))
        free_h, free_t = free_h.drop(index=used["h"]), free_t.drop(index=used["t"])
    return pd.concat(found, ignore_index=True), pd.DataFrame(rows, columns=["label", "pairs", "not_unique"])


def _meeting(housing: pd.DataFrame, trust: pd.DataFrame, keys: Keys) -> pd.DataFrame:
    """Pairs that share a key, where the sex recorded does not speak against it."""
    left, right = keys(housing).dropna(), keys(trust).dropna()
    on = list(left.columns)
    met = left.rename_axis("h").reset_index().merge(right.rename_axis("t").reset_index(), on=on)
    pairs = met[["h", "t"]].drop_duplicates()
    sexes = housing["sex"].reindex(pairs["h"]).to_numpy(), trust["sex"].reindex(pairs["t"]).to_numpy()
    agree = _marks(a is None or b is None or a == b for a, b in zip(*sexes, strict=True))
    return pairs[agree].sort_values(["h", "t"], ignore_index=True)


def _marks(which: Iterable[bool]) -> np.ndarray:
    return np.array(list(which), dtype=bool)

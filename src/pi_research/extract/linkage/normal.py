"""One normal form for what two organisations wrote down about a person: the only place where it is decided.

The rules in words are in ``docs/linkage.md``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

NO_NAME = {"unknown", "notknown", "notstated", "none", "nil", "na", "nfn", "nfa", "test", "anon", "anonymous"}
TITLES = {"mr", "mrs", "ms", "miss", "mx"}
APOSTROPHES = dict.fromkeys(map(ord, "'\u2019\u2018\u02bc\u02bb\u0060\u00b4\u2032"))
LIGATURES = {"æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
SEXES = ("female", "male")
FEW = 2  # people of one side at an address before it counts as shared: a person alone, or a couple
COLUMNS = ("forename", "surname", "date_of_birth", "sex", "postcode", "previous_postcode")


@dataclass(frozen=True, slots=True)
class Side:
    """Which table a record is from: ``name`` as the dictionary has it, and its identifier's column."""

    name: str
    key: str


def plain(text: str) -> str:
    """Lower case without accents, apostrophes gone, anything else that is no letter a space.

    Letters of other scripts stay what they are: a guess at how a clerk would have written them in Latin
    letters is not evidence.

    >>> plain("Siobh\u00e1n O\u2019Dwyer-Marsh"), plain("\u0141ukasz"), plain("St. Clair")
    ('siobhan odwyer marsh', 'lukasz', 'st clair')
    """
    bare = unicodedata.normalize("NFKD", str(text).translate(APOSTROPHES).casefold())
    kept = (_letter(c) for c in bare if not unicodedata.category(c).startswith("M"))
    return " ".join("".join(kept).split())


def _letter(character: str) -> str:
    if "a" <= character <= "z":
        return character
    if not character.isalpha():
        return " "
    if character in LIGATURES:
        return LIGATURES[character]
    stroked = re.fullmatch(r"LATIN SMALL LETTER ([A-Z]) WITH .*", unicodedata.name(character, ""))
    return stroked[1].lower() if stroked else character


def name_parts(text: object) -> list[str]:
    """The words of a name without titles; none where a placeholder stands for it.

    >>> name_parts("Mrs Anne-Marie"), name_parts("Not known"), name_parts(None)
    (['anne', 'marie'], [], [])
    """
    words = [] if pd.isna(text) else plain(text).split()
    words = [w for w in words if w not in TITLES] if len(words) > 1 else words
    return [] if "".join(words) in NO_NAME else words


def script(text: str) -> str | None:
    """The script of the first letter, as Unicode names it.

    >>> script("chen"), script("\u9648"), script("")
    ('LATIN', 'CJK', None)
    """
    return unicodedata.name(text[0], "OTHER").split()[0] if text else None


def normal_postcode(text: object) -> str | None:
    """Capital letters and digits without spaces; None for codes that stand for 'no address' (ZZ99).

    >>> normal_postcode(" s10 2tn"), normal_postcode("ZZ99 3VZ"), normal_postcode("")
    ('S102TN', None, None)
    """
    code = "" if pd.isna(text) else re.sub(r"[^A-Z0-9]", "", str(text).upper())
    return None if len(code) < 5 or code.startswith("ZZ99") else code


def normalised(table: pd.DataFrame, side: Side, *, year_of_birth: Mapping | None = None,
               day: Mapping | None = None) -> pd.DataFrame:
    """The normal form of one side's identifiers, a row a record, sorted by identifier.

    Parameters
    ----------
    table : DataFrame
        ``identifiers_housing`` or ``identifiers_trust`` as the dictionary has it; columns in any order.
    year_of_birth : mapping of identifier to year, optional
        Used where no date of birth is recorded.
    day : mapping of identifier to date, optional
        First event (housing side) or death (trust side).

    Returns
    -------
    DataFrame
        ``id``; ``forename``, ``last`` and ``only`` (a single word in either box is ``only``, and ``last``
        too); ``parts`` and ``last_parts``; ``script``; ``born``, ``swapped`` (day and month changed over),
        ``default_date`` and ``year``; ``postcodes``, ``few_postcodes`` (at most two people of that side have
        it) and ``districts``; ``sex``; ``day``. None where not known.
    """
    given = table.sort_values(side.key, kind="stable").reset_index(drop=True)
    first = [name_parts(x) for x in given["forename"]]
    last = [name_parts(x) for x in given["surname"]]
    only = ["".join(f or s) if not (f and s) and (f or s) else None for f, s in zip(first, last, strict=True)]
    frame = pd.DataFrame({
        "id": given[side.key].astype(str),
        "forename": [None if o else _joined(f) for f, o in zip(first, only, strict=True)],
        "last": [o or _joined(s) for s, o in zip(last, only, strict=True)],
        "only": only,
        "parts": [[] if o else _long(f) for f, o in zip(first, only, strict=True)],
        "last_parts": [[o] if o else _long(s) for s, o in zip(last, only, strict=True)],
        "script": [script("".join(s or f)) for f, s in zip(first, last, strict=True)],
        "sex": [s if isinstance(s, str) and s in SEXES else None for s in given["sex"]],
        "day": _known(given[side.key], day),
    }).astype(dict.fromkeys(("id", "forename", "last", "only", "script", "sex"), object))
    return frame.assign(**_birth(given, side, year_of_birth), **_addresses(given))


def _joined(words: list[str]) -> str | None:
    return "".join(words) or None


def _long(words: list[str]) -> list[str]:
    """Parts long enough to say something by themselves: of 'de la Cruz' only the last."""
    return sorted({w for w in words if len(w) > 2 or not w.isascii()})


def _known(ids: pd.Series, values: Mapping | None) -> pd.Series:
    found = ids.map(dict(values)) if values is not None and len(values) else pd.Series(pd.NaT, ids.index)
    return pd.to_datetime(found).dt.normalize()


def _birth(given: pd.DataFrame, side: Side, years: Mapping | None) -> dict[str, object]:
    born = dates(given["date_of_birth"], side.name, "date_of_birth")
    turned = {"year": born.dt.year, "month": born.dt.day, "day": born.dt.month}
    swapped = pd.to_datetime(turned, errors="coerce")
    other = given[side.key].map({} if years is None else dict(years))
    return {
        "born": born, "swapped": swapped.mask(swapped == born),
        "default_date": ((born.dt.month == 1) & (born.dt.day == 1)).astype(bool),
        "year": born.dt.year.astype("Float64").fillna(pd.to_numeric(other).astype("Float64")).astype("Int64"),
    }


def dates(values: pd.Series, table: str, column: str) -> pd.Series:
    """Typed days; a text that is no ISO date is refused with its rows, never its value."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None).dt.normalize()
    text = values.astype("string").str.strip().replace("", pd.NA)
    read = pd.to_datetime(text, format="ISO8601", errors="coerce")
    bad = np.flatnonzero(text.notna() & read.isna())
    if len(bad):
        raise ValueError(
            f"{table}, {column}: {len(bad)} cell(s) are no date (first in row {bad[0] + 2}). "
            "Write days as YYYY-MM-DD, or leave the cell empty."
        )
    return read.dt.normalize()


def _addresses(given: pd.DataFrame) -> dict[str, list]:
    both = [[normal_postcode(a), normal_postcode(b)]
            for a, b in zip(given["postcode"], given["previous_postcode"], strict=True)]
    codes = [sorted({c for c in pair if c}) for pair in both]
    people = pd.Series([c for row in codes for c in row], dtype=object).value_counts()
    few = set(people.index[people <= FEW])
    return {
        "postcodes": codes, "few_postcodes": [[c for c in row if c in few] for row in codes],
        "districts": [sorted({c[:-3] for c in row}) for row in codes],
    }

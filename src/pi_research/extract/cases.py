"""What the records had that could mislead, what was done about it, and how often: one line a case."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pi_research.extract.linkage.normal import APOSTROPHES, name_parts, script
from pi_research.extract.linkage.result import Linkage

SIDES = ("identifiers_housing", "identifiers_trust")
STOPS = "the run stops; problems.html names the rows"
REFUSED = {
    "Two people with one identifier, or one person in two rows of a table":
        ("duplicate_row", "duplicate_key", "key_case_duplicate", "duplicate_value"),
    "One trust record linked to two customers": ("patient_linked_twice",),
    "A step of the tracker out of order, such as a move before the start":
        ("move_before_start", "start_before_interest", "start_before_panel"),
    "A date with a time zone, which may be another day here": ("date_with_zone",),
    "A date that may be day first or month first": ("date_ambiguous",),
}
DOUBTS = {
    "several": ("Customers whom two trust records fit: one person with two identifiers, or a relative",
                "linked to neither without a look by eye, unless one fits far better"),
    "shared": ("Trust records that fit two customers", "likewise"),
}
NAMES = {
    "Records with a name in another than Latin script":
        "compared with names in the same script; against another script the other fields decide",
    "Records with an apostrophe in a name": "dropped: O'Dwyer is odwyer",
    "Records with a hyphen in a name": "the parts are compared together and one by one",
    "Records with one word for a name": "compared with whichever box of the other side it fits",
    "Records without a name, or with 'not stated' or the like": "the other fields decide",
    "Records without a date of birth": "the year of birth is compared",
}
SWAPPED = ("Linked pairs whose day and month of birth are changed over",
           "counted as close, between agreeing and differing; the other fields decide")
ELSEWHERE = "not in this extract: whoever linked it looked for these"


def cases(tables: Mapping[str, pd.DataFrame], problems: pd.DataFrame, linkage: Linkage,
          accounts: pd.DataFrame) -> pd.DataFrame:
    """Each case that was looked for, also where none was found.

    Parameters
    ----------
    tables, problems : of the extract.
    linkage : of :func:`link.linkage_of`.
    accounts : ``rule, said, rows``: what the timeline set aside, merged or read in one of several ways.

    Returns
    -------
    DataFrame
        ``had`` (what the records had), ``done`` (what was done), ``n``: missing where names were not given.
    """
    rows = [(had, STOPS, int(problems["rule"].isin(rules).sum())) for had, rules in REFUSED.items()]
    rows += [(*words, linkage.counts.get(key)) for key, words in DOUBTS.items()]
    rows += [(*SWAPPED, _swapped(linkage)), *_names(tables)]
    for said, n in accounts[["said", "rows"]].itertuples(index=False):
        had, _, done = said.partition(": ")
        rows.append((had[0].upper() + had[1:], done, int(n)))
    made = pd.DataFrame(rows, columns=["had", "done", "n"]).astype({"n": float})
    return made.assign(done=made["done"].mask(made["n"].isna(), ELSEWHERE))


def _swapped(linkage: Linkage) -> int | None:
    linked = linkage.pairs[linkage.pairs["outcome"] == "linked"]
    return None if linkage.choices is None else int((linked["date_of_birth"] == 1).sum())


def _names(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, int | None]]:
    """Records of both sides by what their names are like."""
    here = [tables[name] for name in SIDES if name in tables]
    if not here:
        return [(had, done, None) for had, done in NAMES.items()]
    both = pd.concat(here, ignore_index=True)
    boxes = both[["forename", "surname"]].fillna("")
    text = boxes["forename"] + " " + boxes["surname"]
    words = boxes.map(name_parts)
    filled = words.map(bool).sum(axis=1)
    scripts = [script("".join(last or first)) for first, last in words.itertuples(index=False)]
    counts = (
        sum(one not in (None, "LATIN") for one in scripts),
        text.map(lambda t: any(ord(c) in APOSTROPHES for c in t)).sum(),
        text.str.contains("[-\u2010\u2011]").sum(),
        (filled == 1).sum(), (filled == 0).sum(), both["date_of_birth"].isna().sum(),
    )
    return [(had, done, int(n)) for (had, done), n in zip(NAMES.items(), counts, strict=True)]

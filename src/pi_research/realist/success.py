"""Success, by whose lights: each stakeholder's rule over findings, and over the same people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.realist.evidence import judge
from pi_research.realist.theory import cited
from pi_research.wording import count, joined, percent, sentence

if TYPE_CHECKING:
    from pi_research.realist.theory import Theory
    from pi_research.wording import Sentence

VERDICTS = ("success", "failure", "undecided", "nothing measures it")
"""Undecided: the interval holds the threshold, or there is no interval."""

NUMBERS = ("estimate", "lower", "upper", "unit", "n", "events")


@dataclass(frozen=True, slots=True, eq=False)
class SuccessBoard:
    """``rows``: one a definition, with the columns of ``success.csv`` and ``verdict`` (one of ``VERDICTS``),
    the finding's id (``cites``), ``estimate``, ``lower``, ``upper``, ``unit``, ``n`` and ``events``."""

    rows: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """The rows."""
        return self.rows

    def aligned(self) -> pd.DataFrame:
        """Only the goals that should align, in their order."""
        goals = self.rows[self.rows["aligned_goal"].notna()]
        return goals.sort_values("aligned_goal", kind="stable", ignore_index=True)

    def sentence(self) -> Sentence:
        """Whether the goals align, without counting as met what nothing measures."""
        rows = self.aligned()
        if rows.empty:
            return sentence("The theory names no goals that should align.")
        n = {key: int((rows["verdict"] == v).sum()) for key, v in zip("abcd", VERDICTS, strict=True)}
        end = "so that success beyond question is neither shown nor ruled out"
        if n["a"] == len(rows):
            end = "so that success beyond question is shown"
        elif n["b"]:
            end = "so that it is not success beyond question"
        return sentence(
            "Of the {k} goals that together would be success beyond question: met by their rule {a}, failed "
            "{b}, undecided {c}, measured by nothing on the pages before this one {d}; {end}.",
            k=str(len(rows)), end=end, **{key: str(many) for key, many in n.items()},
        )  # fmt: skip


def judge_success(theory: Theory, findings: Mapping[str, object]) -> SuccessBoard:
    """Each definition judged by its finding: success or failure where the whole interval lies on one side.

    Raises
    ------
    KeyError
        For a finding that is not there: call ``check_findings`` first, which names who cites it.
    """
    made = []
    for one in theory.success.to_dict("records"):
        ref = cited(one["finding"], findings) if isinstance(one["finding"], str) else ""
        found = findings.get(ref)
        known = {"cites": ref, "verdict": VERDICTS[3]}
        if found is not None:
            side = judge(found, "above" if one["better"] == "higher" else "below", one["threshold"])
            known["verdict"] = {"supports": VERDICTS[0], "refutes": VERDICTS[1]}.get(side, VERDICTS[2])
            known |= {name: getattr(found, name) for name in NUMBERS}
        made.append({**dict.fromkeys(NUMBERS, float("nan")), "unit": "", **one, **known})
    return SuccessBoard(pd.DataFrame(made, columns=[*theory.success.columns, "verdict", "cites", *NUMBERS]))


@dataclass(frozen=True, slots=True, eq=False)
class AgreementOnPeople:
    """``pairs``: one a pair of definitions: ``first``, ``second``, ``both``, ``only_first``, ``only_second``,
    ``neither``, ``unknown`` (people for whom one of the two cannot be said). ``singles``: one a definition:
    ``label``, ``n`` (success), ``of`` (known). ``known``: people of whom every definition is known;
    ``all_success``, ``none`` of them. ``people``: how many there are."""

    pairs: pd.DataFrame
    singles: pd.DataFrame
    people: int
    known: int
    all_success: int
    none: int

    def summary(self) -> pd.DataFrame:
        """The pairs."""
        return self.pairs

    def sentence(self) -> Sentence:
        """On how many of the same people all definitions agree, and where they part most."""
        nobody = "Of {n} people there is nobody for whom every definition can be judged."
        said = sentence(
            "Of {n} people, every definition can be judged for {k}: all call it success for {a} ({share}), "
            "none does for {z}, and for {p} they part.",
            n=count(self.people), k=count(self.known), a=count(self.all_success),
            share=percent(self.all_success, self.known), z=count(self.none),
            p=count(self.known - self.all_success - self.none),
        ) if self.known else sentence(nobody, n=count(self.people))  # fmt: skip
        apart = self.pairs["only_first"] + self.pairs["only_second"]
        if not len(apart) or not apart.max():
            return said
        most = self.pairs.loc[apart.idxmax()]
        part = sentence(
            "They part most on “{a}” and “{b}”: {x} people meet the first alone and {y} the second alone.",
            a=most["first"], b=most["second"], x=count(int(most["only_first"])),
            y=count(int(most["only_second"])),
        )  # fmt: skip
        return joined(said, part)


def agreement_on_people(rules: pd.DataFrame) -> AgreementOnPeople:
    """Where definitions agree and part on the same people.

    Parameters
    ----------
    rules : DataFrame of ``boolean``
        One row a person, one column a definition (its words); missing where it cannot be said of that person.

    Examples
    --------
    >>> import pandas as pd
    >>> people = {"paid": [True, True, False], "goals": [True, False, None]}
    >>> made = agreement_on_people(pd.DataFrame(people, dtype="boolean"))
    >>> made.pairs[["both", "only_first", "only_second", "neither", "unknown"]].values.tolist(), made.known
    ([[1, 1, 0, 0, 1]], 2)
    """
    rows = []
    for a, b in combinations(rules.columns, 2):
        both = rules[[a, b]].dropna().astype(bool)
        x, y = both[a], both[b]
        counts = [int(held.sum()) for held in (x & y, x & ~y, ~x & y, ~x & ~y)]
        rows.append((a, b, *counts, len(rules) - len(both)))
    names = ["first", "second", "both", "only_first", "only_second", "neither", "unknown"]
    singles = [(c, int(rules[c].sum()), int(rules[c].notna().sum())) for c in rules]
    yes = rules.dropna().astype(bool).sum(axis=1)
    return AgreementOnPeople(
        pd.DataFrame(rows, columns=names), pd.DataFrame(singles, columns=["label", "n", "of"]), len(rules),
        len(yes), int((yes == len(rules.columns)).sum()), int((yes == 0).sum()),
    )  # fmt: skip

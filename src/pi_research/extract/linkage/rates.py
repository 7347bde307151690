"""How well linkage did: who was found, what was missed where the truth is known, what a threshold changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pi_research.extract.linkage.assign import preference
from pi_research.extract.linkage.outcomes import bits
from pi_research.extract.linkage.result import Linkage
from pi_research.numerics import exact_binomial
from pi_research.wording import Sentence, count, joined, number, percent, sentence

__all__ = ["Accuracy", "against_truth", "by_threshold", "links_at", "match_rates", "rates_sentence"]

GROUPS = (("sex", "Sex"), ("ethnic_group", "Ethnic group"), ("area", "Area"))
THRESHOLDS = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


def match_rates(linkage: Linkage, people: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Customers linked, of those looked for: everyone, and by group.

    Returns
    -------
    DataFrame
        ``by`` (everyone, sex, ethnic group, area, year of first event), ``label``, ``linked``, ``of``,
        ``share``, ``lower`` and ``upper`` (exact limits). Years only where ``link`` was given ``starts``.

    The groups are small and there are many of them: that limits of two groups do not overlap is no test.
    """
    links = linkage.links.assign(linked=linkage.links["patient_id"].notna())
    table = links.merge(people.drop_duplicates("customer_id"), on="customer_id", how="left", validate="1:1")
    table["year"] = pd.to_datetime(table["customer_id"].map(linkage.starts)).dt.year.astype("Int64")
    parts = [("Everyone", "Everyone looked for", table)]
    for column, name in (*GROUPS, ("year", "Year of first event")):
        if column in table:
            known = table[column].astype("string").str.replace("_", " ").fillna("not recorded")
            if column != "year" or len(linkage.starts):
                parts += [(name, f"{name}: {value}", rows) for value, rows in table.groupby(known, sort=True)]
    rows = [(by, label, int(some["linked"].sum()), len(some)) for by, label, some in parts]
    made = pd.DataFrame(rows, columns=["by", "label", "linked", "of"])
    lower, upper = exact_binomial(made["linked"].to_numpy(), made["of"].to_numpy(), level)
    return made.assign(share=made["linked"] / made["of"].where(made["of"] > 0), lower=lower, upper=upper)


def rates_sentence(rates: pd.DataFrame, *, level: float = 0.95) -> Sentence:
    """The lowest and the highest match rate among groups of ten or more, in words."""
    groups = rates[(rates["by"] != "Everyone") & (rates["of"] >= 10)]
    if not len(groups):
        return sentence("No group has ten people or more: match rates by group say nothing.")

    def said(row) -> dict[str, object]:
        behind = (int(row["linked"]), int(row["of"] - row["linked"]))
        ends = {k: number(row[k], style="percent", digits=0, behind=behind) for k in ("lower", "upper")}
        return {"who": row["label"][0].lower() + row["label"][1:], "share": percent(behind[0], sum(behind)),
                "n": count(behind[0]), "of": count(sum(behind)), "level": f"{level:.0%}", **ends}

    place = "{who}: {share} ({n} of {of}, exact {level} interval {lower} to {upper})"
    low, high = groups.loc[groups["share"].idxmin()], groups.loc[groups["share"].idxmax()]
    if low["share"] == high["share"]:
        equal = "Every group of ten people or more was linked equally often, e.g. " + place + "."
        return sentence(equal, **said(low))
    least = "Least often linked of groups of ten people or more was " + place + "."
    most = "Most often linked was " + place + "."
    return joined(sentence(least, **said(low)), sentence(most, **said(high)))


def links_at(linkage: Linkage, probability: float) -> pd.DataFrame:
    """Links as one threshold alone would make them, nobody looking: ``customer_id, patient_id``.

    Pairs by exact key and by a reviewer stay. Of the others those are linked that are in the best one-to-one
    assignment of pairs above the threshold. It shows how far results hang on the threshold; it is no way
    to make links, since relatives are linked without a look.
    """
    pairs = linkage.pairs
    fixed = pairs["found_by"].ne("") & pairs["found_by"].ne("match weight")
    free = pairs[~(pairs["customer_id"].isin(pairs.loc[fixed, "customer_id"])
                   | pairs["patient_id"].isin(pairs.loc[fixed, "patient_id"])) & pairs["preference"].notna()]
    over = free[free["weight"] > bits(probability)]
    value = preference(*(over[key].factorize()[0] for key in ("customer_id", "patient_id")),
                       over["weight"].to_numpy(float) - bits(probability))
    made = pd.concat([pairs[fixed], over[value > 0]])[["customer_id", "patient_id"]]
    return made.sort_values("customer_id", ignore_index=True)


def by_threshold(linkage: Linkage, probabilities: Iterable[float] = THRESHOLDS, *,
                 truth: Mapping | None = None) -> pd.DataFrame:
    """Links that other thresholds make: ``probability, linked``; with a truth ``false`` and ``missed``."""
    rows = []
    for p in probabilities:
        made = links_at(linkage, p)
        row = {"probability": float(p), "linked": len(made)}
        if truth is not None:
            one = _accuracy(made, linkage, truth)
            row |= {"false": one.false, "missed": one.missed}
        rows.append(row)
    return pd.DataFrame(rows)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Links against a known truth.

    Attributes
    ----------
    made, correct, false : int
        Links made, those that are true and those that are not.
    possible, missed, waiting : int
        True links among customers looked for and records supplied; those not made; those of them that
        wait on the clerical list.
    """

    made: int
    correct: int
    false: int
    possible: int
    missed: int
    waiting: int

    @property
    def precision(self) -> float:
        """Share of links made that are true; NaN where none was made."""
        return self.correct / self.made if self.made else float("nan")

    @property
    def recall(self) -> float:
        """Share of possible links that were made; NaN where none was possible."""
        return self.correct / self.possible if self.possible else float("nan")

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """``label, n, of, share, lower, upper``: precision and recall with exact limits."""
        parts = (("Precision: links made that are true", self.correct, self.made),
                 ("Recall: true links that were made", self.correct, self.possible))
        rows = [(*part, part[1] / part[2] if part[2] else np.nan, *exact_binomial(*part[1:], level))
                for part in parts]
        return pd.DataFrame(rows, columns=["label", "n", "of", "share", "lower", "upper"])

    def sentence(self, level: float = 0.95) -> Sentence:
        """False and missed links in words. Counts carry nobody behind them: a truth is of made-up people."""
        n = {name: count(getattr(self, name), people=False) for name in self.__slots__}
        rows = self.summary(level)[["share", "lower", "upper"]].to_dict("records")
        one, two = (
            n | {"level": f"{level:.0%}"} | {k: number(v, style="percent", digits=1) for k, v in row.items()}
            for row in rows
        )
        return joined(
            sentence("Against the known truth, {false} of {made} links made are false (precision {share},"
                     " exact {level} interval {lower} to {upper}).", **one),
            sentence("Possible links that were missed: {missed} of {possible}; of these wait to be looked at:"
                     " {waiting} (recall {share}, exact {level} interval {lower} to {upper}).", **two))


def against_truth(linkage: Linkage, truth: Mapping) -> Accuracy:
    """Missed and false links where the truth is known.

    Parameters
    ----------
    truth : mapping
        ``truth.json`` as read, its part ``links``, or the crosswalk itself: customer_id to patient_id, None
        where the trust has no record.

    Raises
    ------
    ValueError
        Where a customer who was looked for is not in the truth.
    """
    return _accuracy(linkage.links.dropna(subset=["patient_id"]), linkage, truth)


def _accuracy(made: pd.DataFrame, linkage: Linkage, truth: Mapping) -> Accuracy:
    crosswalk = truth.get("links", truth)
    crosswalk = crosswalk.get("crosswalk", crosswalk)
    sought = set(linkage.links["customer_id"])
    if sought - set(crosswalk):
        raise ValueError("The truth lacks customers who were looked for: is it of another extract?")
    possible = {(c, p) for c, p in crosswalk.items() if p is not None and c in sought}
    pairs = set(zip(made["customer_id"], made["patient_id"], strict=True))
    asked = set(zip(linkage.clerical["customer_id"], linkage.clerical["patient_id"], strict=True))
    correct = len(pairs & possible)
    return Accuracy(len(pairs), correct, len(pairs) - correct, len(possible), len(possible) - correct,
                    len((possible - pairs) & asked))

"""How well linkage did: who was found, how clearly, what was missed, and what other thresholds would link."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pi_research.extract.linkage.assign import preference
from pi_research.extract.linkage.outcomes import bits
from pi_research.extract.linkage.result import Linkage
from pi_research.numerics import exact_binomial
from pi_research.wording import Sentence, count, joined, limit, percent, sentence

GROUPS = (("sex", "Sex"), ("ethnic_group", "Ethnic group"), ("area", "Area"))
THRESHOLDS = (0.5, 0.9, 0.99, 0.999)
WIDTH = 5  # of a bar of the histogram, in bits: each is a factor of 32


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
    starts = {} if linkage.starts is None else linkage.starts
    table["year"] = pd.to_datetime(table["customer_id"].map(starts)).dt.year.astype("Int64")
    parts = [("Everyone", "Everyone looked for", table)]
    for column, name in (*GROUPS, ("year", "Year of first event")):
        if column in table:
            known = table[column].astype("string").str.replace("_", " ").str.capitalize()
            known = known.fillna("Not recorded")
            if column != "year" or len(starts):
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
        n, of = int(row["linked"]), int(row["of"])
        ends = {k: limit(row[k], n, of, k, level=level) for k in ("lower", "upper")}
        return {"who": row["label"], "share": percent(n, of), "n": count(n), "of": count(of),
                "level": f"{level:.0%}", **ends}

    place = "“{who}”: {share} ({n} of {of}, exact {level} interval {lower} to {upper})."
    ranked = groups.sort_values(["share", "of"])
    low, high = ranked.iloc[0], ranked.iloc[-1]
    if low["share"] == high["share"]:
        equal = "All groups of ten people or more were linked equally often; the largest is "
        return sentence(equal + place, **said(high))
    least = "Of groups of ten people or more the least often linked was "
    return joined(sentence(least + place, **said(low)),
                  sentence("The most often linked was " + place, **said(high)))


def links_at(linkage: Linkage, probability: float) -> pd.DataFrame:
    """Links as one threshold alone would make them, nobody looking: ``customer_id, patient_id``.

    Pairs by exact key and by a reviewer stay, and at 1 no other is made. Of the others those are linked that
    are in the best one-to-one assignment of pairs above the threshold. It shows how far results hang on the
    threshold; it is no way to make links, since relatives are linked without a look.
    """
    pairs = linkage.pairs
    fixed = pairs["found_by"].ne("") & pairs["found_by"].ne("match weight")
    free = pairs[~(pairs["customer_id"].isin(pairs.loc[fixed, "customer_id"])
                   | pairs["patient_id"].isin(pairs.loc[fixed, "patient_id"])) & pairs["preference"].notna()]
    least = bits(probability) if probability < 1 else np.inf
    over = free[free["weight"] > least]
    value = preference(*(over[key].factorize()[0] for key in ("customer_id", "patient_id")),
                       over["weight"].to_numpy(float) - least)
    made = pd.concat([pairs[fixed], over[value > 0]])[["customer_id", "patient_id"]]
    return made.sort_values("customer_id", ignore_index=True)


def alternatives(linkage: Linkage, supplied: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
    """Links that could have been made instead: as supplied, as made here, at other thresholds.

    Each as ``customer_id, patient_id``, by its name in words; the first is what other pages read.
    """
    made = {} if supplied is None else {"links.csv, as supplied": supplied}
    if linkage.choices is not None:
        made["Made here"] = linkage.links
        made |= {f"From probability {p:g}": links_at(linkage, p) for p in THRESHOLDS}
        made["Exact keys alone"] = links_at(linkage, 1)
    columns = ["customer_id", "patient_id"]
    return {label: one.dropna(subset=columns)[columns].reset_index(drop=True) for label, one in made.items()}


def agreement(linkage: Linkage, supplied: pd.DataFrame | None) -> Sentence:
    """How far the links made here and those supplied are the same."""
    if supplied is None:
        return sentence("No links.csv was supplied: until it is, other pages say nothing of single people's"
                        " hospital use. `pi-research link` makes it.")
    if linkage.choices is None:
        return sentence("Other pages use the links as they were supplied.")
    both = linkage.links.merge(supplied, on="customer_id", how="outer", suffixes=("", "_given"))
    here, there = both["patient_id"].notna(), both["patient_id_given"].notna()
    same = both["patient_id"] == both["patient_id_given"]
    n = {"same": same & here, "other": here & there & ~same, "more": here & ~there, "less": there & ~here}
    return sentence(
        "Other pages use links.csv as it was supplied. It links {same} customers to the same record as here,"
        " and {other} to another; {more} are linked here alone, and {less} there alone.",
        **{name: count(int(rows.sum())) for name, rows in n.items()})


def weight_bins(linkage: Linkage) -> pd.DataFrame:
    """Pairs by match weight and outcome: ``position`` (low end), ``group, value``, empty bars included."""
    pairs = linkage.pairs.dropna(subset=["weight"])
    low = (np.floor(pairs["weight"].astype(float) / WIDTH) * WIDTH).astype(int)
    counted = pairs.groupby([low, "outcome"]).size()
    bars = range(low.min(), low.max() + 1, WIDTH) if len(pairs) else ()
    words = {"linked": "linked", "clerical": "to look at", "not linked": "not linked"}
    rows = [(x, word, int(counted.get((x, kind), 0)))
            for kind, word in words.items() if (pairs["outcome"] == kind).any() for x in bars]
    return pd.DataFrame(rows, columns=["position", "group", "value"])


def marks(linkage: Linkage) -> dict[str, float]:
    """Weights at which the thresholds lie, by what they mean."""
    limits = linkage.choices
    return {} if limits is None else {f"probability {p:g}": bits(p) for p in (limits.look, limits.link)}


def weights_sentence(linkage: Linkage) -> Sentence:
    """How clearly links stand apart from other pairs."""
    pairs = linkage.pairs.dropna(subset=["weight"])
    linked = pairs[pairs["outcome"] == "linked"]
    if linked.empty:
        return sentence("No match weights: the links were supplied, or nobody was linked.")
    far, near = bits(0.999), bits(linkage.choices.link)
    weak = int((linked["weight"] < far).sum())
    rivals = int(((pairs["outcome"] != "linked") & (pairs["weight"] >= near)).sum())
    return sentence(
        "Of {n} links {weak} have a weight below {far} (odds of 1,000 to 1 that both records are of one"
        " person). Of the other pairs {rivals} are above {near}, and were not linked: another record fits"
        " better, or forename or date of birth differs altogether, or they wait to be looked at.",
        n=count(len(linked)), weak=count(weak), far=f"{far:.0f}", rivals=count(rivals), near=f"{near:.1f}")


def read_truth(folder: str | Path, synthetic: bool) -> dict | None:
    """The crosswalk behind a synthetic extract; None for real people, whose truth nobody knows."""
    file = Path(folder) / "truth.json"
    known = synthetic and file.is_file()
    return json.loads(file.read_text(encoding="utf-8"))["links"]["crosswalk"] if known else None


def truth_sentence(linkage: Linkage, truth: Mapping | None) -> Sentence:
    """Missed and false links where the extract is synthetic; elsewhere that nobody can count them."""
    if truth is None:
        return sentence("Missed and false links can be counted only where the truth is known, as in the"
                        " synthetic extract; here it is not. What a reviewer finds by eye comes nearest.")
    return against_truth(linkage, truth).sentence()


def accuracy_by(made: Mapping[str, pd.DataFrame], linkage: Linkage, truth: Mapping | None) -> pd.DataFrame:
    """``label, false, missed`` for each of some alternatives; missing where the truth is not known."""
    rows = []
    for label, links in made.items():
        one = None if truth is None else _accuracy(links, linkage, truth)
        rows.append((label, *((one.false, one.missed) if one else (np.nan, np.nan))))
    return pd.DataFrame(rows, columns=["label", "false", "missed"])


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
        """False and missed links in words."""
        n = {name: count(getattr(self, name)) for name in self.__slots__} | {"level": f"{level:.0%}"}
        rows, behind = self.summary(level), ((self.correct, self.false), (self.correct, self.missed))
        one, two = (
            n | {k: limit(r[k], right, right + wrong, k, level=level, digits=1) for k in ("lower", "upper")}
            | {"share": percent(right, right + wrong, digits=1)}
            for r, (right, wrong) in zip(rows.to_dict("records"), behind, strict=True)
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
    pairs = {pair for pair in zip(made["customer_id"], made["patient_id"], strict=True) if pair[0] in sought}
    asked = set(zip(linkage.clerical["customer_id"], linkage.clerical["patient_id"], strict=True))
    correct = len(pairs & possible)
    return Accuracy(len(pairs), correct, len(pairs) - correct, len(possible), len(possible) - correct,
                    len((possible - pairs) & asked))

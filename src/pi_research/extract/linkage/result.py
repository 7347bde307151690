"""What the linkage step hands back, and how it says what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.wording import Sentence, count, joined, limit, percent, sentence

if TYPE_CHECKING:
    from pi_research.extract.linkage.model import Model
    from pi_research.sections import Linkage as Choices


class LinkageError(ValueError):
    """The tables can't be linked; the message says which table, row and column, and what to do."""


@dataclass(frozen=True, slots=True)
class Linkage:
    """The links, and how they came about. It holds identifiers of records and no name, date or address.

    Attributes
    ----------
    links : DataFrame
        The dictionary's table ``links``: ``customer_id, patient_id, method``; a row a customer who was looked
        for, sorted; ``patient_id`` None where not found or not decided yet.
    clerical : DataFrame
        Pairs to look at by eye, most uncertain first: ``customer_id, patient_id, probability, why`` and the
        level of agreement of each field in words.
    pairs : DataFrame
        Pairs worth keeping: ``customer_id, patient_id, weight`` (log2 odds that it is one person),
        ``preference`` (the same against the best choice without the pair), ``probability``, ``outcome``
        (linked, not linked, clerical), ``found_by`` and the number of each field's level.
    settled : DataFrame
        Uncertain pairs that are beyond the limit of the clerical list and were decided by threshold.
    log : DataFrame
        A row a reviewer's decision, with its ``effect``.
    passes : DataFrame
        Pairs by exact key: ``label, pairs, not_unique``.
    counts : dict of str to int
        See :meth:`summary`.
    model : Model or None
        Probabilities behind the weights; None where a table was empty.
    choices : Choices or None
        The section of params; None for links that were supplied (:func:`link.supplied`), of which only
        ``links``, ``counts`` and ``starts`` hold anything.
    starts : Series
        First event of the customers looked for, by ``customer_id``; empty where not given.
    """

    links: pd.DataFrame
    clerical: pd.DataFrame
    pairs: pd.DataFrame
    settled: pd.DataFrame
    log: pd.DataFrame
    passes: pd.DataFrame
    counts: Mapping[str, int]
    model: Model | None = field(repr=False)
    choices: Choices | None
    starts: pd.Series | None = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """``label, n``: who came in, who was set aside, and what became of the rest."""
        known = [(label, self.counts[key]) for key, label in LABELS.items() if key in self.counts]
        return pd.DataFrame(known, columns=["label", "n"])

    def sentence(self, level: float = 0.95) -> Sentence:
        """How many were linked and how, who waits, and who was set aside, in words."""
        parts, c = [self._rate(level)], self.counts
        if self.choices is None:
            came = "supplied with the extract; who was set aside, or linked in doubt, its supplier knows"
            return joined(*parts, sentence("The links were {came}.", came=came if len(self.links) else
                                           "not supplied, and there are no identifiers to make them from"))
        if c["waiting"]:
            parts.append(sentence("Pairs that wait to be looked at, and count as not linked until then: {n}.",
                                  n=count(c["waiting"])))
        if c["consent_checked"]:
            parts.append(sentence(
                "Of {all} customers with identifiers {refused} were set aside because of their consent"
                " ({kinds}) and {none} because they are not in the table of people; of {trust} trust records"
                " {out} because the patient opted out.",
                all=count(c["housing"]), refused=count(c["refused"]), none=count(c["no_consent_record"]),
                kinds=", ".join(self.choices.without_consent).replace("_", " "), trust=count(c["trust"]),
                out=count(c["opted_out"])))
        else:
            parts.append(sentence("Consent was not checked: no table of people was given."))
        return joined(*parts)

    def _rate(self, level: float) -> Sentence:
        from pi_research.numerics import exact_binomial

        c = self.counts
        found, sought = c["linked"], c["looked_for"]
        if not sought:
            return sentence("Nobody was looked for in the trust's record.")
        low, high = exact_binomial(found, sought, level)
        other = ", {other} by somebody else" if c.get("third_party") else ""
        return sentence(
            "{n} of {of} customers looked for ({share}; exact {level} interval {low} to {high}) were linked"
            " to a trust record: {exact} by exact keys, {weight} by match weight (Fellegi-Sunter), {eye} by"
            " eye" + other + ".",
            n=count(found), of=count(sought), share=percent(found, sought), level=f"{level:.0%}",
            exact=count(c["deterministic"]), weight=count(c["probabilistic"]), eye=count(c["by_eye"]),
            other=count(c.get("third_party", 0)),
            low=limit(low, found, sought, "lower", level=level), high=limit(high, found, sought, "upper", level=level))


LABELS = {
    "housing": "Customers with identifiers", "refused": "Set aside: consent refused or withdrawn",
    "no_consent_record": "Set aside: not in the table of people", "looked_for": "Customers looked for",
    "trust": "Trust records", "opted_out": "Trust records set aside: opted out",
    "deterministic": "Linked by exact keys", "probabilistic": "Linked by match weight",
    "by_eye": "Linked by eye", "third_party": "Linked by somebody else",
    "linked": "Linked in all", "not_linked": "Not linked",
    "waiting": "Pairs waiting to be looked at", "settled": "Uncertain pairs decided by threshold",
    "decisions": "Decisions applied", "decisions_set_aside": "Decisions not used: person set aside",
    "several": "Customers whom more than one trust record fits",
    "shared": "Trust records that fit more than one customer",
}

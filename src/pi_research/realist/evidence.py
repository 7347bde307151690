"""Evidence for, against and refining each configuration: what people said, other programmes, and findings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research.realist.theory import DIRECTIONS, cited
from pi_research.wording import count, percent, sentence

if TYPE_CHECKING:
    from pi_research.realist.theory import Theory
    from pi_research.wording import Sentence

OTHERS = "other roles"
BASES = ("said", "written", "found", "compared")


def codings(segments: pd.DataFrame) -> pd.DataFrame:
    """Each segment once, as its first coder has it, in the order of the table."""
    return segments.drop_duplicates("segment_id").reset_index(drop=True)


def double_coded(segments: pd.DataFrame, column: str) -> pd.DataFrame:
    """Segments that two or more coders read: one row a segment, one column a coder, cells of ``column``.

    Made for ``krippendorff_alpha``; empty where nobody coded a segment twice.
    """
    twice = segments[segments.duplicated("segment_id", keep=False)].dropna(subset=["coder"])
    return twice.drop_duplicates(["segment_id", "coder"]).pivot(
        index="segment_id", columns="coder", values=column
    )


def voices(segments: pd.DataFrame, few: int = 0) -> pd.DataFrame:
    """Who says what: coded segments by theme (rows) and role (columns), with ``total``.

    Roles with ``few`` segments or fewer are put together, since so few voices can be named by what they say.
    """
    once = codings(segments)
    many = once["role"].value_counts()
    small = set(many[many <= few].index)
    roles = once["role"].where(~once["role"].isin(small), OTHERS).str.replace("_", " ")
    made = pd.crosstab(once["theme"], roles)
    order = [r for r in made.columns[np.argsort(-made.sum().to_numpy(), kind="stable")] if r != OTHERS]
    made = made[[*order, *([OTHERS] if OTHERS in made else [])]]
    return made.assign(total=made.sum(axis=1)).reset_index()


@dataclass(frozen=True, slots=True, eq=False)
class Saturation:
    """``seen, expected`` (n,): different codes after each segment, as coded and on average over every order.

    ``once``: codes that came once. ``missing``: estimated share of what further segments would say that no
    code has yet (Good and Turing: codes that came once, over segments).
    """

    seen: np.ndarray
    expected: np.ndarray
    once: int

    @property
    def n(self) -> int:
        """Segments."""
        return len(self.seen)

    @property
    def missing(self) -> float:
        """Estimated share of further segments that would need a new code; NaN without segments."""
        return self.once / self.n if self.n else math.nan

    def summary(self) -> pd.DataFrame:
        """``segment`` (1 ...), ``seen``, ``expected``."""
        return pd.DataFrame(
            {"segment": np.arange(1, self.n + 1), "seen": self.seen, "expected": self.expected}
        )

    def sentence(self) -> Sentence:
        """Whether coding still brought new codes when it stopped."""
        if not self.n:
            return sentence("There are no coded segments, so that nothing can be said about saturation.")
        last = int(np.argmax(self.seen == self.seen[-1])) + 1
        late = int(self.seen[-1] - self.seen[max(0, 3 * self.n // 4 - 1)])
        codes = {"k": int(self.seen[-1]), "last": last, "late": late, "once": self.once}
        return sentence(
            "{k} codes were used on {n} segments; the last new one came with segment {last}, and the last "
            "quarter of segments brought {late} new. Of further segments an estimated {share} would need a new "
            "code (Good-Turing: {once} codes came once), as long as they came from the same sort of people.",
            n=count(self.n),
            share=str(percent(self.once, self.n, digits=1)),
            **{name: count(k, people=False) for name, k in codes.items()},
        )


def saturation(segments: pd.DataFrame) -> Saturation:
    """New codes by segment, in the order of the table.

    Examples
    --------
    >>> import pandas as pd
    >>> made = saturation(pd.DataFrame({"segment_id": [1, 2, 3, 4], "sub_theme": ["a", "a", "b", "a"]}))
    >>> made.seen.tolist(), made.expected.round(2).tolist(), made.once
    ([1, 1, 2, 2], [1.0, 1.5, 1.75, 2.0], 1)

    Notes
    -----
    A flat curve says that these people, asked these questions, said nothing new; not that nothing else is so.
    Good IJ, Biometrika 1953;40:237-264; the average over orders is the rarefaction curve (Hurlbert, Ecology
    1971;52:577-586).
    """
    codes = codings(segments)["sub_theme"].dropna()
    seen = np.cumsum(~codes.duplicated().to_numpy())
    times, n = codes.value_counts().to_numpy(), len(codes)
    from scipy.special import gammaln

    left = n - times[:, None]
    k = np.arange(1, n + 1)[None, :]
    fits = left >= k
    safe = np.where(fits, left, k)
    none = gammaln(safe + 1) - gammaln(safe - k + 1) - gammaln(n + 1) + gammaln(n - k + 1)
    expected = (1 - np.where(fits, np.exp(none), 0.0)).sum(axis=0)
    return Saturation(seen, expected, int((times == 1).sum()))


def judge(finding: object, expects: str, reference: float) -> str:
    """What a finding does to a configuration that expects it ``above`` or ``below`` a reference.

    ``supports`` or ``refutes`` where the whole interval lies on that side; ``neutral`` where it holds the
    reference, or where the finding has no interval or no estimate.
    """
    if not (finding.lower == finding.lower and finding.estimate == finding.estimate):
        return "neutral"
    side = "above" if finding.lower > reference else "below" if finding.upper < reference else ""
    return "neutral" if not side else "supports" if side == expects else "refutes"


def weigh(theory: Theory, segments: pd.DataFrame, findings: Mapping[str, object]) -> pd.DataFrame:
    """Every piece of evidence, one a row: ``theory_id``, ``kind``, ``basis``, ``ref``, ``direction``,
    ``what``, ``where``.

    The theory's own rows first, then coded segments. A row whose numbers decide gets its direction from the
    finding as it is now; ``ref`` is then the id that the reference means. Kinds and basis: as
    ``evidence.csv``; segments, ``said``.

    Raises
    ------
    KeyError
        For a finding that is not there: call ``check_findings`` first, which names who cites it.
    """
    themes, lessons = theory.themes.set_index("sub_theme_id"), theory.lessons.set_index("lesson_id")
    places = pd.concat([themes["where"], lessons["where"]])
    told = pd.concat([themes["what_was_said"], lessons["what"]])
    rows = []
    for one in theory.evidence.itertuples():
        ref, direction, what, where = one.ref, one.direction, one.what, places.get(one.ref, one.ref)
        if one.kind == "finding":
            ref = cited(one.ref, findings)
            where = findings[ref].notebook or "this run"
            if direction == "by_finding":
                direction = judge(findings[ref], one.expects, one.reference)
        what = what if isinstance(what, str) else told.get(ref, "")
        rows.append((one.theory_id, one.kind, one.basis, ref, direction, what, where))
    for one in codings(segments).dropna(subset=["theory_id"]).itertuples():
        about = one.segment_id, one.direction, one.sub_theme, one.role
        rows.append((one.theory_id, "segment", "said", *about))
    return pd.DataFrame(rows, columns=["theory_id", "kind", "basis", "ref", "direction", "what", "where"])


def balance(theory: Theory, weighed: pd.DataFrame) -> pd.DataFrame:
    """For each configuration, what supports, refines and refutes it: from segments, from sources and by
    findings.

    Columns ``theory_id, title, level, status`` and, of each of ``said_`` (segments), ``written_``
    (sub-themes, lessons, published rows), ``found_`` (outcomes of everyone) and ``compared_`` (comparisons
    fixed beforehand), ``supports, refines, refutes, neutral``; ``proposed``: the status that
    :func:`_proposed` gives, for the evaluator to accept.
    """
    names = {"said": "said", "outcome": "found", "comparison": "compared"}
    made = theory.configurations[["theory_id", "title", "level", "status"]].reset_index(drop=True)
    group = weighed["basis"].map(names).fillna("written") + "_" + weighed["direction"]
    counts = pd.crosstab(weighed["theory_id"], group)
    columns = [f"{a}_{d}" for a in BASES for d in DIRECTIONS]
    made = made.join(counts.reindex(columns=columns, fill_value=0), on="theory_id")
    made[columns] = made[columns].fillna(0).astype(int)
    return made.assign(proposed=[_proposed(row) for row in made.to_dict("records")])


def _proposed(row: Mapping[str, object]) -> str:
    """Comparisons fixed beforehand come first, then outcomes of everyone, then what people and sources say.

    supported, refuted or contested: by comparisons. outcome seen: everyone's outcome moved as expected, which
    says nothing yet of the mechanism; challenged: it moved the other way, or more is said against than for
    it; refined: more is said to change it than to support it. Else it stays as it is.
    """
    for_, against = row["compared_supports"], row["compared_refutes"]
    if for_ or against:
        return "contested" if for_ and against else "supported" if for_ else "refuted"
    said = {d: row[f"said_{d}"] + row[f"written_{d}"] for d in DIRECTIONS}
    if row["found_refutes"] or said["refutes"] > said["supports"]:
        return "challenged"
    if row["found_supports"]:
        return "outcome seen"
    return "refined" if said["refines"] > said["supports"] else str(row["status"])


def evidence_sentence(weighed: pd.DataFrame) -> Sentence:
    """How much evidence there is, for and against, and for how many configurations nothing speaks against."""
    n = weighed["direction"].value_counts()
    against = weighed.loc[weighed["direction"] == "refutes", "theory_id"].nunique()
    silent = weighed["theory_id"].nunique() - against
    return sentence(
        "{n} pieces of evidence are listed: {s} support a configuration, {r} refine one, {a} speak against "
        "one and {z} decide nothing. Nothing speaks against {k} configurations, which may say that nobody "
        "looked.",
        n=count(len(weighed), people=False),
        k=count(int(silent), people=False),
        **{key: count(int(n.get(d, 0))) for key, d in zip(("s", "r", "a", "z"), DIRECTIONS, strict=True)},
    )

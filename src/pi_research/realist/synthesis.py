"""What the evidence and the tests do to each configuration: a proposed status, and what to collect next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research.realist.coverage import REACH
from pi_research.realist.evidence import balance
from pi_research.realist.joint import lean
from pi_research.realist.theory import DIRECTIONS, listed
from pi_research.wording import count, sentence

if TYPE_CHECKING:
    from pi_research.realist.coverage import IndicatorCoverage
    from pi_research.realist.joint import JointDisplay
    from pi_research.realist.modification import Modification
    from pi_research.realist.theory import Theory
    from pi_research.wording import Sentence

STATUSES = ("supported", "refined", "not supported", "contradicted", "untested")
WORTH = {"difference": 0.2, "log_ratio": float(np.log(2))}
"""A difference worth finding: 20 percentage points, or a rate doubled or halved."""


@dataclass(frozen=True, slots=True, eq=False)
class Statuses:
    """``rows``: one a configuration: ``theory_id, title, level, first, now`` (statements), ``changed`` (why
    the evaluator last changed it, empty where never), ``standing`` (the evaluator's), ``proposed`` (one of
    ``STATUSES``, by rule), ``because`` (in words), ``tests`` (its comparisons with their verdicts)."""

    rows: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """The rows."""
        return self.rows

    def names(self, status: str) -> list[str]:
        """Configurations with that proposal, as id and title."""
        rows = self.rows[self.rows["proposed"] == status]
        return [f"{t} ({i})" for i, t in zip(rows["theory_id"], rows["title"].str.lower(), strict=True)]

    def sentence(self) -> Sentence:
        """How many configurations have each proposal; supported and contradicted ones by name."""
        n = self.rows["proposed"].value_counts()
        named = [f"{s}: {', '.join(self.names(s))}" for s in ("supported", "contradicted") if n.get(s, 0)]
        return sentence(
            "Of {n} configurations the rule proposes {parts}"
            + ("; {named}" if named else "")
            + ". The evaluator "
            "decides; not supported means that what was looked at did not decide, not that it is wrong.",
            n=count(len(self.rows), people=False),
            parts=", ".join(f"{s} for {n.get(s, 0)}" for s in STATUSES),
            named="; ".join(named),
        )


def propose_statuses(theory: Theory, weighed: pd.DataFrame, verdicts: Mapping[str, str]) -> Statuses:
    """A status for each configuration by rule, from the comparisons fixed beforehand and the evidence.

    Parameters
    ----------
    theory : Theory
    weighed : DataFrame
        :func:`realist.weigh`. Its comparisons (contrasts of other pages, not corrected for their number) are
        left out: the tests stand for them.
    verdicts : mapping of test_id to verdict
        Of ``effect_modification`` over all comparisons at once, so that Holm's correction holds for the page.

    Notes
    -----
    In this order. *refined*: comparisons disagree. *supported*, *contradicted*: a comparison says so after
    the correction. *contradicted*: an outcome of everyone that it expects lies wholly on the other side, and
    none on its side. *refined*: people lean to change it or against it (:func:`joint.lean`), or they and
    sources together more often change it or speak against it than for it. *not supported*: a comparison was
    made, or an outcome looked at, and none decides. *untested*: none could be; an outcome of everyone that
    moved as expected is said, and shows no mechanism. A configuration's own evidence never makes it
    supported.
    """
    counts = balance(theory, weighed).set_index("theory_id")
    rows = []
    for one in theory.first_thought().to_dict("records"):
        tests = theory.tests[theory.tests["theory_id"] == one["theory_id"]]
        made = {i: verdicts[i] for i in tests["test_id"] if i in verdicts}
        proposed, because = _proposal(made, counts.loc[one["theory_id"]].to_dict())
        words = "; ".join(f"{i} {v}" for i, v in made.items()) or "none: " + _why(tests)
        kept = {name: one[name] for name in ("theory_id", "title", "level", "first", "now")}
        kept |= {"changed": one["why"] or "", "standing": one["status"]}
        rows.append(kept | {"proposed": proposed, "because": because, "tests": words})
    return Statuses(pd.DataFrame(rows))


def _why(tests: pd.DataFrame) -> str:
    why = tests["why"].dropna()
    return f"{why.iloc[0][:1].lower()}{why.iloc[0][1:]}" if len(why) else "no comparison is named"


def _proposal(made: Mapping[str, str], row: Mapping[str, int]) -> tuple[str, str]:
    by = {v: [i for i, w in made.items() if w == v] for v in ("supported", "contrary", "not shown")}
    good, bad = ", ".join(by["supported"]), ", ".join(by["contrary"])
    if good and bad:
        return (
            "refined",
            f"{good} goes as expected and {bad} against it: it holds for some and not for others",
        )
    if good or bad:
        return (
            ("supported", f"{good} goes as expected") if good else ("contradicted", f"{bad} goes against it")
        )
    seen, wrong = row["found_supports"], row["found_refutes"]
    if wrong and not seen:
        return "contradicted", "what happened to everyone went the other way"
    said = {d: row[f"said_{d}"] + row[f"written_{d}"] for d in DIRECTIONS}
    people = lean(*(row[f"said_{d}"] for d in DIRECTIONS[:3]))
    if wrong:
        return "refined", "outcomes of everyone went both ways"
    if people in ("change", "against") or said["refines"] + said["refutes"] > said["supports"]:
        return "refined", {
            "change": "people would change it",
            "against": "people more often speak against it than for it",
        }.get(people, "people and sources more often change it or speak against it than for it")
    end = "; everyone's outcome moved as expected, which shows no mechanism" if seen else ""
    if by["not shown"]:
        return "not supported", f"{', '.join(by['not shown'])} cannot tell the groups apart{end}"
    if row["found_neutral"]:
        return "not supported", f"the outcome of everyone decides nothing{end}"
    return "untested", (
        "nothing could be compared" if not made else "too few people or events to compare"
    ) + end


def people_needed(made: Modification) -> np.ndarray:
    """How many times as many people would find a difference of ``WORTH`` four times in five; (k,), NaN if
    unknown.

    Errors shrink with the square root of people alike in every way: a lower bound where more tests are added.
    """
    worth = np.array([WORTH[s] for s in made.scale])
    return np.maximum((made.detectable / worth) ** 2, 1.0)


def what_is_known(joint: JointDisplay, statuses: Statuses) -> pd.DataFrame:
    """``known`` (known, in doubt, not known), ``what``, ``by`` (ids): from the display and the proposals."""
    fits = {"confirms": "known", "expands": "known", "contradicts": "in doubt"}
    rows = [
        (fits.get(r["stands"], "not known"), r["question"], _by(r), r["now"])
        for r in joint.rows.to_dict("records")
    ]
    kinds = {"supported": "known", "contradicted": "in doubt"}
    rows += [
        (kinds[r["proposed"]], f"{r['theory_id']}: {r['now']}", r["tests"], f"{r['because'].capitalize()}.")
        for r in statuses.rows.to_dict("records")
        if r["proposed"] in kinds
    ]
    made = pd.DataFrame(rows, columns=["known", "what", "by", "why"])
    return made.sort_values(
        "known", key=lambda c: c.map({"known": 0, "in doubt": 1, "not known": 2}), kind="stable"
    )


def _by(row: Mapping[str, object]) -> str:
    return "; ".join(x for x in (row["finding"], row["theory_ids"]) if x)


def collect_next(
    theory: Theory,
    coverage: IndicatorCoverage,
    statuses: Statuses,
    made: Modification,
    segments: pd.DataFrame,
) -> pd.DataFrame:
    """What would answer most: ``what`` to collect, ``kind``, ``opens`` (configurations), ``n`` of them,
    ``why``.

    From four sorts of gap: comparisons that nothing reaches, comparisons with too few people, indicators
    without a field or without data, and configurations of which nobody has spoken. Most configurations first.
    """
    rows = []
    for test in theory.tests[theory.tests["reach"] == "unreached"].itertuples():
        what = f"A record that would let it be compared: {_title(theory, test.theory_id)}"
        rows.append((what, "not recorded", [test.theory_id], test.why))
    rows += _too_few(theory, made)
    rests = theory.configurations.set_index("theory_id")["activities"].map(listed)
    gaps = coverage.rows.assign(text=coverage.gaps_text())
    for gap in gaps[gaps["reach"].isin(REACH[2:])].itertuples():
        opens = [i for i, activities in rests.items() if gap.activity_id in activities]
        rows.append((f"{gap.indicator} ({gap.activity_id})", gap.reach, opens, gap.text))
    quiet = [i for i in theory.configurations["theory_id"] if i not in set(segments["theory_id"].dropna())]
    if quiet:
        rows.append(("Interviews on what nobody has spoken of", "nobody asked", quiet, "no coded segment"))
    frame = pd.DataFrame(
        [(w, kind, "; ".join(ids), len(ids), why) for w, kind, ids, why in rows],
        columns=["what", "kind", "opens", "n", "why"],
    )
    open_ones = set(
        statuses.rows.loc[~statuses.rows["proposed"].isin(["supported", "contradicted"]), "theory_id"]
    )
    still = [bool(open_ones.intersection(listed(ids))) or not ids for ids in frame["opens"]]
    return frame[still].sort_values("n", ascending=False, kind="stable").reset_index(drop=True)


def _too_few(theory: Theory, made: Modification) -> list[tuple]:
    """Comparisons that decide nothing, with how many times as many people they would need."""
    rows = []
    times = dict(zip(made.configurations, people_needed(made), strict=True))
    for test in theory.tests[theory.tests["reach"] == "comparison"].itertuples():
        k = times.get(test.test_id, np.nan)
        verdict = made.verdict[made.configurations.index(test.test_id)]
        if not k <= 1 and verdict in ("not shown", "not estimable"):
            many = "People in both groups"
            if k < 1000:
                many = f"About {k:,.0f} times as many people" if k >= 1.5 else "More people"
            what = f"{many} for {test.test_id}: {test.group_words}, beside {test.other_words}"
            why = "so that 20 points, or a rate doubled or halved, would be found"
            rows.append((what, "too few people", [test.theory_id], why))
    return rows


def _title(theory: Theory, theory_id: str) -> str:
    return theory.configurations.set_index("theory_id")["title"][theory_id].lower()

"""Joint display: what the numbers say beside what people say of the same question, and how the two fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.realist._joint_words import FITS, NOW
from pi_research.realist.evidence import codings, judge
from pi_research.realist.theory import DIRECTIONS, TheoryError, at, cited, listed, uncited
from pi_research.wording import count, sentence

if TYPE_CHECKING:
    from pi_research.realist.theory import Theory
    from pi_research.wording import Sentence


@dataclass(frozen=True, slots=True, eq=False)
class JointDisplay:
    """``rows``: one a question.

    ``question_id, question, theory_ids``; the quantitative strand: ``finding`` (its id), ``notebook``,
    ``estimate, lower, upper, unit, n, events``, ``numbers`` (supports, refutes, neutral, none); the
    qualitative strand: ``said_supports, said_refines, said_refutes, said_neutral`` (coded segments),
    ``codes`` (the most frequent, for and then against), ``people`` (for, against, change, mixed, none);
    ``fit`` by rule; ``judged, judged_why, judged_on, judged_by``: a person's own, empty where there is none;
    ``overtaken``: whether that was judged when the rule said something else; ``stands``: the fit in force;
    ``now``: what is now thought.
    """

    rows: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """The rows."""
        return self.rows

    def sentence(self) -> Sentence:
        """How often numbers and people agree, and on how many questions one of them is silent."""
        n = self.rows["stands"].value_counts()
        own = int((self.rows["judged"].ne("") & ~self.rows["overtaken"]).sum())
        old = int(self.rows["overtaken"].sum())
        more = " {own} of these fits were set by a person." if own else ""
        more += (
            " {old} judged by a person no longer meet what the rule says, and need another look."
            if old
            else ""
        )
        return sentence(
            "Of {n} questions, numbers and people confirm each other on {a}, one expands the other on {b}, and they "
            "contradict each other on {c}; on {d} one of the two decides nothing." + more,
            n=count(len(self.rows), people=False),
            own=str(own),
            old=str(old),
            **{k: count(int(n.get(fit, 0)), people=False) for k, fit in zip("abcd", FITS, strict=True)},
        )


def cited_questions(theory: Theory, questions: pd.DataFrame) -> pd.DataFrame:
    """The questions; where a theory names none, one for each finding that its evidence judges by a rule."""
    if len(questions):
        return questions
    rows = theory.evidence[theory.evidence["direction"] == "by_finding"]
    names = {"evidence_id": "question_id", "what": "question", "theory_id": "theory_ids", "ref": "finding"}
    return rows.rename(columns=names)[[*names.values(), "expects", "reference"]]


def check_cited(tables: Mapping[str, pd.DataFrame], ids: Iterable[str]) -> None:
    """Nothing where every finding in column ``finding`` of the tables is there.

    Raises
    ------
    TheoryError
        Naming file, row, and who cites the finding that is not there; empty cells are passed over.
    """
    ids = list(ids)
    faults = [fault for file, table in tables.items() for fault in uncited(file, "finding", table, ids)]
    if faults:
        raise TheoryError(faults)


def lean(supports: int, refines: int, refutes: int, few: int = 3) -> str:
    """Where coded segments lean: ``for``, ``against``, ``change``, ``mixed``, or ``none`` below ``few``.

    To change it, where more refine than support and than refute; else by whether more support or refute.

    >>> lean(5, 1, 2), lean(2, 4, 1), lean(2, 1, 2), lean(1, 1, 0)
    ('for', 'change', 'mixed', 'none')
    """
    if supports + refines + refutes < few:
        return "none"
    if refines > max(supports, refutes):
        return "change"
    return "mixed" if supports == refutes else "for" if supports > refutes else "against"


def fit_of(numbers: str, people: str) -> str:
    """How the strands fit: silent where one decides nothing, expands where people add a condition or part."""
    if numbers in ("neutral", "none") or people == "none":
        return "silent"
    if people in ("change", "mixed"):
        return "expands"
    return "confirms" if (numbers == "supports") == (people == "for") else "contradicts"


def joint_display(
    theory: Theory,
    questions: pd.DataFrame,
    findings: Mapping[str, object],
    segments: pd.DataFrame,
    judged: pd.DataFrame | None = None,
    verdicts: Mapping[str, str] | None = None,
    few: int = 3,
) -> JointDisplay:
    """The joint display, made from ids: no cell of it is typed.

    Parameters
    ----------
    theory : Theory
    questions : DataFrame
        ``question_id, question, theory_ids`` (``"C6; C11"``), ``finding`` (empty where there is none; ``*``
        for what params decide), ``expects`` (above or below) and ``reference``: :func:`cited_questions`.
    findings : mapping of str to Finding
    segments : DataFrame
        Coded segments; those of the configurations named count, each once.
    judged : DataFrame, optional
        A person's own fits: ``question_id, fit, derived`` (what the rule said when it was judged), ``why,
        date, by``.
    verdicts : mapping of finding to verdict, optional
        Of comparisons that were tested together (``effect_modification``): these decide by their corrected
        test and not by the interval of each alone, and need neither ``expects`` nor ``reference``.
    few : int
        Below so many segments that take a side, people are said to be silent.

    Raises
    ------
    TheoryError
        For a finding that is not there, an unknown configuration, or a finding with nothing to judge it by:
        file, row and who names it.

    Notes
    -----
    The numbers support or refute where the whole interval lies on one side of the reference. A person's fit
    takes the place of the rule's as long as the rule says what it said when the person judged; afterwards
    both are shown and the rule stands until somebody has looked again. When NOT to use it: as a count of
    votes. Segments are not a sample of people, and a majority of them proves nothing.
    """
    questions = cited_questions(theory, questions)
    verdicts = verdicts or {}
    check_cited({"questions": questions}, findings)
    _check_questions(theory, questions, verdicts)
    said = codings(segments)
    own = {} if judged is None else {j["question_id"]: j for j in judged.to_dict("records")}
    rows = []
    for q in questions.to_dict("records"):
        row = {"question_id": q["question_id"], "question": q["question"], "theory_ids": q["theory_ids"]}
        about = said[said["theory_id"].isin(listed(q["theory_ids"]))]
        row |= _numbers(q, findings, verdicts) | _said(about, few)
        row["fit"] = fit_of(row["numbers"], row["people"])
        row |= _judged(row["fit"], own.get(q["question_id"]))
        by_rule = row["stands"] == row["fit"]
        row["now"] = NOW[row["numbers"]][row["people"]] if by_rule else row["judged_why"]
        rows.append(row)
    return JointDisplay(pd.DataFrame(rows))


def _check_questions(theory: Theory, questions: pd.DataFrame, verdicts: Mapping[str, str]) -> None:
    known = set(theory.configurations["theory_id"])
    faults = [
        at("questions", row, "theory_ids", f"{i} is no configuration of configurations.csv")
        for row, cell in questions["theory_ids"].items()
        for i in listed(cell)
        if i not in known
    ]
    bare = questions["finding"].notna() & (questions["expects"].isna() | questions["reference"].isna())
    faults += [
        at(
            "questions",
            row,
            "expects",
            f"{q['question_id']}: say where the theory expects {q['finding']}, above or "
            "below which reference",
        )
        for row, q in questions[bare].iterrows()
        if q["finding"] not in verdicts
    ]
    if faults:
        raise TheoryError(faults)


SIDES = {"supported": "supports", "contrary": "refutes", "not shown": "neutral", "not estimable": "none"}


def _numbers(
    question: Mapping[str, object], findings: Mapping[str, object], verdicts: Mapping[str, str]
) -> dict:
    """The finding, and what it does to the statement; ``none`` where there is none or it has no interval."""
    ref = question["finding"]
    if not isinstance(ref, str):
        nothing = dict.fromkeys(("estimate", "lower", "upper", "n", "events"), float("nan"))
        return {"finding": "", "notebook": "", **nothing, "unit": "", "numbers": "none"}
    found = findings[cited(ref, findings)]
    values = {k: getattr(found, k) for k in ("notebook", "estimate", "lower", "upper", "unit", "n", "events")}
    if found.id in verdicts:
        side = SIDES[verdicts[found.id]]
    else:
        usable = found.estimate == found.estimate and found.lower == found.lower
        side = judge(found, question["expects"], question["reference"]) if usable else "none"
    return {"finding": found.id, **values, "numbers": side}


def _said(segments: pd.DataFrame, few: int) -> dict:
    counts = {d: int((segments["direction"] == d).sum()) for d in DIRECTIONS}
    told = [
        segments.loc[segments["direction"] == d, "sub_theme"].mode()
        for d in ("supports", "refutes", "refines")
    ]
    codes = [
        f"{word}: {codes.iloc[0]}"
        for word, codes in zip(("for", "against", "change"), told, strict=True)
        if len(codes)
    ]
    people = lean(counts["supports"], counts["refines"], counts["refutes"], few)
    return {**{f"said_{d}": k for d, k in counts.items()}, "codes": "; ".join(codes), "people": people}


def _judged(fit: str, own: Mapping[str, object] | None) -> dict:
    if own is None:
        empty = dict.fromkeys(("judged", "judged_why", "judged_on", "judged_by"), "")
        return empty | {"overtaken": False, "stands": fit}
    overtaken = own["derived"] != fit
    return {
        "judged": own["fit"],
        "judged_why": own["why"],
        "judged_on": str(own["date"])[:10],
        "judged_by": own["by"],
        "overtaken": overtaken,
        "stands": fit if overtaken else own["fit"],
    }

"""The theory on its page: read with the findings that it cites, told in sentences, handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pi_research.findings import Finding, read_findings
from pi_research.realist import balance, check_findings, check_segments, read_theory
from pi_research.realist.coverage import REACH
from pi_research.wording import Sentence, count, joined, percent, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.extract import Extract
    from pi_research.params import Params
    from pi_research.realist import AgreementOnPeople, IndicatorCoverage, Theory

__all__ = ["agreement", "at_first", "findings_of_theory", "open_theory", "readings", "silent", "speakers"]

STAFF = ("coach", "housing_worker", "peer_mentor", "manager")
"""Roles of people who run the programme."""


def open_theory(
    settings: Params, data: Extract, needs: Sequence[str]
) -> tuple[Theory, dict[str, Finding], pd.DataFrame]:
    """The theory of ``theory.folder``, the findings of the notebooks it needs, and the coded segments, all
    checked.

    Raises
    ------
    TheoryFolderError, TheoryError, SegmentError, FindingError
        Where the folder, the theory, a segment or a finding that is cited does not hold: file, row and
        column.
    """
    from pi_research.extract import theory as folder

    tables = folder.read_theory_tables(settings.root / settings.theory.folder)
    known = folder.theory_vocabulary(tables)
    made = read_theory(tables, known)
    found = {i: f for name in needs for i, f in read_findings(settings.out, name).items()}
    check_findings(made, found)
    segments = folder.checked_segments(data.tables["segments"], tables)
    check_segments(made, segments, known["roles"])
    return made, found, segments


def at_first(theory: Theory) -> Sentence:
    """What was thought at first: the earliest statements from the programme's own source, in a paragraph."""
    history = theory.history[theory.history["source"] == theory.activities["source"].mode().iloc[0]]
    first = (
        history[(history["date"] == history["date"].min()) & (history["version"] == 1)]
        if len(history)
        else history
    )
    said = theory.first_thought()
    changed = said[said["why"].fillna("") != ""]
    if not len(first):
        return joined(sentence("No statement of the programme's own has a history."), theory.sentence())
    told = [sentence("{s}.", s=str(s)) for s in first["statement"]]
    return joined(
        sentence(
            "In {when} the programme was thought to work like this.", when=f"{first['date'].iloc[0]:%B %Y}"
        ),
        *told,
        sentence(
            "Since then {k} of {n} statements have been changed or challenged, each with its reason: "
            "{names}.",
            k=str(len(changed)),
            n=str(len(said)),
            names="; ".join(changed["title"]).lower() or "none yet",
        ),
    )


def speakers(segments: pd.DataFrame) -> Sentence:
    """How much of what was said comes from people who run the programme, and how much from customers."""
    once = segments.drop_duplicates("segment_id")["role"]
    n, staff, own = len(once), int(once.isin(STAFF).sum()), int((once == "customer").sum())
    return sentence(
        "Of {n} coded segments {s} ({p}) come from people who run the programme and {c} ({q}) from "
        "customers.",
        n=count(n),
        s=count(staff),
        p=percent(staff, n),
        c=count(own),
        q=percent(own, n),
    )


def readings(theory: Theory, weighed: pd.DataFrame) -> pd.DataFrame:
    """The statuses that the rule proposes with one sort of evidence left out, and how many differ."""
    whole = balance(theory, weighed).set_index("theory_id")["proposed"]
    without = {
        "everything": (),
        "without what people said": ("said",),
        "without other programmes and sources": ("coded", "published"),
        "without outcomes of everyone": ("outcome",),
        "without comparisons": ("comparison",),
    }
    rows = []
    for label, left in without.items():
        now = balance(theory, weighed[~weighed["basis"].isin(left)]).set_index("theory_id")["proposed"]
        kinds = now.value_counts()
        names = ", ".join(f"{kind} {n}" for kind, n in kinds.items())
        rows.append((label, int((now != whole).sum()), names))
    import pandas as pd

    return pd.DataFrame(rows, columns=["label", "differ", "kinds"])


def findings_of_theory(
    theory: Theory, made: IndicatorCoverage, weighed: pd.DataFrame, people: AgreementOnPeople
) -> list[Finding]:
    """What the page hands on: coverage, comparisons, evidence against, and agreement on people."""
    from pi_research.realist import evidence_sentence

    seen = int(made.rows["reach"].isin(REACH[:2]).sum())
    tested = theory.tests[theory.tests["reach"] == "comparison"]
    against = weighed.loc[weighed["direction"] == "refutes", "theory_id"].nunique()
    n = len(theory.configurations)
    rows: Mapping[str, tuple] = {
        "theory.activities_seen": (
            "How many activities of the framework can the data see?",
            made.reached,
            made.activities,
            "activities",
            made.sentence(),
        ),
        "theory.indicators_measured": (
            "How many indicators are measured, wholly or in part?",
            seen,
            len(made.rows),
            "indicators",
            made.sentence(),
        ),
        "theory.comparisons": (
            "How many configurations have a comparison fixed beforehand?",
            tested["theory_id"].nunique(),
            n,
            "configurations",
            theory.sentence(),
        ),
        "theory.spoken_against": (
            "Against how many configurations does any evidence speak?",
            against,
            n,
            "configurations",
            evidence_sentence(weighed),
        ),
        "success.all_agree": (
            "For how many movers is it success by every definition?",
            people.all_success,
            people.known,
            "people",
            people.sentence(),
        ),
    }
    return [
        Finding(i, q, float(k), unit, int(of), int(k), "count", counted=unit, sentence=said)
        for i, (q, k, of, unit, said) in rows.items()
    ]


def agreement(segments: pd.DataFrame, column: str, level: float, seed: int) -> Sentence:
    """Agreement of coders on the segments that two or more of them read, or that there are none."""
    from pi_research.realist import double_coded, krippendorff_alpha

    twice = double_coded(segments, column)
    if twice.empty or twice.shape[1] < 2:
        return sentence(
            "None of {n} segments was coded by two people, so that agreement between coders is not known.",
            n=count(segments["segment_id"].nunique()),
        )
    return krippendorff_alpha(twice.to_numpy(object), level=level, seed=seed).sentence()


def silent(theory: Theory, segments: pd.DataFrame) -> Sentence:
    """Configurations of which no segment speaks, and how many of them are about people and not areas."""
    quiet = theory.configurations[~theory.configurations["theory_id"].isin(segments["theory_id"])]
    people = int((quiet["level"] != "system").sum())
    return sentence(
        "Of {n} configurations {k} have no segment at all, {p} of them about persons or the service: "
        "{names}.",
        n=str(len(theory.configurations)),
        k=str(len(quiet)),
        p=str(people),
        names=", ".join(quiet["theory_id"]) or "none",
    )

"""Tables of what is made of the theory: evidence, comparisons, and success by each definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.disclosure import Column
from pi_research.realist import balance
from pi_research.realist.theory import DIRECTIONS
from pi_research.report.shown import Table
from pi_research.report.tables import plain
from pi_research.report.theory import readings
from pi_research.report.theory_tables import plain_words

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.realist import AgreementOnPeople, SuccessBoard, Theory

__all__ = [
    "evidence_tables",
    "people_tables",
    "readings_table",
    "success_table",
    "tests_table",
    "voices_table",
]


def voices_table(made: pd.DataFrame) -> Table:
    """Coded segments by theme and role."""
    from pi_research.report.tables import counts

    labels = {
        "theme": "Theme",
        **{c: c.capitalize() for c in made.columns if c not in ("theme", "total")},
        "total": "All",
    }
    return counts(
        made,
        "voices",
        "Who says what: coded segments by theme and role of whoever spoke.",
        labels,
        who="coded segments",
        margins=("total",),
    )


def evidence_tables(theory: Theory, weighed: pd.DataFrame) -> list[Table]:
    """What speaks for and against each configuration, and to change it: counts, and the pieces."""
    by = balance(theory, weighed)
    names = {"said": "Said", "written": "Written", "found": "Outcomes", "compared": "Compared"}
    columns = [Column("theory_id", "Id"), Column("title", "About")]
    for base, label in names.items():
        columns += [
            Column(f"{base}_{d}", f"{label}: {w}", "count", people=base == "said")
            for d, w in zip(DIRECTIONS[:3], ("for", "change", "against"), strict=True)
        ]
    columns += [Column("status", "Standing"), Column("proposed", "Proposed by rule")]
    counted = Table(
        "balance",
        "Evidence by configuration: what people said, what sources say, outcomes of everyone, and "
        "comparisons fixed beforehand.",
        by,
        tuple(columns),
        "coded segments",
        ("theory_id",),
    )
    pieces = weighed[weighed["kind"] != "segment"]
    text = pieces["ref"] + ": " + pieces["what"]
    sides = {
        d: text[pieces["direction"] == d].groupby(pieces["theory_id"]).agg(" / ".join) for d in DIRECTIONS
    }
    frame = theory.configurations[["theory_id", "title"]].assign(
        **{d: theory.configurations["theory_id"].map(side).fillna("") for d, side in sides.items()}
    )
    labels = {
        "theory_id": "Id",
        "title": "About",
        "supports": "For it",
        "refutes": "Against it",
        "refines": "Changes it",
        "neutral": "Decides nothing",
    }
    return [
        counted,
        plain(
            frame,
            "for_and_against",
            "What speaks for and against each configuration, by id: sub-theme (T), "
            "lesson (L), published row or finding.",
            labels,
        ),
    ]


def readings_table(theory: Theory, weighed: pd.DataFrame) -> Table:
    """:func:`readings` to show."""
    labels = {"label": "Evidence used", "differ": "Proposals that differ", "kinds": "Proposed"}
    return plain(
        readings(theory, weighed),
        "sensitivity",
        "What the rule proposes where one sort of evidence is left out.",
        labels,
        styles={"differ": ("count", 0)},
    )


def tests_table(theory: Theory, who: pd.DataFrame) -> Table:
    """Comparisons fixed beforehand with the people in each group, and why there is none for the others."""
    tests = theory.tests
    made = tests.assign(
        group=[who[t].eq(True).sum() if t in who else float("nan") for t in tests["test_id"]],
        rest=[who[t].eq(False).sum() if t in who else float("nan") for t in tests["test_id"]],
        compares=[
            f"{a}, beside {b}" if isinstance(a, str) else why
            for a, b, why in zip(tests["group_words"], tests["other_words"], tests["why"], strict=True)
        ],
        outcome=tests["outcome"].fillna(""),
        reach=tests["reach"],
        expected=tests["expected"]
        .map({"positive": "more", "negative": "less"})
        .where(tests["reach"] == "comparison", ""),
    )
    columns = (
        Column("test_id", "Id"),
        Column("theory_id", "Configuration"),
        Column("outcome", "Outcome"),
        Column("compares", "Compared, or why not"),
        Column("expected", "Theory expects"),
        Column("group", "In the group", "count"),
        Column("rest", "Not in it", "count"),
        Column("reach", "Reach"),
    )
    return Table(
        "tests",
        "Comparisons fixed before the data were seen, and who there is to compare.",
        made,
        columns,
        "everyone",
        ("test_id",),
    )


def success_table(made: SuccessBoard, id: str, caption: str) -> Table:
    """Definitions of success with what the findings say."""
    rows = made.rows if id == "success" else made.aligned()
    frame = rows.assign(
        stakeholder=plain_words(rows["stakeholder"]),
        why=rows["why"].fillna(""),
        rule=[
            f"{'above' if b == 'higher' else 'below'} {t:g}: {str(w)[:1].lower()}{str(w)[1:]}"
            if known
            else ""
            for b, t, w, known in zip(
                rows["better"],
                rows["threshold"].astype(float),
                rows["threshold_words"],
                rows["threshold"].notna(),
                strict=True,
            )
        ],
    )
    behind = ("events", "rest", "n")
    share = frame["unit"].eq("proportion")
    frame = frame.assign(rest=(frame["n"] - frame["events"]).where(share, frame["events"]))
    columns = (
        Column("stakeholder", "Whose"),
        Column("success", "Success is"),
        Column("failure", "Failure is"),
        Column("rule", "Success where"),
        *(
            Column(n, w, "decimal", 2, behind)
            for n, w in (("estimate", "Estimate"), ("lower", "from"), ("upper", "to"))
        ),
        Column("cites", "Finding"),
        Column("verdict", "Verdict"),
        Column("why", "Why no verdict"),
    )
    return Table(id, caption, frame, columns, "movers", ("stakeholder",), "estimate")


def people_tables(made: AgreementOnPeople) -> list[Table]:
    """Success by each definition in the same people, and where two of them part."""
    from pi_research.report.tables import counts, shares

    who = "movers whose first year is over"
    labels = {
        "first": "One definition",
        "second": "Another",
        "both": "Both",
        "only_first": "Only the one",
        "only_second": "Only the other",
        "neither": "Neither",
        "unknown": "Not known",
    }
    return [
        shares(
            made.singles,
            "success_people",
            "Movers whose first year is over, by each definition.",
            "Success is",
            who=who,
        ),
        counts(made.pairs, "success_pairs", "The same people by two definitions at a time.", labels, who=who),
    ]

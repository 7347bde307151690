"""From a sentence of the synthesis back to findings, segments and records; and what other readings would
say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pi_research.disclosure import Column
from pi_research.realist.theory import cited
from pi_research.report.shown import Table
from pi_research.report.synthesis import HERE, NOBODY
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.findings import Finding
    from pi_research.realist import Modification
    from pi_research.realist.joint import JointDisplay
    from pi_research.report.synthesis import Brought

__all__ = ["readings", "same_extract", "trail", "trail_table", "voices_behind", "voices_table"]


def same_extract(cites: pd.DataFrame) -> Sentence:
    """Whether all findings cited come from one extract; pages that do not, by name."""
    pages, common = cites["page"].str.split(":").str[0], cites["data"][cites["data"] != ""].mode()
    other = (
        sorted(set(pages[(cites["data"] != "") & (cites["data"] != common.iloc[0])])) if len(common) else []
    )
    return sentence(
        "{n} findings are cited, from {k} pages; {all} made from the same extract{other}.",
        n=count(len(cites), people=False),
        k=count(pages.nunique(), people=False),
        all="not all were" if other else "all were",
        other=f": run again {', '.join(other)}" if other else "",
    )


def voices_behind(made: Brought, joint: JointDisplay) -> tuple[str, pd.DataFrame]:
    """The first question on which numbers and people do not leave each other silent (else the first), and its
    coded segments by direction: ``direction, n, roles, codes, ids``."""
    import pandas as pd

    rows = joint.rows
    one = rows[rows["stands"] != "silent"].iloc[0] if (rows["stands"] != "silent").any() else rows.iloc[0]
    said = made.segments.drop_duplicates("segment_id")
    said = said[said["theory_id"].isin(one["theory_ids"].split("; "))]
    parts = [
        (
            d,
            len(g),
            ", ".join(sorted(set(g["role"].str.replace("_", " ")))),
            "; ".join(g["sub_theme"].value_counts().index),
            ", ".join(g["segment_id"]),
        )
        for d, g in said.groupby("direction", sort=False)
    ]
    head = f"{one['question_id']}: {one['question']} ({one['finding'] or 'no finding'}; {one['theory_ids']})"
    return head, pd.DataFrame(parts, columns=["direction", "n", "roles", "codes", "ids"])


def readings(made: Brought, findings: Mapping[str, Finding], modified: Modification) -> pd.DataFrame:
    """Fits and proposals under other readings: ``label``, ``fits`` and ``statuses`` (how many differ),
    ``kinds``."""
    import pandas as pd

    from pi_research.realist import weigh
    from pi_research.realist.joint import joint_display
    from pi_research.realist.synthesis import propose_statuses
    from pi_research.report.synthesis_tests import uncorrected
    from pi_research.report.theory import STAFF

    said, alone = made.segments, uncorrected(modified)
    corrected = dict(zip(modified.configurations, modified.verdict, strict=True))
    asked = {
        "as above": (said, corrected, 3),
        "each test as if it were the only one": (said, alone, 3),
        "one segment is enough": (said, corrected, 1),
        "six segments are needed": (said, corrected, 6),
        "only what customers said": (said[said["role"] == "customer"], corrected, 3),
        "without those who run it": (said[~said["role"].isin(STAFF)], corrected, 3),
    }
    rows, base = [], None
    for label, (segments, verdicts, few) in asked.items():
        by = {f"compared.{t.lower()}": v for t, v in verdicts.items()}
        fits = joint_display(made.theory, made.questions, findings, segments, None, by, few).rows["fit"]
        proposed = propose_statuses(made.theory, weigh(made.theory, segments, findings), verdicts).rows[
            "proposed"
        ]
        base = base or (fits, proposed)
        kinds = [f"{k} {n}" for k, n in [*fits.value_counts().items(), *proposed.value_counts().items()]]
        rows.append((label, int((fits != base[0]).sum()), int((proposed != base[1]).sum()), ", ".join(kinds)))
    return pd.DataFrame(rows, columns=["label", "fits", "statuses", "kinds"])


def trail(made: Brought, findings: Mapping[str, Finding]) -> pd.DataFrame:
    """Every finding that is cited: ``finding, page, n, events, method, cited`` (by whom), ``data`` and
    ``params``.

    ``people`` says whether ``n`` counts people of the extract.
    """
    import pandas as pd

    evidence = made.theory.evidence
    cites = [(r.evidence_id, r.ref) for r in evidence[evidence["kind"] == "finding"].itertuples()]
    cites += [
        (r.definition_id, r.finding) for r in made.theory.success.dropna(subset=["finding"]).itertuples()
    ]
    cites += [(r.question_id, r.finding) for r in made.questions.dropna(subset=["finding"]).itertuples()]
    cites += [(r.line_id, r.finding) for r in made.lines.itertuples()]
    by: dict[str, list[str]] = {}
    for who, ref in cites:
        by.setdefault(cited(ref, findings), []).append(who)
    rows = [
        {
            "finding": i,
            "page": f"{findings[i].notebook or HERE}: {i}",
            "n": findings[i].n,
            "events": findings[i].events,
            "open": findings[i].counted in NOBODY,
            "method": findings[i].method,
            "cited": ", ".join(sorted(who)),
            "data": findings[i].data_hash[:8],
            "params": findings[i].params_hash[:8],
        }
        for i, who in by.items()
    ]
    return pd.DataFrame(rows).sort_values("page").reset_index(drop=True)


def trail_table(made: pd.DataFrame) -> Table:
    """Every finding that is cited, and by whom."""
    columns = (
        Column("page", "Finding, by its page"),
        Column("cited", "Cited by"),
        Column("n", "n", "count", open_where="open"),
        Column("events", "Events", "count", open_where="open"),
        Column("method", "Method"),
        Column("data", "Data"),
        Column("params", "Params"),
    )
    return Table(
        "trail",
        "Every finding that the theory, the joint display or the summary cites.",
        made,
        columns,
        statistic="estimate",
    )


def voices_table(head: str, made: pd.DataFrame) -> Table:
    """Who said what behind one question, down to the segments of the extract."""
    columns = (
        Column("direction", "Direction"),
        Column("n", "Segments", "count"),
        Column("roles", "Who", behind=("n",)),
        Column("codes", "Codes", behind=("n",)),
        Column("ids", "In table segments", behind=("n",)),
    )
    return Table(
        "voices",
        "What was said on one question, down to the segments.",
        made,
        columns,
        "coded segments",
        ("direction",),
        note=sentence("{head}", head=head),
    )

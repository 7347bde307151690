"""Findings from results, so that a notebook hands on what it showed and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pi_research.findings import Finding, limits
from pi_research.report.handing_tenancies import from_chances, from_claims, from_contrast, from_mean_events
from pi_research.wording import Sentence, count, percent, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.extract.link import Linkage
    from pi_research.its import Counterfactual
    from pi_research.survival import (
        CumulativeIncidence,
        KaplanMeier,
        SustainmentBounds,
    )

__all__ = [
    "from_bounds",
    "from_chances",
    "from_claims",
    "from_contrast",
    "from_count",
    "from_curve",
    "from_effect",
    "from_incidence",
    "from_mean_events",
    "from_milestones",
    "from_quality",
    "from_steps",
]

NAN = float("nan")


def from_curve(
    result: KaplanMeier,
    months: Sequence[int],
    id: str,
    question: str,
    *,
    who: str,
    prespecified: bool = True,
    sensitivity_of: str = "",
) -> list[Finding]:
    """One finding a milestone; ``{m}`` in id, question and sensitivity_of stands for its months."""
    made, method = [], f"Kaplan-Meier, {result.interval} interval"
    for m, (_, row) in zip(months, result.at(list(months)).iterrows(), strict=True):
        made.append(
            Finding(
                id.format(m=m),
                question.format(m=m),
                float(row.survival),
                "proportion",
                result.n,
                int(row.events),
                method,
                *limits(row.lower, row.upper),
                result.level,
                prespecified=prespecified,
                sensitivity_of=sensitivity_of.format(m=m),
                sentence=result.sentence(m, who=who),
            )
        )
    return made


def from_incidence(
    result: CumulativeIncidence,
    month: int,
    id: str,
    question: str,
    *,
    who: str,
    event: str = "ended",
    reason: str = "for “{cause}”",
) -> list[Finding]:
    """One finding a cause; ``{c}`` in id and question stands for it, ``{cause}`` in ``reason``."""
    made, method = [], f"Aalen-Johansen, competing causes, {result.variance.replace('_', '-')} error"
    for _, row in result.at([month]).iterrows():
        made.append(
            Finding(
                id.format(c=str(row.cause).replace(" ", "_")),
                question.format(c=row.cause),
                float(row.incidence),
                "proportion",
                result.n,
                int(row.events),
                method,
                *limits(row.lower, row.upper),
                result.level,
                sentence=result.sentence(row.cause, month, who=who, event=event, reason=reason),
            )
        )
    return made


def from_effect(
    result: Counterfactual,
    id: str,
    question: str,
    unit: str,
    sentence: Sentence,
    *,
    prespecified: bool = True,
    sensitivity_of: str = "",
) -> Finding:
    """The average effect of an interruption, by the model."""
    effect, fit = result.model_effect_average, result.result
    events, method = int(round(fit.y[~fit.design.masked].sum())), f"segmented regression, {fit.method_name}"
    return Finding(
        id,
        question,
        effect.estimate,
        unit,
        fit.n,
        events,
        method,
        effect.lower,
        effect.upper,
        fit.level,
        "months",
        prespecified,
        sensitivity_of,
        sentence,
    )


def from_count(
    n: int,
    of: int,
    id: str,
    question: str,
    sentence: Sentence,
    *,
    unit: str = "people",
    counted: str = "people",
) -> Finding:
    """A plain count, of so many."""
    return Finding(id, question, float(n), unit, int(of), int(n), "count", counted=counted, sentence=sentence)


def from_bounds(result: SustainmentBounds, id: str, question: str) -> list[Finding]:
    """The range that published counts allow, as an interval without a single estimate where it has width."""
    made = []
    for r in result.summary().itertuples():
        if r.possible:
            m, assumed = int(r.milestone), r.assumed[0].lower() + r.assumed[1:]
            made.append(
                Finding(
                    id.format(m=m),
                    question.format(m=m),
                    float(r.bound_low) if r.bound_low == r.bound_high else NAN,
                    "proportion",
                    int(r.eligible_high),
                    int(r.reached),
                    f"bounds from published counts, {assumed}",
                    *limits(r.bound_low_lower, r.bound_high_upper),
                    result.level,
                    "people, as published" if result.published else "people",
                    sentence=result.sentence(m),
                )
            )
    return made


def from_steps(steps: pd.DataFrame, id: str, question: str) -> list[Finding]:
    """People at each step of the programme; ``{s}`` in id and question stands for the step."""
    from pi_research.journeys import slug, step_sentence

    return [
        from_count(
            int(s.people),
            int(s.of),
            id.format(s=slug(s.step)),
            question.format(s=s.step.lower()),
            step_sentence(s),
        )
        for s in steps.itertuples()
    ]


def from_milestones(status: pd.DataFrame, id: str, question: str) -> list[Finding]:
    """Movers who reached each milestone, of those whose day has come and for whom it is known."""
    made = []
    for row in status.to_dict("records"):
        names = ("reached", "come_due", "failed_early", "not_yet_due", "unknown")
        reached, due, lost, later, unknown = (int(row[name]) for name in names)
        said = sentence(
            "{n} of the {due} movers whose {m} are over had kept their tenancy ({share}; for {later} the day "
            "is still to come, {lost} of them without the tenancy already; unknown for {unknown}).",
            n=count(reached),
            due=count(due),
            m=row["milestone"],
            share=percent(reached, due),
            later=count(later + lost),
            lost=count(lost),
            unknown=count(unknown),
        )
        m = str(row["milestone"]).split()[0]
        made.append(from_count(reached, due, id.format(m=m), question.format(m=row["milestone"]), said))
    return made


def from_quality(tables: Mapping[str, pd.DataFrame], notices: pd.DataFrame, links: Linkage) -> list[Finding]:
    """People used, people linked by the links that other pages use, and notices of the checks."""
    from pi_research.extract import quality

    people = quality.consent_readings(tables)["people"].iloc[0]
    everyone = len(tables["people"])
    made = [
        from_count(
            int(people),
            everyone,
            "data.people_used",
            "Whose records are used?",
            quality.consent_sentence(tables),
        )
    ]
    if len(links.links):
        made.append(
            from_count(
                links.counts["linked"],
                links.counts["looked_for"],
                "data.people_linked",
                "For whom could the records be linked?",
                links.sentence(),
            )
        )
    rows = int(notices["rows"].sum()) if len(notices) else 0
    said = sentence(
        "The checks of the extract left {n} notices, of {k} kinds, and no error.",
        n=count(rows),
        k=str(len(notices)),
    )
    question = "What did the checks of the extract leave?"
    return [*made, from_count(rows, rows, "data.notices", question, said, unit="notices", counted="places")]

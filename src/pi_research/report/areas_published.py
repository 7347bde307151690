"""What others published of areas, drawn again: partnerships, contracts, councils, a cost before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pi_research.extract.published import read_published
from pi_research.measures import Assessment, Funnel, assess, funnel_limits
from pi_research.numerics import exact_binomial
from pi_research.report import figures, tables
from pi_research.report.measures_given import councils
from pi_research.report.shown import Chart, Table
from pi_research.wording import Sentence, count, number, sentence

__all__ = [
    "THEMES",
    "base_needed",
    "contracts",
    "cost",
    "cost_sentence",
    "council_chart",
    "council_rows",
    "example_table",
    "matrix",
    "matrix_sentence",
]

THEMES = {
    "community_support": "Support in the community",
    "quality_of_life": "Quality of life, co-production",
    "collaboration": "Working together",
    "finance": "Finance",
    "workforce": "Workforce",
    "housing": "Housing",
    "children": "Children and young people",
}
"""The evaluation's three themes, then its four cross-cutting issues."""
STANDING = {"in_place": "in place", "begun": "begun or planned", "held_back": "held back"}


def _cases() -> tuple[pd.DataFrame, list[str]]:
    """The cross-case rows in words, and the partnerships in alphabetical order."""
    rows, report = read_published("brs_cross_case"), read_published("building_right_support")
    what = report.set_index("id")["what"]
    names = sorted(report.loc[report["kind"] == "partnership", "area"])
    frame = pd.DataFrame(
        {
            "label": rows["partnership"],
            "group": rows["theme"].map(THEMES),
            "theme": rows["theme"],
            "standing": rows["standing"].map(STANDING),
            "what": rows["example"].map(what),
            "where": rows["where"],
            "example": rows["example"],
        }
    )
    return frame, names


def matrix(id: str, caption: str) -> Chart:
    """Ten partnerships by three themes and four issues: a mark for each example that the report names."""
    frame, names = _cases()
    options = {"rows": names, "columns": list(THEMES.values()), "split": 3, "height": 5.2}
    alt = sentence(
        "A matrix of {k} partnerships by three themes and four issues, a mark for each example named. {said}",
        k=str(len(names)),
        said=str(matrix_sentence()),
    )
    return Chart(
        id,
        caption,
        alt,
        "matrix",
        frame[["label", "group", "standing"]],
        options,
        "open",
        (),
        "partnerships",
        ("label",),
    )


def matrix_sentence() -> Sentence:
    """Which partnerships the report names most and not at all, and which themes."""
    frame, names = _cases()
    first = frame.drop_duplicates("example")
    each = first["label"].value_counts().reindex(names, fill_value=0)
    spread = frame.groupby("label")["theme"].nunique()
    return sentence(
        "The report names {n} examples, {most} of them in {top}, which is named under {themes} of the seven headings; none in "
        "{none}. {held} of the {n} are obstacles. Its authors chose partnerships for contrast and examples to show what can "
        "be done, so that the number of marks is no score.",
        n=str(len(first)),
        most=str(int(each.max())),
        top=str(each.idxmax()),
        themes=str(int(spread[each.idxmax()])),
        none=", ".join(each[each == 0].index) or "no partnership",
        held=str(int((first["standing"] == "held back").sum())),
    )


def example_table(id: str, caption: str) -> Table:
    """Each example in our words, with where the report has it."""
    frame, _ = _cases()
    both = (
        frame.groupby("example", sort=False)
        .agg(
            label=("label", "first"),
            theme=("group", "; ".join),
            what=("what", "first"),
            standing=("standing", "first"),
            where=("where", "first"),
        )
        .sort_values(["label", "theme"], kind="stable")
    )
    labels = {
        "label": "Partnership",
        "theme": "Theme or issue",
        "what": "Example",
        "standing": "When visited",
        "where": "Section",
    }
    return tables.plain(both.reset_index(drop=True), id, caption, labels)


def cost(id: str, caption: str) -> Chart:
    """In One Place's two published figures: the dearest placement it names, and its best case at home."""
    most, share = _cost()
    rows = [
        ("Residential placement (a package can cost)", most),
        ("Own home, best case (up to half of it)", most * share),
    ]
    frame = pd.DataFrame(rows, columns=["label", "value"])
    return figures.bars(frame, id, caption, xlabel="Pounds a year for one person", who="people", counts=())


def _cost() -> tuple[float, float]:
    rows = read_published("in_one_place").set_index("id")
    return float(rows.loc["chc_package_cost", "value"]), float(rows.loc["home_cost_share", "value"]) / 100


def cost_sentence() -> Sentence:
    """What the two figures say of the change, and what they cannot say."""
    most, share = _cost()
    year = int(float(read_published("in_one_place").set_index("id").loc["chc_source_year", "value"]))
    return sentence(
        "In One Place printed two figures: a package of continuing health care can cost {most} a year for one person (an "
        "example, citing a source of {year}), and people can live in their own home for up to half the cost. Put together, a "
        "person in the best case costs {less} a year less; how many came near it, the mean before and after, and the spread "
        "are not published, so that no interval can be given. Past costs are set against present ones, without people who "
        "did not move: prices, needs that eased by themselves, and who was chosen are all in the difference.",
        most=number(most, style="pounds"),
        year=str(year),
        less=number(most * (1 - share), style="pounds"),
    )


def contracts(month: int | None = None) -> tuple[Funnel, int]:
    """Seven homelessness contracts of one fund: who kept accommodation to the last milestone, of all who entered."""
    rows = read_published("homelessness_ladders")
    month = int(rows["months"].max()) if month is None else month
    wide = rows.pivot(index="contract", columns="months", values="people").sort_index()
    return funnel_limits(wide[month].to_numpy(float), wide[0].to_numpy(float), names=tuple(wide.index)), month


def council_rows(names: Sequence[str], level: float) -> list[Assessment]:
    """Published measures of the councils that have a result."""
    parts = councils(
        *(read_published(n) for n in ("six_steps_measures", "six_steps_values", "outcome_kinds"))
    )
    found = [assess(m, r, level=level) for m, r in parts if m.name.split(":")[0] in names]
    return [a for a in found if a.n]


def council_chart(found: Sequence[Assessment], id: str, caption: str) -> Chart:
    """Shares with two figures or more: with the exact interval where the base is published, else the figure alone."""
    rows = []
    for a in (a for a in found if a.measure.scale == "share" and a.n > 1):
        for k, label in enumerate(a.period):
            known = bool(np.isfinite(a.denominator[k]))
            low, high = (
                exact_binomial(a.numerator[k], a.denominator[k], a.level)
                if known
                else (a.value[k], a.value[k])
            )
            name = f"{a.measure.name}, {label}" + ("" if known else " (no base)")
            rows.append((name, float(a.value[k]), float(low), float(high)))
    frame = pd.DataFrame(rows, columns=["label", "estimate", "lower", "upper"])
    alt = sentence(
        "A dot for each of {k} published shares; {with_base} have an interval, narrower than the dot since tens of "
        "thousands stand behind each, and the others none, since their base is not published.",
        k=str(len(frame)),
        with_base=str(int((frame["upper"] > frame["lower"]).sum())),
    )
    options = {
        "xlabel": "Share, as published",
        "percent": True,
        "reference": None,
        "height": 1.2 + 0.4 * len(frame),
    }
    return Chart(id, caption, alt, "intervals", frame, options, "open", (), "councils", ("label",))


def base_needed(found: Sequence[Assessment]) -> list[Sentence]:
    """For changes without a base: how many contacts a year would put the change beyond chance."""
    from scipy.special import ndtri

    made = []
    for a in found:
        if a.measure.scale != "share" or a.n < 2 or np.isfinite(a.denominator).all():
            continue
        p, q = float(a.value[0]), float(a.value[-1])
        if p == q:
            continue
        need = int(np.ceil(ndtri(0.5 + a.level / 2) ** 2 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2))
        made.append(
            sentence(
                "{name}: from {p} ({first}) to {q} ({last}), without a base. With {need} counted in each period or more the "
                "change would be more than chance ({level} level); whether so many were is not published.",
                name=a.measure.name,
                first=str(a.period[0]),
                last=str(a.period[-1]),
                need=count(need, people=False),
                p=number(p, style="percent"),
                q=number(q, style="percent"),
                level=f"{100 * a.level:g}%",
            )
        )
    return made

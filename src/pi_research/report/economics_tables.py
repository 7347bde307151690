"""Tables of the ledger, the model and the published sums.

Pounds that are exact sums of prices are hidden in every release: divided by the prices they would give the
counts
back. By year and payer the same sums stand beside them to the nearest fifty thousand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure import Column
from pi_research.report.shown import Table
from pi_research.wording import Sentence, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.economics import Analysis, Ledger, RateCard, SwitchingValue
    from pi_research.report.economics import Study

__all__ = ["card", "card_sentence", "indigo", "ledger", "lines", "model_beside_ledger", "months",
           "parameters", "parties",
           "payers", "problems", "published", "scenarios", "switching"]

SECRET = "inside_only"
"""A column of missing counts: what rests on it is hidden by every rule."""
ROUGH = 50_000
ABOUT = "Paid, to the nearest £50,000"
WHO = "people with an outcome"


def _exact(name: str, label: str) -> Column:
    return Column(name, label, "pounds", 0, (SECRET,))


def card(made: RateCard, id: str, caption: str) -> Table:
    """The rate card, with the basis of every price."""
    frame = made.summary()
    frame = frame.assign(holds=[_holds(r) for r in frame.itertuples()],
                         price_year=frame["price_year"].astype(str))
    names = {p: f"Paid by {p.replace('_', ' ')}" for p in made.payers}
    columns = (Column("outcome", "Outcome"), Column("price_gbp", "Price", "pounds", 0, people=False),
               Column("holds", "Holds for outcomes reached"), Column("price_year", "Price year"),
               *(Column(f"share_{p}", words, "percent", 0, people=False) for p, words in names.items()),
               Column("basis", "Basis"))
    return Table(id, caption, frame, columns, statistic="published")


def _holds(row: object) -> str:
    first = f"from {row.valid_from:%B %Y}"
    return first if str(row.valid_to) == "NaT" else f"{first} to {row.valid_to:%B %Y}"


def card_sentence(made: RateCard, targets: dict[str, int], maximum: float, whole: float) -> Sentence:
    """What of the card is illustrative, and how it stands beside the published totals."""
    illustrative = int((made.rows["basis"] == "illustrative").sum())
    day = made.newest
    ladder = made.whole_ladder(day)
    priced = {k: n for k, n in targets.items() if k in set(made.on(day)["outcome"])}
    brings = made.targets_bring(priced, day)
    lead = (
        "{k} of the {n} prices of this card are illustrative: prices by outcome are not public. "
        if illustrative
        else "None of the {n} prices of this card is marked as illustrative. "
    )
    return sentence(
        lead + "One person who passes every outcome brings {ladder} by it ({whole} by the interim report). "
               "The "
        "register's targets at these prices bring {brings}, {share} of its maximum of {maximum}; no split "
        "of {whole} by outcome reaches that maximum, since the largest target, {most} people, times it is "
        "{cannot}.",
        k=str(illustrative), n=str(len(made.rows)), ladder=number(ladder, style="pounds"),
        whole=number(whole, style="pounds"), brings=number(brings, style="pounds"),
        share=number(brings / maximum, style="percent", digits=0), maximum=number(maximum, style="pounds"),
        most=str(max(targets.values())), cannot=number(whole * max(targets.values()), style="pounds"))


def ledger(made: Ledger, key: str, id: str, caption: str, heading: str) -> Table:
    """What was due, claimed, contested and paid, by year or outcome."""
    frame = _pounds(made.by(key))
    frame.loc["all"] = frame.sum()
    frame = frame.reset_index()
    frame["rough"] = frame["paid"].div(ROUGH).round().mul(ROUGH)
    words = {"due": "Due", "claimed": "Claimed", "contested": "Contested", "pending": "Waiting",
             "paid": "Paid"}
    columns = (Column(key, heading), Column("reached", "Outcomes reached", "count"),
               Column("payments", "Paid for", "count"), *(_exact(n, w) for n, w in words.items()),
               *([Column("rough", ABOUT, "pounds", 0, ("payments",))] if key == "year" else []))
    return Table(id, caption, frame.assign(**{SECRET: np.nan}), columns, WHO, (key,), "sum", ("all",),
                 _hidden_note())


def _hidden_note() -> str:
    return ("Exact pounds are for the safe room: divided by the prices they would give the counts back, so "
            "that a "
            "released page hides them.")


def _pounds(frame: pd.DataFrame) -> pd.DataFrame:
    money = [c for c in frame if c not in ("reached", "claims", "payments")]
    return frame.assign(**{c: frame[c] / 100 for c in money}, **{SECRET: np.nan})


def months(made: Ledger, last: int, id: str, caption: str) -> Table:
    """The ledger of the last months."""
    frame = _pounds(made.by("month")).tail(last).reset_index()
    words = {"due": "Due", "claimed": "Claimed", "contested": "Contested", "pending": "Waiting",
             "rejected": "Rejected", "paid": "Paid"}
    columns = (Column("month", "Month"), Column("reached", "Outcomes reached", "count"),
               *(_exact(n, w) for n, w in words.items()))
    return Table(id, caption, frame, columns, WHO, ("month",), "sum", (), _hidden_note())


def payers(made: Ledger, id: str, caption: str) -> Table:
    """What each payer paid, and that payers, months and people add up to the same pence."""
    frame = _pounds(made.by("payer")).reset_index()
    frame = frame.assign(payer=frame["payer"].str.replace("_", " "),
                         rough=frame["paid"].div(ROUGH).round() * ROUGH,
                         payments=int(made.entries["paid"].gt(0).sum()))
    sums = {key: int(made.by(key)["paid"].sum()) for key in ("payer", "month", "person", "outcome")}
    same = "the same" if len(set(sums.values())) == 1 else "NOT the same"
    columns = (Column("payer", "Payer"), _exact("paid", "Paid"),
               Column("rough", ABOUT, "pounds", 0, ("payments",)))
    note = sentence("Added up by payer, by month, by person and by outcome, payments come to {same} sum.",
                    same=same)
    return Table(id, caption, frame, columns, WHO, ("payer",), "sum", (), note)


def problems(made: Ledger, id: str, caption: str) -> Table:
    """Claims that were reported and not paid, or differ from the card."""
    frame = made.problems.groupby(["problem", "outcome"]).size().rename("claims").reset_index()
    columns = (Column("problem", "What"), Column("outcome", "Outcome"), Column("claims", "Claims", "count"))
    return Table(id, caption, frame, columns, WHO, ("problem", "outcome"))


def _estimates(level: float, **names: str) -> tuple[Column, ...]:
    return tuple(Column(n, words.format(level=f"{100 * level:g}%"), "pounds", 0, ("people",))
                 for n, words in names.items())


def _rounded(frame: pd.DataFrame, people: int) -> pd.DataFrame:
    money = frame.select_dtypes("number").columns.difference(["chance"])
    return frame.assign(**{c: frame[c].round(-3) + 0.0 for c in money}, people=people)


def lines(made: Analysis, id: str, caption: str) -> Table:
    """Every line of the account, by party."""
    words = {"transfer": "paid between parties", "cashable": "money", "notional": "no budget sees it"}
    frame = made.lines()
    frame = _rounded(frame.assign(kind=frame["kind"].map(words)), made.people)
    columns = (Column("party", "Who"), Column("item", "What"), Column("kind", "Kind"),
               *_estimates(made.level, amount="Pounds", lower="{level} from", upper="to"))
    return Table(id, caption, frame, columns, "movers", ("party", "item"), "estimate")


def parties(made: Analysis, id: str, caption: str) -> Table:
    """Who gains and who pays: money alone, and everything."""
    columns = (Column("label", "Who"), *_money_columns(made.level))
    return Table(id, caption, _rounded(made.by_party(), made.people), columns, "movers", ("label",),
                 "estimate")


def _money_columns(level: float) -> tuple[Column, ...]:
    return (*_estimates(level, cash="In money", cash_lower="{level} from", cash_upper="to", net="In all",
                        lower="{level} from", upper="to"),
            Column("chance", "Draws above nought", "percent", 0, ("people",)))


def scenarios(frame: pd.DataFrame, made: Analysis, id: str, caption: str) -> Table:
    """The public payers' result under other choices."""
    columns = (Column("label", "Choice"), *_money_columns(made.level))
    return Table(id, caption, _rounded(frame, made.people), columns, "movers", ("label",), "estimate")


def parameters(made: Analysis, id: str, caption: str) -> Table:
    """Every input with its limits, scale and source."""
    import pandas as pd

    rows, months = [], made.contract.months
    scale = {"plain": "normal", "ratio": "log-normal", "share": "logit-normal"}
    for one in made.inputs.values():
        parts = [np.atleast_1d(np.asarray(v, float)) for v in (one.estimate, one.lower, one.upper)]
        for k, (mid, low, high) in enumerate(zip(*parts, strict=True)):
            label = one.label if len(parts[0]) == 1 else f"tenancies held at {months[k]} months"
            ours = not one.source.startswith(("finding", "extract"))
            rows.append((label, mid, low, high, scale[one.scale], one.source, ours))
    frame = pd.DataFrame(rows, columns=["label", "estimate", "lower", "upper", "scale", "source", "open"])
    frame["people"] = made.people
    numbers = {"estimate": "Middle", "lower": "Lower limit", "upper": "Upper limit"}
    columns = (Column("label", "Input"),
               *(Column(n, w, "decimal", 2, ("people",), open_where="open") for n, w in numbers.items()),
               Column("scale", "Distribution"), Column("source", "From"))
    return Table(id, caption, frame, columns, "movers", ("label",), "estimate")


def switching(found: dict[str, SwitchingValue], people: int, id: str, caption: str) -> Table:
    """Where each input, alone, turns the sign."""
    import pandas as pd

    rows = [(s.label[0].upper() + s.label[1:], s.now, s.at, "" if s.at == s.at else
             f"the same sign from {s.low:g} to {s.high:,.0f}") for s in found.values()]
    frame = pd.DataFrame(rows, columns=["label", "now", "at", "note"]).assign(people=people)
    columns = (
        Column("label", "Input"),
        Column("now", "Taken as", "decimal", 2, ("people",)),
        Column("at", "The sign changes at", "decimal", 2, ("people",)),
        Column("note", "Where it does not"),
    )
    return Table(id, caption, frame, columns, "movers", ("label",), "estimate")


def model_beside_ledger(made: Study, id: str, caption: str) -> Table:
    """Outcome payments by contract year that were over: by the model, and due by the ledger."""
    import pandas as pd

    a = made.analysis
    out = sum(li.amounts[0] for li in a.centre.lines if li.item == "outcome payments")
    years = a.centre.by_year()["year"].iloc[: made.years_over]
    due = made.ledger.by("year").reindex(years).fillna(0)
    frame = pd.DataFrame({"year": years.to_numpy(), "model": (-out[: made.years_over]).round(-3),
                          "reached": due["reached"].to_numpy(), "people": a.people,
                          "due": due["due"].to_numpy() / 100, SECRET: np.nan})
    frame["gap"] = (frame["model"] - frame["due"]).round(-3)
    columns = (Column("year", "Contract year"), Column("reached", "Outcomes reached", "count"),
               _exact("due", "Due by the ledger"), Column("model", "By the model", "pounds", 0, (SECRET,)),
               Column("gap", "Model less ledger", "pounds", 0, (SECRET,)))
    return Table(id, caption, frame, columns, WHO, ("year",), "estimate")


def published(frame: pd.DataFrame, id: str, caption: str, labels: dict[str, tuple[str, str, int]]) -> Table:
    """Published figures: ``labels`` gives heading, style and digits for each column."""
    columns = tuple(Column(name, *how, people=False) for name, how in labels.items())
    return Table(id, caption, frame, columns, statistic="published")


def indigo(fields: pd.DataFrame, id: str, caption: str) -> Table:
    """The contract's fields under the standard's names."""
    names = {"object": "Object", "number": "No.", "field": "Field", "value": "Value"}
    return published(fields.astype(str), id, caption, {name: (words, "text", 0) for name,
                                                       words in names.items()})

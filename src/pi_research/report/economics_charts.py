"""Charts of payments, of who gains and who pays, and of how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pi_research.economics import PARTIES, PUBLIC, tornado
from pi_research.report.shown import Chart
from pi_research.wording import Number, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.economics import Analysis

__all__ = ["acceptable", "gains", "payments", "plane", "spread", "tornado_chart", "values_shown"]

KINDS = {"transfer": "payments and capital", "cashable": "money spent or not spent",
         "notional": "resources no budget sees"}
THOUSAND = "Thousands of pounds better off (left of nought: worse off)"
POINTS = 600
DOTS = 1 / 1000


def _pounds(value: float, people: int) -> Number:
    return number(round(value, -3) + 0.0, style="pounds", behind=(people,))


def payments(made: pd.DataFrame, maximum: float, id: str, caption: str) -> Chart:
    """Published payments, planned and made, added up over time."""
    names = {"actual": "paid", "plan1": "first plan", "plan2": "second plan", "plan3": "third plan"}
    frame = made.assign(group=made["schedule"].map(names), value=made["cumulative"] * DOTS)
    frame = frame.sort_values(["group", "month"])[["group", "month", "value"]].reset_index(drop=True)
    last = frame.groupby("group").last()
    alt = [sentence("Rising steps, one for each of three plans and one for what was paid, with a line at "
                    "the most "
                    "there can be, {cap}.", cap=number(maximum, style="pounds"))]
    alt += [sentence("{name} ends at {value} in {month}.", name=str(name).capitalize(),
                     month=f"{one.month:%B %Y}",
                     value=number(one.value / DOTS, style="pounds")) for name, one in last.iterrows()]
    options = {"actual": "paid", "cap": maximum * DOTS, "cap_label": "most there can be", "height": 4.4,
               "ylabel": "Thousands of pounds, added up"}
    return Chart(id, caption, joined(*alt), "cumulative", frame, options, "open", universe="published")


def gains(made: Analysis, id: str, caption: str) -> Chart:
    """What comes in and goes out for each party, and the sum."""
    lines = made.centre.frame(made.rate)
    rows = lines.groupby(["party", "kind"], sort=False)["amount"].sum().reset_index()
    order = {party: k for k, party in enumerate(PARTIES)}
    rows = rows.sort_values("party", key=lambda p: p.map(order), kind="stable")
    frame = rows.assign(label=rows["party"], group=rows["kind"].map(KINDS), value=rows["amount"] * DOTS,
                        people=made.people)[["label", "group", "value", "people"]].reset_index(drop=True)
    said = [sentence("Bars to the right and left of nought for each party; a diamond marks the sum.")]
    said += [sentence("{party}: {value}.", party=party[0].upper() + party[1:],
                      value=_pounds(float(rows.loc[rows["party"] == party, "amount"].sum()), made.people))
             for party in PARTIES]
    return Chart(id, caption, joined(*said), "gains", frame, {"xlabel": THOUSAND, "height": 4.0}, "points",
                 ("people",), "movers", ("label", "group"))


def tornado_chart(made: Analysis, id: str, caption: str, *, most: int = 10) -> Chart:
    """The inputs that move the public payers' result most, each between its limits."""
    rows = tornado(made)
    rows = rows[rows["width"] > 0].head(most).reset_index(drop=True)
    centre = made.net()[0]
    frame = rows.assign(low=rows["at_lower"] * DOTS, high=rows["at_upper"] * DOTS, centre=centre * DOTS,
                        people=made.people)[["label", "low", "high", "centre", "people"]]
    said = [
        sentence("Horizontal bars around {centre}, the widest first.", centre=_pounds(centre, made.people))
    ]
    said += [sentence("{label}: from {low} at its lower limit to {high} at its upper.",
                      label=r.label.capitalize(),
                      low=_pounds(r.at_lower, made.people), high=_pounds(r.at_upper, made.people))
             for r in rows.head(3).itertuples()]
    return Chart(id, caption, joined(*said), "tornado", frame, {"xlabel": THOUSAND,
                                                                "height": 1.6 + 0.36 * len(frame)},
                 "points", ("people",), "movers", ("label",))


def plane(made: Analysis, value: float, id: str, caption: str) -> Chart:
    """Every so many-th draw: tenancy-years gained and what they cost the public payers."""
    import pandas as pd

    effect, cost = made.plane()
    step = max(len(effect) // POINTS, 1)
    frame = pd.DataFrame({"effect": effect[::step], "cost": cost[::step] * DOTS, "people": made.people})
    low, high = made.interval(effect)
    alt = sentence(
        "A cloud of {n} draws. Across: {low} to {high} tenancy-years gained in the middle 95 of 100; "
        "upwards: what they cost, from {least} to {most}. In {saves} of them it saves money.",
        n=str(len(frame)), low=number(low, digits=0, behind=(made.people,)),
        high=number(high, digits=0, behind=(made.people,)),
        least=_pounds(made.interval(cost)[0], made.people), most=_pounds(made.interval(cost)[1], made.people),
        saves=Number(float((cost < 0).mean()), "percent", 0, (made.people,)))
    options = {"xlabel": "Tenancy-years gained, discounted", "ylabel": "Thousands of pounds that they cost",
               "value": value, "value_label": f"worth £{value:,.0f} a tenancy-year", "height": 4.2}
    return Chart(id, caption, alt, "plane", frame, options, "points", ("people",), "movers")


def acceptable(made: Analysis, values: Sequence[float], id: str, caption: str) -> Chart:
    """Chance of being worth it over the value of a tenancy-year, for the public payers and the council."""
    import pandas as pd

    from pi_research.economics import acceptability

    effect = made.draws.effect(made.rate)
    groups = {"public payers": -made.draws.net(PUBLIC, made.rate),
              "public payers, money alone": -made.draws.net(PUBLIC, made.rate, notional=False),
              "council alone": -made.draws.net(("council",), made.rate, notional=False)}
    parts = [pd.DataFrame({"group": name, "position": list(values), "people": made.people,
                           "chance": acceptability(cost, effect, values)}) for name, cost in groups.items()]
    frame = pd.concat(parts, ignore_index=True)
    said = [sentence("Lines of the chance that it is worth it, by the value of a tenancy-year.")]
    for name, one in frame.groupby("group", sort=False):
        first, last = (Number(float(one["chance"].iloc[k]), "percent", 0, (made.people,)) for k in (0, -1))
        said.append(sentence("{name}: {first} at nought, {last} at {most}.", name=str(name).capitalize(),
                             first=first,
                             last=last, most=number(values[-1], style="pounds")))
    options = {"xlabel": "Value of a tenancy-year, pounds", "ylabel": "Draws in which it is worth it"}
    return Chart(id, caption, joined(*said), "acceptability", frame, options, "points", ("people",), "movers",
                 ("group", "position"))


def spread(made: Analysis, id: str, caption: str) -> Chart:
    """How the result of each payer and party is spread over the draws."""
    import pandas as pd

    tail = 50 * (1 - made.level)
    rows, said = [], [sentence("A line for each party: the middle as a point, half of the draws thick, the "
                               "interval "
                               "thin.")]
    for label, parties in {**{p: (p,) for p in PARTIES}, "the three public payers": PUBLIC}.items():
        cut = np.percentile(made.draws.net(parties, made.rate), [tail, 25, 50, 75, 100 - tail])
        rows.append((label, *(cut * DOTS), made.people))
        said.append(sentence("{label}: {mid}, {low} to {high}.", label=label[0].upper() + label[1:],
                             mid=_pounds(cut[2], made.people), low=_pounds(cut[0], made.people),
                             high=_pounds(cut[4], made.people)))
    columns = ["label", "lower", "quarter", "middle", "three_quarters", "upper", "people"]
    return Chart(id, caption, joined(*said), "spread", pd.DataFrame(rows, columns=columns),
                 {"xlabel": THOUSAND},
                 "points", ("people",), "movers", ("label",))


def values_shown(top: float) -> list[float]:
    """Values of a tenancy-year from nought to so much, in forty steps."""
    return np.linspace(0, top, 41).tolist()

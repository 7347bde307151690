"""Charts of where movers are and how often they are admitted; for the safe room only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pi_research.report.shown import Chart
from pi_research.wording import joined, number, sentence

if TYPE_CHECKING:
    from pi_research.survival import MeanFunction, StateOccupation

__all__ = ["mean_events", "occupation"]


def occupation(
    result: StateOccupation,
    names: Mapping[str, str],
    months: Sequence[int],
    id: str,
    caption: str,
    *,
    who: str,
) -> Chart:
    """Estimated share in each state by month since the move, stacked; for the safe room only."""
    table = result.at(list(months))
    table = table[table["note"] == ""]
    frame = table.assign(
        month=table["time"],
        state=table["state"].map(names),
        of=table["in_view"],
        people=table["probability"] * table["in_view"],
    )
    said = [
        sentence("Stacked shares of {who} in each state by month since the move (Aalen-Johansen).", who=who)
    ]
    last = table[table["time"] == table["time"].max()]
    said += [
        sentence(
            "At {m} months {share} are {state}.",
            m=f"{row.time:g}",
            state=names[row.state],
            share=number(
                row.probability,
                style="percent",
                digits=0,
                behind=(int(row.at_risk), int(row.in_view - row.at_risk)),
            ),
        )
        for row in last.itertuples()
        if row.probability > 0
    ]
    options = {
        "ticks": [m for m in months if m % 6 == 0],
        "people": who,
        "xlabel": "Months since the move",
        "ylabel": "Share of movers",
        "mark": "",
        "height": 4.4,
    }
    return Chart(
        id,
        caption,
        joined(*said),
        "states",
        frame[["month", "state", "people", "of"]],
        options,
        "inside",
        universe=who,
    )


def mean_events(
    results: Mapping[str, MeanFunction], id: str, caption: str, *, horizon: int, who: str, event: str
) -> Chart:
    """Mean number of events a person since the move, with its interval; for the safe room only."""
    import pandas as pd

    curves = [r.curve().assign(group=name) for name, r in results.items()]
    said = [
        sentence(
            "Rising step curves: mean number of {event} a person since the move, over {h} months.",
            event=event,
            h=str(horizon),
        )
    ]
    for name, r in results.items():
        row = r.at([horizon]).iloc[0]
        said.append(
            sentence(
                "{name}: {mean} by {h} months.",
                name=name.capitalize(),
                h=str(horizon),
                mean=number(row["mean"], digits=2, behind=(int(row.events), int(row.at_risk))),
            )
        )
    options = {
        "horizon": horizon,
        "ticks": list(range(0, horizon + 1, 6)),
        "people": who,
        "xlabel": "Months since the move",
        "ylabel": f"{event.capitalize()} a person, on average",
        "column": "mean",
    }
    return Chart(
        id,
        caption,
        joined(*said),
        "survival",
        pd.concat(curves, ignore_index=True),
        options,
        "inside",
        universe=who,
    )

"""The synthesis beyond people: what happened to beds and homes, and the reporting lists as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pi_research.report.tables import plain, shares
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    from pi_research.realist.checklists import Checklist
    from pi_research.report.shown import Table
    from pi_research.report.theory_people import TheoryData

__all__ = ["checklist_table", "places_left", "system_sentence", "system_tables"]


def system_tables(data: TheoryData) -> list[Table]:
    """What others counted of the system, and places in care that movers left or came back to, by the
    extract."""
    from pi_research.extract.published import read_published

    figures = read_published("programme_figures")
    ours = figures[
        figures["id"].isin(
            ("beds_closed", "beds_deregistered", "homes_reidentified", "beds_in_reidentified_homes")
        )
    ]
    labels = {"what": "What", "value": "How many", "where": "Interim report", "note": "Note"}
    made = [
        plain(
            ours,
            "system",
            "Beds and homes, as the programme reported them by 2021 (published, not from the extract).",
            labels,
        )
    ]
    if "placements" in data.tables:
        made.append(
            shares(
                places_left(data),
                "places",
                "Places in residential or nursing care of people who moved.",
                "What happened",
                who="movers",
            )
        )
    return made


def places_left(data: TheoryData) -> pd.DataFrame:
    """``label, n, of``: movers with a place in care up to their move, whose place ended then, and who are
    back."""
    placed, near = data.rows("placements"), pd.Timedelta(days=31)
    held = (
        placed[placed["start_date"] < placed["move"]].sort_values("start_date").groupby("customer_id").last()
    )
    open_then = held[held["end_date"].isna() | (held["end_date"] >= held["move"] - near)]
    left = int((open_then["end_date"] <= open_then["move"] + near).sum())
    back = placed.loc[placed["start_date"] > placed["move"], "customer_id"].nunique()
    movers = int(data.people["moved"].sum())
    rows = [
        ("A place was recorded up to the move", len(open_then), movers),
        ("It ended within a month of the move", left, len(open_then)),
        ("A place was taken again since", int(back), movers),
    ]
    return pd.DataFrame(rows, columns=["label", "n", "of"])


def system_sentence(data: TheoryData) -> Sentence:
    """What the programme reported of beds and homes, places that movers left, and what neither says."""
    from pi_research.extract.published import figure

    told = sentence(
        "By 2021 the programme reported that one home had closed {beds} beds and that {homes} homes now called "
        "themselves rehabilitation units (interim report; not audited).",
        beds=number(figure("beds_closed"), digits=0),
        homes=number(figure("homes_reidentified"), digits=0),
    )
    if "placements" not in data.tables:
        return joined(
            told, sentence("The extract holds no placements, so that places in care cannot be counted.")
        )
    rows = places_left(data)
    return joined(
        told,
        sentence(
            "In the extract {left} of {n} movers left a place in residential or nursing care within a month of the move, and {back} "
            "have taken one again. A place left is not a bed closed: what the home did with it is not recorded.",
            left=count(int(rows["n"][1])),
            n=count(int(rows["of"][0])),
            back=count(int(rows["n"][2])),
        ),
    )


def checklist_table(made: Checklist, id: str) -> Table:
    """A reporting list: item, what it asks, where it stands, and what a person has to write."""
    where = made.rows["file"].str.cat(made.rows["section"], sep=": ").str.removesuffix(": ")
    frame = made.rows.assign(
        where=where.where(made.rows["note"] == "", where + " – " + made.rows["note"]).str.removeprefix(" – ")
    )
    labels = {
        "item": "Item",
        "topic": "Topic",
        "asks": "Asks",
        "done": "Done",
        "where": "Where, or what is missing",
    }
    return plain(frame, id, f"{made.name}: item, and where it is reported.", labels)

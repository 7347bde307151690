"""Tables of who moved beside who did not, and of what is recorded of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure import Column
from pi_research.report.shown import Table

if TYPE_CHECKING:
    from pi_research.survival import GroupComparison, MissingPatterns

__all__ = ["patterns", "people_numbers", "people_shares"]


def _counts(**labels: str) -> tuple[Column, ...]:
    return tuple(Column(name, label, "count") for name, label in labels.items())


def people_shares(result: GroupComparison, id: str, caption: str, groups: tuple[str, str]) -> Table:
    """Shares of two groups with each characteristic, beside one another."""
    frame = result.summary().query("share")
    label = frame["characteristic"] + np.where(frame["level"] == "", "", ": " + frame["level"])
    made = frame.assign(
        label=label,
        n=(frame["value"] * frame["known"]).round().astype(int),
        lacking=frame["missing"] + frame["missing_others"],
        n_others=(frame["value_others"] * frame["known_others"]).round().astype(int),
    )
    one, other = groups
    columns = (
        Column("label", "Characteristic"),
        *_counts(n=one, known="of"),
        Column("value", "Share", "percent", 0, of=("n", "known")),
        *_counts(n_others=other, known_others="of"),
        Column("value_others", "Share", "percent", 0, of=("n_others", "known_others")),
        Column("standardised", "Apart (SD)", "signed", 1, ("n", "n_others")),
        *_counts(lacking="Not recorded"),
    )
    return Table(id, caption, made, columns, "people who started", ("label",), "percentage")


def people_numbers(result: GroupComparison, id: str, caption: str, groups: tuple[str, str]) -> Table:
    """Means of two groups with standard deviations, beside one another."""
    frame = result.summary().query("~share")
    columns = [Column("characteristic", "Characteristic")]
    for name, end in zip(groups, ("", "_others"), strict=True):
        columns += [
            *_counts(**{f"known{end}": name}),
            Column(f"value{end}", "Mean", "decimal", 1, (f"known{end}",)),
            Column(f"spread{end}", "SD", "decimal", 1, (f"known{end}",)),
        ]
    columns.append(Column("standardised", "Apart (SD)", "signed", 1, ("known", "known_others")))
    return Table(id, caption, frame, tuple(columns), "people who started", ("characteristic",), "estimate")


def patterns(result: MissingPatterns, names: Mapping[str, str], id: str, caption: str) -> Table:
    """Which values are known together, most frequent first."""
    frame = result.summary()
    for name in result.columns:
        frame[name] = np.where(frame[name].astype(bool), "known", "missing")
    columns = (*(Column(name, names.get(name, name)) for name in result.columns), *_counts(people="People"))
    return Table(id, caption, frame, columns, "movers", tuple(result.columns))

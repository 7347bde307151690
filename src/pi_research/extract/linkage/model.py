"""Match weights by splink on DuckDB: the probabilities behind them, and the score of each pair."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO

import numpy as np
import pandas as pd

from pi_research.extract.linkage.fields import FIELDS, Field

ALL_PAIRS = 2_000_000  # pairs up to which every one is compared; beyond, those that share a block
SAMPLE = 800         # records of a side among which agreement by chance is counted
STATED_U = 2_000       # pairs that the stated u counts for beside those counted
FLOOR = -10.0          # log2 odds below which a pair is not kept
BLOCKS = (
    "l.born = r.born",
    "l.born = r.swapped",
    "l.last = r.last AND l.forename = r.forename",
    "l.last = r.forename AND l.forename = r.last",
    "l.last = r.last AND l.year = r.year AND month(l.born) = month(r.born)",
    "l.forename = r.forename AND l.year = r.year AND month(l.born) = month(r.born)",
)
Probabilities = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Model:
    """The probabilities behind the weights.

    Attributes
    ----------
    m, u : mapping of field to a probability for each of its levels, nearest first
        Among records of one person, and of two people.
    """

    m: Probabilities
    u: Probabilities
    fields: tuple[Field, ...] = field(repr=False, default=FIELDS)

    def summary(self) -> pd.DataFrame:
        """``field, level, m, u, weight``: the weight is log2(m / u), added up over the fields."""
        rows = [
            (one.name, level.label, m, u, float(np.log2(m / u)))
            for one in self.fields
            for level, m, u in zip(one.levels, self.m[one.name], self.u[one.name], strict=True)
        ]
        return pd.DataFrame(rows, columns=["field", "level", "m", "u", "weight"])


def fit(housing: pd.DataFrame, trust: pd.DataFrame, *, seed: int = 0) -> Model:
    """Probabilities for two tables in normal form (:func:`normal.normalised`).

    ``u`` is counted on pairs within one side, which are two people by construction; on pairs across, the
    links themselves would be counted as agreement by chance (1 in 160 pairs at this size). ``m`` is as stated
    in ``fields``.
    """
    fields = tuple(one for one in FIELDS if _usable(one.name, housing, trust))
    m = {one.name: tuple(level.m for level in one.levels) for one in fields}
    u = _by_chance(housing, trust, fields, seed)
    return Model(m, {name: _ordered(m[name], u[name]) for name in u}, fields)


def score(housing: pd.DataFrame, trust: pd.DataFrame, model: Model) -> pd.DataFrame:
    """Likelihood ratio of each pair that is worth keeping.

    Returns
    -------
    DataFrame
        ``h``, ``t`` (row numbers in the two tables), ``ratio`` (log2 of m / u, summed), and for each field
        the number of its level (0 nearest, -1 not comparable). Sorted by ``h`` and ``t``.
    """
    columns = ["h", "t", "ratio", *(one.name for one in model.fields)]
    if not (len(housing) and len(trust)):
        return pd.DataFrame(columns=columns)
    least = FLOOR - np.log2(1 / max(len(housing), len(trust)))
    blocks = ("1=1",) if len(housing) * len(trust) <= ALL_PAIRS else BLOCKS
    given = {one.name: (model.m[one.name], model.u[one.name]) for one in model.fields}
    with _linker(_sides(housing, trust), model.fields, given, blocks) as (linker, sql):
        made = linker.inference.predict(threshold_match_weight=least, warning_mode="never")
        levels = ", ".join(f"gamma_{one.name} AS {one.name}" for one in model.fields)
        pairs = sql(f"SELECT row_l, row_r, match_weight AS ratio, {levels} FROM {made.physical_name}")
    for one in model.fields:
        seen = pairs[one.name].to_numpy(int)
        pairs[one.name] = np.where(seen < 0, -1, len(one.levels) - 1 - seen).astype("int8")
    turned = pairs["row_l"] < 0
    pairs["h"] = np.where(turned, pairs["row_r"], pairs["row_l"])
    pairs["t"] = -1 - np.where(turned, pairs["row_l"], pairs["row_r"])
    pairs["ratio"] = pairs["ratio"].round(6)
    return pairs[columns].sort_values(["h", "t"], ignore_index=True)


def prior_share(ratio: np.ndarray, pairs: int, most: int) -> float:
    """Share of all pairs that are links: its maximum-likelihood value, given the ratio of each pair.

    At least one link and at most ``most`` (the smaller side) are expected. Pairs that were not kept count as
    no links.
    """
    odds_of = np.exp2(np.clip(ratio, None, 500))
    share = 0.5 * most / pairs
    for _ in range(500):
        odds = share / (1 - share) * odds_of
        new = float(np.clip((odds / (1 + odds)).sum(), 1, max(most, 1)) / max(pairs, most + 1))
        if abs(new - share) < 1e-9 * share:
            break
        share = new
    return share


def _usable(name: str, housing: pd.DataFrame, trust: pd.DataFrame) -> bool:
    if name == "year_of_birth":
        return bool(housing["born"].isna().any() or trust["born"].isna().any())
    if name == "death":
        return bool(housing["day"].notna().any() and trust["day"].notna().any())
    return True


def _by_chance(housing, trust, fields, seed) -> dict[str, np.ndarray]:
    """Counted u, with the stated u as if it had been seen on 2,000 pairs."""
    parts = [side.sample(min(SAMPLE, len(side)), random_state=seed) for side in (housing, trust)]
    both = pd.concat(_sides(*(part.assign(day=pd.NaT) for part in parts)), ignore_index=True)
    seen = {one.name: np.zeros(len(one.levels)) for one in fields}
    if max(map(len, parts)) > 1:
        stated = {one.name: [[getattr(level, p) for level in one.levels] for p in "mu"] for one in fields}
        with _linker([both], fields, stated, ("l.side = r.side",)) as (linker, sql):
            pairs = linker.inference.predict(warning_mode="never").physical_name
            for one in fields:
                level = f"gamma_{one.name}"
                found = sql(f"SELECT {level} AS g, count(*) AS n FROM {pairs} WHERE {level} >= 0 GROUP BY 1")
                seen[one.name][len(one.levels) - 1 - found["g"].to_numpy(int)] = found["n"]
    if "death" in seen:  # means something across the sides only
        starts, deaths = housing["day"].dropna(), np.sort(trust["day"].dropna())
        before = np.searchsorted(deaths, starts.to_numpy(), side="left").sum()
        seen["death"][:] = len(starts) * len(deaths) - before, before
    return {
        one.name: _share(seen[one.name] + STATED_U * np.array([level.u for level in one.levels]))
        for one in fields
    }


def _share(counts: np.ndarray) -> np.ndarray:
    return counts / counts.sum()


def _ordered(m: tuple[float, ...], u: np.ndarray) -> tuple[float, ...]:
    """u raised where a further level would otherwise speak more for a link than a nearer one."""
    ratio = np.minimum.accumulate(np.asarray(m) / np.asarray(u))
    return tuple(float(x) for x in np.asarray(m) / ratio)


def _sides(housing: pd.DataFrame, trust: pd.DataFrame) -> list[pd.DataFrame]:
    """With row numbers that tell the sides apart: 0, 1, ... for housing and -1, -2, ... for trust."""
    rows = np.arange(len(housing)), -1 - np.arange(len(trust))
    return [housing.assign(side="housing", row=rows[0]), trust.assign(side="trust", row=rows[1])]


@contextmanager
def _linker(tables: list[pd.DataFrame], fields, given, blocks) -> Iterator[tuple]:
    """A splink linker on a database in memory that never spills to disk, and a way to ask it; both silent."""
    import duckdb
    import splink.comparison_level_library as levels
    from splink import DuckDBAPI, Linker, SettingsCreator
    from splink.blocking_rule_library import CustomRule
    from splink.comparison_library import CustomComparison

    def comparison(one: Field) -> CustomComparison:
        made = [levels.CustomLevel(one.unknown, "unknown").configure(is_null_level=True)]
        for level, m, u in zip(one.levels, *given[one.name], strict=True):
            base = levels.ElseLevel() if level.sql == "ELSE" else levels.CustomLevel(level.sql, level.label)
            made.append(base.configure(m_probability=float(m), u_probability=float(u)))
        return CustomComparison(made, output_column_name=one.name)

    settings = SettingsCreator(
        link_type="link_only" if len(tables) == 2 else "dedupe_only",
        comparisons=[comparison(one) for one in fields],
        blocking_rules_to_generate_predictions=[CustomRule(rule) for rule in blocks],
        probability_two_random_records_match=0.5, unique_id_column_name="row", retain_matching_columns=True,
    )
    with _quiet(), duckdb.connect() as connection:
        connection.execute("SET temp_directory = ''")
        if connection.execute("SELECT current_setting('enable_progress_bar')").fetchone()[0]:
            connection.execute("SET enable_progress_bar = false")  # refused in a kernel, where it is off
        api = DuckDBAPI(connection)
        held = [api.register(_arrow(t), dataset_display_name=f"side_{k}") for k, t in enumerate(tables)]
        linker = Linker(held if len(held) > 1 else held[0], settings, log_level=None, validate_settings=False)
        yield linker, lambda query: connection.sql(query).df()


def _arrow(table: pd.DataFrame):
    import pyarrow as pa

    text, day = pa.string(), pa.date32()
    types = dict.fromkeys(("side", "forename", "last", "only", "script", "sex"), text)
    types |= dict.fromkeys(("parts", "last_parts", "postcodes", "few_postcodes", "districts"), pa.list_(text))
    types |= dict.fromkeys(("born", "swapped", "day"), day)
    types |= {"row": pa.int64(), "default_date": pa.bool_(), "year": pa.int64()}
    days = {name: table[name].dt.date for name in ("born", "swapped", "day")}
    return pa.Table.from_pandas(table.assign(**days), schema=pa.schema(types), preserve_index=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink and DuckDB print and log what they do; none of it is for the person at the screen."""
    log = logging.getLogger("splink")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)

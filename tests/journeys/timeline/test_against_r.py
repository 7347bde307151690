"""Every row as R makes it: tmerge, survSplit of survival 3.5-3, splitLexis of Epi 2.47 (tests/reference/journeys)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pi_research.journeys.timeline import cumevent, cumtdc, event, lexis, merge_changes, split_at, tdc


def same_rows(made: pd.DataFrame, theirs: dict, names: dict[str, str], by: list[str]) -> None:
    """All columns of R's answer but those that only R needs; times to 1e-9 (sums of fractions in another order)."""
    expected = pd.DataFrame(theirs).sort_values(by, ignore_index=True)
    made = made.rename(columns=names).sort_values(by, ignore_index=True)
    assert len(made) == len(expected)
    for column in [c for c in expected if c in made]:
        one, other = made[column], expected[column]
        if pd.api.types.is_numeric_dtype(one):
            assert np.allclose(one.astype(float), other.astype(float), rtol=0, atol=1e-9, equal_nan=True), column
        else:
            assert one.fillna("").tolist() == other.fillna("").tolist(), column


def frames(case: dict) -> dict[str, pd.DataFrame]:
    return {name: pd.DataFrame(columns) for name, columns in case["inputs"].items()}


MERGES = {
    "merge_states": lambda f: (f["base"].assign(start=0), {
        "dose": tdc(f["seen"], "day", "dose"), "ever": tdc(f["seen"], "day"), "total": cumtdc(f["seen"], "day", "dose"),
        "times": cumtdc(f["seen"], "day")}, {}),
    "merge_events": lambda f: (f["base"].assign(start=0), {
        "ev": event(f["seen"], "day"), "grade": event(f["seen"], "day", "dose"), "nth": cumevent(f["seen"], "day"),
        "sum": cumevent(f["seen"], "day", "dose")}, {}),
    "merge_init": lambda f: (f["base"].assign(start=0), {
        "dose": tdc(f["seen"], "day", "dose", init=0), "total": cumtdc(f["seen"], "day", "dose", init=10)}, {}),
    "merge_gaps": lambda f: (f["rows"], {
        "state": tdc(f["at"], "day", "v"), "sum": cumtdc(f["at"], "day", "v"), "ev": event(f["at"], "day", "v"),
        "nth": cumevent(f["at"], "day")}, {}),
    "merge_random": lambda f: (f["rows"], {
        "state": tdc(f["at"], "day", "v"), "sum": cumtdc(f["at"], "day", "v"), "n": cumtdc(f["at"], "day"),
        "ev": event(f["at"], "day", "v"), "nth": cumevent(f["at"], "day")}, {}),
    "merge_cgd": lambda f: (f["base"].assign(start=0), {
        "infect": event(f["long"], "day"), "enum": cumtdc(f["long"], "day")}, {"stop": "futime"}),
    "merge_jasa": lambda f: (f["base"][["subject", "age", "futime"]].assign(start=0), {
        "death": event(f["base"], "futime", "fustat"), "trt": tdc(f["base"], "txtime")},
        {"id": "subject", "stop": "futime"}),
    "merge_pbcseq": lambda f: (f["base"][["id", "sex", "time"]].assign(start=0), {
        "death": event(f["base"], "time", "status"), "visits": cumtdc(f["labs"], "day"),
        **{c: tdc(f["labs"], "day", c) for c in ("ascites", "bili", "chol")}}, {"stop": "time"}),
}


@pytest.mark.parametrize("name", MERGES)
def test_a_time_varying_merge_has_the_rows_of_tmerge(in_r, name):
    case = in_r[name]
    base, changes, named = MERGES[name](frames(case))
    made = merge_changes(base, changes, **named)
    theirs = {c: v for c, v in case["output"].items() if c != "stop"}  # R keeps the column that stop was read from
    same_rows(made, theirs, {"start": "tstart", named.get("stop", "stop"): "tstop"}, [named.get("id", "id"), "tstart"])
    assert {c for c in theirs if c not in ("tstart", "tstop", "of")} <= set(made.columns)


SPLITS = {
    "split_veteran": ([90, 180], dict(start="tstart", stop="time", event="status", episode="tgroup"), "tstart"),
    "split_heart": ([0, 30, 35, 50, 365], dict(episode="part"), "start"),
    "split_causes": ([10, 20, 30, 60], dict(episode="part", censored="censor"), "start"),
}


@pytest.mark.parametrize("engine", ["numpy", "ibis"])
@pytest.mark.parametrize("name", SPLITS)
def test_a_split_has_the_rows_of_survsplit(in_r, name, engine):
    import ibis

    cuts, named, start = SPLITS[name]
    rows = frames(in_r[name])["rows"].assign(**{start: lambda f: f[start] if start in f else 0.0})
    made = split_at(rows if engine == "numpy" else ibis.memtable(rows), cuts, **named)
    same_rows(made if engine == "numpy" else made.to_pandas(), in_r[name]["output"], {}, ["id", start])


LEXIS = {
    "lexis_two": {"age": range(20, 71, 10), "period": [1995, 2000, 2005]},
    "lexis_three": {"age": [40, 45, 50], "period": [1995, 2000], "since": [0, 1, 5, 10]},
    "lexis_random": {"age": range(20, 91, 5), "period": np.arange(1990, 2030.1, 2.5), "since": [1, 2, 5, 10, 20]},
}


@pytest.mark.parametrize("name", LEXIS)
def test_a_split_on_several_time_scales_has_the_rows_of_splitlexis(in_r, name):
    made = lexis(frames(in_r[name])["rows"], list(LEXIS[name]), LEXIS[name], state="from", next_state="to")
    names = {"id": "lex.id", "duration": "lex.dur", "from": "lex.Cst", "to": "lex.Xst"}
    same_rows(made, in_r[name]["output"], names, ["lex.id", "age"])
    assert {f"{scale}_band" for scale in LEXIS[name]} <= set(made.columns)

"""Journeys tables on disk: what is read back, and when it is not."""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.journeys import store
from pi_research.sections import Milestones, Params, Run, Tenancy


@pytest.fixture
def kept(simulated, tmp_path):
    """A run that has kept its tables: the extract, the params, the tables."""
    settings = Params(run=Run(out=".", name="run"), root=tmp_path)
    data = SimpleNamespace(
        tables=simulated, extract_date=simulated["extract"]["extract_date"].iloc[0], data_hash="abc"
    )
    made = journeys.build(data.tables, data.extract_date, settings.tenancy, settings.milestones)
    journeys.save(made, settings.out / "journeys", store.origin_of(data, settings))
    return data, settings, made


def same(one: journeys.Journeys, other: journeys.Journeys) -> None:
    for table in fields(journeys.Journeys):
        pd.testing.assert_frame_equal(getattr(one, table.name), getattr(other, table.name))


def marked(settings: Params) -> None:
    """Change the tables kept, so that reading them shows."""
    file = settings.out / "journeys" / "stages.parquet"
    pd.read_parquet(file).assign(status="from the file").to_parquet(file, index=False)


def from_file(made: journeys.Journeys) -> bool:
    return bool((made.stages["status"] == "from the file").all())


def test_tables_come_back_as_they_were_kept(kept):
    data, settings, made = kept
    same(journeys.load(data, settings), made)
    marked(settings)
    assert from_file(journeys.load(data, settings))


@pytest.mark.parametrize(
    "change",
    [
        lambda d, s: (SimpleNamespace(**{**vars(d), "data_hash": "xyz"}), s),
        lambda d, s: (
            SimpleNamespace(**{**vars(d), "extract_date": d.extract_date - pd.Timedelta(days=1)}),
            s,
        ),
        lambda d, s: (d, replace(s, tenancy=Tenancy(gap_days=60))),
        lambda d, s: (d, replace(s, milestones=Milestones(months=(3, 6)))),
    ],
)
def test_tables_of_another_extract_or_other_choices_are_made_again(kept, change):
    data, settings, _ = kept
    marked(settings)
    data, settings = change(data, settings)
    made = journeys.load(data, settings)
    assert not from_file(made)
    same(made, journeys.build(data.tables, data.extract_date, settings.tenancy, settings.milestones))


def test_a_choice_that_the_tables_do_not_read_leaves_them(kept):
    data, settings, _ = kept
    marked(settings)
    assert from_file(journeys.load(data, replace(settings, run=replace(settings.run, seed=1))))


def test_tables_made_by_other_code_are_made_again(kept, monkeypatch):
    data, settings, _ = kept
    marked(settings)
    monkeypatch.setattr(store, "MAKERS", store.MAKERS[1:])
    assert not from_file(journeys.load(data, settings))


def test_a_save_that_was_killed_leaves_tables_that_do_not_count(kept, monkeypatch):
    data, settings, made = kept

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        journeys.save(made, settings.out / "journeys", store.origin_of(data, settings))
    marked(settings)
    assert not from_file(journeys.load(data, settings))


def test_a_note_that_cannot_be_read_counts_as_none(kept):
    data, settings, _ = kept
    marked(settings)
    (settings.out / "journeys" / "origin.json").write_bytes(b"\xff{")
    assert not from_file(journeys.load(data, settings))


def test_the_simulated_extract_loses_nobody(simulated):
    day = simulated["extract"]["extract_date"].iloc[0]
    made = journeys.build(simulated, day, Tenancy(), Milestones())
    people = simulated["people"]
    used = set(people.loc[people["consent"].isin(["given", "not_asked"]), "customer_id"])
    assert set(made.stages["customer_id"]) == used
    movers = set(simulated["tenancies"]["customer_id"]) & used
    assert set(made.tenancies["customer_id"]) == movers and made.monthly["moves"].sum() == len(movers)
    found = journeys.quarters(made.stages, made.milestones, pd.Timestamp("2019-10-01"), day)
    assert found["interest"].sum() == made.stages["interest"].notna().sum() == len(used)

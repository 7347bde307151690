"""Journeys tables on disk: what is read back, and when it is not."""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.journeys import store
from pi_research.sections import Milestones, Params, PersonTime, Run, Tenancy


@pytest.fixture(scope="module")
def made(simulated):
    """The extract, and the tables made of it under the defaults."""
    day = simulated["extract"]["extract_date"].iloc[0]
    data = SimpleNamespace(tables=simulated, extract_date=day, data_hash="abc")
    return data, store.make(data, Params())


@pytest.fixture
def kept(made, tmp_path, monkeypatch):
    """A run that has kept its tables: the extract, the params, the tables. To make them again gives None."""
    data, tables = made
    settings = Params(run=Run(out=".", name="run"), root=tmp_path)
    journeys.save(tables, settings.out / "journeys", store.origin_of(data, settings))
    monkeypatch.setattr(store, "make", lambda *_: None)
    return data, settings, tables


def test_tables_come_back_as_they_were_kept(kept):
    data, settings, tables = kept
    back = journeys.load(data, settings)
    for table in fields(journeys.Journeys):
        pd.testing.assert_frame_equal(getattr(back, table.name), getattr(tables, table.name))


CHANGES = {
    "data": lambda d, s: (SimpleNamespace(**{**vars(d), "data_hash": "xyz"}), s),
    "day": lambda d, s: (SimpleNamespace(**{**vars(d), "extract_date": d.extract_date - pd.Timedelta(days=1)}), s),
    "tenancy": lambda d, s: (d, replace(s, tenancy=Tenancy(gap_days=60))),
    "milestones": lambda d, s: (d, replace(s, milestones=Milestones(months=(3, 6)))),
    "person_time": lambda d, s: (d, replace(s, person_time=PersonTime(months=(12,)))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_tables_of_another_extract_or_other_choices_are_made_again(kept, change):
    assert journeys.load(*CHANGES[change](*kept[:2])) is None


def test_a_choice_that_the_tables_do_not_read_leaves_them_and_so_does_the_engine(kept):
    data, settings, _ = kept
    assert journeys.load(data, replace(settings, run=replace(settings.run, seed=1, engine="pyspark"))) is not None


def test_a_notebook_reads_tables_made_under_other_choices_only_in_sections_that_it_does_not_declare(kept):
    data, settings, _ = kept
    other = replace(settings, person_time=PersonTime(months=(12,)), declared=("tenancy", "milestones"))
    assert journeys.load(data, other) is not None
    assert journeys.load(data, replace(other, declared=("person_time",))) is None


def test_tables_made_by_other_code_are_made_again(kept, monkeypatch):
    monkeypatch.setattr(store, "MAKERS", store.MAKERS[1:])
    assert journeys.load(*kept[:2]) is None


def test_a_save_that_was_killed_leaves_tables_that_do_not_count(kept, monkeypatch):
    data, settings, tables = kept

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        journeys.save(tables, settings.out / "journeys", store.origin_of(data, settings))
    assert journeys.load(data, settings) is None


@pytest.mark.parametrize("note", [b"\xff{", b"[]", b""])
def test_a_note_that_cannot_be_read_counts_as_none(kept, note):
    data, settings, _ = kept
    (settings.out / "journeys" / "origin.json").write_bytes(note)
    assert journeys.load(data, settings) is None


def test_the_choices_of_params_are_those_that_the_tables_are_made_with(made):
    data, tables = made
    months = PersonTime(months=(3, 18), origin="start")
    other = store.make(data, Params(person_time=months, milestones=Milestones(months=(9,))))
    assert {"0-3 months", "3-18 months"} < set(other.person_time["period"])
    assert set(other.milestones["months"]) == {9} and set(tables.milestones["months"]) == {6, 12, 18, 24}
    assert other.first_admission["customer_id"].nunique() > tables.first_admission["customer_id"].nunique()


def test_the_simulated_extract_loses_nobody(made):
    data, tables = made
    people = data.tables["people"]
    used = set(people.loc[people["consent"].isin(["given", "not_asked"]), "customer_id"])
    assert set(tables.stages["customer_id"]) == set(tables.timeline["customer_id"]) == used
    movers = set(data.tables["tenancies"]["customer_id"]) & used
    assert set(tables.tenancies["customer_id"]) == movers and tables.monthly["moves"].sum() == len(movers)
    found = journeys.quarters(tables.stages, tables.milestones, pd.Timestamp("2019-10-01"), data.extract_date)
    assert found["interest"].sum() == tables.stages["interest"].notna().sum() == len(used)

"""The code hash changes when, and only when, the code that a notebook runs does."""

import json

import pytest

from pi_research import provenance

PACKAGE = {
    "__init__.py": "",
    "wording.py": "import pi_research.base\n",
    "base.py": "X = 1\n",
    "other.py": "Y = 1\n",
    "hints.py": "Z = 1\n",
    "report/__init__.py": '_WHERE = {"show": "shown", "heading": "closing"}\ndef __getattr__(name): ...\n',
    "report/figures.py": "def curve():\n    from pi_research.report.draw import line\n",
    "report/draw.py": "line = 1\n",
    "report/shown.py": "from typing import TYPE_CHECKING\n"
                       "if TYPE_CHECKING:\n    from pi_research import hints\n",
    "report/closing.py": "",
    "survival/__init__.py": "from pi_research.survival.curves import kaplan_meier\n",
    "survival/curves.py": "def kaplan_meier():\n    from pi_research import wording\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package of the same name; gives its folder."""
    folder = tmp_path / "src" / "pi_research"
    for name, source in PACKAGE.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    monkeypatch.setattr(provenance, "PACKAGE", folder)
    return folder


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of code cells."""
    def written(*cells, metadata=None, **more):
        code = [{"cell_type": "code", "source": source, **more} for source in cells]
        made = {"metadata": metadata or {}, "cells": code}
        file = tmp_path / "01_test.ipynb"
        file.write_text(json.dumps(made))
        return file
    return written


def inputs(notebook):
    return {p.relative_to(provenance.PACKAGE).as_posix() for p in provenance.code_inputs(notebook)[1:]}


@pytest.mark.parametrize(("code", "expected"), [
    ("import pandas as pd", set()),
    ("import pi_research_other, pi_researcher.base", set()),
    ("import pi_research", {"__init__.py"}),
    ("import pi_research.base as b", {"__init__.py", "base.py"}),
    ("from pi_research import base, nothing", {"__init__.py", "base.py"}),
    ("from pi_research.base import X", {"__init__.py", "base.py"}),
    ("from pi_research import wording", {"__init__.py", "wording.py", "base.py"}),
    ("if True:\n    from pi_research import other", {"__init__.py", "other.py"}),
    ("from pi_research.survival import kaplan_meier",
     {"__init__.py", "survival/__init__.py", "survival/curves.py", "wording.py", "base.py"}),
    ("from pi_research.report import figures",
     {"__init__.py", "report/__init__.py", "report/figures.py", "report/draw.py"}),
])
def test_imports_are_followed_through_modules_and_into_functions(package, notebook, code, expected):
    assert inputs(notebook(code)) == expected


@pytest.mark.parametrize("code", ["from pi_research.report import show",
                                  "from pi_research import report\nreport.show(1)"])
def test_a_name_that_a_package_loads_on_first_use_brings_its_module(package, notebook, code):
    assert inputs(notebook(code)) == {"__init__.py", "report/__init__.py", "report/shown.py"}


def test_imports_for_type_hints_alone_do_not_count(package, notebook):
    assert "hints.py" not in inputs(notebook("from pi_research.report import show"))
    assert "hints.py" in inputs(notebook("from pi_research import hints"))


def test_imports_of_every_cell_count_whether_source_is_text_or_lines(package, notebook):
    assert inputs(notebook(["import pi_research.base\n", "x = 1"], "from pi_research import other")) == {
        "__init__.py", "base.py", "other.py"}


def test_a_change_in_a_module_that_is_imported_changes_the_hash(package, notebook):
    file = notebook("from pi_research.survival import kaplan_meier")
    before = provenance.code_hash(file)
    (package / "base.py").write_text("X = 2\n")
    assert provenance.code_hash(file) != before
    (package / "base.py").write_text(PACKAGE["base.py"])
    assert provenance.code_hash(file) == before


def test_a_change_in_a_module_that_is_not_imported_leaves_the_hash(package, notebook):
    file = notebook("from pi_research.survival import kaplan_meier")
    before = provenance.code_hash(file)
    (package / "other.py").write_text("Y = 2\n")
    (package / "report" / "shown.py").write_text("")
    (package / "new.py").write_text("")
    assert provenance.code_hash(file) == before


def test_a_change_in_the_notebooks_code_changes_the_hash_and_running_it_does_not(package, notebook):
    before = provenance.code_hash(notebook("x = 1"))
    assert provenance.code_hash(notebook("x = 2")) != before
    version = {"language_info": {"version": "3.12"}}
    ran = notebook("x = 1", execution_count=3, outputs=[{"text": "1"}], metadata=version)
    assert provenance.code_hash(ran) == before


def test_the_hash_is_the_same_wherever_the_package_lies(package, notebook, tmp_path, monkeypatch):
    file = notebook("from pi_research import wording")
    before = provenance.code_hash(file)
    package.rename(tmp_path / "pi_research")
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "pi_research")
    assert provenance.code_hash(file) == before


def test_names_and_contents_can_not_be_confused_in_a_hash():
    hashes = {provenance.hash_of(named) for named in (
        [("a", b"bc")], [("ab", b"c")], [("a", b"b"), ("c", b"")], [("a", b""), ("b", b"c")], [])}
    assert len(hashes) == 5
    assert provenance.hash_of([("a", b"1"), ("b", b"2")]) == provenance.hash_of([("b", b"2"), ("a", b"1")])


def test_a_cell_that_is_no_plain_python_is_told_with_its_line(package, notebook):
    with pytest.raises(ValueError, match=r"01_test.ipynb: this line .* take it out: %matplotlib inline"):
        provenance.code_inputs(notebook("x = 1\n%matplotlib inline"))


def test_what_a_notebook_declares_is_read_from_its_metadata(notebook):
    made = notebook(metadata={"pi_research": {"sections": ["run", "covid"], "needs": ["02_tenancy"]}})
    assert provenance.declared(made) == {"sections": ("run", "covid"), "needs": ("02_tenancy",), "tables": ()}
    assert provenance.declared(notebook(metadata={"pi_research": {"sections": []}}))["needs"] == ()


@pytest.mark.parametrize("metadata", [{"kernelspec": {}}, {"pi_research": {}}, {"pi_research": None}])
def test_a_notebook_that_declares_nothing_is_told_what_to_add(notebook, metadata):
    with pytest.raises(ValueError, match=r"01_test.ipynb: the notebook's metadata must hold pi_res"):
        provenance.declared(notebook(metadata=metadata))


def test_a_file_that_is_no_notebook_is_told_the_same(tmp_path):
    (tmp_path / "01_test.ipynb").write_text("not json")
    with pytest.raises(ValueError, match="the notebook's metadata must hold"):
        provenance.declared(tmp_path / "01_test.ipynb")


@pytest.mark.parametrize(("name", "runs", "does_not_run"), [
    ("00_data_quality", ["extract/read.py", "extract/check.py", "report/closing.py"],
     ["its/gaussian.py", "survival/curves.py"]),
    ("02_tenancy_sustainment", ["survival/curves.py", "journeys/timeline/outcomes.py", "extract/read.py"],
     ["its/gaussian.py"]),
    ("04_hospital_time_series", ["its/gaussian.py", "extract/nhs_workbook.py"], ["survival/curves.py"]),
])
def test_a_notebook_of_the_project_depends_on_the_rooms_it_uses_alone(project, name, runs, does_not_run):
    found = inputs(project / "notebooks" / f"{name}.ipynb")
    assert found.issuperset(runs) and found.isdisjoint(does_not_run)

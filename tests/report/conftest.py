"""Tables, charts and notebooks to show, render and release."""

from __future__ import annotations

import base64

import nbformat.v4 as nbf
import numpy as np
import pandas as pd
import pytest

from pi_research.disclosure import Column, Rule
from pi_research.report.render import mimebundle
from pi_research.report.shown import MIME, Chart, Table, payload

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="session")
def nhs() -> Rule:
    return Rule.preset("nhs")


@pytest.fixture(scope="session")
def table():
    """A table of counts, from rows of (label, people); its note and id may be given."""

    def make(rows: list[tuple], id: str = "who", **more: object) -> Table:
        frame = pd.DataFrame(rows, columns=["label", "people"])
        columns = (Column("label", "Group"), Column("people", "People", "count"))
        return Table(id, "People by group.", frame, columns, "everyone", ("label",), **more)

    return make


@pytest.fixture(scope="session")
def bars():
    from pi_research.report.figures import bars as figure

    def make(rows: list[tuple], id: str = "flow", **more: object) -> Chart:
        return figure(
            pd.DataFrame(rows, columns=["label", "value"]),
            id,
            "People by step.",
            xlabel="People",
            who="p",
            **more,
        )

    return make


@pytest.fixture(scope="session")
def notebook():
    """An executed notebook of markdown (text) and code cells (lists of outputs, or of items to show)."""

    def make(*cells: object, **metadata: object):
        made, ran = [], 0
        for cell in cells:
            if isinstance(cell, str):
                made.append(nbf.new_markdown_cell(cell))
                continue
            ran += 1
            outputs = [
                o
                if isinstance(o, nbf.nbbase.NotebookNode)
                else nbf.new_output("display_data", {MIME: payload(o), **mimebundle(o)})
                for o in cell
            ]
            made.append(nbf.new_code_cell(f"cell_{ran}()", outputs=outputs, execution_count=ran))
        return nbf.new_notebook(cells=made, metadata=metadata)

    return make


@pytest.fixture(scope="session")
def output():
    """An output of another library: its data by media type, as Jupyter stores it."""

    def make(metadata: dict | None = None, **data: str):
        named = {
            "html": "text/html",
            "text": "text/plain",
            "markdown": "text/markdown",
            "png": "image/png",
            "svg": "image/svg+xml",
        }
        return nbf.new_output("display_data", {named[k]: v for k, v in data.items()}, metadata=metadata or {})

    return make


@pytest.fixture(scope="session")
def dot() -> str:
    """One pixel as a PNG in base64."""
    base64.b64decode(DOT)
    return DOT


@pytest.fixture(scope="session")
def followed():
    """Times and endings of 113 people, the same each time."""
    rng = np.random.default_rng(7)
    time = np.minimum(rng.exponential(40, 113), rng.uniform(3, 36, 113)).round(2) + 0.01
    cause = rng.choice(["censored", "relapse", "death", "own choice"], 113, p=[0.5, 0.3, 0.05, 0.15])
    return time, cause


@pytest.fixture(scope="session")
def curve(followed):
    from pi_research.survival import kaplan_meier

    return kaplan_meier(followed[0], followed[1] != "censored")


@pytest.fixture(scope="session")
def causes(followed):
    from pi_research.survival import cumulative_incidence

    return cumulative_incidence(*followed, causes=["relapse", "own choice", "death", "eviction"])


@pytest.fixture(scope="session")
def effect():
    """A counterfactual of a simulated monthly series."""
    from datetime import date

    from pi_research import its
    from pi_research.sections import Covid, Series

    months = pd.Series(pd.date_range("2016-04-01", periods=90, freq="MS"))
    rng = np.random.default_rng(3)
    y = pd.Series(3000 + 2.0 * np.arange(90) + rng.normal(0, 60, 90))
    design = its.design_of(months, Series(interruption=date(2019, 10, 1)), Covid())
    return its.counterfactual(its.segmented_regression(y, design, method="ols", level=0.95), its.NAME)

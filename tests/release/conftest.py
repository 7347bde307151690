"""A small run of two notebooks with all that a release has to tell apart, released and audited."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import nbformat.v4 as nbf
import numpy as np
import pandas as pd
import pytest

from pi_research import params
from pi_research.audit_folder import Audited, audit_folders
from pi_research.disclosure import Column, Rule
from pi_research.findings import Finding, as_json, stamped
from pi_research.params import Params
from pi_research.report.document import read_document, read_notebook
from pi_research.report.outputs import write_outputs
from pi_research.report.render import mimebundle
from pi_research.report.shown import MIME, Chart, Table, payload
from pi_research.wording import count, percent, sentence

NAMES = ("01_cohort_and_milestones", "09_synthesis")
SECRET = "person Q7 Montague"
END = {"01_cohort_and_milestones": "2024-10-02T09:15:07.123456+01:00", "09_synthesis": "2024-10-02T08:20:00+00:00"}


@dataclass(frozen=True)
class Run:
    """A run, its released pages and their audit."""

    settings: Params
    place: Path
    audited: Audited


def people() -> Table:
    """Two groups are hidden, so that neither is the rest of a total; one share is all of the group."""
    frame = pd.DataFrame({"group": ["A", "B", "C", "D"], "n": [1237, 13, 3, 2], "moved": [411, 13, 2, 1]})
    columns = (Column("group", "Group"), Column("n", "People", "count"),
               Column("share", "Moved", "percent", of=("moved", "n")))
    return Table("people", "People <by> group.", frame.assign(share=frame["moved"] / frame["n"]), columns,
                 "everyone", ("group",))


def costs() -> Table:
    frame = pd.DataFrame({"payer": ["Council", "NHS"], "mean": [1893.4, 77.7], "n": [41, 4]})
    columns = (Column("payer", "Payer"), Column("mean", "Mean cost", "pounds", 0, behind=("n",)))
    return Table("costs", "Mean cost by payer.", frame, columns, "payers", ("payer",))


def published() -> Table:
    frame = pd.DataFrame({"year": ["2022", "2023"], "beds": [11.0, 12.0]})
    return Table("published", "Beds, as published.", frame,
                 (Column("year", "Year"), Column("beds", "Beds", "decimal", people=False)))


def curve() -> Chart:
    from pi_research.report.figures import survival_curve
    from pi_research.survival import kaplan_meier

    rng = np.random.default_rng(7)
    time = np.minimum(rng.exponential(40, 113), rng.uniform(3, 36, 113)).round(2) + 0.01
    return survival_curve(kaplan_meier(time, rng.random(113) < 0.5), "kept", "Tenancies kept.", horizon=24)


def bars() -> Chart:
    from pi_research.report.figures import bars as drawn

    frame = pd.DataFrame({"label": ["Ended well", "Moved on", "Lost"], "value": [88, 4, 2]})
    return drawn(frame, "ends", "Ends.", xlabel="People", who="ended")


def inside() -> Chart:
    return replace(bars(), id="journey", caption="Years of one person.", alt=f"The years of {SECRET}.", protect="inside")


def executed(name: str, cells: list) -> nbformat.NotebookNode:
    """A notebook that showed ``cells``: markdown, or lists of items; a bare text is what a cell printed."""
    made = [nbf.new_markdown_cell(f"# {name}\n\nText.")]
    for at, items in enumerate(cells, 1):
        outputs = [nbf.new_output("stream", text=i.removeprefix("printed: ")) if type(i) is str else
                   nbf.new_output("display_data", {MIME: payload(i), **mimebundle(i)}) for i in items]
        made.append(nbf.new_code_cell(f"cell_{at}()", outputs=outputs, execution_count=at))
    return nbf.new_notebook(cells=made, metadata={"papermill": {"end_time": END[name], "input_path": "/home/ann/x.ipynb"}})


def shown() -> dict[str, list]:
    said = sentence("{n} of {all} moved ({p}).", n=count(3), all=count(1237), p=percent(411, 1237))
    return {
        "01_cohort_and_milestones": [[people()], [said, sentence("The plan is of 2019.")], [bars()], [inside()],
                                     [f"printed: {SECRET}"], [costs()]],
        "09_synthesis": [[published()], [curve()]],
    }


def make(settings: Params) -> Path:
    """Executed notebooks, findings and the released files of a run; the folder that leaves."""
    origin = {"code_hash": "c0de" * 4, "data_hash": "da7a" * 16, "params_hash": "5e77" * 4, "synthetic": True}
    place, rule = settings.out / "release", Rule.preset("nhs")
    for name, cells in shown().items():
        file = settings.out / "notebooks" / f"{name}.ipynb"
        file.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(executed(name, cells), file)
        found = Finding(f"test.{name}", "How many?", 1237, "people", 1237, 1237, "count")
        (settings.out / "findings").mkdir(exist_ok=True)
        (settings.out / "findings" / f"{name}.json").write_text(as_json(stamped([found], {"notebook": name, **origin})))
        write_outputs(read_document(read_notebook(file), rule, name=name), place, name)
        for end in ("html", "pdf", "docx"):
            page = place / "reports" / f"{name}.{end}"
            page.parent.mkdir(exist_ok=True)
            page.write_bytes(f"{name} {end}".encode())
    for name in ("index.html", "compendium.pdf"):
        (place / name).write_bytes(name.encode())
    (place / "plain" / "tables" / NAMES[0]).mkdir(parents=True)
    (place / "plain" / "tables" / NAMES[0] / "people.csv").write_text("Group\nA\n")
    (place / "release.json").write_text(json.dumps({"synthetic": True}))
    return place


@pytest.fixture
def make_run(tmp_path, project):
    """A run of its own, which a test may change; audited when asked for."""
    settings = params.load(project / "params.yaml", run={"out": str(tmp_path), "name": "base"})
    place = make(settings)

    def audited() -> Run:
        return Run(settings, place, audit_folders([place], Rule.preset("nhs")))
    return audited


@pytest.fixture(scope="session")
def run(tmp_path_factory, project) -> Run:
    """The same, for tests that only read."""
    settings = params.load(project / "params.yaml", run={"out": str(tmp_path_factory.mktemp("run")), "name": "base"})
    place = make(settings)
    return Run(settings, place, audit_folders([place], Rule.preset("nhs")))


@pytest.fixture(scope="session")
def small() -> SimpleNamespace:
    """What the small run is made by, for tests that make it themselves."""
    return SimpleNamespace(secret=SECRET, executed=executed, make=make, people=people)

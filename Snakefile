"""From the extract to the index: what each step reads, and what it makes.

Started by `pi-research run`, which sets the working directory to the run's folder; on a cluster
by snakemake itself (README, "More than one machine").
"""

import sys
from pathlib import Path

from pi_research import params, provenance
from pi_research import workflow as steps

SETTINGS = params.load(config.get("params"), run={"data": config.get("data"), "out": config.get("out"), "name": config.get("name")})
ROOT = SETTINGS.root.resolve()
PACKAGE = Path(provenance.PACKAGE)
NOTEBOOKS = steps.notebooks(SETTINGS)
LOCK = str(ROOT / "requirements.lock")
DATA = sorted(str(p) for p in SETTINGS.data.glob("*") if p.suffix in (".csv", ".parquet"))
DICTIONARY = sorted(str(p) for p in (ROOT / "data" / "dictionary").glob("*.json"))
PUBLISHED = sorted(str(p) for p in (ROOT / "data" / "published").glob("*.csv"))
STUDIES = sorted(str(p) for p in (ROOT / "data" / "validation").glob("*") if p.suffix in (".csv", ".json"))
WORKBOOK = [str(ROOT / SETTINGS.workbook.path)] if SETTINGS.workbook.path else []
INPUTS = {name: steps.notebook_inputs(SETTINGS, name) for name in NOTEBOOKS}
STEP = f'"{sys.executable}" -m pi_research.cli'
WHERE = f'--params "{ROOT / Path(config.get("params", "params.yaml")).name}" --data "{SETTINGS.data}" --out "{SETTINGS.out}"'


def code(*rooms):
    """Modules of the named rooms (or single modules) of the package."""
    found = [p for room in rooms for p in ([PACKAGE / room] if room.endswith(".py") else sorted((PACKAGE / room).rglob("*.*")))]
    return [str(p) for p in found if "__pycache__" not in p.parts]


rule all:
    input: "index.html", "findings.json", "compendium.html"


rule validate:
    input: DATA, DICTIONARY, code("extract"), LOCK
    output: "validated.json"
    shell: '{STEP} validate "{SETTINGS.data}" --out "{SETTINGS.out}"'


rule journeys:
    input: "validated.json", code("journeys")
    output: "journeys/origin.json"
    params: cut=str(SETTINGS.slice(("tenancy", "milestones", "person_time")))
    shell: "{STEP} journeys {WHERE}"


rule notebook:
    input:
        "validated.json", "journeys/origin.json", PUBLISHED, LOCK,
        lambda w: INPUTS[w.name]["code"],
        lambda w: STUDIES if w.name.startswith("10_") else [],
        lambda w: WORKBOOK if '"workbook"' in INPUTS[w.name]["slice"][0] else [],
        lambda w: [f"findings/{needed}.json" for needed in INPUTS[w.name]["needs"]],
    output: "notebooks/{name}.ipynb", "findings/{name}.json"
    params: cut=lambda w: INPUTS[w.name]["slice"]
    shell: "{STEP} execute {wildcards.name} {WHERE}"


rule report:
    input: "notebooks/{name}.ipynb", code("report", "disclosure", "workflow.py"), LOCK
    output: "reports/{name}.html", "reports/{name}.pdf", "reports/{name}.docx", directory("tables/{name}"), directory("figures/{name}")
    shell: "{STEP} report {wildcards.name} {WHERE}"


rule index:
    input:
        expand("reports/{name}.html", name=NOTEBOOKS), expand("reports/{name}.pdf", name=NOTEBOOKS),
        expand("findings/{name}.json", name=NOTEBOOKS),
    output: "index.html", "findings.json", "made_from.json"
    params: cut=str(SETTINGS.slice())
    shell: "{STEP} index {WHERE}"


rule compendium:
    input:
        expand("reports/{name}.html", name=NOTEBOOKS), expand("reports/{name}.docx", name=NOTEBOOKS),
        expand("notebooks/{name}.ipynb", name=NOTEBOOKS),
    output: "compendium.html", "compendium.pdf", "compendium.docx", "search.html"
    params: cut=str(SETTINGS.slice())
    shell: "{STEP} compendium {WHERE}"

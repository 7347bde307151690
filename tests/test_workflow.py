"""The whole way from the extract to the index, as a user runs it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pi_research.report.closing import SYNTHETIC

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "pi_research.cli"]
SAME = ("findings", "findings.json", "index.html", "reports", "tables", "figures", "search.html", "compendium.html",
        "compendium.pdf", "compendium.docx")


def run(out: Path, *more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*COMMAND, "run", "--out", str(out), *more], cwd=ROOT, capture_output=True, text=True
    )


def hashes(out: Path) -> dict[str, str]:
    files = [
        f
        for name in SAME
        for f in ([out / name] if (out / name).is_file() else sorted((out / name).rglob("*")))
        if f.is_file()
    ]
    return {str(f.relative_to(out)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "first"
    done = run(out)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_every_page_of_the_embedded_extract_says_that_it_is_synthetic(made: Path) -> None:
    pages = [made / "index.html", *sorted((made / "reports").glob("*.html"))]
    assert len(pages) >= 5
    for page in pages:
        assert SYNTHETIC in page.read_text(encoding="utf-8"), page.name


def test_every_notebook_has_an_html_page_a_pdf_and_findings(made: Path) -> None:
    names = {p.stem for p in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert {p.stem for p in (made / "reports").glob("*.html")} == names
    assert all((made / "reports" / f"{n}.pdf").read_bytes().startswith(b"%PDF") for n in names)
    assert all((made / "reports" / f"{n}.docx").read_bytes().startswith(b"PK") for n in names)
    assert {f["notebook"] for f in json.loads((made / "findings.json").read_text(encoding="utf-8"))} == names


def test_no_page_asks_for_anything_from_elsewhere(made: Path) -> None:
    for page in [made / "index.html", *(made / "reports").glob("*.html")]:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", text), page.name
        assert "<script" not in text and "@import" not in text, page.name


def test_no_path_of_the_machine_stands_in_what_was_made(made: Path) -> None:
    hidden = [str(ROOT), str(made), str(Path.home())]
    for name in hashes(made):
        content = (made / name).read_bytes()
        assert not any(h.encode() in content for h in hidden), name


def _seconds() -> float:
    """Processor time of the commands that have ended so far."""
    used = os.times()
    return used.children_user + used.children_system


def test_a_second_run_makes_nothing_again(made: Path) -> None:
    before = {f: f.stat().st_mtime_ns for f in made.rglob("*.html")}
    began = _seconds()
    assert run(made).returncode == 0
    assert {f: f.stat().st_mtime_ns for f in made.rglob("*.html")} == before
    assert _seconds() - began < 8  # of the processor, whatever else runs; 5.3 s for eleven notebooks


def test_a_changed_choice_makes_again_only_what_reads_it(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy, symlinks=True)
    run(copy)  # its own record of what is made
    before = {f.name: f.stat().st_mtime_ns for f in (copy / "notebooks").glob("*.ipynb")}
    other = ROOT / f"params.{os.getpid()}.yaml"
    try:
        other.write_text(
            re.sub(
                r"(?m)^  measure: bed_days  (.*that is pooled)$",
                r"  measure: admissions \1",
                (ROOT / "params.yaml").read_text(encoding="utf-8"),
            ),
            encoding="utf-8",
        )
        assert run(copy, "--params", str(other)).returncode == 0
    finally:
        other.unlink()
    after = {f.name: f.stat().st_mtime_ns for f in (copy / "notebooks").glob("*.ipynb")}
    assert {n for n in after if after[n] != before[n]} == {"08_areas.ipynb"}
    page = (copy / "reports" / "08_areas.html").read_text(encoding="utf-8")
    assert "choices that are not those of params.yaml: areas.measure" in page


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed the POSIX way")
def test_a_killed_run_leaves_no_half_file_and_the_next_one_ends_with_the_same_bytes(
    made: Path, tmp_path: Path
) -> None:
    out = tmp_path / made.name  # the name of a run stands on the cover of all reports as one
    child = subprocess.Popen(
        [*COMMAND, "run", "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in child.stdout:
        if line.startswith("done: running"):
            break
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert not (out / "index.html").exists()
    for notebook in (out / "notebooks").glob("*[a-z].ipynb"):
        if ".partial" not in notebook.name:
            json.loads(notebook.read_text(encoding="utf-8"))
    done = run(out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert hashes(out) == hashes(made)


def test_a_released_page_shows_no_count_from_one_to_seven(made: Path) -> None:
    names = [p.stem for p in sorted((made / "notebooks").glob("[0-9]*.ipynb"))]
    for name in names:
        done = subprocess.run(
            [*COMMAND, "report", name, "--released", "--out", str(made)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    for about in sorted((made / "release" / "tables").rglob("*.about.json")):
        stated = json.loads(about.read_text(encoding="utf-8"))
        source = json.loads((made / about.relative_to(made / "release")).read_text(encoding="utf-8"))
        counted = {c["label"] for c in source["columns"] if c["statistic"] == "count" and c["people"]}
        if not source["universe"] or source["statistic"] == "published":
            continue
        rows = (about.with_name(stated["id"] + ".csv")).read_text(encoding="utf-8").splitlines()
        import csv

        for row in csv.DictReader(rows):
            small = {k: v for k, v in row.items() if k in counted and v in set("1234567")}
            assert not small or "Months" in "".join(small), (about.name, small)


def test_a_released_page_says_which_rule_it_was_made_under(made: Path) -> None:
    subprocess.run(
        [*COMMAND, "report", "02_tenancy_sustainment", "--released", "--out", str(made)], cwd=ROOT, check=True
    )
    page = (made / "release" / "reports" / "02_tenancy_sustainment.html").read_text(encoding="utf-8")
    assert "Small-number rule" in page and "nhs" in page and "<details" not in page


def test_papermill_alone_runs_a_notebook_and_a_section_given_in_part_takes_its_defaults(
    tmp_path: Path,
) -> None:
    asked = f"run: {{name: alone, out: '{tmp_path.as_posix()}'}}"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "papermill",
            str(ROOT / "notebooks" / "00_data_quality.ipynb"),
            str(tmp_path / "out.ipynb"),
            "-f",
            str(ROOT / "params.yaml"),
            "-y",
            asked,
            "--no-progress-bar",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "alone" / "findings" / "00_data_quality.json").is_file()


@pytest.fixture(scope="module")
def housing_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded extract without the trust's side."""
    folder = tmp_path_factory.mktemp("housing") / "extract"
    trust = ("links", "patients", "hospital_spells", "leave", "contacts", "referrals", "identifiers_trust")
    shutil.copytree(ROOT / "data" / "synthetic", folder, ignore=shutil.ignore_patterns(*(f"{t}.csv" for t in trust)))
    return folder


def test_a_question_that_the_extract_cannot_answer_is_left_out_and_said_on_the_index(housing_alone: Path) -> None:
    from pi_research import params, workflow
    from pi_research.report.index import index_page

    settings = params.load(ROOT / "params.yaml", run={"data": str(housing_alone)})
    assert "03_service_use" not in workflow.notebooks(settings) and "02_tenancy_sustainment" in workflow.notebooks(settings)
    lacking = workflow.tables_missing(settings, "03_service_use")
    assert lacking == ["links", "hospital_spells"]
    page = index_page(settings, [], [], {"03_service_use": lacking})
    assert "Not answered here: the extract does not hold links, hospital_spells." in page


def test_asked_for_by_name_it_says_which_tables_are_missing(housing_alone: Path, tmp_path: Path) -> None:
    done = subprocess.run([*COMMAND, "execute", "03_service_use", "--data", str(housing_alone), "--out", str(tmp_path / "o")],
                          cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "has no answer without the tables links, hospital_spells" in done.stderr

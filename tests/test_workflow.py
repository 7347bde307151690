"""The whole way from the extract to the index, as a user runs it."""

from __future__ import annotations

import csv
import getpass
import hashlib
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import zipfile
from itertools import pairwise
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


@pytest.fixture(scope="module")
def released(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ZIP of a release of the whole run; the plain one and the request lie beside it."""
    target = tmp_path_factory.mktemp("released") / "all.zip"
    done = subprocess.run([*COMMAND, "release", str(made), str(target)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing leaks." in done.stdout
    return target


def _held(zipped: Path | io.BytesIO) -> dict[str, bytes]:
    with zipfile.ZipFile(zipped) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_a_release_shows_no_count_from_one_to_seven(released: Path) -> None:
    held = _held(released)
    looked_at = 0
    for name, data in held.items():
        about = json.loads(data) if name.endswith(".about.json") and not name.startswith("sentences/") else {}
        if not about.get("universe") or about.get("statistic") == "published":
            continue
        labels = {c["label"] for c in about.get("columns", ()) if c["statistic"] == "count" and c["people"]}
        counted = labels if about["kind"] == "table" else set(about["counts"]) if about["protect"] != "open" else set()
        rows = csv.DictReader(io.StringIO(held[name.replace(".about.json", ".csv")].decode()))
        for at, row in enumerate(r for k, r in enumerate(rows) if k not in about.get("open_rows", ())):
            looked_at += len(counted)
            assert not {k: v for k, v in row.items() if k in counted and v in set("1234567")}, (name, at)
    assert looked_at > 500


def test_no_byte_of_a_release_names_a_person_or_the_machine(released: Path, pdf_text) -> None:
    """Names, postcodes, dates of birth and every identifier of the extract, in what each file says and holds."""
    rows = {f.stem: list(csv.DictReader(f.open(encoding="utf-8"))) for f in (ROOT / "data/synthetic").glob("*.csv")}
    people = rows["identifiers_housing"] + rows["identifiers_trust"]
    canaries = {f"{r['forename']} {r['surname']}" for r in people} | {r[c] for r in people for c in (
        "postcode", "previous_postcode", "date_of_birth")}
    canaries |= {v for table in rows.values() for r in table for k, v in r.items()
                 if k.endswith("_id") and k != "theory_id"}
    canaries, paths = {c for c in canaries if len(c) > 4}, (str(released.parent.parent), getpass.getuser() + "@", str(ROOT))
    assert len(canaries) > 10_000 and people[0]["postcode"] in _words(f"x {people[0]['postcode']} y") & canaries
    for zipped in (released, released.with_name("all-plain.zip")):
        for name, data in _held(zipped).items():
            parts = {"": data.decode("utf-8", "replace")}
            if name.endswith(".docx"):
                parts |= {n: d.decode("utf-8", "replace") for n, d in _held(io.BytesIO(data)).items()}
            if name.endswith(".pdf"):
                parts |= {"text": pdf_text(data)}
                assert "Small-number rule" in parts["text"], name
            for part, text in {**parts, "name": name}.items():
                assert not _words(text) & canaries, (name, part)
                assert not any(path in text for path in paths), (name, part)


def _words(text: str) -> set[str]:
    """Every word of a text, and every two that follow each other (a name, a postcode)."""
    words = re.findall(r"[^\W_][\w'’-]*", text)
    return {*words, *map(" ".join, pairwise(words))}


def test_pictures_and_pages_of_a_release_say_nothing_of_who_made_them_or_when(released: Path, pdf_text) -> None:
    for name, data in _held(released).items():
        if name.endswith(".png"):
            assert set(re.findall(rb"(tEXt|iTXt|zTXt|eXIf|tIME)", data)) <= {b"tEXt"}, name
            assert set(re.findall(rb"tEXt([A-Za-z ]+)\0", data)) <= {b"Software"}, name
        elif name.endswith(".docx"):
            core = _held(io.BytesIO(data))["docProps/core.xml"].decode()
            assert not re.search(r"<(dc:creator|cp:lastModifiedBy)>[^<]", core), name
        elif name.endswith(".pdf"):
            assert "/Author" not in pdf_text(data)[-4000:], name
        elif name.endswith((".html", ".svg")):
            assert not re.search(rb"""(?:src|href)=["']?(?:https?:)?//(?!creativecommons|purl|www\.w3\.org)""", data), name


def test_a_release_is_whole_and_says_its_rule_on_every_page(made: Path, released: Path) -> None:
    names, held = {p.stem for p in (made / "notebooks").glob("[0-9]*.ipynb")}, _held(released)
    assert {f"reports/{n}.{end}" for n in names for end in ("html", "pdf", "docx")} <= set(held)
    pages = [held[f"reports/{n}.html"].decode() for n in names] + [held["compendium.html"].decode()]
    assert all("Small-number rule" in page and "nhs" in page and "<details" not in page for page in pages)
    found = json.loads(held["findings.json"])
    inside = json.loads((made / "findings.json").read_text(encoding="utf-8"))
    assert {f["id"] for f in found} == {f["id"] for f in inside}
    assert all(isinstance(v, str) for f in found for v in f.values())
    headlines = {h for n in names for h in json.loads(
        (ROOT / "notebooks" / f"{n}.ipynb").read_text(encoding="utf-8"))["metadata"]["pi_research"].get("headlines", ())}
    # headlines of 04 and 05 may share one sentence, which is said under another's id
    unsaid = {f["id"] for f in found if not f["sentence"]} & headlines
    assert not {i for i in unsaid if i.split(".")[0] in ("data", "cohort", "validation", "tenancy", "use")}, unsaid


def test_a_release_made_again_is_the_same_to_the_byte_and_passes_its_audit_where_it_is_unpacked(
    made: Path, released: Path, tmp_path: Path
) -> None:
    done = subprocess.run([*COMMAND, "release", str(made), str(tmp_path / "again.zip")], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.zip").read_bytes() == released.read_bytes()
    with zipfile.ZipFile(released) as file:
        file.extractall(tmp_path / "there")
    began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([*COMMAND, "audit", str(tmp_path / "there")], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began < 20


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

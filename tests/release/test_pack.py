"""The release as a whole: what is refused, what is written, and that nothing is ever half there."""

from __future__ import annotations

import errno
import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from pi_research import params, workflow
from pi_research.audit_folder import audit_folders
from pi_research.disclosure import WITHHELD, Column, Rule
from pi_research.findings import as_json, read_findings
from pi_research.release import pack
from pi_research.release.findings import ReleasedFinding, findings_text, released_findings
from pi_research.report.shown import Table
from pi_research.workflow import StepError

NAMES = ("01_cohort_and_milestones", "09_synthesis")


@pytest.fixture
def settings(tmp_path, project, monkeypatch, small):
    """A small finished run of two notebooks that nothing has changed since."""
    made = params.load(project / "params.yaml", run={"out": str(tmp_path), "name": "base"})
    small.make(made)
    monkeypatch.setattr(workflow, "notebooks", lambda settings, **how: list(NAMES))
    monkeypatch.setattr(pack, "stale", lambda settings, names: [])
    return made


@pytest.fixture
def shown_instead(settings, small):
    """Lets the first notebook show other items in place of what it showed."""
    def change(*items):
        made = small.executed(NAMES[0], [[i] for i in items])
        nbformat.write(made, settings.out / "notebooks" / f"{NAMES[0]}.ipynb")
    return change


def leaky() -> list[Table]:
    """A margin that gives a hidden count away: 18 to 22 less 8 to 12 leave 6 or 7 of the 1 to 7."""
    frame = pd.DataFrame({"group": ["A", "B", "All"], "n": [12, 6, 18]})
    columns = (Column("group", "Group"), Column("n", "People", "count"))
    return [Table("few", "Few.", frame, columns, "few", ("group",), margins=("All",))]


def names_in(file: Path) -> set[str]:
    with zipfile.ZipFile(file) as held:
        return set(held.namelist())


def test_the_zip_holds_the_pages_their_outputs_the_findings_the_crate_and_a_list_of_hashes(settings, tmp_path):
    whole, plain, request = pack.build_release(settings, tmp_path / "out.zip", cores=1)
    held = names_in(whole)
    assert {"index.html", "search.html", "compendium.docx", "findings.json", "release.json",
            "ro-crate-metadata.json", f"reports/{NAMES[0]}.pdf", f"tables/{NAMES[0]}/people.csv",
            f"figures/{NAMES[1]}/kept.png"} <= held
    with zipfile.ZipFile(whole) as file:
        listed = json.loads(file.read("release.json"))["files"]
        assert all(hashlib.sha256(file.read(n)).hexdigest() == digest for n, digest in listed.items())
        assert set(listed) == held - {"release.json", "ro-crate-metadata.json"}
    assert {Path(n).suffix for n in names_in(plain)} == {".csv", ".png", ".docx"}
    assert (request / "request.html").is_file() and (request / "viewer" / "results.json").is_file()
    assert not any("request" in n or "results.json" in n for n in held)


def test_two_releases_of_one_run_are_the_same_bytes_but_for_the_name(settings, tmp_path):
    first, second = (pack.build_release(settings, tmp_path / f"{n}.zip", cores=1) for n in ("a", "b"))
    assert first[0].read_bytes() == second[0].read_bytes() and first[1].read_bytes() == second[1].read_bytes()


def test_what_stays_inside_and_paths_are_in_no_byte_of_it(settings, tmp_path, small):
    for file in pack.build_release(settings, tmp_path / "out.zip", cores=1)[:2]:
        with zipfile.ZipFile(file) as held:
            for name in held.namelist():
                data = held.read(name)
                for canary in (small.secret, "/home/ann", str(tmp_path), "1237", "1,237"):
                    assert canary.encode() not in data, (name, canary)
                if name.endswith(".docx"):
                    with zipfile.ZipFile(held.open(name)) as word:
                        assert not any(small.secret.encode() in word.read(n) for n in word.namelist())


def test_a_released_page_passes_its_own_audit_once_unpacked_and_a_later_edit_is_named(settings, tmp_path):
    whole, _, _ = pack.build_release(settings, tmp_path / "out.zip", cores=1)
    with zipfile.ZipFile(whole) as file:
        file.extractall(tmp_path / "there")
    assert audit_folders([tmp_path / "there"], Rule.preset("nhs")).ok
    page = tmp_path / "there" / "reports" / f"{NAMES[0]}.html"
    page.write_text(page.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (tmp_path / "there" / "compendium.pdf").unlink()
    (tmp_path / "there" / "tables" / NAMES[0] / "by_hand.csv").write_text("n\n3\n")
    said = " ".join(audit_folders([tmp_path / "there"], Rule.preset("nhs")).faults)
    assert "changed after the release was made" in said and "compendium.pdf: it was in the release" in said
    assert "by_hand.csv" in said and "no sidecar" in said


@pytest.mark.parametrize("taken", ["out.zip", "out-plain.zip", "out-request"])
def test_nothing_is_written_over(settings, tmp_path, taken):
    (tmp_path / taken).write_text("mine")
    with pytest.raises(OSError, match="is there already"):
        pack.build_release(settings, tmp_path / "out.zip", cores=1)
    assert (tmp_path / taken).read_text() == "mine"


@pytest.mark.parametrize(("name", "said"), [("out.tar", "does not end in .zip"), ("no/such/out.zip", "There is no folder")])
def test_a_target_that_can_not_be_is_refused_before_any_work(settings, tmp_path, name, said):
    with pytest.raises((OSError, StepError), match=said):
        pack.build_release(settings, tmp_path / name, cores=1)


def test_what_can_be_worked_back_is_refused_with_the_route_and_nothing_is_written(settings, tmp_path, shown_instead):
    shown_instead(*leaky())
    with pytest.raises(pack.Refused, match="can only be") as refused:
        pack.build_release(settings, tmp_path / "out.zip", cores=1)
    assert "few (row" in str(refused.value) and not list(tmp_path.glob("*out*"))


def test_asked_to_withhold_it_leaves_out_what_ends_the_leak_on_page_and_in_table_alike(settings, tmp_path, shown_instead):
    shown_instead(*leaky())
    whole, _, _ = pack.build_release(settings, tmp_path / "out.zip", withhold=True, cores=1)
    with zipfile.ZipFile(whole) as file:
        table, page = (file.read(f"{n}").decode() for n in (f"tables/{NAMES[0]}/few.csv", f"reports/{NAMES[0]}.html"))
    assert WITHHELD in table and WITHHELD in page


def test_a_run_that_is_unfinished_or_from_other_code_data_or_choices_is_named(tmp_path, project, small):
    from pi_research import verify

    settings = params.load(project / "params.yaml", run={"out": str(tmp_path), "name": "base"})
    assert "holds no finished run" in pack.stale(settings, NAMES)[0]
    small.make(settings)
    stored = json.loads(verify.made_from(settings))
    stored["params"]["survival"]["level"] = 0.5
    (settings.out / verify.MADE_FROM).write_text(json.dumps(stored))
    said = " ".join(pack.stale(settings, [*NAMES, "02_tenancy_sustainment"]))
    assert "survival.level was 0.5" in said and "02_tenancy_sustainment has not been run" in said
    assert f"{NAMES[0]} was run by another version of the code" in said and "on another extract" in said
    with pytest.raises(StepError, match="pi-research run"):
        pack.build_release(settings, tmp_path / "out.zip", cores=1)


def test_a_weaker_rule_is_refused_for_real_people_and_said_on_every_page_of_a_synthetic_extract(settings, tmp_path):
    weak = replace(settings, disclosure=replace(settings.disclosure, base=1))
    whole, _, _ = pack.build_release(weak, tmp_path / "weak.zip", cores=1)
    with zipfile.ZipFile(whole) as file:
        pages = [file.read(f"reports/{n}.html").decode() for n in NAMES] + [file.read("compendium.html").decode()]
    assert all("WEAKER THAN THE RULE OF THAT NAME" in page for page in pages)
    for name in NAMES:
        real = [replace(f, synthetic=False) for f in read_findings(settings.out, name).values()]
        (settings.out / "findings" / f"{name}.json").write_text(as_json(real))
    with pytest.raises(StepError, match="synthetic extract only"):
        pack.build_release(weak, tmp_path / "real.zip", cores=1)
    assert not list(tmp_path.glob("*real*"))


@pytest.mark.parametrize("step", ["zip_folder", "_request"])
def test_a_full_disk_or_a_kill_on_the_way_leaves_nothing_half_done(settings, tmp_path, monkeypatch, step):
    real, calls = getattr(pack, step), []

    def full(*given, **how):
        calls.append(given)
        real(*given, **how)
        raise OSError(errno.ENOSPC, "No space left on device") if len(calls) > 1 or step == "_request" else KeyboardInterrupt

    monkeypatch.setattr(pack, step, full)
    with pytest.raises((OSError, KeyboardInterrupt)):
        pack.build_release(settings, tmp_path / "out.zip", cores=1)
    assert not list(tmp_path.glob("*out*"))


def test_a_released_finding_is_text_of_another_type_and_comes_from_released_pages_alone(settings):
    document = workflow.read_run(settings, NAMES[0], "nhs")
    found = read_findings(settings.out, NAMES[0])
    assert released_findings(document, found) == []  # this notebook shows no table of its findings
    with pytest.raises(ValueError, match="released page only"):
        released_findings(workflow.read_run(settings, NAMES[0]), found)
    one = ReleasedFinding("b.x", "Which?", "75%", "65% to 87%", "70", "[hidden]", "Kaplan-Meier", "", NAMES[0], "")
    assert [f["id"] for f in json.loads(findings_text([one, replace(one, id="a.x")]))] == ["a.x", "b.x"]


def test_findings_of_a_page_are_released_as_its_table_prints_them(settings, shown_instead, small):
    from pi_research.report.closing import findings_table

    found = read_findings(settings.out, NAMES[0])
    shown_instead(findings_table(found.values()), small.people())
    [made] = released_findings(workflow.read_run(settings, NAMES[0], "nhs"), found)
    assert (made.n, made.events, made.estimate) == ("1,235", "1,235", "a count of people")


def test_a_finding_without_n_stops_the_release(settings, tmp_path, shown_instead):
    frame = pd.DataFrame({"id": ["a.b"], "estimate": ["75%"], "n": [""], "method": ["Kaplan-Meier"]})
    columns = tuple(Column(c, c) for c in frame)
    shown_instead(Table("findings", "Handed on.", frame, columns))
    with pytest.raises(pack.Refused, match="finding a.b has no n"):
        pack.build_release(settings, tmp_path / "out.zip", cores=1)

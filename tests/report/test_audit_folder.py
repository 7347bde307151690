"""Release folders read, audited and protected; hand-made, edited and half-made ones are told."""

import hashlib
import json

import pytest
from typer.testing import CliRunner

from pi_research.audit_folder import audit_folders, protect_folders, told
from pi_research.cli import app
from pi_research.disclosure import Rule
from pi_research.files import FileReadError, FileWriteError
from pi_research.report.released import read_release
from pi_research.sections import Disclosure

NHS = Rule.preset("nhs")
COLUMNS = [{"name": "area", "label": "Area", "statistic": "text", "people": False},
           {"name": "n", "label": "Moved", "statistic": "count", "people": True}]
LEAKY, SAFE = "Area,Moved\nhome,100\nhospital,[hidden]\nAll,110\n", "Area,Moved\nhome,100\nhospital,10\nAll,110\n"


def write(folder, csv, *, id="moved", hashed=True, **about):
    """One table of a release, with its sidecar."""
    place = folder / "tables" / "01_page"
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{id}.csv").write_text(csv, encoding="utf-8")
    made = {"id": id, "kind": "table", "universe": "movers", "dimensions": ["area"], "margins": ["All"],
            "statistic": "count", "columns": COLUMNS, **about}
    if hashed:
        made["sha256"] = hashlib.sha256(csv.encode()).hexdigest()
    (place / f"{id}.about.json").write_text(json.dumps(made), encoding="utf-8")
    return place / f"{id}.csv"


@pytest.fixture
def release(tmp_path):
    """A release with one leaky table, its page, and a picture and page that have nothing to do with it."""
    folder = tmp_path / "run" / "release"
    write(folder, LEAKY)
    (folder / "reports").mkdir()
    for page in ("01_page.html", "01_page.pdf", "02_other.html"):
        (folder / "reports" / page).write_text("page", encoding="utf-8")
    place = folder / "tables" / "02_other"
    place.mkdir()
    (place / "x.csv").write_text("Term\na\n", encoding="utf-8")
    (place / "x.about.json").write_text(json.dumps({"id": "x", "kind": "table", "universe": "", "dimensions": [],
                                                    "columns": [COLUMNS[0]]}), encoding="utf-8")
    return folder


def test_the_report_says_which_count_from_which_cells_and_what_would_close_it(release):
    audited = audit_folders([release], NHS)
    text = audited.text()
    assert not audited.ok and text.endswith("REFUSED: this may not leave as it is.")
    assert "moved (movers): area hospital can only be 6 or 7: from 01_page/moved" in text
    assert "Withholding 1 cells" in text
    made = json.loads(audited.as_json())
    assert made["leaks"][0]["values"] == [6, 7] and len(made["leaks"][0]["route"]) == 3 and made["withhold"]


def test_the_folder_of_a_run_is_read_as_the_release_in_it(release):
    assert audit_folders([release.parent], NHS).folders[0].place == release


def test_a_safe_release_passes(tmp_path):
    write(tmp_path, SAFE)
    audited = audit_folders([tmp_path], NHS)
    assert audited.ok and audited.text().endswith("PASSED: nothing leaks.")


def test_two_releases_that_are_safe_alone_are_read_together(tmp_path):
    for quarter, n in (("q1", 40), ("q2", 43)):
        write(tmp_path / quarter, f"Area,Moved\nAll,{n}\n", rule={"name": "exact", "threshold": 7, "base": 1})
        assert audit_folders([tmp_path / quarter], NHS).ok
    audited = audit_folders([tmp_path / "q1", tmp_path / "q2"], NHS)
    assert "new since q1 (movers, q2) can only be 3" in audited.text()
    assert "q1/01_page/moved (row 1, n) with q2/01_page/moved (row 1, n)" in audited.text()


# protecting

def test_a_protected_folder_passes_and_holds_no_page_or_picture_of_what_changed(release):
    pictures = release / "tables" / "01_page"
    assert pictures.is_dir()
    [safe] = protect_folders(audit_folders([release], NHS))
    assert safe == release.with_name("release-protected")
    assert audit_folders([safe], NHS).ok
    assert (safe / "tables/01_page/moved.csv").read_text().count("[withheld]") == 1
    assert sorted(p.name for p in (safe / "reports").iterdir()) == ["02_other.html"]
    assert json.loads((safe / "withheld.json").read_text()) == [
        {"output": "tables/01_page/moved", "row": 1, "column": "n"}]
    assert (release / "tables/01_page/moved.csv").read_text() == LEAKY, "the release itself stays as it was"


def test_a_protected_folder_is_never_written_over_or_left_half_done(release, monkeypatch):
    audited = audit_folders([release], NHS)
    from pi_research import audit_folder

    def full(*_):
        raise OSError(28, "No space left on device")
    with monkeypatch.context() as broken:
        broken.setattr(audit_folder, "_without", full)
        with pytest.raises(OSError, match="No space"):
            protect_folders(audited)
    assert sorted(p.name for p in release.parent.iterdir()) == ["release"]
    protect_folders(audited)
    with pytest.raises(FileWriteError, match="is there already"):
        protect_folders(audited)


def test_a_picture_of_a_changed_chart_is_left_out(tmp_path):
    place = tmp_path / "release" / "figures" / "01_page"
    place.mkdir(parents=True)
    csv = "month,state,people,of\n0,home,100,110\n0,hospital,,\n"
    about = {"id": "states", "kind": "chart", "protect": "points", "universe": "started", "counts": ["people", "of"],
             "dimensions": ["month", "state"]}
    (place / "states.csv").write_text(csv)
    (place / "states.about.json").write_text(json.dumps(about))
    for kind in ("svg", "png"):
        (place / f"states.{kind}").write_text("picture")
    [safe] = protect_folders(audit_folders([tmp_path / "release"], NHS))
    assert sorted(p.name for p in (safe / "figures/01_page").iterdir()) == ["states.about.json", "states.csv"]


def test_with_faults_nothing_is_protected(release):
    (release / "tables/01_page/by_hand.csv").write_text("a\n1\n")
    with pytest.raises(ValueError, match="mend the faults first"):
        protect_folders(audit_folders([release], NHS))


# the command

def test_the_command_exits_with_1_on_a_leak_and_with_0_without(release, tmp_path):
    run = CliRunner()
    report = tmp_path / "audit.json"
    refused = run.invoke(app, ["audit", str(release), "--apply", "--json", str(report)])
    assert refused.exit_code == 1 and "LEAK 1." in refused.output and "release-protected" in refused.output
    assert not json.loads(report.read_text())["ok"]
    assert run.invoke(app, ["audit", str(release.with_name("release-protected"))]).exit_code == 0


def test_the_rule_is_that_of_params_unless_the_release_names_its_own(tmp_path, capsys):
    write(tmp_path, "Area,Moved\nhome,15\nAll,15\n")
    assert told([tmp_path], Disclosure())
    (tmp_path / "release.json").write_text(json.dumps({"rule": "midpoint6"}))
    assert told([tmp_path], Disclosure())
    (tmp_path / "release.json").write_text(json.dumps({"rule": {"name": "by 10", "threshold": 7, "base": 10}}))
    assert not told([tmp_path], Disclosure())
    assert "'15' is not a count that the rule 'by 10' gives" in capsys.readouterr().out


# what is refused

@pytest.mark.parametrize(("name", "said"), [
    ("tables/01_page/by_hand.csv", "it has no sidecar"),
    ("figures/01_page/pasted.png", "it has no sidecar"),
    ("tables/01_page/notes.xlsx", "no step of the release makes this file"),
    ("readme.txt", "no step of the release makes this file"),
])
def test_a_file_that_nobody_vouches_for_is_named(release, name, said):
    (release / name).parent.mkdir(parents=True, exist_ok=True)
    (release / name).write_text("a,b\n1,2\n")
    audited = audit_folders([release], NHS)
    assert [f for f in audited.faults if name in f and said in f] and not audited.ok


def test_an_output_that_was_edited_afterwards_is_named(release):
    file = release / "tables/01_page/moved.csv"
    file.write_text(LEAKY.replace("100", "105"))
    assert "it was changed after it was made" in audit_folders([release], NHS).faults[0]


def test_without_a_hash_it_is_said_that_edits_cannot_be_seen(tmp_path):
    write(tmp_path, SAFE, hashed=False)
    assert "no hash in the sidecars" in audit_folders([tmp_path], NHS).text()


def test_numbers_about_people_without_the_counts_behind_them_are_named(tmp_path):
    mean = {"name": "mean", "label": "Mean age", "statistic": "decimal", "people": True, "behind": [], "of": []}
    write(tmp_path, "Area,Moved,Mean age\nhome,100,41.2\n", columns=[*COLUMNS, mean])
    assert "column Mean age: numbers about people without the counts" in audit_folders([tmp_path], NHS).faults[0]


def test_a_table_made_before_its_notebook_was_last_run_is_stale(release):
    colophon = "What,Value\nCode,aaaa000011112222\nData,bbbb\nParams,cccc\n"
    columns = [{"name": n, "label": n.title(), "statistic": "text"} for n in ("what", "value")]
    write(release, colophon, id="colophon", universe="", columns=columns)
    findings = release.parent / "findings"
    findings.mkdir()
    for code, stale in (("aaaa000011112222ffff", False), ("dddd000011112222ffff", True)):
        found = [{"code_hash": code, "data_hash": "bbbb", "params_hash": "cccc"}]
        (findings / "01_page.json").write_text(json.dumps(found))
        assert any("made before 01_page was last run" in f for f in audit_folders([release], NHS).faults) is stale


@pytest.mark.parametrize(("csv", "said"), [
    ("Area,Moved,More\nhome,100,1\n", "3 columns, and the sidecar describes 2"),
    ("Area,Moved\nhome,4\n", "'4' is not a count that the rule 'nhs' gives"),
])
def test_a_table_that_is_not_what_its_sidecar_says_is_named(tmp_path, csv, said):
    write(tmp_path, csv)
    assert said in audit_folders([tmp_path], NHS).faults[0]


def test_a_sidecar_without_its_table_is_named(release):
    (release / "tables/01_page/moved.csv").unlink()
    assert "the sidecar is there and the table is not" in audit_folders([release], NHS).faults[0]


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_a_sidecar_that_cannot_be_read_is_an_error_that_names_it(release, text):
    (release / "tables/01_page/moved.about.json").write_text(text)
    with pytest.raises(FileReadError, match=r"moved\.about\.json"):
        read_release(release, NHS)


def test_a_folder_that_is_not_there_or_holds_no_release_is_an_error(tmp_path):
    with pytest.raises(FileReadError, match="There is no folder"):
        read_release(tmp_path / "none", NHS)
    with pytest.raises(FileReadError, match="holds no release"):
        read_release(tmp_path, NHS)

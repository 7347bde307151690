"""The command line: a mistake ends in one clear message, never in a traceback."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def call(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "pi_research.cli", *arguments], cwd=cwd, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["validate", "no_such_folder"], "no folder of that name"),
        (["execute", "99_nothing"], "there is no notebook 99_nothing"),
        (["report", "02_tenancy_sustainment", "--out", "no_such_run"], "has not been run"),
        (["run", "--params", "no_such.yaml"], "there is no file no_such.yaml"),
        (["run", "--data", "no_such_folder", "--out", "{tmp}"], "no folder of that name"),
        (["simulate", "{tmp}/x", "--scenario", "wild"], "base, null, harm"),
        (["simulate", "{tmp}/x", "--people", "0"], "people"),
        (["template", "docs"], "docs"),
    ],
)
def test_a_mistake_is_answered_by_what_to_do(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = call(*[a.replace("{tmp}", str(tmp_path / "t")) for a in arguments])
    told = done.stdout + done.stderr
    assert done.returncode != 0
    assert said in told and "Traceback" not in told


def test_faults_in_params_are_told_all_at_once(tmp_path: Path) -> None:
    bad = tmp_path / "params.yaml"
    bad.write_text("run: {nam: x}\nsurvival: {level: 2}\ncovid: {start: 2020-02-31}\n", encoding="utf-8")
    done = call("journeys", "--params", str(bad))
    assert done.returncode == 1
    assert (
        all(key in done.stderr for key in ("run.nam", "survival.level", "covid.start"))
        and "Traceback" not in done.stderr
    )


def test_a_template_filled_with_a_simulated_extract_validates(tmp_path: Path) -> None:
    assert call("template", str(tmp_path / "mine")).returncode == 0
    assert (tmp_path / "mine" / "data_dictionary.html").is_file()
    assert call("simulate", str(tmp_path / "sim"), "--people", "30", "--seed", "5").returncode == 0
    for table in (tmp_path / "sim").glob("*.csv"):
        header = (tmp_path / "mine" / table.name).read_text(encoding="utf-8").strip()
        assert table.read_text(encoding="utf-8").splitlines()[0] == header
        (tmp_path / "mine" / table.name).write_bytes(table.read_bytes())
    done = call("validate", str(tmp_path / "mine"))
    assert done.returncode == 0 and "No errors" in done.stdout


def test_a_mended_fault_makes_an_extract_usable_again(tmp_path: Path) -> None:
    call("simulate", str(tmp_path / "x"), "--people", "20", "--seed", "3")
    people = tmp_path / "x" / "people.csv"
    good = people.read_text(encoding="utf-8")
    people.write_text(good.replace("female", "femal", 1), encoding="utf-8")
    refused = call("validate", str(tmp_path / "x"))
    assert refused.returncode == 1 and "people.csv" in refused.stdout + refused.stderr
    people.write_text(good, encoding="utf-8")
    assert call("validate", str(tmp_path / "x")).returncode == 0


def test_every_verb_explains_itself() -> None:
    said = call("--help").stdout
    for verb in (
        "template",
        "validate",
        "simulate",
        "link",
        "bench",
        "journeys",
        "execute",
        "report",
        "index",
        "run",
        "register",
    ):
        assert verb in said
        assert call(verb, "--help").returncode == 0


def test_register_prints_a_plan_that_params_accepts(tmp_path: Path) -> None:
    plan = call("register").stdout
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    registered = text[: text.index("plan:")] + plan
    (tmp_path / "params.yaml").write_text(registered, encoding="utf-8")
    from pi_research import params

    settings = params.load(tmp_path / "params.yaml")
    assert settings.plan.date is not None and params.changed_after_registration(settings) == []


def test_a_full_disk_is_told_in_words_whichever_library_met_it() -> None:
    from pi_research.cli import _told

    assert _told(OSError(errno.ENOSPC, "No space left on device")).startswith("The disk is full")
    assert _told(ValueError("series.area: unknown")) == "series.area: unknown"


def test_link_writes_the_links_the_pairs_to_look_at_and_an_extract_without_a_name(tmp_path: Path) -> None:
    call("simulate", str(tmp_path / "x"), "--people", "25", "--seed", "4")
    done = call("link", str(tmp_path / "x"), str(tmp_path / "room"), "--linked", str(tmp_path / "linked"))
    assert done.returncode == 0, done.stderr
    assert {"links.csv", "clerical.csv"} <= {p.name for p in (tmp_path / "room").iterdir()}
    names = (tmp_path / "x" / "identifiers_housing.csv").read_text(encoding="utf-8").splitlines()[1:]
    surnames = {row.split(",")[2] for row in names if len(row.split(",")[2]) > 3}
    assert not any(surname in done.stdout + done.stderr for surname in surnames)
    files = {p.name: p.read_text(encoding="utf-8") for p in (tmp_path / "linked").iterdir()}
    assert "links.csv" in files and not any(name.startswith("identifiers") for name in files)
    assert not any("PI-0" in text or "NT-2" in text for text in files.values())


def test_link_reads_params_and_applies_and_logs_decisions(tmp_path: Path) -> None:
    call("simulate", str(tmp_path / "x"), "--people", "25", "--seed", "4")
    (tmp_path / "params.yaml").write_text("linkage: {without_consent: [refused, withdrawn, not_asked]}\n",
                                          encoding="utf-8")
    call("link", str(tmp_path / "x"), str(tmp_path / "room"))
    first = (tmp_path / "room" / "links.csv").read_text(encoding="utf-8").splitlines()
    customer, patient = next(row.split(",")[:2] for row in first[1:] if ",NT" in row)
    (tmp_path / "back.csv").write_text(f"customer_id,patient_id,decision,reviewer,date,reason\n"
                                       f"{customer},{patient},no,AB,2024-10-01,seen\n", encoding="utf-8")
    done = call("link", str(tmp_path / "x"), str(tmp_path / "room_2"), "--decisions", str(tmp_path / "back.csv"),
                "--params", str(tmp_path / "params.yaml"))
    assert done.returncode == 0 and "(refused, withdrawn, not asked)" in done.stdout
    second = (tmp_path / "room_2" / "links.csv").read_text(encoding="utf-8").splitlines()
    assert len(second) < len(first) and f"{customer},{patient}" not in "\n".join(second)
    assert "kept apart" in (tmp_path / "room_2" / "decisions_log.csv").read_text(encoding="utf-8")


def test_an_extract_of_real_people_is_not_linked_into_another_without_a_key(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("PI_RESEARCH_KEY_FILE", raising=False)
    call("simulate", str(tmp_path / "x"), "--people", "25", "--seed", "4")
    about = tmp_path / "x" / "extract.csv"
    about.write_text(about.read_text(encoding="utf-8").replace("true,base,4", "false,,"), encoding="utf-8")
    done = call("link", str(tmp_path / "x"), str(tmp_path / "room"), "--linked", str(tmp_path / "linked"))
    assert done.returncode == 1 and "PI_RESEARCH_KEY_FILE" in done.stderr and "Traceback" not in done.stderr
    assert {p.name for p in tmp_path.iterdir()} == {"x"}

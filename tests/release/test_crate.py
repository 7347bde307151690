"""The crate says of every released file what it was made from, and nothing of the machine it was made on."""

from __future__ import annotations

import getpass
import hashlib
import json
import socket
from pathlib import Path

import pytest

from pi_research.files import FileReadError
from pi_research.release.crate import CRATE, crate_text, ended, owner

NAMES = ("01_cohort_and_milestones", "09_synthesis")


@pytest.fixture(scope="module")
def text(run):
    return crate_text(run.place, run.settings.out, run.settings)


@pytest.fixture(scope="module")
def graph(text):
    return {e["@id"]: e for e in json.loads(text)["@graph"]}


def references(value):
    if isinstance(value, dict):
        return {value["@id"]}
    return {i for v in value for i in references(v)} if isinstance(value, list) else set()


def files_of(place):
    return {p.relative_to(place).as_posix(): p for p in place.rglob("*") if p.is_file()}


def test_every_file_is_described_with_its_size_and_hash(run, graph):
    described = {i: e for i, e in graph.items() if e["@type"] == "File"}
    assert set(described) == set(files_of(run.place)) and len(described) > 20
    for name, path in files_of(run.place).items():
        data = path.read_bytes()
        assert described[name]["sha256"] == hashlib.sha256(data).hexdigest(), name
        assert described[name]["contentSize"] == str(len(data))
        assert described[name]["encodingFormat"].count("/") == 1
    assert {p["@id"] for p in graph["./"]["hasPart"]} == set(described)


def test_each_notebook_is_one_action_with_code_inputs_results_time_and_an_organisation(graph):
    actions = {i: e for i, e in graph.items() if e["@type"] == "CreateAction"}
    assert set(actions) == {"#run-01_cohort_and_milestones", "#run-09_synthesis", "#put-together"}
    assert references(graph["./"]["mentions"]) == set(actions)
    for action in actions.values():
        assert references(action["instrument"]) and references(action["object"]) and references(action["result"])
        assert {graph[i]["@type"] for i in references(action["instrument"])} == {"SoftwareApplication"}
        assert [graph[i]["@type"] for i in references(action["agent"])] == ["Organization"]
        assert action["endTime"] in ("2024-10-02T08:15:07+00:00", "2024-10-02T08:20:00+00:00")
    assert actions["#put-together"]["endTime"] == "2024-10-02T08:20:00+00:00"


def test_an_action_reads_the_extract_its_choices_the_lock_and_the_findings_that_it_needs(graph):
    read = references(graph["#run-09_synthesis"]["object"])
    assert {"#extract", "#params-09_synthesis", "#lock", "#findings-01_cohort_and_milestones"} <= read
    assert graph["#notebook-09_synthesis"]["softwareVersion"] == "c0de" * 4
    assert graph["#params-09_synthesis"]["value"] == "5e77" * 4
    assert graph["#extract"]["sha256"] == "da7a" * 16 and "no real person" in graph["#extract"]["description"]


def test_a_file_is_the_result_of_its_own_notebook_and_of_no_other(run, graph):
    results = {i: references(e["result"]) for i, e in graph.items() if e["@type"] == "CreateAction"}
    files = {i: {f for f in made if graph[f]["@type"] == "File"} for i, made in results.items()}
    assert sum(map(len, files.values())) == len(set().union(*files.values())) == len(files_of(run.place))
    assert "plain/tables/01_cohort_and_milestones/people.csv" in files["#run-01_cohort_and_milestones"]
    assert files["#put-together"] == {"index.html", "compendium.pdf", "release.json"}


def test_nothing_is_named_that_is_not_described(graph):
    named = {i for e in graph.values() for v in e.values() for i in references(v)}
    assert named - set(graph) == {"https://w3id.org/ro/crate/1.1"}, "the specification itself"
    used = named | {"./", CRATE}
    assert set(graph) - used == set(), "an entity that nothing refers to"


def test_exact_findings_are_neither_included_nor_hashed(run, graph):
    found = [e for i, e in graph.items() if i.startswith("#findings-")]
    assert len(found) >= 2 and all("sha256" not in e for e in found)
    exact = {hashlib.sha256(p.read_bytes()).hexdigest() for p in (run.settings.out / "findings").glob("*.json")}
    exact |= {hashlib.sha256(p.read_bytes()).hexdigest() for p in (run.settings.out / "notebooks").glob("*.ipynb")}
    assert not [h for h in exact if h in json.dumps(graph)]


def test_no_folder_user_or_computer_is_named(run, text, project):
    machine = [str(run.place), str(project), str(Path.home()), socket.gethostname(), "/home/ann", "papermill"]
    assert [m for m in machine if m in text] == []
    assert f'"{getpass.getuser()}"' not in text


def test_the_same_folder_gives_the_same_bytes_and_a_changed_byte_another_hash(make_run):
    run = make_run()
    first = crate_text(run.place, run.settings.out, run.settings)
    (run.place / CRATE).write_text(first)
    assert crate_text(run.place, run.settings.out, run.settings) == first, "the crate does not describe itself"
    (run.place / "index.html").write_text("other")
    assert crate_text(run.place, run.settings.out, run.settings) != first


def test_a_real_extract_is_called_confidential(make_run):
    run = make_run()
    for file in (run.settings.out / "findings").glob("*.json"):
        file.write_text(file.read_text().replace('"synthetic": true', '"synthetic": false'))
    made = json.loads(crate_text(run.place, run.settings.out, run.settings))
    assert "Confidential" in next(e for e in made["@graph"] if e["@id"] == "#extract")["conditionsOfAccess"]


def test_a_notebook_that_was_not_run_here_is_named(make_run):
    run = make_run()
    (run.settings.out / "notebooks" / "09_synthesis.ipynb").unlink()
    with pytest.raises(FileReadError, match="09_synthesis"):
        crate_text(run.place, run.settings.out, run.settings)
    with pytest.raises(FileReadError, match="no released report"):
        crate_text(run.place / "nowhere", run.settings.out, run.settings)
    (run.settings.out / "notebooks" / "09_synthesis.ipynb").write_text('{"metadata": {}}')
    with pytest.raises(FileReadError, match="does not say when it ended"):
        ended(run.settings.out, "09_synthesis")


@pytest.mark.parametrize(("path", "name"), [
    ("reports/09_synthesis.pdf", "09_synthesis"), ("plain/09_synthesis_people.csv", "09_synthesis"),
    ("sentences/01_cohort_and_milestones/alt_x.about.json", "01_cohort_and_milestones"), ("search.html", ""),
    ("reports/109_synthesis.pdf", ""),
])
def test_a_file_belongs_to_the_notebook_in_its_name(path, name):
    assert owner(Path(path), NAMES) == name


# the profile's own validator, without a network: it reads the two contexts from here

TERMS = "https://w3id.org/ro/terms/workflow-run#"


@pytest.fixture
def validated(monkeypatch):
    """Issues by the validator's profile Process Run Crate 0.5, at a severity."""
    validator = pytest.importorskip("rocrate_validator", reason="roc-validator is not installed")
    import rocrate
    from rocrate_validator import models, services
    from rocrate_validator.utils.http import HttpRequester

    known = json.loads((Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld").read_text(encoding="utf-8"))
    served = {"https://w3id.org/ro/crate/1.1/context": known["@context"],
              "https://w3id.org/ro/terms/workflow-run/context": {"sha256": f"{TERMS}sha256"}}

    class Answer:
        status_code, headers, from_cache = 200, {"Content-Type": "application/ld+json"}, True

        def __init__(self, url):
            self.text = json.dumps({"@context": served[url]})

        def json(self):
            return json.loads(self.text)

    monkeypatch.setattr(type(HttpRequester()), "get", lambda self, url, *a, **k: Answer(url), raising=False)

    def issues(place, severity):
        asked = services.ValidationSettings(rocrate_uri=str(place), profile_identifier="process-run-crate",
                                            requirement_severity=getattr(models.Severity, severity))
        return sorted({(i.severity.name, i.message) for i in services.validate(asked).get_issues()})
    assert validator
    return issues


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
def test_the_validator_misses_nothing_required_and_of_what_is_recommended_an_address_alone(make_run, validated):
    """The project names no public address of itself (CITATION.cff); where it does, the crate takes it over."""
    run = make_run()
    text = crate_text(run.place, run.settings.out, run.settings)
    (run.place / CRATE).write_text(text)
    found = validated(run.place, "RECOMMENDED")
    assert [said for severity, said in found if severity == "REQUIRED"] == []
    assert [said for _, said in found if "url" not in said.lower() and "absolute URI" not in said] == []
    (run.place / CRATE).write_text(text.replace('"instrument"', '"about"'))
    assert any("instrument" in said for _, said in validated(run.place, "REQUIRED")), "the check can fail"

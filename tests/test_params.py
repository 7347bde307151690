"""params.yaml: its defaults, every fault at once, slices and hashes."""

import datetime as dt
import hashlib
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pi_research import params, places
from pi_research.params import ParamsError
from pi_research.sections import SECTIONS, Params, plain


@pytest.fixture
def load(tmp_path):
    """Read parameters from text."""
    def loaded(text, **overrides):
        file = tmp_path / "params.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return params.load(file, **overrides)
    return loaded


@pytest.fixture
def faults(load):
    """The faults found in the parameters that a text holds."""
    def found(text, **overrides):
        with pytest.raises(ParamsError) as error:
            load(text, **overrides)
        assert len(error.value.faults) == int(str(error.value).split()[0])
        return error.value.faults
    return found


@pytest.mark.parametrize("name", SECTIONS)
def test_the_file_writes_out_every_default(project, name):
    written = yaml.load((project / "params.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)[name]
    assert list(written) == list(plain(SECTIONS[name]()))
    assert params.load(project / "params.yaml").section(name) == plain(SECTIONS[name]())


def test_the_file_holds_the_sections_in_order(project):
    assert list(yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8"))) == list(SECTIONS)


def test_an_empty_file_means_the_defaults(load):
    assert replace(load(""), root=Params().root) == Params()
    assert load("covid:\n") == load("")


def test_values_are_typed(load):
    settings = load("programme: {start: 2020-02-29, thrive_share: 1}\nmilestones: {months: [3, 6]}\n"
                    "plan: {date: 2024-01-01, hash: {tenancy: abc}}\n")
    assert settings.programme.start == dt.date(2020, 2, 29)
    assert isinstance(settings.programme.thrive_share, float)
    assert settings.milestones.months == (3, 6)
    assert settings.plan.date == dt.date(2024, 1, 1) and settings.plan.hash == {"tenancy": "abc"}


ONE_FAULT = {
    "unknown section": ("tenency: {death: ends}", "tenency: unknown section; did you mean tenancy?"),
    "unknown section far from any": ("zzz: {}", "zzz: unknown section; known are run, programme,"),
    "section that is no text": ("3: {}", "3: unknown section"),
    "unknown key": ("tenancy: {gap_day: 3}", "tenancy.gap_day: unknown key; did you mean gap_days?"),
    "unknown key far from any": ("covid: {zzz: 3}", "covid.zzz: unknown key; known are start, end, handling"),
    "section with one value": ("covid: mask", "covid: must hold keys with values below it, not text"),
    "section with a list": ("covid: [1]", "covid: must hold keys with values below it, not a list"),
    "text: number": ("run: {name: 3}", "run.name: must be text, not a whole number"),
    "text: yes": ("series: {seasonality: no}", "series.seasonality: must be text, not true or false"),
    "text: nothing": ("run: {data: null}", "run.data: must be text, not empty"),
    "text: empty": ("workbook: {path: ''}", "workbook.path: must not be empty"),
    "whole number: text": ("run: {seed: '3'}", "run.seed: must be a whole number, not text"),
    "whole number: decimal": ("tenancy: {gap_days: 2.5}",
        "tenancy.gap_days: must be a whole number, not a number"),
    "whole number: yes": ("tenancy: {gap_days: yes}",
        "tenancy.gap_days: must be a whole number, not true or false"),
    "number: text": ("survival: {level: high}", "survival.level: must be a number, not text"),
    "number: yes": ("survival: {level: true}", "survival.level: must be a number, not true or false"),
    "yes or no: number": ("series: {level_change: 1}",
        "series.level_change: must be true or false, not a whole number"),
    "yes or no: text": ("series: {level_change: maybe}",
        "series.level_change: must be true or false, not text"),
    "optional number: text": ("disclosure: {base: five}",
        "disclosure.base: must be a whole number, not text"),
    "list: one value": ("milestones: {months: 6}", "milestones.months: must be a list of whole numbers"),
    "list: yes in it": ("milestones: {months: [true, 6]}",
        "milestones.months: must be a whole number, not true"),
    "list: text in it": ("milestones: {months: [6, x]}",
        "milestones.months: must be a whole number, not text"),
    "keys: text": ("plan: {hash: abc}", "plan.hash: must be keys with values, not text"),
    "day that does not exist": ("covid: {start: 2020-02-31}",
        "covid.start: must be a day that exists, written YYYY-MM-DD"),
    "day written day first": ("covid: {start: 01/03/2020}", "covid.start: must be a day, written YYYY-MM-DD"),
    "day as a week": ("covid: {start: 2020-W10-1}", "covid.start: must be a day, written YYYY-MM-DD"),
    "day as a number": ("covid: {start: 20200301}", "covid.start: must be a day, written YYYY-MM-DD"),
    "day with a time": ("covid: {start: '2020-03-01 12:00:00'}",
        "covid.start: must be a day, written YYYY-MM-DD"),
    "day long ago": ("programme: {start: 0201-10-01}",
        "programme.start: must be a day between 1900 and 2100"),
    "day missing": ("covid: {start: null}", "covid.start: must be a day, written YYYY-MM-DD"),
    "choice": ("survival: {interval: wald}",
        "survival.interval: must be one of beta-product, beta-product-mid-p, log-log, log, plain, logit, "
        "arcsine"),
    "too low": ("survival: {level: 0.2}", "survival.level: must lie between 0.5 and 0.999"),
    "too high": ("run: {seed: 4294967296}", "run.seed: must lie between 0 and 4,294,967,295"),
    "not a number": ("survival: {level: .nan}", "survival.level: must lie between 0.5 and 0.999"),
    "infinite": ("programme: {thrive_share: .inf}", "programme.thrive_share: must lie between 0.0 and 1.0"),
    "milestones out of order": ("milestones: {months: [12, 6]}",
        "milestones.months: must be different whole months"),
    "milestones twice": ("milestones: {months: [6, 6]}", "milestones.months: must be different whole months"),
    "milestone at nought": ("milestones: {months: [0, 6]}",
        "milestones.months: must be different whole months"),
    "milestone far away": ("milestones: {months: [6, 241]}",
        "milestones.months: must be different whole months"),
    "no milestones": ("milestones: {months: []}", "milestones.months: is empty; give at least one month"),
    "horizon before milestones": ("survival: {horizon_months: 5}",
        "survival.horizon_months: must reach the first milestone, 6"),
    "linkage decided above where it links": ("linkage: {decide: 0.9, link: 0.8}",
        "linkage.decide: must not exceed linkage.link"),
    "linkage as likely as not": ("linkage: {decide: 0.5}", "linkage.decide: must lie between 0.51 and 0.9999"),
    "linkage of people who refused": ("linkage: {without_consent: [withdrawn]}",
        "linkage.without_consent: must hold refused and withdrawn"),
    "linkage without a kind that is none": ("linkage: {without_consent: [refused, withdrawn, no]}",
        "linkage.without_consent: must be text, not true or false"),
    "linkage without an unknown kind": ("linkage: {without_consent: [refused, withdrawn, perhaps]}",
        "linkage.without_consent: must be one of refused, withdrawn, not_asked"),
    "linkage without a list": ("linkage: {without_consent: refused}",
        "linkage.without_consent: must be a list of words, e.g. [refused, withdrawn]"),
    "covid backwards": ("covid: {end: 2019-01-01}", "covid.end: must be later than covid.start"),
    "covid without length": ("covid: {end: 2020-03-01}", "covid.end: must be later than covid.start"),
    "preparation": ("programme: {short_preparation_months: 10}",
        "programme.short_preparation_months: must not exceed"),
    "run name with a slash": ("run: {name: a/b}", "run.name: must be a plain folder name"),
    "run name with a backslash": ("run: {name: 'a\\b'}", "run.name: must be a plain folder name"),
    "run name with a space": ("run: {name: 'a b'}", "run.name: must be a plain folder name"),
    "run name that climbs": ("run: {name: ..}", "run.name: must be a plain folder name"),
    "no change at all": ("series: {level_change: false, slope_change: false}",
        "series.level_change: this and series.slope_change are both false"),
    "interruption in mid-month": ("series: {interruption: 2019-10-15}",
        "series.interruption: must be the first day of a month"),
    "workbook in mid-month": ("workbook: {first_month: 2010-11-02}",
        "workbook.first_month: must be the first day of a month"),
    "workbook backwards": ("workbook: {interruption: 2010-10-01}",
        "workbook.interruption: must be later than workbook.first_month"),
    "hash of no section": ("plan: {hash: {tenancyy: abc}}", "plan.hash.tenancyy: must name a section"),
    "hash that is no text": ("plan: {hash: {tenancy: 12}}",
        "plan.hash.tenancy: must name a section and hold its hash as text"),
    "list at the top": ("- run\n- covid\n", "the file must hold sections"),
    "text at the top": ("hello", "the file must hold sections"),
    "key twice": ("run:\n  seed: 1\n  data: x\n  seed: 2\n",
        "line 4, column 3: not valid YAML (the key seed stands twice): mend that line"),
    "section twice": ("run: {}\ncovid: {}\nrun: {}\n",
        "line 3, column 1: not valid YAML (the key run stands twice)"),
    "tab in the margin": ("run:\n\tseed: 1\n", "line 2, column 1: not valid YAML"),
    "list not closed": ("run:\n  seed: [1\n", "line 3, column 1: not valid YAML"),
    "control character": ("run: {name: 'a\x01b'}", "not valid YAML (cannot be read)"),
    "not UTF-8": ("run: {name: 'caf\xe9'}".encode("latin-1"), "the file is not UTF-8 text: save it as UTF-8"),
}


@pytest.mark.parametrize("kind", ONE_FAULT)
def test_one_fault_is_named_by_its_key_with_what_to_do(faults, kind):
    text, expected = ONE_FAULT[kind]
    found = faults(text)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_a_file_with_a_byte_order_mark_is_read(load):
    assert load("run: {seed: 7}".encode("utf-8-sig")).run.seed == 7


def test_a_file_that_is_not_there_is_said_with_what_to_do(tmp_path):
    with pytest.raises(ParamsError, match=r"there is no file mine.yaml: copy params.yaml"):
        params.load(tmp_path / "mine.yaml")


def test_every_fault_is_told_at_once(faults):
    """One of each kind: YAML's own faults stop the reading, so that they can only come alone."""
    found = faults("""
tenency: {}
run: {name: a/b, seed: yes, dta: x}
covid: {start: 2020-02-31, end: 2019-01-01}
milestones: {months: [12, 6], death: maybe}
series: {level_change: false, slope_change: false, interruption: 2019-10-02, level: 1}
survival: log-log
plan: {hash: {zzz: abc}}
""")
    assert [f.split(": ")[0] for f in found] == [
        "tenency", "run.seed", "run.dta", "covid.start", "milestones.death", "series.level", "survival",
        "milestones.months", "run.name", "series.level_change", "series.interruption", "plan.hash.zzz"]


def test_a_rule_over_keys_that_are_faulty_themselves_is_not_told(faults):
    [found] = faults("covid: {start: soon, end: 2019-01-01}")
    assert found.startswith("covid.start: ")


def test_the_message_counts_the_faults_and_names_the_file(load):
    with pytest.raises(ParamsError, match=r"^1 fault in params.yaml:\n  - run.seed: "):
        load("run: {seed: x}")
    with pytest.raises(ParamsError, match=r"^2 faults in params.yaml:\n  - "):
        load("run: {seed: x, sed: 1}")


def test_the_command_line_replaces_single_keys_of_a_section(load):
    settings = load("run: {name: mine, data: here}", run={"data": "there", "out": None})
    assert (settings.run.name, settings.run.data, settings.run.out) == ("mine", "there", "outputs")


def test_a_section_that_is_wrong_is_told_also_where_the_command_line_replaces_keys_of_it(faults):
    assert faults("run: hello", run={"data": None}) == ["run: must hold keys with values below it, not text"]


words = st.text(max_size=5)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))


@given(anything, st.sampled_from([(s, k) for s in SECTIONS for k in plain(SECTIONS[s]())]))
def test_whatever_stands_for_a_key_is_either_read_or_told_as_a_fault_of_it(value, where):
    section, key = where
    try:
        settings = params.read(**{section: {key: value}})
    except ParamsError as error:
        assert all(f.startswith(section) or f.startswith("survival.horizon_months") for f in error.faults)
    else:
        params.slice_hash(settings.slice())


def test_paths_start_at_the_folder_of_the_file(load, tmp_path):
    settings = load("run: {name: mine, data: extract, out: results}")
    assert settings.data == tmp_path / "extract"
    assert settings.out == tmp_path / "results" / "mine"


def test_the_folder_named_in_the_environment_comes_before_the_folders_above(tmp_path, monkeypatch, project):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "params.yaml").write_text("")
    monkeypatch.delenv("PI_RESEARCH_ROOT", raising=False)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert places.root() == tmp_path
    assert places.root(project / "notebooks") == project
    monkeypatch.setenv("PI_RESEARCH_ROOT", str(project))
    assert places.root() == project
    assert places.dictionary_folder().is_dir() and places.published_folder().is_dir()


def test_outside_any_project_the_installed_one_is_used(tmp_path, monkeypatch, project):
    monkeypatch.delenv("PI_RESEARCH_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert places.root() == project


def test_a_section_that_papermill_replaced_whole_takes_defaults_for_what_is_left_out():
    settings = params.read(covid={"handling": "pulse"})
    assert settings.covid.handling == "pulse" and settings.covid.start == dt.date(2020, 3, 1)
    assert settings.declared == ("covid",)


def test_faults_of_a_notebook_are_told_as_its_parameters():
    with pytest.raises(ParamsError, match=r"2 faults in the notebook's parameters:"):
        params.read(covid={"handlin": "pulse"}, seriez={})


def test_a_slice_holds_what_decides_a_result_and_nothing_of_where_it_goes():
    run = {"name": "x", "data": "d", "out": "o", "seed": 5}
    settings = params.read(run=run, covid={}, plan={"date": "2024-01-01"})
    covid = {"start": "2020-03-01", "end": "2021-07-01", "handling": "mask"}
    assert settings.slice() == {"run": {"seed": 5}, "covid": covid}


def test_a_notebook_without_sections_has_an_empty_slice():
    assert params.read(run={}, covid={}).slice(()) == {}


def test_the_hash_of_a_slice_is_the_same_on_every_day_and_machine():
    """Of this text, whatever the order of keys: another form would make registered plans look changed."""
    cut = {"covid": {"start": "2020-03-01", "handling": "mask"}, "milestones": {"months": [6, 12]}}
    text = b'{"covid":{"handling":"mask","start":"2020-03-01"},"milestones":{"months":[6,12]}}'
    assert params.slice_hash(cut) == hashlib.sha256(text).hexdigest()[:16]
    assert params.slice_hash(dict(reversed(cut.items()))) == params.slice_hash(cut)


def test_the_hash_of_a_slice_changes_with_any_value_and_not_with_where_results_go():
    base = params.read(run={}, milestones={})
    moved = params.read(run={"name": "other", "out": "elsewhere"}, milestones={})
    reseeded = params.read(run={"seed": 1}, milestones={})
    changed = params.read(run={}, milestones={"death": "neutral"})
    hashes = [params.slice_hash(s.slice()) for s in (base, moved, reseeded, changed)]
    assert hashes[0] == hashes[1] and len(set(hashes)) == 3


def test_sections_changed_after_registration_are_named_and_others_are_not():
    hashes = {name: params.slice_hash(Params().section(name)) for name in ("tenancy", "covid")}
    plan = {"date": "2024-01-01", "hash": hashes}
    assert params.changed_after_registration(params.read(tenancy={}, covid={}, plan=plan)) == []
    changed = params.read(tenancy={"death": "censors"}, covid={}, survival={"level": 0.9}, plan=plan)
    assert params.changed_after_registration(changed) == ["tenancy"]
    undeclared = params.read(covid={}, plan=plan)
    assert params.changed_after_registration(undeclared) == []


def test_without_a_registered_plan_nothing_has_changed_after_it():
    assert params.changed_after_registration(params.read(tenancy={"death": "censors"})) == []


def test_choices_of_a_notebook_that_are_not_those_of_the_file_are_named(load, tmp_path, monkeypatch):
    load("covid: {handling: none}\nmilestones: {months: [6, 12]}\n")
    monkeypatch.setenv("PI_RESEARCH_ROOT", str(tmp_path))
    settings = params.read(run={"name": "other"}, covid={"handling": "mask"}, milestones={"months": [6, 12]})
    assert params.differences(settings) == ["covid.handling"]
    assert params.differences(params.read(covid={"handling": "none"})) == []


def test_a_file_of_decisions_counts_by_what_is_in_it(load, tmp_path):
    text = "linkage: {decisions: back.csv}\n"
    without = load(text).slice(["linkage"])["linkage"]["decisions"]
    (tmp_path / "back.csv").write_text("one", encoding="utf-8")
    one = load(text).slice(["linkage"])["linkage"]["decisions"]
    (tmp_path / "back.csv").write_text("two", encoding="utf-8")
    assert len({without, one, load(text).slice(["linkage"])["linkage"]["decisions"]}) == 3
    assert without == "back.csv (missing)" and one.startswith("back.csv (")

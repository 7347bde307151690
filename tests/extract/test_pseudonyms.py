"""Study pseudonyms, the linked extract without an identifier, and the reviewer's decisions on the way to it."""

from __future__ import annotations

import pandas as pd
import pytest

from pi_research.extract import read_extract
from pi_research.extract.link import Choices, LinkageError, link_folder, link_tables
from pi_research.extract.linkage import pseudonyms, review

KEY = b"f3a9c1d27be04586a1c9e7d2b4f6081357ac"


def test_pseudonyms_are_stable_keyed_and_of_the_dictionarys_form():
    ids = pd.Series([f"PI-{k:04d}" for k in range(2_000)] + [None], index=range(5, 2_006))
    one = pseudonyms.pseudonymise(ids, KEY)
    assert one.dropna().str.fullmatch("[A-Z][A-Z0-9-]{2,19}").all() and one.index.equals(ids.index)
    assert one.dropna().is_unique and one.iloc[-1] is None and one.equals(pseudonyms.pseudonymise(ids, KEY))
    others = pseudonyms.pseudonymise(ids, KEY[::-1]), pseudonyms.pseudonymise(ids, KEY, kind="cat")
    assert not any(set(one.dropna()) & set(other.dropna()) for other in others)
    for key in (None, pseudonyms.DEFAULT_KEY):
        with pytest.raises(pseudonyms.KeyFault, match="synthetic extract only"):
            pseudonyms.pseudonymise(ids, key)


def test_two_identifiers_with_one_pseudonym_are_refused(monkeypatch):
    monkeypatch.setattr(pseudonyms, "LENGTH", 1)
    with pytest.raises(pseudonyms.KeyFault, match="same pseudonym"):
        pseudonyms.pseudonymise(pd.Series([f"A{k}" for k in range(40)]), KEY)


def test_a_key_is_read_from_outside_any_repository(tmp_path, project, monkeypatch):
    safe, inside = tmp_path / "safe", tmp_path / "repository"
    for folder in (safe, inside / ".git", inside / "keys"):
        folder.mkdir(parents=True)
    (safe / "key").write_bytes(KEY + b"\n")
    assert pseudonyms.read_key(safe / "key") == KEY
    monkeypatch.setenv("PI_RESEARCH_KEY_FILE", str(safe / "key"))
    assert pseudonyms.read_key() == KEY
    monkeypatch.delenv("PI_RESEARCH_KEY_FILE")
    (inside / "keys" / "key").write_bytes(KEY)
    (safe / "short").write_text("secret", encoding="utf-8")
    for path, said in ((None, "No key"), (inside / "keys" / "key", "outside"), (project / "key", "outside"),
                       (safe / "short", "too easily guessed")):
        with pytest.raises(pseudonyms.KeyFault, match=said) as fault:
            pseudonyms.read_key(path)
        assert "secret" not in str(fault.value)


@pytest.fixture()
def extract(extract_of, good):
    """The good extract with a person who refused, and a spell of somebody who is not on the programme."""
    tables = dict(good)
    given_, refused = (f"care_coordinator,{word}\nSY-006" for word in ("given", "refused"))
    tables["people"] = tables["people"].replace(given_, refused)
    tables["hospital_spells"] += "S9,2021-05-01,P-199,2021-05-03,2021-05-09,planned,informal,RX1,false,0\n"
    return tables, extract_of(tables)


def test_the_linked_extract_holds_pseudonyms_and_nothing_that_names_a_person(extract, tmp_path):
    tables, folder = extract
    linkage = link_tables(read_extract(folder).tables)
    links = linkage.links.dropna(subset=["patient_id"])[["customer_id", "patient_id"]]
    assert links.values.tolist() == [["SY-001", "P-101"], ["SY-002", "P-102"]]
    with pytest.raises(FileExistsError):
        pseudonyms.write_linked(folder, folder / "out", linkage)
    report = pseudonyms.write_linked(folder, tmp_path / "out", linkage).set_index("table")
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert not [n for n in files if n.startswith("identifiers")] and "truth.json" not in files
    for old in ("SY-0", "P-1", "S1,", "T1,", "Nan", "ZZ1", "1971-05-04"):
        assert not [name for name, text in files.items() if old in text], old
    made = read_extract(tmp_path / "out")  # it is a good extract still
    assert made.tables["links"]["patient_id"].notna().sum() == 2 and len(made.tables["people"]) == 6
    assert report.loc["hospital_spells", "left_out"] == 2 and report.loc["patients", "rows"] == 2
    refused = made.tables["people"].set_index("consent").loc["refused", "customer_id"]
    assert refused not in set(made.tables["programme_events"]["customer_id"])


def test_no_value_of_the_linked_extract_is_an_identifier_of_either_side(project, tmp_path):
    """Every value of every file, whole and word by word, beside every identifier of the synthetic extract."""
    folder = project / "data" / "synthetic"
    tables = read_extract(folder).tables
    pseudonyms.write_linked(folder, tmp_path / "out", link_tables(tables), KEY)
    sides = pd.concat([tables["identifiers_housing"], tables["identifiers_trust"]])
    ids = {str(v) for t in tables.values() for c in t if c.endswith("_id") and c != "theory_id" for v in t[c].dropna()}
    born = set(sides["date_of_birth"].dropna().dt.strftime("%Y-%m-%d"))
    names = {n for c in ("forename", "surname") for n in sides[c].dropna()}
    codes = {p for c in ("postcode", "previous_postcode") for p in sides[c].dropna()}
    files = list((tmp_path / "out").iterdir())
    assert len(files) == 18 and all(f.suffix == ".csv" for f in files)
    for file in files:
        text = pd.read_csv(file, dtype=str, keep_default_na=False)
        assert not {"forename", "surname", "date_of_birth", "postcode"} & set(text), file.name
        values = {v for c in text for v in text[c]}
        assert not values & (ids | names | codes | born), file.name
        if file.stem != "segments":  # prose of themes, where 'Hope' or 'Grace' may be a word
            assert not {w for v in values for w in v.split()} & names, file.name


def test_a_folder_is_linked_into_a_folder_and_decisions_come_back(extract, tmp_path):
    _, folder = extract
    first = link_folder(folder, tmp_path)
    assert pd.read_csv(tmp_path / "links.csv").shape == (len(first.links), 3)
    columns = "customer_id,patient_id,decision,reviewer,date,reason"
    (tmp_path / "back.csv").write_text(f"{columns}\nSY-002,P-101,no,AB,2024-10-01,seen\n", encoding="utf-8")
    (tmp_path / "out.csv").write_text("patient_id\nP-102\nP-777\n", encoding="utf-8")
    again = link_folder(folder, tmp_path, Choices(decisions="back.csv", opted_out="out.csv"), root=tmp_path)
    assert "kept apart" in (tmp_path / "decisions_log.csv").read_text(encoding="utf-8")
    assert again.counts["decisions"] == 1 and again.counts["opted_out"] == 1
    assert "P-102" not in set(again.links["patient_id"])
    assert set(path.name for path in tmp_path.iterdir()) == {
        "links.csv", "linkage.csv", "decisions_log.csv", "back.csv", "out.csv", review.LIST, review.VALUES}
    (tmp_path / "out.csv").write_text("P-102\n", encoding="utf-8")
    with pytest.raises(LinkageError, match="out.csv has no column patient_id"):
        link_folder(folder, tmp_path, Choices(opted_out="out.csv"), root=tmp_path)


def test_a_real_extract_is_not_written_with_the_default_key(extract, extract_of, tmp_path, monkeypatch):
    tables, _ = extract
    folder = extract_of(tables | {"extract": tables["extract"].replace("true,base,1", "false,,")})
    linkage = link_tables(read_extract(folder).tables)
    for key in (None, pseudonyms.DEFAULT_KEY):
        with pytest.raises(pseudonyms.KeyFault):
            pseudonyms.write_linked(folder, tmp_path / "out", linkage, key)
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv("PI_RESEARCH_KEY_FILE", raising=False)
    with pytest.raises(pseudonyms.KeyFault, match="PI_RESEARCH_KEY_FILE"):
        pseudonyms.key_for(folder)
    assert pseudonyms.key_for(extract[1]) is None  # synthetic: the public default will do
    pseudonyms.write_linked(folder, tmp_path / "out", linkage, KEY)
    assert (tmp_path / "out" / "links.csv").is_file()

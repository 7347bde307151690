"""Real series analysed again: what was published, what the same model gives here, and what the default says.

The files are named by the command (``pi-research calibrate published_series --from FOLDER``); the table that
it makes is committed. Where no printed table was at hand the number to compare with was worked out by other
software from the same data, and the source says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.extract.nhs_workbook import read_delayed_transfers
from pi_research.extract.scottish_delays import area_series, read_scottish_delays
from pi_research.its._checks import month_name
from pi_research.its.counterfactual_counts import count_counterfactual
from pi_research.its.counts import count_regression
from pi_research.its.design import COVID_HANDLINGS, CovidPeriod, Design, Interruption
from pi_research.its.regression import segmented_regression
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.its.results import Estimate

COLUMNS = ("series", "n", "what", "model", "estimate", "lower", "upper", "published", "published_lower",
           "published_upper", "same_model", "source", "note")  # fmt: skip
FILES = {
    "sicily": "sicily.csv", "prop99": "cigsales_single.dta", "seatbelts": "seatbelts.csv",
    "england": "DTOC-England-Data_Set.xls",
    "scotland": "healthyr_scotland_delayed_discharge_council_18plus.csv",
}  # fmt: skip
DEFAULT, OLS, PLAIN = "default", "least squares", "quasi-Poisson, months independent"
BERNAL = (
    "Lopez Bernal, Cummins and Gasparrini, Int J Epidemiol 2017;46:348-355: the model; its numbers worked out by "
    "other software (statsmodels)"
)
LINDEN = "Linden, Stata Journal 2015;15:480-500: the model; its numbers worked out by other software"
HARVEY = "Harvey and Durbin, J R Stat Soc A 1986;149:187-227, summary"
OTHER = "worked out by other software (statsmodels)"
AHEAD = OTHER + ", with a slope that counts from the month before the ban"
T_LIMITS = "limits there are normal, here Student's t"
ONE = {"law": Interruption("law", "1983-02", slope=False)}


def run(folder: Path) -> dict[str, pd.DataFrame]:
    """The table ``published_series`` from the files in a folder, named as in ``FILES``.

    Raises
    ------
    ValueError
        A file that is not in the folder.
    """
    import pandas as pd

    files = {name: Path(folder) / file for name, file in FILES.items()}
    for file in files.values():
        if not file.is_file():
            raise ValueError(f"published_series: there is no {file.name} in the folder named by --from")
    rows = sicily(pd.read_csv(files["sicily"])) + prop99(pd.read_stata(files["prop99"])["cigsale"])
    rows += seatbelts(pd.read_csv(files["seatbelts"])) + england(read_delayed_transfers(files["england"]))
    rows += scotland(area_series(read_scottish_delays(files["scotland"])))
    return {"published_series": table(rows)}


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame of ``COLUMNS``."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    series: str, n: int, what: str, model: str, one: Estimate, *, ratio: bool = False,
    published: tuple[float, ...] = (), same: bool = False, source: str = "", note: str = "",
) -> dict[str, Any]:  # fmt: skip
    scale = np.exp if ratio else float
    known = [*published, *[np.nan] * (3 - len(published))]
    values = [series, n, what, model, *(scale(v) for v in (one.estimate, one.lower, one.upper)), *known]
    return dict(zip(COLUMNS, [*values, same, source, note], strict=True))


def sicily(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Hospital admissions for acute coronary events and Sicily's smoking ban of January 2005."""
    months = np.datetime64("2002-01") + np.arange(len(frame))
    y, name = frame["aces"].to_numpy(float), "Sicily, smoking ban and coronary admissions"

    def of(season: str, slope: bool, family: str, method: str) -> tuple[int, Estimate]:
        change = Interruption("ban", "2005-01", slope=slope)
        design = Design(months, [change], season, 2, offset=frame["stdpop"].to_numpy(float))
        fit = count_regression(y, design, family=family, method=method)
        return fit.n, fit.coefficient("level_change[ban]")

    asked = (
        ("Poisson", "none", False, "poisson", "glm", (0.894, 0.864, 0.925), BERNAL),
        (PLAIN, "none", False, "quasi_poisson", "glm", (0.894, 0.839, 0.953), OTHER),
        (PLAIN + ", season", "harmonic", False, "quasi_poisson", "glm", (0.885, 0.839, 0.933), BERNAL),
        (PLAIN + ", season, slope", "harmonic", True, "quasi_poisson", "glm", (0.877, 0.827, 0.929), AHEAD),
        (DEFAULT + ", season", "harmonic", False, "quasi_poisson", "reml_integrated", (), ""),
        (DEFAULT + ", season, slope", "harmonic", True, "quasi_poisson", "reml_integrated", (), ""),
    )
    rows = []
    for model, season, slope, family, method, known, source in asked:
        n, one = of(season, slope, family, method)
        same = bool(known) and source != AHEAD
        rows.append(_row(name, n, "rate ratio, level", model, one, ratio=True, published=known, same=same,
                         source=source, note=T_LIMITS if known else ""))  # fmt: skip
    return rows


def prop99(y: Any) -> list[dict[str, Any]]:
    """Packs of cigarettes a head in California, 1970 to 2000, and Proposition 99 of January 1989."""
    values = np.asarray(y, dtype=float)
    years = np.datetime64("1970-01") + np.arange(len(values))  # each place a year
    design = Design(years, [Interruption("tax", years[19])])
    known = {
        "ols": (OLS, (-20.0581,), (-1.4947,)),
        "prais_winsten": ("Prais-Winsten", (-6.0840,), (-1.9944,)),
        "reml_integrated": (DEFAULT, (), ()),
    }
    rows = []
    for method, (model, *numbers) in known.items():
        fit = segmented_regression(values, design, method=method)
        for term, published in zip(("level", "slope"), numbers, strict=True):
            note = "near a unit root: a trend can't be told from a series that wanders" * fit.near_unit_root
            one, source = fit.coefficient(f"{term}_change[tax]"), LINDEN if published else ""
            rows.append(_row("California, Proposition 99 and cigarettes", fit.n, f"packs a head, {term}",
                             model, one, published=published, same=bool(published), source=source,
                             note=note))  # fmt: skip
    return rows


def seatbelts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """People killed or seriously injured in cars in Great Britain and the seat belt law of February 1983."""
    months = np.datetime64("1969-01") + np.arange(len(frame))
    design = Design(months, list(ONE.values()), "month")
    known = {
        "drivers": ("drivers", (0.850, 0.808, 0.895), 0.77),
        "front": ("front passengers", (0.790, 0.744, 0.840), 0.70),
        "rear": ("rear passengers", (1.121, 1.058, 1.188), 1.03),
    }
    rows = []
    for column, (who, other, summary) in known.items():
        y, name = frame[column].to_numpy(float), f"Great Britain, seat belt law: {who}"
        there = "a structural model with covariates there"
        asked = (("glm", PLAIN, other, True, OTHER, T_LIMITS),
                 ("reml_integrated", DEFAULT, (summary,), False, HARVEY, there))  # fmt: skip
        for method, model, published, same, source, note in asked:
            fit = count_regression(y, design, method=method)
            rows.append(_row(name, fit.n, "rate ratio, level", model + ", season by month",
                             fit.coefficient("level_change[law]"), ratio=True, published=published, same=same,
                             source=source, note=note))  # fmt: skip
    for column, who in (("drivers", "drivers"), ("front", "front passengers")):
        y = np.log(frame[column].to_numpy(float) / frame["rear"].to_numpy(float))
        fit = segmented_regression(y, design)
        rows.append(_row(f"Great Britain, seat belt law: {who} against rear passengers", fit.n,
                         "ratio of rate ratios", DEFAULT + ", difference of logarithms, season by month",
                         fit.coefficient("level_change[law]"), ratio=True,
                         note="the law was not for rear seats: what else changed on the roads is theirs too"))
    return rows


def england(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Delayed days in England from November 2010 and the definition that changed in April 2017."""
    frame = frame[frame["month"] >= "2010-11-01"]
    design = Design(frame["month"], [Interruption("definition", "2017-04")], "month",
                    offset=frame["days_in_month"].to_numpy(float))  # fmt: skip
    known = {"total": ("all reasons", {"glm": (0.917, 0.860, 0.978), "newey_west": (0.917, 0.808, 1.039)}),
             "reason_housing": ("housing", {"newey_west": (1.138, 1.044, 1.239)})}  # fmt: skip
    words = {"glm": PLAIN, "newey_west": "quasi-Poisson, Newey-West of 12 lags", "reml_integrated": DEFAULT}
    rows = []
    for column, (what, published) in known.items():
        y = frame[column].to_numpy(float)
        for method, model in words.items():
            fit = count_regression(y, design, method=method, lags=12, counted="days")
            there = published.get(method, ())
            rows.append(_row(f"England, delayed days: {what}", fit.n, "rate ratio, level",
                             model + ", season by month", fit.coefficient("level_change[definition]"),
                             ratio=True, published=there, same=bool(there), source=OTHER if there else "",
                             note="break for demonstration: the definition changed"))  # fmt: skip
    return rows


def scotland(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Scotland's delayed days about October 2019, when nothing is known to have begun, by Covid handling."""
    y, days = frame["value"].to_numpy(float), frame["denominator"].to_numpy(float)
    asked = [(h, "reml_integrated") for h in COVID_HANDLINGS if h != "carried_by_control"] + [("none", "glm")]
    rows = []
    for handling, method in asked:
        covid, change = CovidPeriod("2020-03", "2021-07", handling), Interruption("nothing", "2019-10")
        design = Design(frame["month"], [change], "harmonic", covid=covid, offset=days)
        fit = count_regression(y, design, counted="days", method=method)
        model = f"{PLAIN if method == 'glm' else DEFAULT}, Covid: {handling.replace('_', ' ')}"
        rows.append(_row("Scotland, delayed days", fit.n, "rate ratio, average of the months after", model,
                         count_counterfactual(fit, "nothing").model_effect_ratio, ratio=True,
                         note="nothing is known to have begun: any effect is Covid's or chance"))  # fmt: skip
    return rows


def same_model_sentence(frame: pd.DataFrame) -> Sentence:
    """How far estimates lie from those that are known of the same model."""
    same = frame[frame["same_model"]]
    apart = (same["estimate"] - same["published"]).abs()
    return sentence(
        "{k} estimates of {s} real series are known from elsewhere for the same model; ours differ by "
        "{worst} at most, and the figures they are held against have three or four digits.",
        k=count(len(same), people=False), s=count(same["series"].nunique(), people=False),
        worst=number(apart.max(), digits=4),
    )  # fmt: skip


def default_sentence(frame: pd.DataFrame) -> Sentence:
    """What the default's intervals do that the simple method's do not, series by series."""
    parts = []
    for series, rows in frame[frame["what"].str.contains("level")].groupby("series", sort=False):
        simple = rows[rows["model"].str.startswith((PLAIN, OLS))]
        ours = rows[rows["model"].str.startswith(DEFAULT)]
        if len(simple) and len(ours):
            one, two = simple.iloc[-1], ours.iloc[0]
            wide = (two["upper"] - two["lower"]) / (one["upper"] - one["lower"])
            null = float("rate ratio" in one["what"])
            was, now = (r["lower"] <= null <= r["upper"] for r in (one, two))
            turned = {(False, True): ", which now includes no change",
                      (True, False): ", which now leaves it out"}  # fmt: skip
            parts.append(sentence(
                "{series}: {one} becomes {two} ({low} to {high}), an interval {wide} times as wide"
                + turned.get((was, now), "") + ".",
                series=series, one=number(one["estimate"], digits=2), two=number(two["estimate"], digits=2),
                low=number(two["lower"], digits=2), high=number(two["upper"], digits=2),
                wide=number(wide, digits=1),
            ))  # fmt: skip
    return joined(*parts)


def covid_sentence(frame: pd.DataFrame) -> Sentence:
    """How far Covid's handling alone moves the effect of nothing in Scotland."""
    rows = frame[frame["series"].str.startswith("Scotland")]
    simple = rows[rows["model"].str.startswith(PLAIN)].iloc[0]
    rows = rows[rows["model"].str.startswith(DEFAULT)]
    low, high = rows.loc[rows["estimate"].idxmin()], rows.loc[rows["estimate"].idxmax()]
    out = rows[(rows["lower"] > 1) | (rows["upper"] < 1)]
    return sentence(
        "Scotland, {month}, when nothing is known to have begun: the rate ratio over the months after lies "
        "between {low} ({low_by}) and {high} ({high_by}), and the 95% intervals of {k} of {all} handlings "
        "leave out 1. With Covid left untreated and months taken as independent it is {simple} ({a} to {b}).",
        month=month_name(np.datetime64("2019-10")),
        low=number(low["estimate"], digits=2), low_by=low["model"],
        high=number(high["estimate"], digits=2), high_by=high["model"], k=count(len(out), people=False),
        all=count(len(rows), people=False), simple=number(simple["estimate"], digits=2),
        a=number(simple["lower"], digits=2), b=number(simple["upper"], digits=2),
    )  # fmt: skip

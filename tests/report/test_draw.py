"""Every drawing, over hard cases: the same bytes twice, nothing cut off, no words over one another."""

from __future__ import annotations

import io
import itertools
from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from pi_research.journeys.person import History
from pi_research.journeys.timeline.states import STATES
from pi_research.report import figures, journey_charts
from pi_research.report.draw import DRAWINGS, DRAWN, figure, png, svg
from pi_research.report.drawings import _apart, _dark
from pi_research.report.shown import Chart
from pi_research.survival import cumulative_incidence, kaplan_meier

LONG = "a very long reason that nobody could shorten because it is a label of the dictionary"
WHY = [
    "relapse",
    "return to residential care",
    "own choice",
    "eviction",
    "death",
    "other reason",
    "planned move on",
    "long hospital stay",
]


def survival(people: int, groups: int = 1, horizon: int = 24) -> Chart:
    rng, parts = np.random.default_rng(1), []
    for k in range(groups):
        time = rng.exponential(30 / (1 + k), people).clip(0.4, 36).round(3)
        one = kaplan_meier(time, (time < 36) & (rng.random(people) < 0.7)).curve()
        parts.append(
            one.assign(group=("moved in the earlier half", "late", "C", "D", "E", "F", "G")[k])
            if groups > 1
            else one
        )
    made = figures.survival_curve(
        kaplan_meier([1], [0]), "s", "S.", horizon=horizon, milestones=(6, 12, 18, 24)
    )
    return Chart("s", "S.", "words", "survival", pd.concat(parts, ignore_index=True), made.options, "curve")


def incidence(people: int, causes: int, events: float = 0.6) -> Chart:
    rng, names = np.random.default_rng(2), WHY[:causes]
    time = rng.exponential(30, people).clip(0.4, 36).round(3)
    cause = rng.choice(["censored", *names], people, p=[1 - events, *[events / causes] * causes])
    return figures.incidence_curves(cumulative_incidence(time, cause, causes=names), "i", "I.", horizon=24)


def series(gap: float = 250.0, scale: float = 1.0, days: tuple[str, ...] = ("2019-10-01",)) -> Chart:
    months = pd.date_range("2014-04-01", periods=120, freq="MS")
    y = 3000 + np.cumsum(np.random.default_rng(1).normal(0, 30, 120))
    after = months >= pd.Timestamp("2019-10-01")
    frame = pd.DataFrame(
        {
            "month": months,
            "observed": y,
            "fitted": y + 20,
            "expected": np.where(after, y + 20 + gap, y + 20),
            "lower": np.where(after, y, np.nan),
            "upper": np.where(after, y + 400, np.nan),
            "masked": (months >= "2020-03-01") & (months < "2021-07-01"),
        }
    )
    numbers = ["observed", "fitted", "expected", "lower", "upper"]
    return Chart(
        "m",
        "M.",
        "words",
        "series",
        frame.assign(**{c: frame[c] * scale for c in numbers}),
        {
            "ylabel": "Bed days a month",
            "interruptions": {f"programme starts {k}": d for k, d in enumerate(days)},
        },
    )


def bar(labels: list[str], values: list[float], groups: list[str] | None = None) -> Chart:
    frame = pd.DataFrame({"label": labels, "value": values} | ({"group": groups} if groups else {}))
    return Chart(
        "b", "B.", "words", "bars", frame, {"xlabel": "People", "height": 1.1 + 0.42 * max(len(frame), 2)}
    )


def quarters(
    values: list[float], early: bool = False, contract: float = 6.0, hidden: tuple[int, ...] = ()
) -> Chart:
    days = pd.date_range("2019-10-01", periods=len(values), freq="QS")
    frame = pd.DataFrame(
        {"label": [f"{d:%b %y}" for d in days], "value": np.array(values, float), "contract": contract}
    )
    frame.loc[len(frame) - 1, "label"] += "*"
    if early:
        frame.loc[0, ["label", "contract"]] = ["before", np.nan]
    frame.loc[list(hidden), ["value", "contract"]] = np.nan
    return Chart(
        "q",
        "Q.",
        "words",
        "quarters",
        frame,
        {"ylabel": "People who moved", "contract_label": "contract,\nspread evenly"},
    )


def ranges(rows: int, estimate: bool, percent: bool = True) -> Chart:
    frame = pd.DataFrame(
        {
            "label": [f"{6 * k} months, {LONG if k == 2 else 'nothing assumed'}" for k in range(rows)],
            "lower": 0.1,
            "upper": 0.9,
        }
    )
    frame = frame.assign(estimate=0.4) if estimate else frame
    frame.loc[rows - 1, ["lower", "upper"]] = np.nan if rows > 2 else 0.9
    return figures.intervals(
        frame,
        "r",
        "R.",
        xlabel="Share of those due",
        who="p",
        percent=percent,
        reference=0.0 if estimate else None,
    )


def ladders(groups: int) -> Chart:
    rows = [
        (f"{'ABCDEFGHIJK'[g]} contract", m, 1 - m * (0.02 + 0.0005 * g))
        for g in range(groups)
        for m in (0, 3, 6, 12, 18)
    ]
    return figures.ladder(
        pd.DataFrame(rows, columns=["group", "months", "estimate"]), "l", "L.", ylabel="Of those who entered"
    )


def states(of: int, months: range, kinds: tuple[str, ...] = STATES, day0: str = "start") -> Chart:
    """People in each state, a few of them in each but the fourth; ``of`` falls by the month."""
    rows = []
    for m in months:
        left = of - max(m, 0)
        few = {s: (m + 3 * k) % 5 for k, s in enumerate(kinds)}
        few[kinds[min(3, len(kinds) - 1)]] += left - sum(few.values())
        rows += [(m, s, n, left) for s, n in few.items()]
    frame = pd.DataFrame(rows, columns=["month", "state", "people", "of"])
    return journey_charts.state_shares(frame, "st", "S.", day0=day0, who="people who started")


def sequence(people: int, groups: tuple[str, ...]) -> Chart:
    rows = [(k, groups[k * len(groups) // people], 5.0 * j - 10, 5.0 * j - 5 + k / people, s)
            for k in range(people) for j, s in enumerate(STATES)]
    frame = pd.DataFrame(rows, columns=["row", "group", "start", "stop", "state"])
    return journey_charts.sequence_chart(frame, "se", "S.", day0="start", who="people who started")


def journey(*spans: tuple[str, float], day0: str = "the move", years: bool = True, known: float = -60.0,
            stays: int = 5, died: bool = False) -> Chart:
    """One person's years from stretches (state, until)."""
    starts = [-60.0, *(until for _, until in spans)]
    rows = [("stage", a, b, s, np.nan) for a, (s, b) in zip(starts, spans, strict=False)]
    rows += [("tenancy", a, b, "ended: return to residential care", np.nan) for _, a, b, s, _ in rows if s == "tenancy"]
    rows += [("placement", -60.0, 0.0, "residential home", np.nan), ("unknown", -60.0, known, "", np.nan)]
    rows += [("hospital", 3.0 * k, 3.0 * k + 1, "", 30.0) for k in range(stays)]
    rows += [(lane, 2.0 * k, np.nan, "", np.nan) for k in range(stays) for lane in ("crisis", "missed")]
    rows += [("star", 4.0 * k, np.nan, "", 1.0 + k) for k in range(min(stays, 9))]
    events = pd.DataFrame(rows, columns=["lane", "start", "stop", "label", "value"])
    history = History(events, day0, pd.Timestamp("2021-03-15") if years else None, died)
    return journey_charts.person_journey(history, "j", "J.")


MANY = (("earlier", -50), ("residential", -4), ("preparation", 0), ("tenancy", 2), ("lost", 3), ("tenancy", 4),
        ("moved_on", 5), ("tenancy", 30))

CASES = {
    "states since the start": states(90, range(0, 37)),
    "states around the move": states(70, range(-12, 25), STATES[2:6], "move"),
    "states of one month": states(9, range(1, 2), STATES[:2]),
    "one state": states(60, range(0, 25), ("tenancy",)),
    "everyone": sequence(110, ("moved", "still preparing", "left before a move", "died before a move")),
    "everyone of three": sequence(3, ("moved", "still preparing", "left before a move")),
    "hundreds": sequence(400, ("moved", "left before a move")),
    "a journey of many steps": journey(*MANY),
    "a journey without dates": journey(*MANY, years=False, stays=0, known=-55),
    "a journey of which hospital is not known": journey(*MANY, stays=0, known=30.0),
    "a journey that ends soon": journey(("residential", 0), ("preparation", 0.5), day0="the start of preparation",
                                        stays=1, died=True),
    "survival": survival(71),
    "survival of three": survival(3),
    "two curves": survival(60, 2),
    "six curves": survival(40, 6),
    "survival over years": survival(71, horizon=60),
    "one cause": incidence(80, 1),
    "two causes": incidence(80, 2),
    "eight causes": incidence(80, 8),
    "no event": incidence(5, 6, events=0.0),
    "series": series(),
    "series without effect": series(0.0),
    "small series": series(scale=1e-3),
    "two interruptions": series(days=("2023-08-01", "2023-11-01")),
    "early interruption": series(days=("2014-05-01",)),
    "bars": bar(["Accepted by the panel", LONG, "x"], [113, 40, 3]),
    "one bar of nought": bar(["One"], [0]),
    "many bars": bar([f"row {k}" for k in range(20)], list(range(20))),
    "hidden bars": bar(["A", "B", "C"], [20, np.nan, 10]),
    "two groups": bar(["A", "B", "C"] * 2, [12, 5, 3, 8, np.nan, 9], ["north"] * 3 + ["south"] * 3),
    "six groups": bar(["A", "B"] * 6, list(range(12)), [g for g in "uvwxyz" for _ in "AB"]),
    "quarters": quarters([3, 6, 0, 8, 2] * 4),
    "quarters with a time before": quarters([7, 6, 0, 8, 2] * 4 + [1], early=True),
    "one quarter": quarters([2]),
    "few quarters with a time before": quarters([7, 2, 3], early=True),
    "hidden quarters": quarters([3.0] * 21, hidden=(0, 3, 20)),
    "quarters of nought": quarters([0] * 4, contract=0.0),
    "ranges": ranges(6, estimate=False),
    "estimates": ranges(6, estimate=True, percent=False),
    "one range": ranges(1, estimate=False),
    "ladder": ladders(7),
    "one ladder": ladders(1),
    "eleven ladders": ladders(11),
}
every = pytest.mark.parametrize("name", CASES)


@cache
def words(name: str) -> tuple[object, list]:
    """The picture of a case and its visible words with their boxes in pixels."""
    made = figure(CASES[name])
    canvas = FigureCanvasAgg(made)
    canvas.draw()
    ax = made.axes[0]
    texts = [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label]
    if ax.get_legend():
        texts += ax.get_legend().get_texts()
    inside = [t for t in texts if t.get_text().strip() and t.get_visible()]
    across, up = ({id(t) for t in axis.get_ticklabels()} for axis in (ax.xaxis, ax.yaxis))
    (left, right), (low, high) = (sorted(v) for v in (ax.get_xlim(), ax.get_ylim()))
    boxes = []
    for text in inside:
        x, y = text.get_position()  # ticks beyond the limits are there and are not drawn
        if (id(text) not in across or left <= x <= right) and (id(text) not in up or low <= y <= high):
            boxes.append((text.get_text(), text.get_window_extent(canvas.get_renderer())))
    return made, boxes


@every
def test_no_words_are_cut_off(name):
    made, boxes = words(name)
    assert boxes
    for text, box in boxes:
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= made.bbox.x1 + 1 and box.y1 <= made.bbox.y1 + 1, (
            text
        )


@every
def test_no_words_lie_over_others(name):
    for (one, a), (other, b) in itertools.combinations(words(name)[1], 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1.5 or high <= 3, (one, other)


@pytest.mark.parametrize(
    "name", ["two curves", "eight causes", "series", "six groups", "quarters", "estimates", "ladder"]
)
def test_a_picture_has_the_same_bytes_each_time(name):
    chart = CASES[name]
    assert svg(chart) == svg(chart) and png(chart) == png(chart)
    assert "<dc:date>" not in svg(chart)


def test_a_drawing_reads_the_columns_that_a_release_keeps_and_no_other():
    assert set(DRAWN) == set(DRAWINGS)
    for chart in {chart.draw: chart for chart in CASES.values()}.values():
        frame = chart.frame[[c for c in chart.frame if c in DRAWN[chart.draw]]]
        assert svg(Chart(chart.id, "C.", "words", chart.draw, frame, chart.options)) == svg(chart)


@pytest.mark.parametrize("draw", DRAWINGS)
def test_nothing_to_draw_is_said_in_the_picture(draw):
    empty = pd.DataFrame({c: pd.Series([], dtype=float) for c in DRAWN[draw]})
    hidden = pd.DataFrame({c: [np.nan, np.nan] for c in DRAWN[draw] if c != "masked"})
    for frame in (empty, hidden):
        assert "Too few people to draw this chart" in svg(Chart("e", "E.", "words", draw, frame, {}))


def test_the_numbers_at_risk_stand_under_their_months_one_row_a_group():
    _, boxes = words("two curves")
    ticks = {text: (box.x0 + box.x1) / 2 for text, box in boxes if text in ("0", "6", "12", "18", "24")}
    first = [(box.x0 + box.x1) / 2 for text, box in boxes if text == "60"]
    assert len(first) == 2 and np.allclose(first, ticks["0"], atol=1)
    rows = sorted(
        {round(box.y0) for text, box in boxes if text in ("60", "moved in the earlier half", "late")}
    )
    assert sum(text == "moved in the earlier half" for text, _ in boxes) == 2, (
        "at the line's end and beside its numbers"
    )
    assert len(rows) >= 2


def test_numbers_at_risk_are_those_just_before_the_month():
    chart = figures.survival_curve(kaplan_meier([3, 6, 6, 9, 30], [1, 1, 0, 1, 0]), "s", "S.", horizon=24)
    at_risk = [t.get_text() for t in figure(chart).axes[0].texts if t.get_text().isdigit()]
    assert at_risk == ["5", "4", "1", "1", "1"]


def test_a_curve_goes_on_to_the_horizon_where_people_are_followed_beyond_it_and_stops_where_none_is():
    def ends(times: list[float]) -> float:
        chart = figures.survival_curve(kaplan_meier(times, [1, 0]), "s", "S.", horizon=24)
        return figure(chart).axes[0].lines[0].get_xdata()[-1]

    assert ends([3, 30]) == 24 and ends([3, 18]) == 18 and ends([3, 24]) == 24


def test_every_cause_has_its_curve_however_many_there_are():
    axes = figure(CASES["eight causes"]).axes[0]
    assert len([line for line in axes.lines if len(line.get_xdata()) > 2]) == 8
    assert (
        len({(line.get_color(), line.get_linestyle(), str(line._dash_pattern)) for line in axes.lines}) == 8
    )
    assert len(figure(CASES["eleven ladders"]).axes[0].lines) == 11


@pytest.mark.parametrize("name", ["no event", "eight causes", "survival"])
def test_a_share_is_written_at_ticks_that_are_whole_percent(name):
    ax = figure(CASES[name]).axes[0]
    assert all(abs(100 * tick - round(100 * tick)) < 1e-9 for tick in ax.get_yticks())


def test_people_are_counted_at_whole_ticks():
    for name, axis in (("hidden bars", "xaxis"), ("one bar of nought", "xaxis"), ("one quarter", "yaxis")):
        ticks = getattr(figure(CASES[name]).axes[0], axis).get_ticklocs()
        assert np.allclose(ticks, np.round(ticks))


@pytest.mark.parametrize(
    "name", ["quarters", "quarters with a time before", "few quarters with a time before", "one quarter"]
)
def test_the_last_quarter_and_the_time_before_are_always_named(name):
    labels = [t.get_text() for t in figure(CASES[name]).axes[0].get_xticklabels()]
    assert labels[-1].endswith("*") and ("before" in labels) is ("before" in name)


def test_hidden_quarters_leave_the_contract_whole():
    line = figure(CASES["hidden quarters"]).axes[0].lines[0]
    assert len(line.get_ydata()) == 21 and (np.asarray(line.get_ydata()) == 6).all()


def test_labels_are_moved_apart_as_little_as_can_be():
    assert _apart([0.1, 0.5], 0.1, 0) == [0.1, 0.5]
    assert _apart([0.5, 0.5, 0.5], 0.1, 0) == pytest.approx([0.4, 0.5, 0.6])
    assert _apart([0.0, 0.0], 0.1, 0.05) == pytest.approx([0.05, 0.15])
    assert _apart([], 0.1, 0) == []


def test_words_stand_out_from_the_page():
    def contrast(rgb) -> float:
        linear = np.where(
            np.array(rgb) <= 0.04045, np.array(rgb) / 12.92, ((np.array(rgb) + 0.055) / 1.055) ** 2.4
        )
        return 1.05 / (linear @ (0.2126, 0.7152, 0.0722) + 0.05)

    for name in CASES:
        for text in words(name)[0].axes[0].texts:
            assert contrast(to_rgb(text.get_color())) >= 4.49, text.get_text()
    assert _dark("black") == (0, 0, 0)


def test_a_png_holds_no_date_and_no_software():
    from PIL import Image

    assert set(Image.open(io.BytesIO(png(CASES["bars"]))).info) <= {"dpi"}


def test_words_in_a_picture_stay_words_and_fall_back_to_fonts_that_every_machine_has():
    made = svg(CASES["bars"])
    assert ">Accepted by the panel</text>" in made and "'DejaVu Sans', Verdana, Arial, sans-serif" in made
    assert "http://" not in made.replace("http://www.w3.org/", "").replace("http://purl.org/", "").replace(
        "http://creativecommons.org/", ""
    )

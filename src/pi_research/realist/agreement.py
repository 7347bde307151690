"""Do coders agree beyond chance? Krippendorff's alpha, with an interval by resampling what they coded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

METRICS = ("nominal", "ordinal", "interval")
READINGS = ((0.8, "good enough to rest conclusions on"), (0.667, "good enough for tentative conclusions only"))
"""Krippendorff 2004, p. 241: what a lower limit of alpha allows."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Agreement of c coders on u units.

    ``alpha`` 1 for full agreement, 0 for chance, below 0 for less than chance, NaN where all codes are alike (no
    disagreement was possible); ``lower, upper`` at ``level``; ``observed, expected`` disagreement; ``units`` with
    two codes or more, ``single`` units left out that have fewer, ``coders``, ``codes`` used; ``values`` (v,) in
    order and ``coincidences`` (v, v); ``draws`` resamples, ``undefined`` of them without any variation.
    """

    alpha: float
    lower: float
    upper: float
    observed: float
    expected: float
    units: int
    single: int
    coders: int
    codes: int
    values: tuple
    coincidences: np.ndarray
    metric: str
    draws: int
    undefined: int
    level: float

    def summary(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        names = ("metric", "alpha", "lower", "upper", "observed", "expected", "units", "single", "coders", "codes")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def sentence(self, *, what: str = "segments") -> Sentence:
        """Agreement in words, judged by the lower limit."""
        given = {"u": count(self.units, people=False), "what": what, "c": count(self.coders, people=False)}
        if np.isnan(self.alpha):
            return sentence("{c} coders gave one and the same code to all {u} {what}: agreement beyond chance can't "
                            "be judged.", **given)  # fmt: skip
        low = self.lower if np.isfinite(self.lower) else self.alpha
        reading = next((text for cut, text in READINGS if low >= cut), "too low to rest conclusions on")
        a, b, d = (number(v, digits=2) for v in (self.alpha, self.lower, self.upper))
        return sentence("{c} coders agreed on {u} {what} beyond chance to a degree of {a} ({level} interval {b} to "
                        "{d}; Krippendorff's alpha, {metric}, bootstrap over {what}): judged by the lower limit, "
                        "{reading}.",
                        a=a, b=b, d=d, level=f"{100 * self.level:g}%", metric=self.metric, reading=reading,
                        **given)  # fmt: skip


def krippendorff_alpha(
    codes: ArrayLike, metric: str = "nominal", *, order: Sequence | None = None, draws: int = 2_000,
    seed: int | np.random.Generator = 0, level: float = 0.95,
) -> Agreement:
    """Krippendorff's alpha: 1 less the disagreement observed as a share of that expected by chance.

    Parameters
    ----------
    codes : (u, c)
        A row for each unit (coded segment), a column for each coder; None, NaN or "" where a coder gave none.
    metric : {"nominal", "ordinal", "interval"}
        How far two codes are apart: differing or not; by the codes in between, as they are used; or by their
        squared difference.
    order : sequence, optional
        All codes from lowest to highest, for ordinal codes that aren't numbers.
    draws, seed, level :
        Of the interval: percentiles over resampled units, each resample with its own expected disagreement. The
        units are what was sampled, and this interval covers well where one from an assumed distribution does not
        (Zapf and others, BMC Med Res Methodol 2016;16:93). Draws without any variation are left out and counted.

    Raises
    ------
    ValueError
        Fewer than two coders; no unit with two codes; text where numbers are needed; a code not in ``order``.

    Notes
    -----
    When NOT to use it: on segments that one coder picked knowing the other's codes; on so few units that the
    interval spans everything, which it then says. Krippendorff, Content Analysis, 2nd ed. 2004, ch. 11.

    >>> round(krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]], draws=0).alpha, 3)  # 1 - 5 * 2 / (2 * 9)
    0.444
    """
    import pandas as pd

    table = pd.DataFrame(np.asarray(codes, object)).replace("", None)
    if table.shape[1] < 2:
        raise ValueError("codes: give a column for each of two coders or more")
    if metric not in METRICS:
        raise ValueError(f"metric: choose one of {', '.join(METRICS)}")
    given = table.notna().sum(axis=1)
    paired = table[given >= 2]
    if paired.empty:
        raise ValueError("codes: no unit was coded by two coders, so agreement can't be judged")
    values = _values(paired, metric, order)
    place = {v: j for j, v in enumerate(values)}
    counts = np.zeros((len(paired), len(values)))
    for i, row in enumerate(paired.itertuples(index=False)):
        for code in row:
            if not pd.isna(code):
                counts[i, place[code]] += 1
    total = counts.sum(1)
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, range(len(values)), range(len(values))] -= counts
    pairs = (pairs / (total - 1)[:, None, None]).reshape(len(paired), -1)
    scale = np.array(values, float) if metric == "interval" else None
    alpha, observed, expected = (float(v[0]) for v in _alpha(pairs.sum(0)[None], len(values), metric, scale))
    lower = upper = np.nan
    drawn = np.empty(0)
    if draws and np.isfinite(alpha):
        rng = np.random.default_rng(seed)
        times = rng.multinomial(len(pairs), np.full(len(pairs), 1 / len(pairs)), size=draws)
        drawn = _alpha(times @ pairs, len(values), metric, scale)[0]
        if np.isfinite(drawn).any():
            lower, upper = np.nanpercentile(drawn, [50 * (1 - level), 50 * (1 + level)])
    return Agreement(alpha, float(lower), float(upper), observed, expected, len(paired), int((given < 2).sum()),
                     int(table.notna().any().sum()), int(total.sum()), tuple(values),
                     pairs.sum(0).reshape(len(values), -1), metric, draws, int(np.isnan(drawn).sum()),
                     level)  # fmt: skip


def _values(paired: pd.DataFrame, metric: str, order: Sequence | None) -> list:
    """Codes in use, lowest first."""
    used = list(dict.fromkeys(v for v in paired.stack()))
    if order is not None:
        missing = [v for v in used if v not in order]
        if missing:
            raise ValueError(f"order: {len(missing)} of the codes in use are not in it; list every code")
        return [v for v in order if v in used]
    if metric == "interval" or (metric == "ordinal" and any(isinstance(v, str) for v in used)):
        try:
            return sorted(used, key=float)
        except (TypeError, ValueError):
            raise ValueError(f"codes: {metric} codes must be numbers, or (ordinal) be listed in order") from None
    return sorted(used, key=str) if metric == "nominal" else sorted(used)


def _alpha(coincidences: np.ndarray, v: int, metric: str, scale: np.ndarray | None) -> tuple[np.ndarray, ...]:
    """Alpha, observed and expected disagreement (b,) of b flattened coincidence tables (b, v * v)."""
    o = coincidences.reshape(-1, v, v)
    margin = o.sum(2)
    n = margin.sum(1)
    if metric == "nominal":
        apart = np.broadcast_to(1.0 - np.eye(v), o.shape)
    elif metric == "interval":
        apart = np.broadcast_to((scale[:, None] - scale) ** 2, o.shape)
    else:
        middle = margin.cumsum(1) - margin / 2
        apart = (middle[:, :, None] - middle[:, None, :]) ** 2
    seen = (o * apart).sum((1, 2)) / n
    chance = (margin[:, :, None] * margin[:, None, :] * apart).sum((1, 2)) / (n * (n - 1))
    rest = np.divide(seen, chance, out=np.full(len(o), np.nan), where=chance > 1e-12)
    return 1 - rest, seen, chance

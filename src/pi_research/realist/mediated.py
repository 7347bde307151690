"""Through what does it work? An indirect effect where the design allows one, and a refusal where it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

SCALES = ("log_ratio", "difference")


@dataclass(frozen=True, slots=True)
class MediationDesign:
    """What has to be known before an indirect effect is worked out.

    ``assignment`` of the exposure: "randomised", "stated assumptions" or "none"; ``assumptions`` in words where
    not randomised; ``exposure_to, mediator_from, mediator_to, outcome_from`` times on one scale (months): when the
    exposure was settled, the mediator was first and last measured, and outcomes begin to count; ``n`` people,
    ``events`` with the outcome, ``mediated`` people whose mediator was measured.
    """

    exposure: str
    mediator: str
    outcome: str
    assignment: str
    exposure_to: float
    mediator_from: float
    mediator_to: float
    outcome_from: float
    n: int
    events: int
    mediated: int
    assumptions: str = ""


LEAST_EVENTS, LEAST_MEASURED = 20, 0.8

RULES: tuple[tuple[str, Callable[[MediationDesign], bool], str], ...] = (
    ("assignment", lambda d: d.assignment == "randomised" or (d.assignment == "stated assumptions" and d.assumptions),
     "{exposure} was not randomised and no assumption was stated under which it may be read as if it had been"),
    ("mediator after exposure", lambda d: d.mediator_from > d.exposure_to,
     "{mediator} was measured before {exposure} was settled, so that it may be a cause and not a consequence"),
    ("outcome after mediator", lambda d: d.outcome_from >= d.mediator_to,
     "{outcome} counts from before {mediator} was measured, so that it may have come first"),
    ("events", lambda d: min(d.events, d.n - d.events) >= LEAST_EVENTS,
     "there are too few people with the outcome, or without it (20 of each are needed)"),
    ("mediator measured", lambda d: d.mediated >= LEAST_MEASURED * d.n,
     "{mediator} was measured in fewer than 80 % of the people, and who is missing is seldom chance"),
)  # fmt: skip
"""Name, condition and what is said where it does not hold; all must hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Mediation:
    """An indirect effect in the unit of the estimates (log ratios as logs), NaN where ``refused`` says why.

    ``indirect, lower, upper`` at ``level``, ``direct`` (estimate, lower, upper); ``e_value, e_value_limit`` how
    strongly an unmeasured cause would have to be tied to both mediator and outcome, as ratios, to explain the
    indirect effect, or its limit, away (NaN where the scale has none).
    """

    design: MediationDesign
    indirect: float
    lower: float
    upper: float
    direct: tuple[float, float, float]
    e_value: float
    e_value_limit: float
    refused: tuple[str, ...]
    scale: str
    level: float

    def summary(self) -> pd.DataFrame:
        """One row; log ratios as ratios."""
        import pandas as pd

        shown = np.exp if self.scale == "log_ratio" else float
        values = {"indirect": self.indirect, "lower": self.lower, "upper": self.upper, "direct": self.direct[0]}
        rest = {"e_value": self.e_value, "e_value_limit": self.e_value_limit, "refused": "; ".join(self.refused)}
        return pd.DataFrame([{k: float(shown(v)) for k, v in values.items()} | rest])

    def sentence(self) -> Sentence:
        """The indirect effect, or why none is given."""
        d, behind = self.design, (self.design.events, self.design.n - self.design.events)
        given = {"exposure": d.exposure, "mediator": d.mediator, "outcome": d.outcome, "n": count(d.n)}
        if self.refused:
            return sentence("Whether {exposure} changes {outcome} through {mediator} is not estimated: {why}.",
                            why="; ".join(self.refused), **given)  # fmt: skip
        ratio = self.scale == "log_ratio"
        shown = [number(np.exp(v) if ratio else v, digits=2, style="ratio", behind=behind)
                 for v in (self.indirect, self.lower, self.upper)]  # fmt: skip
        away = self.lower > 0 or self.upper < 0
        basis = "randomised" if d.assignment == "randomised" else f"under stated assumptions ({d.assumptions})"
        said = sentence(
            "Through {mediator}, {exposure} changes {outcome} by " + ("a ratio of " if ratio else "") + "{a} ({level} "
            "interval {b} to {c}, {n} people; product of coefficients, Monte Carlo interval; {basis}), {verdict}.",
            a=shown[0], b=shown[1], c=shown[2], level=f"{100 * self.level:g}%", basis=basis,
            verdict="which chance alone would seldom bring" if away else "which chance alone may have brought",
            **given)  # fmt: skip
        if np.isnan(self.e_value):
            return said
        return joined(said, sentence(
            "A cause that was not measured could explain it away if it made both {mediator} and {outcome} {e} times as "
            "likely, and could take the interval to no effect from {f} times (E-value); randomising {exposure} does "
            "not protect against that.",
            e=number(self.e_value, digits=2), f=number(self.e_value_limit, digits=2), **given))  # fmt: skip


def mediation(
    design: MediationDesign, *, path_a: tuple[float, float], path_b: tuple[float, float],
    direct: tuple[float, float] = (np.nan, np.nan), scale: str = "log_ratio", outcome_sd: float = np.nan,
    seed: int | np.random.Generator = 0, draws: int = 100_000, level: float = 0.95,
) -> Mediation:
    """Indirect effect of an exposure through a mediator as a product of coefficients.

    Parameters
    ----------
    design : MediationDesign
        Checked against :data:`RULES` first; where one does not hold, nothing is estimated.
    path_a : (estimate, std_error)
        Exposure on mediator.
    path_b : (estimate, std_error)
        Mediator on outcome, holding the exposure, on ``scale``.
    direct : (estimate, std_error)
        Exposure on outcome, holding the mediator.
    scale : {"log_ratio", "difference"}
    outcome_sd : float
        Standard deviation of a measured outcome, for the E-value of a difference.
    seed, draws, level :
        Of the Monte Carlo interval: both paths drawn from their normal distributions and multiplied (MacKinnon,
        Lockwood and Williams, Multivar Behav Res 2004;39:99-128), right where the product is skew.

    Raises
    ------
    ValueError
        An error not above 0, a missing estimate, an unknown scale.

    Notes
    -----
    The product is the indirect effect for a linear mediator, no interaction of exposure and mediator, and on a
    log ratio of a rare outcome or a rate. E-value: VanderWeele and Ding, Ann Intern Med 2017;167:268-274; for a
    difference, its ratio is taken as exp(0.91 d). When NOT to use it: for a mediator that the exposure defines
    (support hours of a support programme), or to look for one among many.

    >>> known = MediationDesign("a", "b", "c", "randomised", 0, 1, 2, 3, 100, 40, 100)
    >>> round(mediation(known, path_a=(0.5, 0.01), path_b=(0.4, 0.01)).indirect, 2)
    0.2
    """
    if scale not in SCALES:
        raise ValueError(f"scale: choose one of {', '.join(SCALES)}")
    why = tuple(said.format(exposure=design.exposure, mediator=design.mediator, outcome=design.outcome)
                for _, holds, said in RULES if not holds(design))  # fmt: skip
    nothing = (np.nan,) * 3
    if why:
        return Mediation(design, *nothing, nothing, np.nan, np.nan, why, scale, level)
    (a, a_error), (b, b_error) = path_a, path_b
    if not (np.isfinite([a, b]).all() and a_error > 0 and b_error > 0 and draws >= 1_000):
        raise ValueError("path_a, path_b: an estimate and an error above 0 each; 1,000 draws or more")
    rng = np.random.default_rng(seed)
    drawn = rng.normal(a, a_error, draws) * rng.normal(b, b_error, draws)
    lower, upper = (float(v) for v in np.percentile(drawn, [50 * (1 - level), 50 * (1 + level)]))
    from scipy.special import ndtri

    half = ndtri(0.5 + level / 2) * direct[1]
    unit = 1.0 if scale == "log_ratio" else 0.91 / outcome_sd
    limit = 0.0 if lower <= 0 <= upper else min(abs(lower), abs(upper))
    return Mediation(design, a * b, lower, upper, (direct[0], direct[0] - half, direct[0] + half),
                     _e_value(a * b * unit), _e_value(limit * unit), (), scale, level)  # fmt: skip


def _e_value(log_ratio: float) -> float:
    """Ratio (above 1) that tips a log ratio to none; 1 where there is nothing to explain."""
    ratio = np.exp(abs(log_ratio))
    return float(ratio + np.sqrt(ratio * (ratio - 1)))

"""What differences between groups say, in plain English, and what so few people can't show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pi_research.wording import Number, Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    from pi_research.realist.modification import Modification

SAYS = {
    "supported": "this supports the configuration",
    "contrary": "this goes against what the configuration expects",
    "not shown": "this does not tell the groups apart, which is not the same as saying that they are alike",
}


def _shown(scale: str, value: float, behind: tuple[int, ...]) -> Number:
    if scale == "log_ratio":
        return number(np.exp(value), digits=2, style="ratio", behind=behind)
    return number(100 * value, digits=0, style="signed" if behind or value < 0 else "decimal", behind=behind)


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"= {number(value, digits=3)}"


def alone(made: Modification, k: int) -> Sentence:
    """One configuration: the difference, its limits, the test, and the estimate after shrinkage."""
    people = tuple(int(v) for v in made.n[k])
    behind = people if min(people) >= 0 else ()
    given = {"name": made.configurations[k], "group": made.groups[k][1], "other": made.groups[k][0]}
    who = ""
    if behind:
        given |= {"m": count(people[1]), "o": count(people[0])}
        who = " ({m} and {o} people)"
    head = "{name}: {group} beside {other}" + who + ", "
    if made.verdict[k] == "not estimable":
        return sentence(head + "the difference can't be estimated: too few people or events.", **given)
    names = ("difference", "lower", "upper", "detectable", "shrunken", "shrunken_lower", "shrunken_upper")
    given |= {name: _shown(made.scale[k], float(getattr(made, name)[k]), behind) for name in names}
    unit = "times" if made.scale[k] == "log_ratio" else "percentage points"
    given |= {"unit": unit, "level": f"{100 * made.level:g}%", "p": _p(float(made.p_adjusted[k])),
              "says": SAYS[made.verdict[k]], "tests": f"{len(made.configurations)} tests"}  # fmt: skip
    if len(made.configurations) == 1:
        given["tests"] = "1 test"
    spread = "; no interval" if np.isnan(made.lower[k]) else " ({level} interval {lower} to {upper})"
    parts = [sentence(head + "{difference} {unit}" + spread + "; {says} (p {p} after Holm's correction for {tests}).",
                      **given)]  # fmt: skip
    if np.isfinite(made.shrunken[k]):
        parts.append(sentence("Drawn towards no difference, together with the other configurations: {shrunken} "
                              "({shrunken_lower} to {shrunken_upper}; normal hierarchical model, half-normal prior "
                              "of tau).", **given))  # fmt: skip
    return joined(*parts)


def together(made: Modification) -> Sentence:
    """How many configurations are supported, and how large a difference had to be to be found."""
    k = len(made.configurations)
    counts = {name: sum(v == name for v in made.verdict) for name in (*SAYS, "not estimable")}
    said = sentence(
        "Of {k} {configurations} specified in advance, {s} {are} supported and {c} contradicted; {u} can't be told "
        "either way and {e} can't be estimated (two-sided level {alpha} for all together, Holm).",
        k=count(k, people=False), configurations="configuration" if k == 1 else "configurations",
        s=count(counts["supported"], people=False),
        are="is" if counts["supported"] == 1 else "are", c=count(counts["contrary"], people=False),
        u=count(counts["not shown"], people=False), e=count(counts["not estimable"], people=False),
        alpha=f"{100 * (1 - made.level):.3g}%")  # fmt: skip
    reach = [_reach(made, scale) for scale in dict.fromkeys(made.scale)]
    return joined(said, *(r for r in reach if r), sentence(
        "Anything smaller would mostly be missed by so few people, so what is not shown is not refuted."))


def _reach(made: Modification, scale: str) -> Sentence | None:
    """How large a true difference must be to be found, for the tests of one scale."""
    known = made.detectable[np.isfinite(made.detectable) & (np.array(made.scale) == scale)]
    if not known.size:
        return None
    low, high = (_shown(scale, float(v), ()) for v in (known.min(), known.max()))
    unit = "a ratio of {low} (or 1 in {low})" if scale == "log_ratio" else "{low} percentage points"
    top = "{high} (or 1 in {high})" if scale == "log_ratio" else "{high} percentage points"
    if len(known) > 1:
        unit += " where there is most to go by, and " + top + " where there is least"
    return sentence("A true difference would be found four times in five if it were at least " + unit + ".",
                    low=low, high=high)  # fmt: skip

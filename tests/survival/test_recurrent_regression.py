"""R's values stand in data/validation/survival_reference_states.json, compared in tests/validation."""

import numpy as np
import pandas as pd
import pytest

from pi_research.survival import andersen_gill, cox, prentice_williams_peterson
from pi_research.survival._episodes import episodes, flag
from pi_research.survival.recurrent_regression import _numbers
from pi_research.validation.survival_reference import data_set


def bladder():
    return data_set("survival/bladder2")


def fitted(d, fit=andersen_gill, **how):
    return fit(d["start"], d["stop"], d["event"], d[["rx", "size"]], d["id"], **how)


def cut(d):
    """Each row in two, the event in the second; shuffled."""
    middle = (d["start"] + d["stop"]) / 2
    both = pd.concat([d.assign(stop=middle, event=0), d.assign(start=middle)])
    return both.sample(frac=1, random_state=4)


# -- by hand -------------------------------------------------------------------------------------

def test_the_number_of_the_event_counts_a_persons_own_and_the_gap_begins_where_they_come_at_risk():
    # a: cut at 1 by a covariate, admitted at 3, out from 5, admitted at 6 and, out at once, followed to 9.
    rows = episodes([0, 1, 5, 6, 2], [1, 3, 6, 9, 4], list("aaaab"))
    number, origin = _numbers(rows, flag([0, 1, 1, 0, 0], "event", rows))
    assert number.tolist() == [1, 1, 2, 3, 1] and origin.tolist() == [0, 0, 5, 6, 2]


# -- properties ----------------------------------------------------------------------------------

@pytest.mark.parametrize("fit, how", [(andersen_gill, {}), (prentice_williams_peterson, {}),
                                      (prentice_williams_peterson, {"clock": "gap"})])
def test_rows_that_are_cut_or_in_another_order_change_nothing(fit, how):
    one, two = fitted(bladder(), fit, **how), fitted(cut(bladder()), fit, **how)
    np.testing.assert_allclose(two.coefficients, one.coefficients, rtol=1e-8)
    np.testing.assert_allclose(two.std_error, one.std_error, rtol=1e-8)


def test_with_one_event_a_person_all_three_are_the_robust_cox_model():
    d = bladder().query("enum == 1")
    plain = cox(d["stop"], d["event"], d[["rx", "size"]], cluster=d["id"])
    for made in (fitted(d), fitted(d, prentice_williams_peterson),
                 fitted(d, prentice_williams_peterson, clock="gap")):
        np.testing.assert_allclose(made.coefficients, plain.coefficients, rtol=1e-8)
        np.testing.assert_allclose(made.std_error, plain.std_error, rtol=1e-8)


def test_the_robust_error_of_all_events_is_wider_than_the_models_where_people_differ():
    d = bladder()
    model = cox(d["stop"], d["event"], d[["rx", "size"]], entry=d["start"])
    assert fitted(d).std_error[0] > 1.2 * model.std_error[0]
    assert "rows of 85 people" in fitted(d).sentence("rx", event="recurrence")


# -- bad input -----------------------------------------------------------------------------------

@pytest.mark.parametrize("fit", [andersen_gill, prentice_williams_peterson])
@pytest.mark.parametrize("change, what", [
    (lambda d: d.assign(stop=d["start"]), "stop: not after start"),
    (lambda d: pd.concat([d, d.tail(1)]), "start: the same .* of the same person again in row 179"),
    (lambda d: d.assign(start=0), "start: before the person's row before it stops"),
    (lambda d: d.assign(event=2), "event: neither 0 nor 1"),
    (lambda d: d.assign(event=0), "event: nobody had it"),
    (lambda d: d[d["id"] % 10 == 0], "cluster: 8 clusters"),
    (lambda d: d.assign(size=1), "covariates: 'size' is the same for everyone"),
    (lambda d: d.head(0), "start: empty"),
    (lambda d: d.assign(id=None), "id: missing value"),
])
def test_what_cannot_be_is_refused(fit, change, what):
    with pytest.raises(ValueError, match=what):
        fitted(change(bladder()), fit)


def test_another_clock_is_refused():
    with pytest.raises(ValueError, match="clock: 'calendar' is not known; choose one of total, gap"):
        fitted(bladder(), prentice_williams_peterson, clock="calendar")

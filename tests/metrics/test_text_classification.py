"""Matthews' correlation against scikit-learn's, and the scores of classification."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import matthews_corrcoef

from harness.metrics import image_classification, text_classification
from harness.metrics.names import METRICS


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 10_000))
def test_it_is_scikit_learns(classes: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    labels, chances = random.integers(0, classes, count), random.dirichlet(np.ones(classes), count)
    result = text_classification.scores(chances, labels, classes)
    assert result["mcc"] == pytest.approx(matthews_corrcoef(labels, chances.argmax(1)), abs=1e-9)
    assert result.items() >= image_classification.scores(chances, labels, classes).items()
    assert set(result) <= set(METRICS)

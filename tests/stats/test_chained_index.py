"""Chained indices of matched items."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.stats.chained_index import chained_ratios, levels


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6))
def test_the_index_is_the_level_of_each_period(logs: list[float]) -> None:
    items = np.arange(4)
    links = chained_ratios({number: (items, log + 0.1 * items) for number, log in enumerate(logs)})
    assert [(link.first, link.other) for link in links] == [(n, n + 1) for n in range(len(logs) - 1)]
    index = levels([(link.first, link.other, link.change) for link in links])
    assert list(index.values()) == pytest.approx([log - logs[0] for log in logs], abs=1e-9)


def test_the_interval_is_over_shared_items() -> None:
    ratios = np.array([0.1, 0.2, -0.1, 0.3])
    before = np.array([1.0, 2.0, 3.0, 4.0, 9.0])
    (link,) = chained_ratios(
        {0: (np.arange(5), before), 3: (np.array([0, 1, 2, 3, 7]), np.append(before[:4] + ratios, 5.0))}
    )
    wanted = stats.ttest_1samp(ratios, 0).confidence_interval(0.95)
    assert (link.change, link.low, link.high) == pytest.approx((ratios.mean(), wanted.low, wanted.high))
    assert link.items.tolist() == [0, 1, 2, 3]
    assert link.ratios == pytest.approx(ratios)


def test_a_period_is_linked_with_the_latest_that_shares_three_items() -> None:
    few, many = np.array([0, 1, 7]), np.array([0, 1, 2])
    links = chained_ratios({1: (many, np.zeros(3)), 2: (few, np.zeros(3)), 5: (many, np.ones(3))})
    assert [(link.first, link.other, link.change) for link in links] == [(1, 5, 1.0)]


def test_unconnected_periods_have_levels_of_their_own() -> None:
    assert levels([(0, 2, 0.5), (1, 3, 0.1), (2, 4, -0.2)]) == {0: 0.0, 1: 0.0, 2: 0.5, 3: 0.1, 4: pytest.approx(0.3)}

"""Intervals: they cover what they say they cover, and no less."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.metrics.kinds import resample_weights
from harness.stats.intervals import Interval, interval, interval_of, parts_of_redraws

MIXES = {  # variances of seeds, of items, of what is left
    "seeds and items": (0.02**2, 0.15**2, 0.30**2),
    "items mostly": (0.002**2, 0.30**2, 0.20**2),
    "seeds mostly": (0.05**2, 0.02**2, 0.20**2),
}


def draw(rng: np.random.Generator, mix: str, seeds: int, items: int = 300, size: int = 1) -> np.ndarray:
    """Differences (seeds, items) about zero; items come in clusters of `size`."""
    of_seed, of_item, rest = (np.sqrt(variance) for variance in MIXES[mix])
    a = rng.normal(0, of_seed, (seeds, 1))
    b = np.repeat(rng.normal(0, of_item, (1, items // size)), size, axis=1)
    return a + b + rng.normal(0, rest, (seeds, items))


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("mix", MIXES)
def test_they_cover_new_seeds_and_new_items(mix: str, seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    hits, naive, runs = 0, 0, 800
    for _ in range(runs):
        values = draw(rng, mix, seeds)
        found = interval(values)
        assert found is not None
        hits += found.low <= 0 <= found.high
        means = values.mean(axis=1)
        margin = stats.t.ppf(0.975, seeds - 1) * means.std(ddof=1) / np.sqrt(seeds)
        naive += abs(means.mean()) <= margin
    assert 0.92 <= hits / runs <= 0.995
    if mix == "items mostly":
        assert naive / runs < 0.8, "a t over seeds alone would do as well, and the test shows nothing"


def test_clusters_are_what_is_independent() -> None:
    rng = np.random.default_rng(1)
    aware, blind, runs = 0, 0, 500
    groups = np.repeat(np.arange(30), 10)
    for _ in range(runs):
        values = draw(rng, "items mostly", 3, size=10)
        inside, outside = interval(values, groups), interval(values)
        assert inside is not None
        assert outside is not None
        aware += inside.low <= 0 <= inside.high
        blind += outside.low <= 0 <= outside.high
    assert aware / runs >= 0.91
    assert blind / runs <= aware / runs - 0.1


def test_the_detectable_lift_is_found_in_four_cases_of_five() -> None:
    rng = np.random.default_rng(2)
    draws = [draw(rng, "seeds and items", 5) for _ in range(400)]
    size = float(np.mean([interval(values).detectable for values in draws]))  # type: ignore[union-attr]
    found = [interval(values + size).low > 0 for values in draws]  # type: ignore[union-attr]
    assert 0.7 <= np.mean(found) <= 0.95


VALUES = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(0, 1, (4, 12)))


@given(VALUES, st.floats(-5, 5))
def test_a_shift_moves_it_and_order_does_not(values: np.ndarray, shift: float) -> None:
    one, moved = interval(values), interval(values[::-1, ::-1] + shift)
    assert one is not None
    assert moved is not None
    assert moved.mean == pytest.approx(one.mean + shift, abs=1e-9)
    assert moved.margin == pytest.approx(one.margin, rel=1e-6)


@given(VALUES)
def test_a_cluster_an_item_is_the_same_as_none(values: np.ndarray) -> None:
    one, other = interval(values, np.arange(12)[::-1]), interval(values)
    assert one is not None
    assert other is not None
    assert vars(one) == pytest.approx(vars(other))


@pytest.mark.parametrize("values", [np.ones((1, 5)), np.zeros((3, 5)), np.ones((3, 1)), np.ones((3, 0))])
def test_where_nothing_can_be_said_there_is_none(values: np.ndarray) -> None:
    assert interval(values) is None


def redrawn(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Means (seeds, redraws) over items that are drawn anew."""
    weights = resample_weights(groups, "a task").astype(float)
    return values @ weights.T / weights.sum(1)


def resampled(scores: np.ndarray, values: np.ndarray, clusters: int) -> Interval | None:
    """The interval of the mean of scores (seeds,) from their redraws (seeds, redraws)."""
    found = parts_of_redraws(scores, values, clusters)
    return interval_of([found]) if found else None


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("size", [1, 10])
def test_of_a_mean_redraws_say_what_items_say(mix: str, size: int) -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(300 // size), size)
    ratios = []
    for _ in range(40):
        values = draw(rng, mix, 4, size=size)
        plain = interval(values, groups)
        found = resampled(values.mean(axis=1), redrawn(values, groups), 300 // size)
        assert plain is not None
        assert found is not None
        assert found.mean == pytest.approx(plain.mean)
        ratios.append(found.error / plain.error)
    assert 0.9 < np.mean(ratios) < 1.1


def test_what_is_no_mean_is_covered() -> None:
    """The F1 of a class, over new seeds and new items, as mAP and mIoU are no means either."""
    rng = np.random.default_rng(4)
    hits, runs, items = 0, 300, 200

    def f1(truth: np.ndarray, said: np.ndarray, weights: np.ndarray) -> np.ndarray:
        right, wrong = weights @ (truth & said), weights @ (truth != said)
        return 2 * right / (2 * right + wrong)

    def world(seeds: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        difficulty = rng.normal(0, 1, count)
        truth = rng.random(count) < 0.4
        skill = rng.normal(1.0, 0.2, (seeds, 1))
        right = rng.random((seeds, count)) < 1 / (1 + np.exp(-(skill + difficulty)))
        return truth, np.where(right, truth, ~truth)

    truth, said = world(400, 4000)
    everything = np.mean([float(f1(truth, one, np.ones((1, len(truth))))[0]) for one in said])
    for _ in range(runs):
        truth, said = world(4, items)
        weights = resample_weights(np.arange(items), "another").astype(float)
        scores = np.array([f1(truth, one, np.ones((1, items)))[0] for one in said])
        found = resampled(scores, np.stack([f1(truth, one, weights) for one in said]), items)
        assert found is not None
        hits += found.low <= everything <= found.high
    assert 0.91 <= hits / runs <= 0.995


def test_redraws_that_say_nothing_give_none() -> None:
    assert resampled(np.zeros(1), np.zeros((1, 9)), 5) is None
    assert resampled(np.zeros(3), np.zeros((3, 9)), 1) is None
    assert resampled(np.zeros(3), np.zeros((3, 9)), 5) is None

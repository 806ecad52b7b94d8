"""Ranks: only what differs is told apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.stats.ranking import holm, rank, significant
from harness.sweep.selection import NothingToChooseError, choose


def scores(means: list[float], noise: float, seeds: int = 5, seed: int = 0) -> dict[str, dict[int, float]]:
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 0.05, seeds)
    return {
        f"c{index}": {each: mean + shared[each] + rng.normal(0, noise) for each in range(seeds)}
        for index, mean in enumerate(means)
    }


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_stepwise_bonferroni(values: list[float]) -> None:
    adjusted = holm(values)
    order = np.argsort(values, kind="stable")
    plain = [min(1.0, values[index] * (len(values) - step)) for step, index in enumerate(order)]
    assert [adjusted[index] for index in order] == pytest.approx(np.maximum.accumulate(plain).tolist())


def test_clear_differences_give_single_ranks() -> None:
    found = rank(scores([0.1, 0.5, 0.9], 0.001))
    assert {name: (one.low, one.high, one.best) for name, one in found.items()} == {
        "c2": (1, 1, True), "c1": (2, 2, False), "c0": (3, 3, False),
    }  # fmt: skip


def test_what_cannot_be_told_apart_shares_its_ranks() -> None:
    found = rank(scores([0.5] * 4, 0.02))
    assert {(one.low, one.high, one.best) for one in found.values()} == {(1, 4, True)}


def test_few_seeds_are_not_ranked() -> None:
    assert rank(scores([0.1, 0.9], 0.001, seeds=4)) == {}
    mixed = scores([0.1, 0.9], 0.001) | {"few": {0: 0.5}}
    assert set(rank(mixed)) == {"c0", "c1"}


def test_errors_over_a_whole_ranking_stay_rare() -> None:
    wrong = sum(bool(significant(scores([0.5] * 8, 0.02, seed=seed)).any()) for seed in range(300))
    assert wrong / 300 <= 0.08


@given(
    st.integers(2, 12), st.integers(2, 8), st.sampled_from([0.0, 0.01, 0.05, 1.0]), st.booleans(), st.integers(0, 2**32)
)
def test_the_pairs_told_apart_are_those_of_all_p_values(
    cells: int, seeds: int, apart: float, unequal: bool, draw: int
) -> None:
    rng = np.random.default_rng(draw)
    noise = np.where(np.arange(cells) % 2, 0.05, 0.0005 if unequal else 0.05)[:, None]
    table = apart * rng.normal(size=(cells, 1)) + rng.normal(size=seeds) + noise * rng.normal(size=(cells, seeds))
    left = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    freedom = (cells - 1) * (seeds - 1)
    pooled = seeds <= 2 or cells <= 2 or stats.levene(*left, center="median").pvalue >= 0.01
    first, second = np.triu_indices(cells, 1)
    differences = table[first] - table[second]
    spread = 2 * (left**2).sum() / freedom if pooled else differences.var(axis=1, ddof=1)
    t = differences.mean(axis=1) / np.sqrt(spread / seeds)
    sure = holm(2 * stats.t.sf(np.abs(t), freedom if pooled else seeds - 1)) < 0.05
    better = np.zeros((cells, cells), dtype=bool)
    better[first[sure & (t > 0)], second[sure & (t > 0)]] = True
    better[second[sure & (t < 0)], first[sure & (t < 0)]] = True
    found = significant({cell: dict(enumerate(row)) for cell, row in enumerate(table.tolist())})
    assert (found == better).all()


def test_two_cells_alone_are_a_paired_t() -> None:
    both = scores([0.5, 0.53], 0.02, seed=3)
    one, other = (np.array(list(each.values())) for each in both.values())
    expected = stats.ttest_rel(one, other).pvalue < 0.05
    assert bool(significant(both).any()) == expected


RATES = st.dictionaries(
    st.sampled_from([1e-3, 3e-3, 1e-2, 3e-2]),
    st.lists(st.none() | st.floats(0, 1), min_size=3, max_size=3),
    min_size=1,
)


@given(RATES)
def test_the_best_mean_is_chosen_and_failures_count_as_worst(outcomes: dict[float, list[float | None]]) -> None:
    if all(score is None for each in outcomes.values() for score in each):
        with pytest.raises(NothingToChooseError):
            choose(outcomes)
        return
    choice = choose(outcomes)
    means = {rate: sum(score or 0.0 for score in each) / len(each) for rate, each in outcomes.items()}
    best = max(means.values())
    assert means[choice.rate] == pytest.approx(best)
    assert choice.edge == (len(outcomes) > 1 and choice.rate in (min(outcomes), max(outcomes)))
    assert list(choice.scores) == [f"{rate:g}" for rate in sorted(outcomes)]


def test_of_equal_rates_the_smallest() -> None:
    assert choose({0.1: [0.5], 0.01: [0.5], 0.001: [0.4]}).rate == 0.01

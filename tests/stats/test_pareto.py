"""The front of costs and scores, and the candidates that surely are dominated."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.pareto import on_front, surely_dominated

CANDIDATES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=30)


def axes(candidates: list[tuple[int, int, int]]) -> list[np.ndarray]:
    return [np.array(axis, dtype=float) for axis in zip(*candidates, strict=True)]


def beats(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one[:2] != other[:2]


@given(CANDIDATES)
def test_the_front_is_the_set_that_no_candidate_beats(candidates: list[tuple[int, int, int]]) -> None:
    costs, scores, _ = axes(candidates)
    on = on_front(costs, scores)
    front = [each for each, inside in zip(candidates, on, strict=True) if inside]
    for each, inside in zip(candidates, on, strict=True):
        assert inside != any(beats(other, each) for other in front)
        assert inside != any(beats(other, each) for other in candidates)


@given(CANDIDATES)
def test_surely_dominated_equals_enumeration_and_excludes_the_front(candidates: list[tuple[int, int, int]]) -> None:
    costs, scores, margins = axes(candidates)
    surely = surely_dominated(costs, scores - margins, scores + margins)
    for each, sure in zip(candidates, surely, strict=True):
        assert sure == any(o[0] <= each[0] and o[1] - o[2] > each[1] + each[2] for o in candidates)
    assert not (surely & on_front(costs, scores)).any()


def test_ten_thousand_candidates_are_fast() -> None:
    costs, scores = np.random.default_rng(0).random((2, 10_000))
    assert on_front(costs, scores).sum() < 100

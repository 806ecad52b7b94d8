"""Factors: which cells make a curve, its slope with the interval of a contrast, and the figures of the finding."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.cells import Cell, Corruption, Pretraining, percent
from harness.findings.base import Lines
from harness.findings.curves import Curve, curves
from harness.findings.evidence import Evidence
from harness.findings.factors import factors
from harness.findings.registry_facts import RegistryFacts
from tests.findings.records import Recorder, cell, pretraining_cell

SCRATCH = pretraining_cell(objective="scratch")
SEEDS, ITEMS = 3, 400


def correct(share: float, seed: int) -> np.ndarray:
    """Correctness (draws, items) that a higher share only adds to, so that levels are paired by item."""
    return np.random.default_rng(seed).random((1, ITEMS)) < share


def recorded(shares: list[tuple[Cell, float]]) -> tuple[Recorder, list[Cell]]:
    recorder = Recorder()
    for where, share in shares:
        for seed in range(SEEDS):
            recorder.add(where, seed, correct(share, seed))
    return recorder, [where for where, _ in shares]


def drawn(shares: list[tuple[Cell, float]], factor: str, controls: tuple[str, ...] = ()) -> list[Curve]:
    recorder, cells = recorded(shares)
    evidence = Evidence(recorder.store, cells, RegistryFacts(controls))
    return [each for each in curves(evidence) if each.factor.name == factor]


def corrupted(kind: str, severity: int) -> Cell:
    return cell(pretraining_cell(corruption=Corruption(kind, severity)))


def test_the_slope_is_that_of_the_line_through_the_means() -> None:
    shares = [(cell(pretraining_cell(fraction=fraction)), at) for fraction, at in ((0.01, 0.5), (0.1, 0.7), (1.0, 0.8))]
    (curve,) = drawn(shares, "quantity")
    means = [level.measure.mean for level in curve.levels]
    assert [level.value for level in curve.levels] == [0.01, 0.1, 1.0]
    assert curve.slope.mean == pytest.approx(np.polyfit([-2, -1, 0], means, 1)[0])
    assert curve.slope.low < curve.slope.mean < curve.slope.high
    assert (curve.measure, curve.verdict, curve.slope.n) == ("score", "rises", SEEDS)


def test_the_clean_corpus_begins_every_kind_of_corruption() -> None:
    clean = cell(pretraining_cell())
    drawn_curves = drawn([(clean, 0.8), (corrupted("noise", 3), 0.6), (corrupted("blur", 1), 0.8)], "quality")
    assert [(curve.shared.kind, [level.value for level in curve.levels]) for curve in drawn_curves] == [
        ("noise", [0, 3]), ("blur", [0, 1]),
    ]  # fmt: skip
    assert drawn_curves[0].verdict == "falls"
    assert drawn_curves[1].slope.mean == 0


def test_two_levels_have_the_interval_of_their_difference() -> None:
    shares = [(cell(pretraining_cell(fraction=0.1)), 0.5), (cell(pretraining_cell()), 0.6)]
    (curve,) = drawn(shares, "quantity")
    recorder, (less, more) = recorded(shares)
    arm = replace(less.arm, objective="scratch", fraction=1.0)
    as_lift = replace(less, pretraining=Pretraining(less.model, arm))
    for seed in range(SEEDS):
        recorder.add(as_lift, seed, correct(0.5, seed))
    _, row = Evidence(recorder.store, [as_lift, more]).rows
    assert (curve.slope.low, curve.slope.high) == pytest.approx((row.lift_low, row.lift_high))


def test_along_size_the_lift_is_followed_within_a_family() -> None:
    recorder, cells = Recorder(), []
    for model, parameters, scratch, share in (
        ("small", 1e3, 0.4, 0.6),
        ("large", 8e3, 0.6, 0.65),
        ("alien", 5.0, 0.1, 1),
    ):
        for objective, right in (("scratch", scratch), ("simclr", share)):
            where = cell(pretraining_cell(model, objective))
            cells.append(where)
            for seed in range(SEEDS):
                recorder.add(where, seed, correct(right, seed), meters={"parameters": parameters})
    families = {"small": "net", "large": "net", "alien": "other"}
    reference, lifted = curves(Evidence(recorder.store, cells, RegistryFacts(families=families)))
    assert (reference.measure, reference.verdict) == ("score", "rises")
    assert (lifted.measure, lifted.verdict) == ("lift", "falls")
    assert [level.value for level in lifted.levels] == ["small", "large"]
    small, large = (level.measure.mean for level in lifted.levels)
    assert lifted.slope.mean == pytest.approx((large - small) / 3)


def test_along_labels_all_labels_have_no_place() -> None:
    shares = [(cell(SCRATCH, shots=shots), share) for shots, share in ((1, 0.3), (8, 0.6), (None, 0.9))]
    (curve,) = drawn(shares, "labels")
    assert [level.value for level in curve.levels] == [1, 8]


def test_one_cell_or_no_record_or_a_control_makes_no_curve() -> None:
    full, less = cell(pretraining_cell()), cell(pretraining_cell(fraction=0.1))
    recorder, _ = recorded([(full, 0.5)])
    assert curves(Evidence(recorder.store, [full, less])) == []
    assert drawn([(full, 0.5), (less, 0.5)], "quantity", controls=("net",)) == []


def test_levels_without_a_common_seed_have_no_slope() -> None:
    full, less = cell(pretraining_cell()), cell(pretraining_cell(fraction=0.1))
    recorder = Recorder()
    recorder.add(full, 0, correct(0.5, 0))
    recorder.add(less, 1, correct(0.5, 1))
    (curve,) = curves(Evidence(recorder.store, [full, less]))
    assert (curve.slope, curve.verdict) == ((0, None, None, None), "undecided")


@given(st.lists(st.floats(0.05, 0.95), min_size=2, max_size=5), st.randoms())
def test_the_order_of_the_cells_does_not_matter(shares: list[float], random: object) -> None:
    pairs = [(cell(pretraining_cell(fraction=10.0**-index)), share) for index, share in enumerate(shares)]
    recorder, cells = recorded(pairs)
    shuffled = list(cells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    (one,), (other,) = (curves(Evidence(recorder.store, each)) for each in (cells, shuffled))
    assert (one.levels, one.slope.mean) == (other.levels, pytest.approx(other.slope.mean))


def pretrained(recorder: Recorder, where: Pretraining, losses: list[float], parameters: float = 1e3) -> Cell:
    """An adaptation cell with a pretraining of each loss, one a seed."""
    for seed, loss in enumerate(losses):
        parent = recorder.add(where, seed, metrics={"loss": loss}, meters={"parameters": parameters})
        recorder.add(cell(where), seed, correct(0.5, seed), spec={"parent": parent.key})
    return cell(where)


def test_the_held_out_loss_has_curves_of_its_own_over_seeds() -> None:
    recorder = Recorder()
    less, more = [2.0, 2.2, 2.1], [1.5, 1.6, 1.4]
    cells = [
        pretrained(recorder, pretraining_cell(fraction=0.1), less),
        pretrained(recorder, pretraining_cell(), more),
    ]
    (curve,) = (c for c in curves(Evidence(recorder.store, cells)) if c.measure == "loss")
    assert (curve.factor.name, curve.verdict, curve.slope.n) == ("quantity", "falls", 3)
    assert [level.measure.mean for level in curve.levels] == pytest.approx([2.1, 1.5])
    differences = np.array(more) - np.array(less)
    interval = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert curve.slope[1:] == pytest.approx((differences.mean(), interval.low, interval.high))
    assert curve.shared.problem is None


def test_losses_along_size_are_those_of_a_family() -> None:
    recorder = Recorder()
    cells = [
        pretrained(recorder, pretraining_cell(model), [loss] * 3, parameters)
        for model, loss, parameters in (("small", 2.0, 1e3), ("large", 1.0, 4e3), ("alien", 9.0, 1e3))
    ]
    facts = RegistryFacts(families={"small": "net", "large": "net"})
    (curve,) = (c for c in curves(Evidence(recorder.store, cells, facts)) if c.measure == "loss")
    assert curve.shared.model == "net"
    assert curve.slope.mean == pytest.approx(-0.5)
    assert curve.slope.low is None


def quantities(fractions: list[float], **arm: object) -> Evidence:
    """A cell of one seed for each fraction of the corpus."""
    recorder = Recorder()
    cells = [cell(pretraining_cell(fraction=fraction, **arm)) for fraction in fractions]
    for index, each in enumerate(cells):
        recorder.add(each, 0, metrics={"accuracy": 0.1 + index / 10})
    return Evidence(recorder.store, cells)


def test_close_fractions_are_levels_of_their_own_with_exact_labels() -> None:
    (row,) = factors(quantities([0.004, 0.012, 0.014])).tables()["curves"].rows
    assert [(level["level"], level["value"]) for level in row["levels"]] == [
        ("0.4%", pytest.approx(0.1)), ("1.2%", pytest.approx(0.2)), ("1.4%", pytest.approx(0.3)),
    ]  # fmt: skip


@given(st.lists(st.floats(1e-9, 1.0), min_size=2, max_size=8, unique=True))
def test_every_fraction_is_a_level(fractions: list[float]) -> None:
    (curve,) = curves(quantities(fractions))
    assert [level.value for level in curve.levels] == sorted(fractions)
    (figure,) = (figure for section in factors(quantities(fractions)).sections for figure in section.figures)
    assert isinstance(figure, Lines)
    (points,) = figure.series.values()
    assert [point.x for point in points] == sorted(fractions)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_percentages_are_equal_only_where_fractions_are(one: int, other: int) -> None:
    assert (percent(one / 10**6) == percent(other / 10**6)) == (one == other)
    assert float(percent(one / 10**6)[:-1]) == pytest.approx(one / 10**4)


def test_curves_of_one_arm_with_different_budgets_have_names_of_their_own() -> None:
    recorder, cells = Recorder(), []
    for steps, fraction in itertools.product((9, 90), (0.1, 1.0)):
        cells.append(cell(pretraining_cell(fraction=fraction, steps=steps)))
        recorder.add(cells[-1], 0, metrics={"accuracy": 0.5})
    (figure,) = (figure for section in factors(Evidence(recorder.store, cells)).sections for figure in section.figures)
    assert isinstance(figure, Lines)
    assert list(figure.series) == ["simclr on glyphs, steps 9", "simclr on glyphs, steps 90"]


def test_the_finding_counts_curves_and_belongs_to_tasks() -> None:
    shares = [(cell(pretraining_cell()), 0.8), (corrupted("noise", 3), 0.6), (corrupted("noise", 5), 0.4)]
    recorder, cells = recorded(shares)
    finding = factors(Evidence(recorder.store, cells))
    (row,) = finding.tables()["overview"].rows
    assert (row["factor"], row["measure"], row["curves"], row["rises"], row["falls"]) == ("quality", "score", 1, 0, 1)
    assert row["chance"] == pytest.approx(0.05)
    assert "falls in 1" in finding.summary[0]
    (curve,) = finding.tables()["curves"].rows
    assert (curve["corruption"], curve["task"], curve["verdict"], curve["n"]) == ("noise", "digits", "falls", SEEDS)
    assert curve["low"] < curve["slope"] < curve["high"] < 0
    assert [section.subject for section in finding.sections] == ["", "task digits"]


def test_losses_belong_to_no_task_and_without_curves_there_is_no_section() -> None:
    recorder = Recorder()
    cells = [pretrained(recorder, pretraining_cell(fraction=fraction), [1.0, 2.0]) for fraction in (0.1, 1.0)]
    subjects = [section.subject for section in factors(Evidence(recorder.store, cells)).sections]
    assert subjects == ["", "task digits", ""]
    assert factors(Evidence(recorder.store, cells[:1])).sections == ()

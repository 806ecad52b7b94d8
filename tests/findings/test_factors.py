"""What factors do: which cells make a curve, and that its slope is the line's, with the interval of a contrast."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.findings.evidence import Analysis
from harness.findings.factors import Curve
from harness.findings.registry_facts import Entries
from tests.findings.records import Recorder, cell, pretraining_cell

SCRATCH = pretraining_cell(objective="scratch")
SEEDS, ITEMS = 3, 400


def answers(share: float, seed: int) -> np.ndarray:
    """Right answers that a higher share only adds to, so that levels are paired by item."""
    return np.random.default_rng(seed).random((1, ITEMS)) < share


def recorded(shares: list[tuple[dict, float]], **meters: float) -> tuple[Recorder, list[dict]]:
    recorder = Recorder()
    for place, share in shares:
        for seed in range(SEEDS):
            recorder.add(place, seed, answers(share, seed), meters=meters)
    return recorder, [place for place, _ in shares]


def drawn(shares: list[tuple[dict, float]], factor: str, controls: tuple[str, ...] = ()) -> list[Curve]:
    recorder, cells = recorded(shares)
    return [each for each in Analysis(recorder.store, cells, Entries(controls)).curves if each.factor == factor]


def corrupted(kind: str, severity: int) -> dict:
    return cell(pretraining_cell(corruption={"kind": kind, "severity": severity}))


def test_the_slope_is_that_of_the_line_through_the_means() -> None:
    shares = [(cell(pretraining_cell(fraction=fraction)), at) for fraction, at in ((0.01, 0.5), (0.1, 0.7), (1.0, 0.8))]
    (curve,) = drawn(shares, "quantity")
    means = [level.value for level in curve.levels]
    assert [level.level for level in curve.levels] == ["1%", "10%", "100%"]
    assert curve.slope == pytest.approx(np.polyfit([-2, -1, 0], means, 1)[0])
    assert curve.low < curve.slope < curve.high
    assert (curve.measure, curve.verdict, curve.n) == ("score", "rises", SEEDS)


def test_the_clean_corpus_begins_every_kind_of_corruption() -> None:
    clean = cell(pretraining_cell())
    found = drawn([(clean, 0.8), (corrupted("noise", 3), 0.6), (corrupted("blur", 1), 0.8)], "quality")
    assert [(curve.cell["pretraining"]["corruption"], [level.level for level in curve.levels]) for curve in found] == [
        ("noise", ["0", "3"]), ("blur", ["0", "1"]),
    ]  # fmt: skip
    assert found[0].verdict == "falls"
    assert found[1].slope == 0


def test_two_levels_have_the_interval_of_their_difference() -> None:
    shares = [(cell(pretraining_cell(fraction=0.1)), 0.5), (cell(pretraining_cell()), 0.6)]
    (curve,) = drawn(shares, "quantity")
    recorder, (less, more) = recorded(shares)
    as_lift = {**less, "pretraining": {**less["pretraining"], "objective": "scratch", "fraction": 1.0}}
    for record in list(recorder.store.all()):
        if record.cell == less:
            recorder.add(as_lift, record.seed, answers(0.5, record.seed))
    row = Analysis(recorder.store, [as_lift, more]).frame.set_index("objective").loc["simclr"]
    assert (curve.low, curve.high) == pytest.approx((row["lift_low"], row["lift_high"]))


def test_along_size_the_lift_is_followed_within_a_family() -> None:
    recorder, cells = Recorder(), []
    for model, parameters, scratch, share in (
        ("small", 1e3, 0.4, 0.6),
        ("large", 8e3, 0.6, 0.65),
        ("alien", 5.0, 0.1, 1),
    ):
        for objective, right in (("scratch", scratch), ("simclr", share)):
            place = cell(pretraining_cell(model, objective))
            cells.append(place)
            for seed in range(SEEDS):
                recorder.add(place, seed, answers(right, seed), meters={"parameters": parameters})
    families = {"small": "net", "large": "net", "alien": "other"}
    reference, lifted = (
        c for c in Analysis(recorder.store, cells, Entries(families=families)).curves if c.factor == "size"
    )
    assert (reference.measure, reference.verdict) == ("score", "rises")
    assert (lifted.measure, lifted.verdict) == ("lift", "falls")
    assert [level.level for level in lifted.levels] == ["small", "large"]
    assert lifted.slope == pytest.approx((lifted.levels[1].value - lifted.levels[0].value) / 3)


def test_along_labels_all_labels_have_no_place() -> None:
    shares = [(cell(SCRATCH, shots=shots), share) for shots, share in ((1, 0.3), (8, 0.6), (None, 0.9))]
    (curve,) = drawn(shares, "labels")
    assert [level.level for level in curve.levels] == ["1", "8"]


def test_what_is_one_cell_or_has_no_record_or_is_a_control_makes_no_curve() -> None:
    full, less = cell(pretraining_cell()), cell(pretraining_cell(fraction=0.1))
    recorder, _ = recorded([(full, 0.5)])
    assert Analysis(recorder.store, [full, less]).curves == []
    assert drawn([(full, 0.5), (less, 0.5)], "quantity", controls=("net",)) == []


def test_levels_without_a_common_seed_have_no_slope() -> None:
    full, less = cell(pretraining_cell()), cell(pretraining_cell(fraction=0.1))
    recorder = Recorder()
    recorder.add(full, 0, answers(0.5, 0))
    recorder.add(less, 1, answers(0.5, 1))
    (curve,) = Analysis(recorder.store, [full, less]).curves
    assert (curve.n, curve.slope, curve.low, curve.verdict) == (0, None, None, "undecided")


@given(st.lists(st.floats(0.05, 0.95), min_size=2, max_size=5), st.randoms())
def test_the_order_of_the_cells_does_not_matter(shares: list[float], random: object) -> None:
    places = [(cell(pretraining_cell(fraction=10.0**-index)), share) for index, share in enumerate(shares)]
    recorder, cells = recorded(places)
    shuffled = list(cells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    (one,), (other,) = Analysis(recorder.store, cells).curves, Analysis(recorder.store, shuffled).curves
    assert (one.levels, one.slope) == (other.levels, pytest.approx(other.slope))


def pretrained(recorder: Recorder, place: dict, losses: list[float], parameters: float = 1e3) -> dict:
    """An adaptation cell with a pretraining of each loss, one a seed."""
    for seed, loss in enumerate(losses):
        parent = recorder.add(place, seed, metrics={"loss": loss}, meters={"parameters": parameters})
        recorder.add(cell(place), seed, answers(0.5, seed), spec={"parent": parent.key})
    return cell(place)


def test_the_held_out_loss_has_curves_of_its_own_over_seeds() -> None:
    recorder = Recorder()
    less, more = [2.0, 2.2, 2.1], [1.5, 1.6, 1.4]
    cells = [
        pretrained(recorder, pretraining_cell(fraction=0.1), less),
        pretrained(recorder, pretraining_cell(), more),
    ]
    (curve,) = (c for c in Analysis(recorder.store, cells).curves if c.measure == "loss")
    assert (curve.factor, curve.verdict, curve.n) == ("quantity", "falls", 3)
    assert [level.value for level in curve.levels] == pytest.approx([2.1, 1.5])
    differences = np.array(more) - np.array(less)
    found = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert (curve.slope, curve.low, curve.high) == pytest.approx((differences.mean(), found.low, found.high))
    assert curve.cell["task"] is None


def test_losses_along_size_are_those_of_a_family() -> None:
    recorder = Recorder()
    cells = [
        pretrained(recorder, pretraining_cell(model), [loss] * 3, parameters)
        for model, loss, parameters in (("small", 2.0, 1e3), ("large", 1.0, 4e3), ("alien", 9.0, 1e3))
    ]
    found = [
        c
        for c in Analysis(recorder.store, cells, Entries(families={"small": "net", "large": "net"})).curves
        if c.measure == "loss"
    ]
    (curve,) = found
    assert curve.cell["pretraining"]["model"] == "net"
    assert curve.slope == pytest.approx(-0.5)
    assert curve.low is None

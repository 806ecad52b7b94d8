"""The rows of the board: which records count; failed and missing cells are never averaged away."""

from dataclasses import replace

import numpy as np
import pytest

from harness.cells import Cell
from harness.findings.board_rows import BoardRow
from harness.findings.registry_facts import RegistryFacts
from tests.findings.records import Recorder, cell, pretraining_cell

SCRATCH, SIMCLR = pretraining_cell(objective="scratch"), pretraining_cell()
CONTROL, CELL = cell(SCRATCH), cell(SIMCLR)


def correct(share: float, seed: int, items: int = 200) -> np.ndarray:
    """The correctness of test items in two draws (2, items)."""
    return np.random.default_rng([seed, int(share * 1000)]).random((2, items)) < share


def board(recorder: Recorder, *cells: Cell) -> dict[str, BoardRow]:
    """The rows of cells by their objective."""
    return {row.cell.arm.objective: row for row in recorder.evidence(*(cells or (CONTROL, CELL))).rows}


def filled(seeds: int = 3) -> Recorder:
    """Scratch at 0.5 and simclr at 0.8."""
    recorder = Recorder()
    for seed in range(seeds):
        recorder.add(CONTROL, seed, correct(0.5, seed))
        recorder.add(CELL, seed, correct(0.8, seed + 10))
    return recorder


def test_lift_is_the_mean_difference_over_seeds() -> None:
    recorder = filled()
    row = board(recorder)["simclr"]
    by = {(r.cell.pretraining.arm.objective, r.seed): r.metrics["accuracy"] for r in recorder.store.all()}
    expected = np.mean([by["simclr", seed] - by["scratch", seed] for seed in range(3)])
    assert row.lift == pytest.approx(expected)
    assert row.lift_low < row.lift < row.lift_high
    assert row.lift_low > 0.15
    assert row.n == row.lift_n == 3
    assert row.items == 200


def test_scratch_is_a_reference_and_has_no_lift() -> None:
    row = board(filled())["scratch"]
    assert row.lift is None
    assert row.score_low < row.score < row.score_high


def test_only_shared_seeds_are_compared() -> None:
    recorder = filled()
    recorder.add(CELL, 7, np.ones((2, 200)))
    row = board(recorder)["simclr"]
    assert (row.n, row.lift_n) == (4, 3)


def test_one_seed_has_no_interval() -> None:
    row = board(filled(seeds=1))["simclr"]
    assert row.lift > 0
    assert row.lift_low is None
    assert row.score_margin is None


@pytest.mark.parametrize(
    ("lost", "flags"),
    [
        ({}, {"scratch": "", "simclr": ""}),
        (
            {"simclr": 1},
            {"scratch": "", "simclr": "no record of the test items of 1 of 3 seeds: no interval"},
        ),
        (
            {"scratch": 3},
            {
                "scratch": "no record of the test items of 3 of 3 seeds: no interval",
                "simclr": "no record of the test items of scratch: no interval of its lift",
            },
        ),
    ],
)
def test_a_flag_gives_the_records_without_test_items(lost: dict[str, int], flags: dict[str, str]) -> None:
    recorder = Recorder()
    for where in (CONTROL, CELL):
        for seed in range(3):
            right = correct(0.6, seed)
            if seed < lost.get(where.arm.objective, 0):
                recorder.add(where, seed, metrics={"accuracy": float(right.mean())})
            else:
                recorder.add(where, seed, right)
    assert {name: row.flags for name, row in board(recorder).items()} == flags


def test_one_seed_without_test_items_has_no_flag() -> None:
    recorder = Recorder()
    recorder.add(CONTROL, 0, metrics={"accuracy": 0.5})
    recorder.add(CELL, 0, metrics={"accuracy": 0.6})
    assert {row.flags for row in board(recorder).values()} == {""}


def test_quality_is_the_earliest_and_copies_are_no_seeds() -> None:
    recorder = filled()
    before = board(recorder)["simclr"].score
    recorder.add(CELL, 0, np.zeros((2, 200)))
    row = board(recorder)["simclr"]
    assert (row.n, row.score) == (3, before)


def test_seeds_of_another_suite_do_not_count() -> None:
    recorder = filled()
    row = recorder.evidence(CONTROL, CELL, seeds=[0, 2]).rows[1]
    assert (row.n, row.lift_n, list(row.scores)) == (2, 2, [0, 2])


def test_a_changed_recipe_replaces_and_never_mixes() -> None:
    recorder = filled()
    recorder.add(CELL, 0, np.ones((2, 200)), recipe=2)
    row = board(recorder)["simclr"]
    assert (row.n, row.score) == (1, 1.0)


def test_a_failed_attempt_at_a_new_recipe_counts() -> None:
    recorder = filled()
    recorder.add(CELL, 0, status="crash", recipe=2, message="killed")
    row = board(recorder)["simclr"]
    assert (row.status, row.n, row.n_failed, row.message) == ("crash", 0, 1, "killed")


def test_failures_are_counted_next_to_ok_seeds() -> None:
    recorder = filled()
    recorder.add(CELL, 3, status="oom")
    row = board(recorder)["simclr"]
    assert (row.status, row.statuses) == ("ok", {"oom": 1, "ok": 3})


def test_a_failure_before_an_ok_record_does_not_count() -> None:
    recorder = Recorder()
    recorder.add(CELL, 0, status="timeout")
    recorder.add(CELL, 0, correct(0.7, 0))
    row = board(recorder)["simclr"]
    assert (row.statuses, row.n_failed) == ({"ok": 1}, 0)


def test_an_interrupted_trial_is_missing() -> None:
    recorder = Recorder()
    recorder.add(CELL, 0, status="interrupted")
    assert board(recorder)["simclr"].status == "missing"


def test_a_failed_pretraining_blocks_its_cells() -> None:
    recorder = Recorder()
    recorder.add(SIMCLR, 0, status="diverged")
    assert board(recorder)["simclr"].status == "blocked"


def test_failed_tuning_at_all_rates_blocks_a_cell() -> None:
    recorder = Recorder()
    tuned = cell(SIMCLR, protocol="finetune", steps=5, batch=8)
    parent = recorder.add(SIMCLR, 0, checkpoint="0" * 64)
    recorder.add(replace(tuned, rate=0.1), 1000, status="diverged", role="tuning", spec={"parent": parent.key})
    assert board(recorder, tuned)["simclr"].status == "blocked"


def test_a_board_without_records_is_all_missing() -> None:
    rows = board(Recorder()).values()
    assert [(row.status, row.score) for row in rows] == [("missing", None)] * 2


def test_other_test_data_make_no_lift() -> None:
    recorder = Recorder()
    recorder.add(CONTROL, 0, correct(0.5, 0), spec={"task": {"name": "digits", "version": 1}})
    recorder.add(CELL, 0, correct(0.8, 0), spec={"task": {"name": "digits", "version": 2}})
    row = board(recorder)["simclr"]
    assert row.lift is None
    assert "another version of the task" in row.flags


def test_meters_are_the_latest_of_one_machine() -> None:
    recorder = Recorder()
    recorder.add(CELL, 0, correct(0.7, 0), meters={"train_s": 9.0, "workers": 2})
    recorder.add(CELL, 1, correct(0.7, 1), meters={"train_s": 3.0, "workers": 2})
    recorder.environment = {"hardware": "a faster one"}
    recorder.add(CELL, 0, correct(0.1, 5), meters={"train_s": 1.0, "workers": 2})
    row = board(recorder)["simclr"]
    assert (row.train_s, row.hardware) == (1.0, "a faster one")
    assert row.score > 0.5


def test_clusters_reach_the_interval() -> None:
    rows = {}
    for name, groups in (("alone", None), ("clustered", [[number, 20] for number in range(10)])):
        recorder = Recorder()
        for seed in range(3):
            blocks = np.repeat(np.random.default_rng(3).random(10) < 0.5, 20)
            recorder.add(CONTROL, seed, np.zeros((1, 200)), groups=groups)
            recorder.add(CELL, seed, blocks ^ (np.random.default_rng(seed).random(200) < 0.05), groups=groups)
        rows[name] = board(recorder)["simclr"]
    assert rows["clustered"].clusters == 10
    assert rows["clustered"].lift_margin > 2 * rows["alone"].lift_margin


def test_controls_are_marked_and_not_ranked() -> None:
    recorder = Recorder()
    pixels = cell(pretraining_cell(model="raw-pixels", objective="scratch"))
    for seed in range(5):
        recorder.add(CONTROL, seed, correct(0.5, seed))
        recorder.add(CELL, seed, correct(0.9, seed + 10))
        recorder.add(pixels, seed, correct(0.95, seed + 20))
    *rows, control = recorder.evidence(CONTROL, CELL, pixels, facts=RegistryFacts(controls={"raw-pixels"})).rows
    assert control.control
    assert control.rank_low is None
    assert {row.rank_high for row in rows} == {1, 2}


def test_collapsed_encoders_are_shown_and_not_ranked() -> None:
    recorder = Recorder()
    for seed in range(5):
        parent = recorder.add(SIMCLR, seed, checkpoint="0" * 64, flags=["collapsed"] if seed == 3 else [])
        recorder.add(CONTROL, seed, correct(0.5, seed))
        recorder.add(CELL, seed, correct(0.9, seed + 10), spec={"parent": parent.key})
    rows = board(recorder)
    assert "collapsed" in rows["simclr"].flags
    assert rows["simclr"].score == pytest.approx(0.9, abs=0.1)
    assert rows["simclr"].rank_low is None
    assert rows["scratch"].rank_low == rows["scratch"].rank_high == 1


def test_images_of_another_size_are_another_problem() -> None:
    recorder = filled()
    larger = cell(SIMCLR, shape=(1, 64, 64))
    for seed in range(5):
        recorder.add(larger, seed, correct(0.1, seed))
    rows = recorder.evidence(CONTROL, CELL, larger).rows
    assert [row.as_dict()["shape"] for row in rows] == ["1x8x8", "1x8x8", "1x64x64"]
    alone = rows[2]
    assert alone.rank_low == alone.rank_high == 1
    assert alone.lift is None


def test_one_rate_that_diverged_blocks_nothing() -> None:
    recorder = Recorder()
    tuned = cell(SIMCLR, protocol="finetune", steps=5, batch=8)
    parent = recorder.add(SIMCLR, 0, checkpoint="0" * 64)
    for rate, status in ((0.01, "ok"), (0.1, "diverged")):
        recorder.add(
            replace(tuned, rate=rate), 1000, status=status, role="tuning", spec={"parent": parent.key}, recipe=rate
        )
    assert board(recorder, tuned)["simclr"].status == "missing"


def test_the_cost_of_pretraining_is_of_the_same_machine() -> None:
    recorder = Recorder()
    parents = [
        recorder.add(SIMCLR, seed, checkpoint="0" * 64, meters={"train_s": 1000.0, "workers": 2}) for seed in range(2)
    ]
    recorder.environment = {"hardware": "a faster one"}
    for seed, parent in enumerate(parents):
        recorder.add(CELL, seed, correct(0.7, seed), spec={"parent": parent.key}, meters={"train_s": 1.0, "workers": 2})
    row = board(recorder)["simclr"]
    assert row.hardware == "a faster one"
    assert row.pretrain_s is None
    recorder.add(SIMCLR, 0, checkpoint="0" * 64, meters={"train_s": 7.0, "workers": 2})
    assert board(recorder)["simclr"].pretrain_s == 7.0


def test_a_metric_that_is_no_mean_has_its_interval_from_resamples() -> None:
    recorder = Recorder()
    redraws = np.random.default_rng(0).normal(0, 0.02, 200)
    for seed in range(3):
        for where, value in ((CONTROL, 0.4), (CELL, 0.5)):
            score = value + 0.01 * seed
            values = {"values": (score + redraws).tolist(), "clusters": 300}
            recorder.add(where, seed, metrics={"map": score}, spec={"task": {"metric": "map"}}, resamples=values)
    rows = board(recorder)
    row, control = rows["simclr"], rows["scratch"]
    assert row.metric == "map"
    assert row.score == pytest.approx(0.51)
    assert row.lift == pytest.approx(0.1)
    assert row.items == row.clusters == 300
    assert row.lift_low is None  # the differences do not vary
    assert control.score_low < control.score < control.score_high


def test_the_worst_contamination_counts() -> None:
    recorder = filled()
    report = {"status": "clean", "exact": 0, "near": 2, "of": 200}
    recorder.add(CELL, 5, correct(0.8, 5), contamination=report)
    recorder.add(CELL, 6, correct(0.8, 6), contamination=report | {"status": "contaminated", "exact": 4})
    row = board(recorder)["simclr"]
    assert row.contamination == "contaminated"
    assert row.near_duplicates == pytest.approx(0.03)
    assert "contaminated" in row.flags
    assert board(filled())["simclr"].contamination is None


def test_rows_have_the_facts_of_the_registry() -> None:
    facts = RegistryFacts(
        families={"net": "nets"}, modalities={"net": "image"}, kinds={"digits": "image-classification"}
    )
    row = filled().evidence(CONTROL, CELL, facts=facts).rows[1]
    assert (row.family, row.modality, row.kind) == ("nets", "image", "image-classification")
    assert row.as_dict()["pretrain_batch"] == 8
    unknown = board(filled())["simclr"]
    assert (unknown.family, unknown.modality, unknown.kind) == (None, None, None)

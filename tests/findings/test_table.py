"""The leaderboard: which records count, and that nothing is averaged away."""

import math

import numpy as np
import pandas as pd
import pytest

from harness.findings.evidence import Analysis
from harness.findings.registry_facts import Entries
from tests.findings.records import Recorder, cell, pretraining_cell

SCRATCH, SIMCLR = pretraining_cell(objective="scratch"), pretraining_cell()
CONTROL, CELL = cell(SCRATCH), cell(SIMCLR)


def answers(share: float, seed: int, items: int = 200) -> np.ndarray:
    return np.random.default_rng([seed, int(share * 1000)]).random((2, items)) < share


def board(recorder: Recorder, *cells: dict) -> pd.DataFrame:
    return Analysis(recorder.store, cells or (CONTROL, CELL)).frame.set_index("objective")


def filled(seeds: int = 3) -> Recorder:
    recorder = Recorder()
    for seed in range(seeds):
        recorder.add(CONTROL, seed, answers(0.5, seed))
        recorder.add(CELL, seed, answers(0.8, seed + 10))
    return recorder


def test_lift_is_the_mean_difference_over_seeds() -> None:
    recorder = filled()
    row = board(recorder).loc["simclr"]
    by = {(r.cell["pretraining"]["objective"], r.seed): r.metrics["accuracy"] for r in recorder.store.all()}
    expected = np.mean([by["simclr", seed] - by["scratch", seed] for seed in range(3)])
    assert row["lift"] == pytest.approx(expected)
    assert row["lift_low"] < row["lift"] < row["lift_high"]
    assert row["lift_low"] > 0.15
    assert row["n"] == row["lift_n"] == 3
    assert row["items"] == 200


def test_scratch_is_a_reference_and_has_no_lift() -> None:
    row = board(filled()).loc["scratch"]
    assert math.isnan(row["lift"])
    assert row["score_low"] < row["score"] < row["score_high"]


def test_only_shared_seeds_are_compared() -> None:
    recorder = filled()
    recorder.add(CELL, 7, np.ones((2, 200)))
    row = board(recorder).loc["simclr"]
    assert (row["n"], row["lift_n"]) == (4, 3)


def test_one_seed_has_no_interval() -> None:
    row = board(filled(seeds=1)).loc["simclr"]
    assert row["lift"] > 0
    assert math.isnan(row["lift_low"])
    assert math.isnan(row["score_margin"])


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
def test_where_the_test_items_are_not_on_record_it_is_said(lost: dict[str, int], flags: dict[str, str]) -> None:
    recorder = Recorder()
    for where in (CONTROL, CELL):
        for seed in range(3):
            right = answers(0.6, seed)
            if seed < lost.get(where["pretraining"]["objective"], 0):
                recorder.add(where, seed, metrics={"accuracy": float(right.mean())})
            else:
                recorder.add(where, seed, right)
    assert board(recorder)["flags"].to_dict() == flags


def test_one_seed_without_its_test_items_is_no_cell_without_an_interval() -> None:
    recorder = Recorder()
    recorder.add(CONTROL, 0, metrics={"accuracy": 0.5})
    recorder.add(CELL, 0, metrics={"accuracy": 0.6})
    assert set(board(recorder)["flags"]) == {""}


def test_quality_is_the_earliest_and_copies_are_no_seeds() -> None:
    recorder = filled()
    before = board(recorder).loc["simclr", "score"]
    recorder.add(CELL, 0, np.zeros((2, 200)))
    row = board(recorder).loc["simclr"]
    assert (row["n"], row["score"]) == (3, before)


def test_seeds_of_another_suite_do_not_count() -> None:
    recorder = filled()
    row = Analysis(recorder.store, (CONTROL, CELL), seeds=[0, 2]).frame.set_index("objective").loc["simclr"]
    assert (row["n"], row["lift_n"], list(row["scores"])) == (2, 2, [0, 2])


def test_a_changed_recipe_replaces_and_never_mixes() -> None:
    recorder = filled()
    recorder.add(CELL, 0, np.ones((2, 200)), recipe=2)
    row = board(recorder).loc["simclr"]
    assert (row["n"], row["score"]) == (1, 1.0)


def test_a_failed_attempt_at_a_new_recipe_is_what_counts() -> None:
    recorder = filled()
    recorder.add(CELL, 0, status="crash", recipe=2, message="killed")
    row = board(recorder).loc["simclr"]
    assert (row["status"], row["n"], row["n_failed"], row["message"]) == ("crash", 0, 1, "killed")


def test_failures_stand_beside_the_seeds_that_ended_well() -> None:
    recorder = filled()
    recorder.add(CELL, 3, status="oom")
    row = board(recorder).loc["simclr"]
    assert (row["status"], row["statuses"]) == ("ok", {"oom": 1, "ok": 3})


def test_a_failure_that_was_mended_is_none() -> None:
    recorder = Recorder()
    recorder.add(CELL, 0, status="timeout")
    recorder.add(CELL, 0, answers(0.7, 0))
    row = board(recorder).loc["simclr"]
    assert (row["statuses"], row["n_failed"]) == ({"ok": 1}, 0)


def test_interrupted_is_as_if_never_begun() -> None:
    recorder = Recorder()
    recorder.add(CELL, 0, status="interrupted")
    assert board(recorder).loc["simclr", "status"] == "missing"


def test_what_its_pretraining_kept_from_running_is_blocked() -> None:
    recorder = Recorder()
    recorder.add(SIMCLR, 0, status="diverged")
    assert board(recorder).loc["simclr", "status"] == "blocked"


def test_what_all_its_tuning_kept_from_running_is_blocked() -> None:
    recorder = Recorder()
    tuned = cell(SIMCLR, protocol="finetune", steps=5, batch=8)
    parent = recorder.add(SIMCLR, 0, checkpoint="0" * 64)
    recorder.add(tuned | {"rate": 0.1}, 1000, status="diverged", role="tuning", spec={"parent": parent.key})
    assert board(recorder, tuned).loc["simclr", "status"] == "blocked"


def test_a_board_without_records_is_all_missing() -> None:
    frame = board(Recorder())
    assert list(frame["status"]) == ["missing", "missing"]
    assert frame["score"].isna().all()


def test_other_test_data_make_no_lift() -> None:
    recorder = Recorder()
    recorder.add(CONTROL, 0, answers(0.5, 0), spec={"task": {"name": "digits", "version": 1}})
    recorder.add(CELL, 0, answers(0.8, 0), spec={"task": {"name": "digits", "version": 2}})
    row = board(recorder).loc["simclr"]
    assert math.isnan(row["lift"])
    assert "another version of the task" in row["flags"]


def test_meters_are_the_latest_of_one_machine() -> None:
    recorder = Recorder()
    recorder.add(CELL, 0, answers(0.7, 0), meters={"train_s": 9.0, "workers": 2})
    recorder.add(CELL, 1, answers(0.7, 1), meters={"train_s": 3.0, "workers": 2})
    recorder.environment = {"hardware": "a faster one"}
    recorder.add(CELL, 0, answers(0.1, 5), meters={"train_s": 1.0, "workers": 2})
    row = board(recorder).loc["simclr"]
    assert (row["train_s"], row["hardware"]) == (1.0, "a faster one")
    assert row["score"] > 0.5


def test_clusters_reach_the_interval() -> None:
    rows = {}
    for name, groups in (("alone", None), ("clustered", [[number, 20] for number in range(10)])):
        recorder = Recorder()
        for seed in range(3):
            blocks = np.repeat(np.random.default_rng(3).random(10) < 0.5, 20)
            recorder.add(CONTROL, seed, np.zeros((1, 200)), groups=groups)
            recorder.add(CELL, seed, blocks ^ (np.random.default_rng(seed).random(200) < 0.05), groups=groups)
        rows[name] = board(recorder).loc["simclr"]
    assert rows["clustered"]["clusters"] == 10
    assert rows["clustered"]["lift_margin"] > 2 * rows["alone"]["lift_margin"]


def test_trials_are_one_row_a_cell_and_seed() -> None:
    recorder = filled()
    recorder.add(CELL, 3, status="oom")
    frame = Analysis(recorder.store, (CONTROL, CELL)).trials
    assert len(frame) == 7
    assert frame["status"].value_counts().to_dict() == {"ok": 6, "oom": 1}


def test_controls_are_marked_and_not_ranked() -> None:
    recorder = Recorder()
    pixels = cell(pretraining_cell(model="raw-pixels", objective="scratch"))
    for seed in range(5):
        recorder.add(CONTROL, seed, answers(0.5, seed))
        recorder.add(CELL, seed, answers(0.9, seed + 10))
        recorder.add(pixels, seed, answers(0.95, seed + 20))
    frame = Analysis(recorder.store, (CONTROL, CELL, pixels), Entries(controls={"raw-pixels"})).frame.set_index("model")
    assert frame.loc["raw-pixels", "control"]
    assert pd.isna(frame.loc["raw-pixels", "rank_low"])
    assert set(frame.loc["net", "rank_high"]) == {1, 2}


def test_what_collapsed_is_shown_and_not_ranked() -> None:
    recorder = Recorder()
    for seed in range(5):
        parent = recorder.add(SIMCLR, seed, checkpoint="0" * 64, flags=["collapsed"] if seed == 3 else [])
        recorder.add(CONTROL, seed, answers(0.5, seed))
        recorder.add(CELL, seed, answers(0.9, seed + 10), spec={"parent": parent.key})
    frame = board(recorder)
    assert "collapsed" in frame.loc["simclr", "flags"]
    assert frame.loc["simclr", "score"] == pytest.approx(0.9, abs=0.1)
    assert pd.isna(frame.loc["simclr", "rank_low"])
    assert frame.loc["scratch", "rank_low"] == frame.loc["scratch", "rank_high"] == 1


def test_images_of_another_size_are_another_problem() -> None:
    recorder = filled()
    larger = cell(SIMCLR, shape=[1, 64, 64])
    for seed in range(5):
        recorder.add(larger, seed, answers(0.1, seed))
    frame = Analysis(recorder.store, (CONTROL, CELL, larger)).frame
    assert frame["shape"].tolist() == ["1x8x8", "1x8x8", "1x64x64"]
    alone = frame.iloc[2]
    assert alone["rank_low"] == alone["rank_high"] == 1
    assert pd.isna(alone["lift"])


def test_one_rate_that_diverged_blocks_nothing() -> None:
    recorder = Recorder()
    tuned = cell(SIMCLR, protocol="finetune", steps=5, batch=8)
    parent = recorder.add(SIMCLR, 0, checkpoint="0" * 64)
    for rate, status in ((0.01, "ok"), (0.1, "diverged")):
        recorder.add(
            tuned | {"rate": rate}, 1000, status=status, role="tuning", spec={"parent": parent.key}, recipe=rate
        )
    assert board(recorder, tuned).loc["simclr", "status"] == "missing"


def test_what_pretraining_cost_is_of_the_same_machine() -> None:
    recorder = Recorder()
    parents = [
        recorder.add(SIMCLR, seed, checkpoint="0" * 64, meters={"train_s": 1000.0, "workers": 2}) for seed in range(2)
    ]
    recorder.environment = {"hardware": "a faster one"}
    for seed, parent in enumerate(parents):
        recorder.add(CELL, seed, answers(0.7, seed), spec={"parent": parent.key}, meters={"train_s": 1.0, "workers": 2})
    row = board(recorder).loc["simclr"]
    assert row["hardware"] == "a faster one"
    assert pd.isna(row["pretrain_s"])
    recorder.add(SIMCLR, 0, checkpoint="0" * 64, meters={"train_s": 7.0, "workers": 2})
    assert board(recorder).loc["simclr", "pretrain_s"] == 7.0


def test_a_metric_that_is_no_mean_has_its_interval_from_redraws() -> None:
    recorder = Recorder()
    redraws = np.random.default_rng(0).normal(0, 0.02, 200)
    for seed in range(3):
        for where, value in ((CONTROL, 0.4), (CELL, 0.5)):
            score = value + 0.01 * seed
            values = {"values": (score + redraws).tolist(), "clusters": 300}
            recorder.add(where, seed, metrics={"map": score}, spec={"task": {"metric": "map"}}, resamples=values)
    frame = board(recorder)
    row, control = frame.loc["simclr"], frame.loc["scratch"]
    assert row["metric"] == "map"
    assert row["score"] == pytest.approx(0.51)
    assert row["lift"] == pytest.approx(0.1)
    assert row["items"] == row["clusters"] == 300
    assert math.isnan(row["lift_low"]), "differences that never vary leave nothing to say"
    assert control["score_low"] < control["score"] < control["score_high"]


def test_contamination_is_seen_and_the_worst_of_it_counts() -> None:
    recorder = filled()
    found = {"status": "clean", "exact": 0, "near": 2, "of": 200}
    recorder.add(CELL, 5, answers(0.8, 5), contamination=found)
    recorder.add(CELL, 6, answers(0.8, 6), contamination=found | {"status": "contaminated", "exact": 4})
    row = board(recorder).loc["simclr"]
    assert row["contamination"] == "contaminated"
    assert row["near_duplicates"] == pytest.approx(0.03)
    assert "contaminated" in row["flags"]
    assert pd.isna(board(filled()).loc["simclr"]["contamination"])


def test_what_the_registry_says_of_entries_stands_beside_them() -> None:
    entries = Entries(families={"net": "nets"}, modalities={"net": "image"}, kinds={"digits": "image-classification"})
    told = Analysis(filled().store, (CONTROL, CELL), entries).frame.set_index("objective").loc["simclr"]
    assert (told["family"], told["modality"], told["kind"]) == ("nets", "image", "image-classification")
    assert told["pretrain_batch"] == 8
    untold = board(filled()).loc["simclr"]
    assert untold[["family", "modality", "kind"]].isna().all()

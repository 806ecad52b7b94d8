"""Whole sweeps of small boards with real workers."""

import fcntl
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from harness.board import Board, open_board
from harness.catalog.keys import canonical
from harness.store import Store
from harness.store.environment import capture
from harness.sweep.reproduce import CLOSE, DIFFERS, SAME
from harness.sweep.run import make_plan
from harness.trial import Trial
from tests.boards import NET, add_model, copy_of, pretune, use_model


def metrics(store: Store) -> dict[str, str]:
    """The metrics, chosen rate and checkpoints of each trial, to the bit."""
    return {
        record.key: canonical([dict(record.metrics), record.chosen, record.checkpoint, record.parent_checkpoint])
        for record in store.all()
    }


def pending(board: Board) -> list[Trial]:
    return make_plan(board, board.catalog.suite("tiny")).pending()


def test_every_trial_is_recorded_once_and_well(swept: Board) -> None:
    assert [record.status for record in swept.store.all()] == ["ok"] * 18
    assert len(swept.store.keys()) == 18
    assert swept.store.check() == []


def test_a_record_holds_what_the_board_needs(swept: Board) -> None:
    for record in swept.store.all():
        assert {"parameters", "flops", "latency_ms", "peak_memory_bytes", "train_s", "energy_j"} <= set(record.meters)
        assert record.meters["energy_j"] is None
        assert record.meters["memory_source"] == "process RSS peak"
        sidecar = swept.store.sidecar(record) or {}
        if record.role == "reported":
            assert {"accuracy", "recall_macro", "f1_macro", "validation"} <= set(record.metrics)
            assert sidecar["correct"]["items"] == 450
        else:
            assert "accuracy" not in record.metrics
        if record.cell.pretraining.arm.steps and record.kind == "pretrain":
            assert sidecar["curve"]["step"] == [1, 2, 3]
            assert "skill" in record.metrics


def test_correct_items_of_the_sidecar_give_the_accuracy(swept: Board) -> None:
    from harness.findings.items import Correct, Items

    items = Items(swept.store)
    for record in swept.store.all():
        if record.role == "reported":
            scores = items.of(record)
            assert isinstance(scores, Correct)
            assert scores.shares.mean() == pytest.approx(record.metrics["accuracy"])


def test_again_there_is_nothing_to_do(swept: Board) -> None:
    before = sorted(swept.results.rglob("*"))
    assert swept.sweep("tiny") == {"done": 18}
    assert sorted(swept.results.rglob("*")) == before


def test_nothing_to_do_needs_no_torch(swept: Board) -> None:
    import subprocess
    import sys

    from tests.boards import environment

    code = (
        "import sys; from harness.cli import main\n"
        "try: main(['sweep', 'tiny'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'torch', 'numpy', 'pandas', 'scipy', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=swept.root, env=environment(swept), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_the_number_of_workers_does_not_count(swept: Board, board: Board) -> None:
    board.sweep("tiny", workers=1)
    assert metrics(board.store) == metrics(swept.store)


def test_a_removed_record_is_run_again_and_nothing_else(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    (path,) = (each for each in board.results.glob("tiny/*.jsonl") if ".beside" not in each.name)
    lines = path.read_text().splitlines(keepends=True)
    gone = next(line for line in lines if '"role":"reported"' in line)
    path.write_text("".join(line for line in lines if line != gone))
    key = json.loads(gone)["record"]["key"]
    plan = make_plan(board, board.catalog.suite("tiny"))
    assert [trial.key for trial in plan.pending()] == [key]
    board.sweep("tiny", workers=1)
    assert metrics(board.store) == metrics(swept.store)
    assert len(board.store) == 18


def test_a_comment_runs_nothing_and_behaviour_runs_what_depends_on_it(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    file = board.registry / "models" / "net.py"
    file.write_text(NET.replace("class Net", "# a comment\nclass Net").replace("A small network.", "Another."))
    assert pending(open_board(board.root, results=board.results, cache=board.cache)) == []
    file.write_text(NET.replace("3, 2, 1)", "5, 2, 1)"))
    changed = open_board(board.root, results=board.results, cache=board.cache)
    assert len(pending(changed)) == 18
    trial = next(trial for trial in pending(changed) if trial.role == "reported")
    explained = pretune("why", trial.key[:12], board=changed)
    assert explained.returncode == 0
    assert "model.code:" in explained.stdout


def test_boards_never_mix_two_variants(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    (board.registry / "models" / "net.py").write_text(NET.replace("3, 2, 1)", "5, 2, 1)"))
    changed = open_board(board.root, results=board.results, cache=board.cache)
    changed.sweep("tiny", only="protocol=knn", seeds=1)
    frame = changed.frame("tiny")
    assert set(frame[frame["protocol"] == "knn"]["n"]) == {1}
    assert set(frame[frame["protocol"] == "finetune"]["n"]) == {2}


def test_a_reverted_change_shows_the_former_board(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    before = board.frame("tiny").to_json()
    file = board.registry / "models" / "net.py"

    def reopened() -> Board:
        return open_board(board.root, results=board.results, cache=board.cache)

    file.write_text(NET.replace("3, 2, 1)", "5, 2, 1)"))
    assert re.search("4 cells .* stale", pretune("show", "tiny", board=reopened()).stderr)
    reopened().sweep("tiny", only="objective=simclr,protocol=knn")
    frame = reopened().frame("tiny").set_index(["objective", "protocol"])
    row = frame.loc["simclr", "knn"]
    assert row["n"] == 2
    assert pd.isna(row["lift"]), "scratch is of the code before"
    assert "scratch" in row["flags"]
    file.write_text(NET)
    assert reopened().frame("tiny").to_json() == before
    assert "stale" not in pretune("show", "tiny", board=reopened()).stderr


def test_two_sweeps_of_a_suite_do_not_run_at_once(board: Board) -> None:
    board.cache.mkdir(exist_ok=True)
    with (board.cache / "tiny.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = pretune("sweep", "tiny", board=board)
    assert said.returncode == 2
    assert "'tiny'" in said.stderr.splitlines()[-1]
    assert "--cache" in said.stderr.splitlines()[-1]
    assert len(board.store) == 0


@pytest.mark.parametrize("option", ["--results", "--cache"])
def test_unwritable_folders_are_an_error_before_anything_runs(board: Board, tmp_path: Path, option: str) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "deeper", Path("/proc/nope")):
        said = pretune(option, str(folder), "sweep", "tiny", board=board)
        assert said.returncode == 2, said.stderr
        last = said.stderr.splitlines()[-1]
        assert str(folder) in last
        assert option in last
        assert "Traceback" not in said.stderr
        assert len(board.store) == 0


def test_more_shots_than_examples_is_a_failure_that_names_them(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("shots = 5", "shots = 500"))
    fresh = open_board(board.root, results=board.results, cache=board.cache)
    fresh.sweep("tiny", only="objective=scratch,protocol=knn", seeds=1)
    (record,) = [record for record in fresh.store.all() if record.role == "reported"]
    assert record.status == "data"
    assert "shots = 500" in (record.message or "")


def test_a_failure_is_shown_by_the_line_with_its_name_and_the_line_of_code(board: Board) -> None:
    raised = "raise ValueError('no such width\\n' + 'and more\\n' * 400)"
    add_model(board.registry, "boom", NET.replace("return self", f"{raised}\n        return self"))
    use_model(board.registry, "boom")
    fresh = open_board(board.root, results=board.results, cache=board.cache)
    said = pretune("sweep", "tiny", "--only", "objective=scratch,protocol=knn", "--seeds", "1", board=fresh)
    reason = "ValueError: no such width (registry/models/boom.py, line 14)"
    assert f"{reason}\n" in said.stderr
    shown = pretune("show", "tiny", "board", board=fresh).stdout
    assert reason in shown
    assert re.search("failed.* 2 of 4", shown)
    (record,) = fresh.store.all()
    assert f"{reason}\nand more\n" in (record.message or "")


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [("x.flatten(1)", "error", "an image encoder gives"), ("self.layer(x) * float('inf')", "diverged", "not finite")],
)
def test_scratch_is_held_to_the_contract_as_pretraining_is(board: Board, change: str, status: str, words: str) -> None:
    add_model(board.registry, "odd", NET.replace("self.layer(x).relu()", change))
    use_model(board.registry, "odd")
    fresh = open_board(board.root, results=board.results, cache=board.cache)
    fresh.sweep("tiny", only="objective=scratch,protocol=knn", seeds=1)
    (record,) = fresh.store.all()
    assert record.status == status
    assert words in (record.message or "")


@pytest.mark.heavy
def test_other_kinds_of_task_go_the_same_way(board: Board) -> None:
    for kind in ("detection", "segmentation"):
        entry = board.registry / "tasks" / f"digit-scenes-{kind}.toml"
        entry.write_text(entry.read_text() + "args = { scenes = [100, 100, 100] }\n")
    suite = board.registry / "suites" / "tiny.toml"
    text = suite.read_text().replace("[1, 8, 8]", "[1, 32, 32]").replace("[1e-3, 1e-2]", "[3e-3]")
    text = text.replace(
        '{ task = "digits", inspect = true, protocol = "knn", shots = 5 }',
        '{ task = "digit-scenes-detection", protocol = "finetune", inspect = true }',
    )
    text = text.replace(
        '{ task = "digits", inspect = true, protocol = "finetune", shots = 2 }',
        '{ task = "digit-scenes-segmentation", protocol = "finetune", shifts = true }',
    )
    suite.write_text(text.replace("steps = 3", "steps = 8"))
    fresh = open_board(board.root, results=board.results, cache=board.cache)
    assert fresh.sweep("tiny", workers=2) == {"done": 18}
    assert fresh.store.check() == []
    frame = fresh.frame("tiny").set_index(["objective", "task"])
    assert set(frame["metric"]) == {"map", "miou"}
    assert (frame["score"] > 0).any()
    row = frame.loc["simclr", "digit-scenes-segmentation"]
    assert row["score_low"] < row["score"] < row["score_high"]
    assert row["clusters"] == 100
    assert 0 <= row["shifted"] <= 1
    assert pd.isna(frame.loc["scratch", "digit-scenes-detection"]["shifted"])
    (panel,) = {
        sidecar["panel"]["examples"] for _, sidecar in fresh.store.sidecars(fresh.store.all()) if "panel" in sidecar
    }
    assert (fresh.store.shared_sidecar(fresh.store.all()[0], panel) or {})["classes"] == []
    shown = pretune("show", "tiny", "board", board=fresh).stdout
    assert "mAP" in shown
    assert "mIoU" in shown
    assert pretune("site", "tiny", board=fresh).returncode == 0


def test_without_its_cache_a_parent_is_run_again_with_a_remark(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    shutil.rmtree(board.cache / "checkpoints")
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("shots = 5", "shots = 3"))
    said = pretune("sweep", "tiny", "--workers", "2", board=board)
    assert said.returncode == 0, said.stderr
    assert re.search("^4 pretraining trials .* checkpoints", said.stderr, re.MULTILINE)
    twice = [
        records for key in {record.key for record in board.store.all()} if len(records := board.store.records(key)) > 1
    ]
    assert len(twice) == 4
    assert all(one.checkpoint == other.checkpoint for one, other in twice)


def test_a_reproduced_trial_is_the_same(swept: Board) -> None:
    trial = next(record for record in swept.store.all() if record.role == "reported" and record.chosen is None)
    said = pretune("reproduce", trial.key[:16], board=swept)
    assert said.returncode == 0, said.stderr
    assert said.stderr.strip() == SAME


@pytest.mark.heavy
def test_a_trial_of_other_hardware_is_compared_with_that_in_mind(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    shutil.rmtree(board.results)
    there = {**capture("cpu", board.root), "hardware": "another processor"}
    recorded = next(record for record in swept.store.all() if record.role == "reported" and record.chosen is None)
    for shift, status, verdict in ((0.01, 0, CLOSE), (0.2, 1, DIFFERS)):
        metrics = dict(recorded.metrics) | {"accuracy": recorded.metrics["accuracy"] + shift}
        with board.store.writer("tiny", there) as writer:
            moved = recorded.updated(environment=writer.environment, metrics=metrics)
            writer.append(moved, swept.store.sidecar(recorded))
        said = pretune("reproduce", recorded.key[:16], board=board)
        assert said.returncode == status, said.stderr
        assert "another processor" in said.stderr
        assert said.stderr.strip().endswith(verdict)
        shutil.rmtree(board.results)


BROKEN = {
    "raises": ("return self.layer(x).relu()", "raise RuntimeError('no \\x1b[31m way')", "error"),
    "dies": ("return self.layer(x).relu()", "import os; os.kill(os.getpid(), 9)", "crash"),
    "leaves": ("return self.layer(x).relu()", "import os; os._exit(3)", "crash"),
    "eats": ("return self.layer(x).relu()", "raise MemoryError('all of it')", "oom"),
    "explodes": ("return self.layer(x).relu()", "return self.layer(x) * float('nan')", "diverged"),
    "flat": ("return self.layer(x).relu()", "return self.layer(x).mean()", "error"),
    "absent": ("from torch import", "import a_module_that_is_not_there\nfrom torch import", "error"),
}


def test_whatever_a_model_does_becomes_a_record_and_the_sweep_goes_on(board: Board) -> None:
    for name, (old, new, _) in BROKEN.items():
        assert old in NET
        add_model(board.registry, name, NET.replace(old, new))
    use_model(board.registry, "net", *BROKEN)
    fresh = open_board(board.root, results=board.results, cache=board.cache)
    said = pretune("sweep", "tiny", "--only", "objective=simclr,protocol=knn", "--seeds", "1", board=fresh)
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert "\x1b" not in said.stderr
    statuses = {
        record.cell.pretraining.model: record.status for record in fresh.store.all() if record.kind == "pretrain"
    }
    assert statuses == {"net": "ok"} | {name: status for name, (_, _, status) in BROKEN.items()}
    assert fresh.store.check() == []
    plan = make_plan(fresh, fresh.catalog.suite("tiny"), "objective=simclr,protocol=knn", 1)
    assert plan.counts() == {"done": 2, "failed": 7, "blocked": 7}
    frame = fresh.frame("tiny")
    shown = frame[(frame["objective"] == "simclr") & (frame["protocol"] == "knn")].set_index("model")["status"]
    assert shown.to_dict() == {"net": "ok"} | dict.fromkeys(BROKEN, "blocked")


def test_a_trial_that_takes_too_long_is_ended(board: Board) -> None:
    code = NET.replace("return self", "import threading; threading.Event().wait()\n        return self")
    add_model(board.registry, "slow", code)
    use_model(board.registry, "slow")
    fresh = open_board(board.root, results=board.results, cache=board.cache)
    fresh.sweep("tiny", only="objective=scratch,protocol=knn", seeds=1, timeout_s=0.5)
    (record,) = fresh.store.all()
    assert record.status == "timeout"
    assert "--timeout" in (record.message or "")


def test_a_bad_result_is_no_record_of_success(board: Board) -> None:
    """A worker whose code writes into the pipe of its result gives an error."""
    code = NET.replace(
        "return self.layer(x).relu()",
        "import os, struct\n"
        "        for descriptor in range(3, 64):\n"
        "            try: os.write(descriptor, struct.pack('!i', 9) + b'not JSON!')\n"
        "            except OSError: pass\n"
        "        return self.layer(x).relu()",
    )
    add_model(board.registry, "writes", code)
    use_model(board.registry, "writes")
    fresh = open_board(board.root, results=board.results, cache=board.cache)
    said = pretune("sweep", "tiny", "--only", "objective=scratch,protocol=knn", "--seeds", "1", board=fresh)
    assert said.returncode == 1
    assert {record.status for record in fresh.store.all()} == {"error"}


def test_missing_data_is_a_failure_of_its_kind(board: Board) -> None:
    corpus = board.registry / "corpora" / "digits-unlabelled.toml"
    corpus.write_text(corpus.read_text().replace('"harness.data.digits:corpus"', '"gone:corpus"'))
    code = "def corpus(shape):\n    raise FileNotFoundError('images.npy: fetch it first')\n"
    (board.registry / "corpora" / "gone.py").write_text(code)
    fresh = open_board(board.root, results=board.results, cache=board.cache)
    fresh.sweep("tiny", only="objective=scratch,protocol=knn", seeds=1)
    (record,) = fresh.store.all()
    assert record.status == "data"
    assert "fetch it first" in (record.message or "")


def test_other_data_show_the_same_board(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    for name in ("tasks/digits.toml", "corpora/digits-unlabelled.toml"):
        path = board.registry / name
        path.write_text(path.read_text().replace("version = 1", "version = 2", 1))
    other = open_board(board.root, results=board.results, cache=board.cache)
    assert len(make_plan(other, other.catalog.suite("tiny")).pending()) == 18
    assert other.frame("tiny").to_json() == swept.frame("tiny").to_json()


def test_an_open_precision_shows_the_records_of_its_own_cells(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    text = (board.registry / "suites" / "tiny.toml").read_text().replace('"fp32"', '"auto"')
    text = (
        text.replace('name = "tiny"', 'name = "open"')
        .replace("shots = 5", "shots = 3")
        .replace("[1, 8, 8]", "[1, 9, 9]")
    )
    (board.registry / "suites" / "open.toml").write_text(text)
    other = open_board(board.root, results=board.results, cache=board.cache)
    assert len(other.frame("open")) == 4


def test_precision_of_another_machine_shows_the_same_board(
    swept: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = swept.frame("tiny").to_json()
    board = copy_of(swept, tmp_path / "copy")
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace('precision = "fp32"', 'precision = "auto"'))
    monkeypatch.setattr("harness.matrix.resolved", lambda precision: "bf16")
    other = open_board(board.root, results=board.results, cache=board.cache)
    assert other.frame("tiny").to_json() == expected


def test_a_task_may_have_images_of_another_size_than_pretraining(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    text = suite.read_text().replace('protocol = "finetune"', 'protocol = "finetune", shape = [1, 12, 20]')
    suite.write_text(text)
    assert board.sweep("tiny", workers=2) == {"done": 18}
    records = [record for record in board.store.all() if record.role == "reported"]
    sizes = {(record.cell.protocol, tuple(record.cell.shape)) for record in records}
    assert sizes == {("finetune", (1, 12, 20)), ("knn", (1, 8, 8))}
    assert {tuple(record.cell.pretraining.arm.shape) for record in records} == {(1, 8, 8)}
    flops = {record.cell.protocol: record.meters["flops"] for record in records}
    assert flops["finetune"] > flops["knn"]  # of an example of the task

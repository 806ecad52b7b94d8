"""Large boards for benchmarks: records as a sweep leaves them, drawn from known effects.

    python -m benchmarks.generated DIR --cells 10000 --seeds 9
    pretune --registry DIR/registry --results DIR/results show large

What a model's size, an objective, the corpus's quantity and quality, the labels and the protocol do is added up in
logits; every test item has a difficulty of its own, so that intervals have something to say. Most trials ended well; a
few failed, were never run, or were run once more on other hardware.
"""

import argparse
import base64
import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from benchmarks.generated_registry import OBJECTIVES, write_registry
from harness.catalog import Catalog
from harness.catalog.keys import key
from harness.store.lines import line
from harness.store.segments import beside_file, environment_name
from harness.sweep.trials import Trial, resolve

SEGMENTS = 6
ITEMS = (300, 450, 450, 554, 820, 900)
"""How many test items each task has."""
DRAWS = {"linear": 8, "knn": 8, "finetune": 1}
FAILED, MISSING, AGAIN = 0.01, 0.005, 0.02
"""The shares of trials that fail, that have no record, and that are run on other hardware too."""
BEGAN = datetime(2026, 1, 1)
PACKAGES = {"numpy": "2.4.6", "pretune": "0.1.0", "scipy": "1.17.1", "torch": "2.14.1"}
ENVIRONMENTS = [
    {"hardware": name, "device": "cpu", "cpu": name, "cores": cores, "packages": PACKAGES, "python": "3.11.7"}
    for name, cores in (("a slow processor", 2), ("a fast processor", 32))
]


def write_board(folder: Path, cells: int, seeds: int) -> None:
    """A board in `folder`: its registry and its results, the same for the same numbers."""
    write_registry(folder / "registry", cells, seeds)
    catalog = Catalog(folder / "registry")
    trials = list(resolve(catalog.suite("large"), catalog).values())
    place = folder / "results" / "large"
    place.mkdir(parents=True)
    with ExitStack() as stack:
        segments = [_Segment(place, number, stack) for number in range(SEGMENTS)]
        for index, (record, beside) in enumerate(_Drawn(trials).records()):
            slow = index * (SEGMENTS - 1) // len(trials)
            fast = record["environment"] == environment_name(ENVIRONMENTS[1])
            segments[SEGMENTS - 1 if fast else min(slow, SEGMENTS - 2)].write(record, beside)


class _Segment:
    """A segment's two files; nothing is flushed line by line."""

    def __init__(self, place: Path, number: int, stack: ExitStack) -> None:
        path = place / f"20260101T00000{number}Z-0000000{number}.jsonl"
        self.records: BinaryIO = stack.enter_context(path.open("wb"))
        self.beside: BinaryIO = stack.enter_context(beside_file(path).open("wb"))
        self.records.write(line("environment", ENVIRONMENTS[number == SEGMENTS - 1]))

    def write(self, record: Mapping[str, Any], beside: Mapping[str, Any]) -> None:
        self.records.write(line("record", record))
        if beside:
            self.beside.write(line("beside", {"key": record["key"], **beside}))


class _Drawn:
    """Draws records for trials, parents first."""

    def __init__(self, trials: list[Trial]) -> None:
        self.trials = trials
        self.rng = np.random.default_rng(0)
        self.clock = 0
        self.failed: set[str] = set()
        names = [trial.cell.pretraining.model for trial in trials]
        self.of_model = {name: 0.3 * self.rng.normal() + 0.15 * int(name[-1]) for name in dict.fromkeys(names)}
        self.difficulty = [self.rng.normal(0, 1, items) for items in ITEMS]

    def records(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Each record and what lies beside it, in the order in which a sweep ends them."""
        for trial in self.trials:
            drawn = self.rng.random()
            if trial.parent in self.failed or drawn < MISSING:
                self.failed.add(trial.key)
                continue
            if drawn < MISSING + (FAILED if trial.kind == "adapt" else FAILED / 10):
                self.failed.add(trial.key)
                status = "oom" if drawn < MISSING + FAILED / 4 else "diverged"
                yield self._record(trial, 0, status=status, message="RuntimeError: drawn to fail\nat step 12"), {}
                continue
            found, beside = self._pretrained(trial) if trial.kind == "pretrain" else self._adapted(trial)
            yield self._record(trial, 0, **found), beside
            if self.rng.random() < AGAIN:
                yield self._record(trial, 1, **found), beside

    def _record(self, trial: Trial, machine: int, status: str = "ok", **found: Any) -> dict[str, Any]:
        self.clock += 1
        began = BEGAN + timedelta(seconds=5 * self.clock)
        parent = {"parent_checkpoint": key({"of": trial.parent})} if trial.parent and status == "ok" else {}
        own = {"checkpoint": key({"of": trial.key})} if trial.kind == "pretrain" and status == "ok" else {}
        return {
            "schema": 1, "key": trial.key, "variant": trial.variant, "suite": "large", "kind": trial.kind,
            "role": trial.role, "cell": trial.cell, "seed": trial.seed, "spec": trial.spec, "status": status,
            "metrics": {}, "meters": self._meters(trial, machine), "flags": [],
            "environment": environment_name(ENVIRONMENTS[machine]), "started": f"{began.isoformat()}.000Z",
            "ended": f"{(began + timedelta(seconds=4)).isoformat()}.000Z", **parent, **own, **found,
        }  # fmt: skip

    def _meters(self, trial: Trial, machine: int) -> dict[str, Any]:
        width = trial.model["args"]["widths"][0]
        seconds = 0.02 * width * (1 + 0.1 * self.rng.random()) / (1 + 3 * machine)
        return {
            "energy_j": None, "examples_per_s": round(30 / seconds, 2), "flops": 1500.0 * width**2,
            "latency_ms": round(10 * seconds, 4), "memory_source": "process RSS peak", "parameters": 95.0 * width**2,
            "peak_memory_bytes": 4e8 + 1e5 * width, "step_ms": round(100 * seconds, 4), "total_s": round(seconds, 5),
            "train_s": round(0.9 * seconds, 5), "workers": 2.0,
        }  # fmt: skip

    def _pretrained(self, trial: Trial) -> tuple[dict[str, Any], dict[str, Any]]:
        worth = self._worth(trial.cell) + 0.05 * self.rng.normal()
        metrics = {"feature_std": 0.5, "rankme": 8 + 4 * worth, "rankme_centred": 7 + 4 * worth}
        if trial.cell.arm.objective == "scratch":
            return {"metrics": metrics}, {}
        loss = 0.5 * math.exp(-worth)
        steps = range(20, 401, 20)
        curve = {"step": list(map(float, steps)), "loss/encoder": [round(loss + 20 / step, 6) for step in steps]}
        metrics |= {"loss": loss, "trivial_loss": 1.0, "skill": 1 - loss}
        return {"metrics": metrics}, {"curve": curve, "data": {"classes": 1486, "examples": 7773}}

    def _adapted(self, trial: Trial) -> tuple[dict[str, Any], dict[str, Any]]:
        number = int(trial.cell.task[-1]) - 1
        tuned = trial.cell.protocol == "finetune"
        worth = self._worth(trial.cell.pretraining) * (0.6 if tuned else 1.0) + (0.8 if tuned else 0.0)
        worth += 0.35 * math.log(trial.cell.shots) - 0.4 + 0.1 * self.rng.normal()
        chance = 1 / (1 + np.exp(self.difficulty[number] - worth))
        right = self.rng.random((DRAWS[trial.cell.protocol], ITEMS[number]), dtype=np.float32) < chance
        validation = float(np.clip(chance.mean() + 0.02 * self.rng.normal(), 0.01, 0.99))
        if trial.role == "tuning":
            return {"metrics": {"validation": validation}}, {}
        score = float(right.mean())
        others = ("balanced_accuracy", "f1_macro", "f1_weighted", "precision_macro", "recall_macro")
        metrics = {"accuracy": score, "validation": validation, "ece": 0.1 * score, "nll": 2 * (1 - score)}
        found: dict[str, Any] = {"metrics": metrics | dict.fromkeys(others, 0.99 * score)}
        if tuned:
            found["chosen"] = {"rate": 0.001, "edge": False, "scores": {"0.001": validation}}
        if trial.cell.arm.steps:
            found["contamination"] = {"status": "clean", "exact": 0, "near": 2, "of": ITEMS[number]}
        correct = {"draws": len(right), "items": right.shape[1], "groups": None}
        packed = base64.b64encode(np.packbits(right, axis=None).tobytes()).decode()
        return found, {"correct": correct | {"bits": packed}, "per_class": {"recall": [round(score, 4)] * 10}}

    def _worth(self, pretraining: Mapping[str, Any]) -> float:
        """What a pretraining is worth, in logits."""
        worth = self.of_model[pretraining["model"]]
        if pretraining["objective"] == "scratch":
            return worth
        worth += 0.12 * OBJECTIVES.index(pretraining["objective"]) + 0.2 * math.log10(pretraining["fraction"])
        return worth - 0.1 * (pretraining["corruption"] or {"severity": 0})["severity"]


def main() -> None:
    """Writes a board of the size that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=9)
    arguments = parser.parse_args()
    write_board(arguments.folder, arguments.cells, arguments.seeds)


if __name__ == "__main__":
    main()

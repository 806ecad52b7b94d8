"""Large boards for benchmarks: records as a sweep writes them, drawn from known effects.

    python -m benchmarks.generated DIR --cells 10000 --seeds 9
    pretune --registry DIR/registry --results DIR/results show large

The effects of a model's size, an objective, the corpus's quantity and quality, the labels and the protocol add up in
logits. Every test item has its own difficulty. Most trials ended well; a few failed, were never run, or ran once more
on other hardware.
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
from harness.cells import Cell, Pretraining
from harness.store.lines import line
from harness.store.segments import environment_name, sidecar_file
from harness.sweep.trials import resolve
from harness.trial import Trial

SEGMENTS = 6
ITEMS = (300, 450, 450, 554, 820, 900)
"""The number of test items of each task."""
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
    """Writes the registry and the results of a board into `folder`; the same numbers give the same bytes."""
    write_registry(folder / "registry", cells, seeds)
    catalog = Catalog(folder / "registry")
    trials = list(resolve(catalog.suite("large"), catalog).values())
    results = folder / "results" / "large"
    results.mkdir(parents=True)
    with ExitStack() as stack:
        segments = [_Segment(results, number, stack) for number in range(SEGMENTS)]
        for index, (record, sidecar) in enumerate(_Drawn(trials).records()):
            slow = index * (SEGMENTS - 1) // len(trials)
            fast = record["environment"] == environment_name(ENVIRONMENTS[1])
            segments[SEGMENTS - 1 if fast else min(slow, SEGMENTS - 2)].write(record, sidecar)


class _Segment:
    """A segment's two files, flushed at their end."""

    def __init__(self, results: Path, number: int, stack: ExitStack) -> None:
        path = results / f"20260101T00000{number}Z-0000000{number}.jsonl"
        self.records: BinaryIO = stack.enter_context(path.open("wb"))
        self.sidecars: BinaryIO = stack.enter_context(sidecar_file(path).open("wb"))
        self.records.write(line("environment", ENVIRONMENTS[number == SEGMENTS - 1]))

    def write(self, record: Mapping[str, Any], sidecar: Mapping[str, Any]) -> None:
        self.records.write(line("record", record))
        if sidecar:
            self.sidecars.write(line("beside", {"key": record["key"], **sidecar}))


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
        """Each record and its sidecar data, in the order of a sweep."""
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
            drawn_fields, sidecar = self._pretrained(trial) if trial.kind == "pretrain" else self._adapted(trial)
            yield self._record(trial, 0, **drawn_fields), sidecar
            if self.rng.random() < AGAIN:
                yield self._record(trial, 1, **drawn_fields), sidecar

    def _record(self, trial: Trial, machine: int, status: str = "ok", **fields: Any) -> dict[str, Any]:
        self.clock += 1
        began = BEGAN + timedelta(seconds=5 * self.clock)
        parent = {"parent_checkpoint": key({"of": trial.parent})} if trial.parent and status == "ok" else {}
        own = {"checkpoint": key({"of": trial.key})} if trial.kind == "pretrain" and status == "ok" else {}
        return {
            "schema": 1, "key": trial.key, "variant": trial.variant, "suite": "large", "kind": trial.kind,
            "role": trial.role, "cell": trial.cell.as_dict(), "seed": trial.seed, "spec": trial.spec, "status": status,
            "metrics": {}, "meters": self._meters(trial, machine), "flags": [],
            "environment": environment_name(ENVIRONMENTS[machine]), "started": f"{began.isoformat()}.000Z",
            "ended": f"{(began + timedelta(seconds=4)).isoformat()}.000Z", **parent, **own, **fields,
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
        worth = self._worth(trial.cell.pretraining) + 0.05 * self.rng.normal()
        metrics = {"feature_std": 0.5, "rankme": 8 + 4 * worth, "rankme_centred": 7 + 4 * worth}
        if trial.cell.pretraining.arm.scratch:
            return {"metrics": metrics}, {}
        loss = 0.5 * math.exp(-worth)
        steps = range(20, 401, 20)
        curve = {"step": list(map(float, steps)), "loss/encoder": [round(loss + 20 / step, 6) for step in steps]}
        metrics |= {"loss": loss, "trivial_loss": 1.0, "skill": 1 - loss}
        return {"metrics": metrics}, {"curve": curve, "data": {"classes": 1486, "examples": 7773}}

    def _adapted(self, trial: Trial) -> tuple[dict[str, Any], dict[str, Any]]:
        cell = trial.cell
        assert isinstance(cell, Cell)
        number = int(cell.task[-1]) - 1
        tuned = cell.protocol == "finetune"
        worth = self._worth(cell.pretraining) * (0.6 if tuned else 1.0) + (0.8 if tuned else 0.0)
        worth += 0.35 * math.log(cell.shots or 1) - 0.4 + 0.1 * self.rng.normal()
        chance = 1 / (1 + np.exp(self.difficulty[number] - worth))
        right = self.rng.random((DRAWS[cell.protocol], ITEMS[number]), dtype=np.float32) < chance
        validation = float(np.clip(chance.mean() + 0.02 * self.rng.normal(), 0.01, 0.99))
        if trial.role == "tuning":
            return {"metrics": {"validation": validation}}, {}
        score = float(right.mean())
        others = ("balanced_accuracy", "f1_macro", "f1_weighted", "precision_macro", "recall_macro")
        metrics = {"accuracy": score, "validation": validation, "ece": 0.1 * score, "nll": 2 * (1 - score)}
        fields: dict[str, Any] = {"metrics": metrics | dict.fromkeys(others, 0.99 * score)}
        if tuned:
            fields["chosen"] = {"rate": 0.001, "edge": False, "scores": {"0.001": validation}}
        if cell.arm.steps:
            fields["contamination"] = {"status": "clean", "exact": 0, "near": 2, "of": ITEMS[number]}
        correct = {"draws": len(right), "items": right.shape[1], "groups": None}
        packed = base64.b64encode(np.packbits(right, axis=None).tobytes()).decode()
        return fields, {"correct": correct | {"bits": packed}, "per_class": {"recall": [round(score, 4)] * 10}}

    def _worth(self, pretraining: Pretraining) -> float:
        """The effect of a pretraining, in logits."""
        worth = self.of_model[pretraining.model]
        arm = pretraining.arm
        if arm.scratch:
            return worth
        worth += 0.12 * OBJECTIVES.index(arm.objective) + 0.2 * math.log10(arm.fraction)
        return worth - 0.1 * (arm.corruption.severity if arm.corruption else 0)


def main() -> None:
    """Writes a board of the given size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=9)
    arguments = parser.parse_args()
    write_board(arguments.folder, arguments.cells, arguments.seeds)


if __name__ == "__main__":
    main()

"""Records of adaptations with known correctness, for tests of what is made of them."""

import atexit
import base64
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.catalog.keys import key
from harness.cells import Arm, Cell, Coordinates, Pretraining
from harness.store import Record, Store
from harness.store.segments import environment_name

FOLDER = tempfile.mkdtemp(prefix="pretune-test-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
ENVIRONMENT: dict[str, Any] = {"hardware": "a test"}


def pretraining_cell(model: str = "net", objective: str = "simclr", **more: Any) -> Pretraining:
    """A pretraining; `more` are fields of its arm."""
    steps = 0 if objective == "scratch" else 9
    arm = Arm(objective, "glyphs", 1.0, None, steps=steps, batch=8, shape=(1, 8, 8), precision="fp32")
    return Pretraining(model, replace(arm, **more))


def cell(pretraining: Pretraining, protocol: str = "linear", task: str = "digits", **more: Any) -> Cell:
    """A cell; `more` are its other fields."""
    where = Cell(pretraining, task, protocol, shots=5, shape=pretraining.arm.shape, steps=None, batch=None)
    return replace(where, **more)


class Recorder:
    """A store that is filled trial by trial."""

    def __init__(self, environment: Mapping[str, Any] = ENVIRONMENT) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=FOLDER))
        self.environment = dict(environment)
        self.clock = 0

    @property
    def store(self) -> Store:
        return Store(self.folder)

    def add(self, where: Coordinates, seed: int, right: Any = None, status: str = "ok", **more: Any) -> Record:
        """A record; `right` (draws, items) says which test examples were right."""
        self.clock += 1
        when = more.pop(
            "started", f"2026-01-01T{self.clock // 3600:02}:{self.clock // 60 % 60:02}:{self.clock % 60:02}.000Z"
        )
        kind = "adapt" if isinstance(where, Cell) else "pretrain"
        recipe = more.pop("recipe", 1)
        spec = {
            "cell": where.as_dict(),
            "seed": seed,
            "recipe": recipe,
            "task": {"name": where.task if isinstance(where, Cell) else None},
            **more.pop("spec", {}),
        }
        metrics = dict(more.pop("metrics", {}))
        resamples, also = more.pop("resamples", None), more.pop("sidecar", {})
        if "shifts" in more:
            also = also | {"shifts": more.pop("shifts")}
        sidecar: dict[str, Any] | None = {"resamples": resamples} if resamples else None
        if right is not None:
            bits = np.atleast_2d(np.asarray(right, dtype=bool))
            packed = base64.b64encode(np.packbits(bits, axis=None).tobytes()).decode()
            sidecar = {
                "correct": {
                    "draws": len(bits),
                    "items": bits.shape[1],
                    "bits": packed,
                    "groups": more.pop("groups", None),
                }
            }
            metrics = {"accuracy": float(bits.mean()), "validation": float(bits.mean())} | metrics
        shared = more.pop("shared", {})
        if also:
            sidecar = (sidecar or {}) | also
        record = Record(**{
            "schema": 1, "key": key(spec), "variant": key({"cell": where.as_dict(), "recipe": recipe}), "suite": "tests",
            "kind": kind, "role": more.pop("role", "reported" if kind == "adapt" else "pretrain"), "cell": where,
            "seed": seed, "spec": spec, "status": status, "metrics": metrics, "meters": more.pop("meters", {}),
            "environment": environment_name(self.environment), "started": when, "ended": when, **more,
        })  # fmt: skip
        with self.store.writer("tests", self.environment) as writer:
            writer.append(record, sidecar, shared)
        return record

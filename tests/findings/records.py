"""Records of adaptations with known correctness, for tests of what is made of them."""

import atexit
import base64
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.catalog.keys import key
from harness.store import Record, Store
from harness.store.segments import environment_name

FOLDER = tempfile.mkdtemp(prefix="pretune-test-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
ENVIRONMENT: dict[str, Any] = {"hardware": "a test"}


def pretraining_cell(model: str = "net", objective: str = "simclr", **more: Any) -> dict[str, Any]:
    cell = {"model": model, "objective": objective, "corpus": "glyphs", "fraction": 1.0, "corruption": None}
    steps = 0 if objective == "scratch" else 9
    return {**cell, "steps": steps, "batch": 8, "shape": [1, 8, 8], "precision": "fp32", **more}


def cell(pretraining: Mapping[str, Any], protocol: str = "linear", task: str = "digits", **more: Any) -> dict[str, Any]:
    return {
        "pretraining": dict(pretraining),
        "task": task,
        "protocol": protocol,
        "shots": 5,
        "shape": pretraining["shape"],
        "steps": None,
        "batch": None,
        **more,
    }


class Recorder:
    """A store that is filled trial by trial."""

    def __init__(self, environment: Mapping[str, Any] = ENVIRONMENT) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=FOLDER))
        self.environment = dict(environment)
        self.clock = 0

    @property
    def store(self) -> Store:
        return Store(self.folder)

    def add(self, where: Mapping[str, Any], seed: int, right: Any = None, status: str = "ok", **more: Any) -> Record:
        """A record; `right` (draws, items) says which test examples were right."""
        self.clock += 1
        when = more.pop(
            "started", f"2026-01-01T{self.clock // 3600:02}:{self.clock // 60 % 60:02}:{self.clock % 60:02}.000Z"
        )
        kind = "adapt" if "task" in where else "pretrain"
        recipe = more.pop("recipe", 1)
        spec = {
            "cell": dict(where),
            "seed": seed,
            "recipe": recipe,
            "task": {"name": where.get("task")},
            **more.pop("spec", {}),
        }
        metrics = dict(more.pop("metrics", {}))
        resamples, also = more.pop("resamples", None), more.pop("beside", {})
        if "shifts" in more:
            also = also | {"shifts": more.pop("shifts")}
        beside: dict[str, Any] | None = {"resamples": resamples} if resamples else None
        if right is not None:
            bits = np.atleast_2d(np.asarray(right, dtype=bool))
            packed = base64.b64encode(np.packbits(bits, axis=None).tobytes()).decode()
            beside = {
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
            beside = (beside or {}) | also
        record = Record(**{
            "schema": 1, "key": key(spec), "variant": key({"cell": dict(where), "recipe": recipe}), "suite": "tests",
            "kind": kind, "role": more.pop("role", "reported" if kind == "adapt" else "pretrain"), "cell": dict(where),
            "seed": seed, "spec": spec, "status": status, "metrics": metrics, "meters": more.pop("meters", {}),
            "environment": environment_name(self.environment), "started": when, "ended": when, **more,
        })  # fmt: skip
        with self.store.writer("tests", self.environment) as writer:
            writer.append(record, beside, shared)
        return record

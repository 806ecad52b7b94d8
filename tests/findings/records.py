"""A builder of records with known correctness, for tests of findings."""

import atexit
import base64
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.catalog.keys import key
from harness.cells import Arm, Cell, Coordinates, Corruption, Pretraining
from harness.findings.evidence import Evidence
from harness.store import Record, Store
from harness.store.segments import environment_name

FOLDER = tempfile.mkdtemp(prefix="pretune-test-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
ENVIRONMENT: dict[str, Any] = {"hardware": "a test"}


def pretraining_cell(model: str = "net", objective: str = "simclr", **more: Any) -> Pretraining:
    """A pretraining of 9 steps on all of the corpus `glyphs`; `corruption` may be a mapping of kind and severity."""
    corruption = more.pop("corruption", None)
    values: dict[str, Any] = {
        "corpus": "glyphs",
        "fraction": 1.0,
        "corruption": Corruption(**corruption) if isinstance(corruption, Mapping) else corruption,
        "steps": 0 if objective == "scratch" else 9,
        "batch": 8,
        "shape": (1, 8, 8),
        "precision": "fp32",
    }
    return Pretraining(model, Arm(objective, **(values | more)))


def cell(pretraining: Pretraining, protocol: str = "linear", task: str = "digits", **more: Any) -> Cell:
    """A cell of 5 shots."""
    values: dict[str, Any] = {"shots": 5, "shape": pretraining.arm.shape, "steps": None, "batch": None}
    return Cell(pretraining, task, protocol, **(values | more))


class Recorder:
    """A store that is filled trial by trial."""

    def __init__(self, environment: Mapping[str, Any] = ENVIRONMENT) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=FOLDER))
        self.environment = dict(environment)
        self.clock = 0

    @property
    def store(self) -> Store:
        return Store(self.folder)

    def evidence(self, *cells: Cell, **more: Any) -> Evidence:
        """The evidence of cells, by default of all that have an adaptation on record, in the order of their records."""
        recorded = [record.cell for record in self.store.all() if isinstance(record.cell, Cell)]
        return Evidence(self.store, cells or list(dict.fromkeys(recorded)), **more)

    def add(self, where: Coordinates, seed: int, right: Any = None, status: str = "ok", **more: Any) -> Record:
        """Writes a record. `right` (draws, items) is the correctness of each test example.

        `metrics`, `meters`, `started`, `role` and other fields replace those of the record; `spec` is added to its
        spec; `resamples`, `shifts` and `sidecar` are sidecar data, `shared` those of several records.
        """
        self.clock += 1
        clock = f"{self.clock // 3600:02}:{self.clock // 60 % 60:02}:{self.clock % 60:02}"
        when = more.pop("started", f"2026-01-01T{clock}.000Z")
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
        sidecar = {name: more.pop(name) for name in ("resamples", "shifts") if more.get(name) is not None}
        if right is not None:
            sidecar["correct"] = _correct(right, more.pop("groups", None))
            share = float(np.asarray(right, dtype=bool).mean())
            metrics = {"accuracy": share, "validation": share} | metrics
        sidecar |= more.pop("sidecar", {})
        shared = more.pop("shared", {})
        record = Record(**{
            "schema": 1, "key": key(spec), "variant": key({"cell": where.as_dict(), "recipe": recipe}),
            "suite": "tests", "kind": kind, "role": "reported" if kind == "adapt" else "pretrain", "cell": where,
            "seed": seed, "spec": spec, "status": status, "metrics": metrics,
            "environment": environment_name(self.environment), "started": when, "ended": when, **more,
        })  # fmt: skip
        with self.store.writer("tests", self.environment) as writer:
            writer.append(record, sidecar or None, shared)
        return record


def _correct(right: Any, groups: Any) -> dict[str, Any]:
    """The sidecar data of correctness: packed bits (draws, items), and runs of [cluster, length]."""
    bits = np.atleast_2d(np.asarray(right, dtype=bool))
    packed = base64.b64encode(np.packbits(bits, axis=None).tobytes()).decode()
    return {"draws": len(bits), "items": bits.shape[1], "bits": packed, "groups": groups}

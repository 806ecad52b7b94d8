"""Records for tests of the store and of its readers."""

from typing import Any

from harness.catalog.keys import canonical, key
from harness.cells import Arm, Pretraining
from harness.store.record import Record
from harness.store.segments import environment_name

ENVIRONMENT: dict[str, Any] = {"hardware": "a test", "cores": 2, "packages": {"torch": "0"}}


NET = Pretraining("net", Arm("simclr", "glyphs", 1.0, None, 9, 8, (1, 8, 8), "fp32"))


def record(seed: int = 0, status: str = "ok", started: str = "2026-01-01T00:00:00.000Z", **more: Any) -> Record:
    """A pretraining record whose key fits its spec."""
    spec = {"kind": "pretrain", "seed": seed, **more.pop("spec", {})}
    values: dict[str, Any] = {
        "schema": 1,
        "key": key(spec),
        "variant": key({"kind": "pretrain"}),
        "suite": "quick",
        "kind": "pretrain",
        "role": "pretrain",
        "cell": NET,
        "seed": seed,
        "spec": spec,
        "status": status,
        "metrics": {"loss": 0.1 + seed} if status == "ok" else {},
        "meters": {"train_s": 1.5, "energy_j": None},
        "environment": environment_name(ENVIRONMENT),
        "started": started,
        "ended": started,
        "checkpoint": "0" * 64 if status == "ok" else None,
    }
    return Record(**values | more)


def text(one: Record) -> str:
    """The content of a record as text, without its location."""
    return canonical(one.content())

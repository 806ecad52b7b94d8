"""Records of inspected adaptations, for tests of findings."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.catalog.keys import key
from harness.cells import Cell
from harness.metrics.similarity import as_text, centred_gram, packed
from tests.findings.records import Recorder

TESTS = 20
PANEL: dict[str, Any] = {
    "task": "digits", "classes": ["zero", "<b>one"], "queries": [0, 1], "gallery": [0, 0, 1], "shape": [5, 1, 2, 3],
    "pixels": base64.b64encode(zlib.compress(bytes(range(30)))).decode(),
}  # fmt: skip
TEXTS = {name: value for name, value in PANEL.items() if name not in ("shape", "pixels")}
TEXTS |= {"texts": ["a text", "<i>markup\x1b", "three", "four", "five"]}
NEIGHBOURS = [[0, 1], [1, 2]]
"""Three of four are of the right class."""


def inspect(
    recorder: Recorder,
    where: Cell,
    seed: int,
    features: np.ndarray,
    panel: Mapping[str, Any] = PANEL,
    layers: Sequence[tuple[str, float | None]] = (),
    accuracy: float = 0.5,
) -> None:
    """Adds the record of a trial with these features of the panel (TESTS, D)."""
    inspection = {"examples": key(panel), "gram": as_text(packed(centred_gram(features))), "neighbours": NEIGHBOURS}
    sidecar: dict[str, Any] = {"panel": inspection} | ({"layers": [list(each) for each in layers]} if layers else {})
    recorder.add(
        where, seed, metrics={"accuracy": accuracy}, spec={"inspect": True}, sidecar=sidecar, shared={key(panel): panel}
    )


def features(seed: int, width: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(TESTS, width))

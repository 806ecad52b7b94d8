"""The trusted side of an inspection: checks a worker's panel arrays, and adds the panel's examples.

Images, texts and labels come from the prepared data, never from a worker.
"""

import base64
import functools
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical, key
from harness.worker.protocol import Arrays

if TYPE_CHECKING:
    import numpy as np

THUMBNAIL_SIDE = 32
"""Pixels a side of a stored image, at most."""
MAX_CHARACTERS = 80
"""Characters of a stored text."""


def panel_sidecar(arrays: Arrays, task: Mapping[str, Any], cache: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sidecar of a record that inspects; and, by name, the examples that all trials of the task share.

    Raises:
        ValueError: the arrays do not fit the panel.
        DataError: the prepared data of the task are gone.
    """
    from harness.data.panel import NEIGHBOURS
    from harness.metrics.similarity import as_text

    examples, tests = _panel_examples(canonical(task), cache)
    gram, neighbours = arrays.get("panel/gram"), arrays.get("panel/neighbours")
    if gram is None or str(gram.dtype) != "int8" or gram.shape != (tests * (tests - 1) // 2,):
        raise ValueError(f"gram: expected int8 ({tests * (tests - 1) // 2},) of {tests} examples, got {_form(gram)}")
    count, shape = len(examples["gallery"]), (len(examples["queries"]), min(NEIGHBOURS, len(examples["gallery"])))
    if neighbours is None or neighbours.dtype.kind != "u" or neighbours.shape != shape or neighbours.max() >= count:
        raise ValueError(f"neighbours: expected unsigned {shape} below {count}, got {_form(neighbours)}")
    name = key(examples)
    return {"examples": name, "gram": as_text(gram), "neighbours": neighbours.tolist()}, {name: examples}


def _form(array: "np.ndarray | None") -> str:
    if array is None:
        return "none"
    largest = f" up to {array.max()}" if array.size and array.dtype.kind in "iu" else ""
    return f"{array.dtype} {array.shape}{largest}"


@functools.lru_cache(maxsize=64)
def _panel_examples(task: str, cache: Path) -> tuple[dict[str, Any], int]:
    """The examples of a task's panel, from its spec as JSON; and the number of its test examples.

    `queries` and `gallery` are the examples' labels; their images or texts follow in one sequence, queries first.
    """
    import numpy as np

    from harness.data.panel import panel_of
    from harness.data.prepared import labelled_task

    spec = json.loads(task)
    prepared = labelled_task(spec, cache)
    panel = panel_of(prepared.labels, prepared.split, spec["name"])
    rows = np.concatenate([panel.queries, panel.gallery])
    has_classes = prepared.labels.ndim == 1
    labels = [int(label) for label in prepared.labels[rows]] if has_classes else [None] * len(rows)
    examples = {
        "task": spec["name"],
        "classes": list(prepared.classes) if has_classes else [],
        "queries": labels[: len(panel.queries)],
        "gallery": labels[len(panel.queries) :],
    }
    return examples | _content(np.asarray(prepared.examples[rows])), len(panel.tests)


def _content(rows: "np.ndarray") -> dict[str, Any]:
    """The first characters of texts (N, W), or thumbnails of images (N, C, H, W)."""
    import numpy as np

    from harness.data.texts import unpacked

    if rows.ndim == 2:
        return {"texts": [" ".join(text.split())[:MAX_CHARACTERS] for text in unpacked(rows)]}
    step = -(-max(rows.shape[2:]) // THUMBNAIL_SIDE)
    small = np.ascontiguousarray(rows[:, :, ::step, ::step])
    return {"shape": list(small.shape), "pixels": base64.b64encode(zlib.compress(small.tobytes(), 9)).decode()}

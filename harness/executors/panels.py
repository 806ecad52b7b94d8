"""The trusted side of an inspection: checks what a worker saw in the panel, and keeps what the panel shows.

Pictures, texts and labels come from the prepared data, never from a worker.
"""

import base64
import functools
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical, key

if TYPE_CHECKING:
    import numpy as np

SIDE = 32
"""Pictures are kept with so many pixels a side at most."""
CHARACTERS = 80


def panel_found(arrays: "Mapping[str, np.ndarray]", task: Mapping[str, Any], cache: Path) -> tuple[Any, dict[str, Any]]:
    """What lies beside a record that inspects, and by its name what all trials of the task share.

    Raises:
        ValueError: when the arrays are not of the panel.
    """
    from harness.data.panel import NEIGHBOURS
    from harness.metrics.similarity import as_text

    shown, tests = _shown(canonical(task), cache)
    gram, neighbours = arrays.get("panel/gram"), arrays.get("panel/neighbours")
    if gram is None or str(gram.dtype) != "int8" or gram.shape != (tests * (tests - 1) // 2,):
        raise ValueError(f"the panel's Gram matrix is not that of {tests} examples")
    count, queries = len(shown["gallery"]), len(shown["queries"])
    wanted = queries, min(NEIGHBOURS, count)
    if neighbours is None or neighbours.dtype.kind != "u" or neighbours.shape != wanted or neighbours.max() >= count:
        raise ValueError(f"the panel's neighbours are not {wanted[0]} times {wanted[1]} of its {count} examples")
    name = key(shown)
    return {"examples": name, "gram": as_text(gram), "neighbours": neighbours.tolist()}, {name: shown}


@functools.lru_cache(maxsize=64)
def _shown(text: str, cache: Path) -> tuple[dict[str, Any], int]:
    """What is shown of a task's panel: queries and gallery as [label] each, their pictures or texts in one row; and the
    number of its test examples."""
    import json

    import numpy as np

    from harness.data.panel import panel_of
    from harness.data.prepared import labelled_task

    spec = json.loads(text)
    task = labelled_task(spec, cache)
    panel = panel_of(task.labels, task.split, spec["name"])
    rows = np.concatenate([panel.queries, panel.gallery])
    classed = task.labels.ndim == 1
    labels = [int(label) for label in task.labels[rows]] if classed else [None] * len(rows)
    shown = {
        "task": spec["name"],
        "classes": list(task.classes) if classed else [],
        "queries": labels[: len(panel.queries)],
        "gallery": labels[len(panel.queries) :],
    }
    return shown | _examples(np.asarray(task.examples[rows])), len(panel.tests)


def _examples(rows: "np.ndarray") -> dict[str, Any]:
    """Texts (N, W) by their beginnings, images (N, C, H, W) as thumbnails."""
    import numpy as np

    from harness.data.texts import unpacked

    if rows.ndim == 2:
        return {"texts": [" ".join(text.split())[:CHARACTERS] for text in unpacked(rows)]}
    step = -(-max(rows.shape[2:]) // SIDE)
    small = np.ascontiguousarray(rows[:, :, ::step, ::step])
    return {"shape": list(small.shape), "pixels": base64.b64encode(zlib.compress(small.tobytes(), 9)).decode()}

"""The examples of a panel as values of `picture` columns: pictures as PNG, texts as text."""

import base64
import io
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image


class PanelExamples:
    """The queries of a panel, then its gallery: their classes, and pictures or texts.

    `panel` has `classes`, the labels of `queries` and `gallery`, and `pixels` with their `shape`, or `texts`.
    """

    def __init__(self, panel: Mapping[str, Any]) -> None:
        self.panel = panel
        self.queries: Sequence[int | None] = panel["queries"]
        self.gallery: Sequence[int | None] = panel["gallery"]

    @cached_property
    def _pixels(self) -> npt.NDArray[np.uint8] | None:
        """(examples, channels, height, width) with 1 or 3 channels; None for texts."""
        if "pixels" not in self.panel:
            return None
        flat = np.frombuffer(zlib.decompress(base64.b64decode(self.panel["pixels"])), dtype=np.uint8)
        pixels = flat.reshape(self.panel["shape"])
        return pixels if pixels.shape[1] in (1, 3) else pixels[:, :1]

    def query(self, at: int) -> dict[str, str]:
        """A query, with its class."""
        return self._value(at, self._class(self.queries[at]))

    def neighbour(self, at: int, query: int) -> dict[str, str]:
        """An example of the gallery, with its class and whether that is the query's."""
        label, wanted = self.gallery[at], self.queries[query]
        mark = "" if wanted is None else "✓" if label == wanted else "✗"
        return self._value(len(self.queries) + at, f"{self._class(label)} {mark}".strip())

    def right(self, neighbours: Sequence[Sequence[int]]) -> float | None:
        """The share of the neighbours of all queries that have their query's class; None without classes."""
        pairs = [(self.gallery[at], label)
                 for label, inside in zip(self.queries, neighbours, strict=False) for at in inside]  # fmt: skip
        return sum(one == other for one, other in pairs) / len(pairs) if pairs and self.panel["classes"] else None

    def _class(self, label: int | None) -> str:
        return "" if label is None else str(self.panel["classes"][label])

    def _value(self, at: int, text: str) -> dict[str, str]:
        if self._pixels is not None:
            return {"picture": _png(self._pixels[at]), "text": text}
        own = str(self.panel["texts"][at]) if "texts" in self.panel else ""
        return {"picture": "", "text": f"{own} ({text})" if own and text else own or text}


def _png(pixels: npt.NDArray[np.uint8]) -> str:
    """A picture (1 or 3, height, width) as the `data:` URI of a PNG."""
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"

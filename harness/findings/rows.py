"""A frame's rows as plain values, for what needs no frame."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def rows_of(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows as plain Python values, None for what is missing."""
    columns = []
    for name in frame:
        values = frame[name].astype(object).to_numpy(copy=True)
        values[frame[name].isna().to_numpy()] = None
        columns.append(values)
    names = [str(name) for name in frame]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

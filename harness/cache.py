"""Paths in the cache. Checkpoints are addressed by the key of their trial. Imports no torch."""

from pathlib import Path

from harness.catalog.schemas import WHOLE


def checkpoint(cache: Path, key: str, progress: float = WHOLE) -> Path:
    """The checkpoint of a pretraining trial, at the end of its run or at a share of it."""
    point = "" if progress == WHOLE else f"-{progress}"
    return cache / "checkpoints" / f"{key}{point}.safetensors"

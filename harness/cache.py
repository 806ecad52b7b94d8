"""The cache's artefacts: checkpoints, addressed by the key of the trial that made them."""

from pathlib import Path

from harness.catalog.schemas import WHOLE


def checkpoint(cache: Path, key: str, progress: float = WHOLE) -> Path:
    """Where the checkpoint of a pretraining trial lies: that of its end, or of a point within its run."""
    point = "" if progress == WHOLE else f"-{progress}"
    return cache / "checkpoints" / f"{key}{point}.safetensors"

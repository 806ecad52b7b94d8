"""The cache's artefacts: checkpoints, addressed by the key of the trial that made them."""

from pathlib import Path


def checkpoint(cache: Path, key: str) -> Path:
    """Where the checkpoint of a pretraining trial lies."""
    return cache / "checkpoints" / f"{key}.safetensors"

"""Checkpoints as safetensors: written beside their place, and renamed into it."""

import hashlib
import os
from pathlib import Path

from safetensors.torch import load
from safetensors.torch import save as serialise
from torch import contiguous_format, nn

from harness.errors import BoardError


def save(path: Path, module: nn.Module) -> str:
    """Writes a module's weights; returns the SHA-256 of the file."""
    state = module.state_dict().items()
    content = serialise({name: tensor.detach().cpu().clone(memory_format=contiguous_format) for name, tensor in state})
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    return hashlib.sha256(content).hexdigest()


def restore(path: Path, module: nn.Module) -> str:
    """Reads a module's weights; returns the SHA-256 of the file.

    Raises:
        BoardError: when the file is missing, or its weights do not fit.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BoardError(f"{path}: the parent's checkpoint cannot be read ({error.strerror}); sweep again") from error
    try:
        module.load_state_dict(load(content))
    except Exception as error:  # safetensors raises its own kinds
        raise BoardError(f"{path}: the checkpoint does not fit its model: {error}") from error
    return hashlib.sha256(content).hexdigest()

"""Checkpoints as safetensors: written beside their place, and renamed into it."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from safetensors.torch import load
from safetensors.torch import save as serialise
from torch import Tensor, contiguous_format, nn

from harness.data.batches import Batch
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


class Snapshots:
    """A module's weights as they were after some steps of its run. They are copied and nothing else is done, so that
    the run goes on bit for bit as if nobody had looked; `aside` is entered meanwhile."""

    def __init__(
        self, module: nn.Module, steps: Iterable[int], aside: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self.module, self.aside = module, aside
        self.wanted = frozenset(steps)
        self.taken: dict[int, dict[str, Tensor]] = {}

    def along(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches of the run: when the next one is asked for, a step is over."""
        for step, batch in enumerate(batches):
            if step in self.wanted:
                with self.aside():
                    state = self.module.state_dict().items()
                    self.taken[step] = {name: tensor.detach().to("cpu", copy=True) for name, tensor in state}
            yield batch

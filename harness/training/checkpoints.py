"""Checkpoints as safetensors, written atomically; and copies of weights in the middle of a run."""

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
    """Writes a module's weights atomically; returns the SHA-256 of the file."""
    state = module.state_dict().items()
    content = serialise({name: tensor.detach().cpu().clone(memory_format=contiguous_format) for name, tensor in state})
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return hashlib.sha256(content).hexdigest()


def restore(path: Path, module: nn.Module) -> str:
    """Loads a module's weights; returns the SHA-256 of the file.

    Raises:
        BoardError: the file cannot be read, or its weights do not fit the module.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BoardError(
            place=path, expected="the parent's checkpoint", got=error.strerror, fix="sweep again"
        ) from error
    try:
        module.load_state_dict(load(content))
    except Exception as error:  # safetensors raises its own classes
        raise BoardError(
            place=path,
            expected="a checkpoint of this model",
            got=str(error),
            fix="delete the file and sweep again",
        ) from error
    return hashlib.sha256(content).hexdigest()


class Snapshots:
    """Copies of a module's weights after given steps of its run.

    Taking one changes no bit of the run. It happens within `paused`, so that it does not count as training time.
    """

    def __init__(
        self, module: nn.Module, steps: Iterable[int], paused: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self.module, self.paused = module, paused
        self.steps = frozenset(steps)
        self.taken: dict[int, dict[str, Tensor]] = {}

    def along(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches of the run. Asking for the next batch marks the end of a step."""
        for step, batch in enumerate(batches):
            if step in self.steps:
                with self.paused():
                    state = self.module.state_dict().items()
                    self.taken[step] = {name: tensor.detach().to("cpu", copy=True) for name, tensor in state}
            yield batch

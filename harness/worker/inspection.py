"""Inspection of an encoder's features: transferability, the task's panel, and the change of layers by fine-tuning."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from harness.data.inputs import Inputs
from harness.data.panel import NEIGHBOURS, QUERIES, panel_of
from harness.data.prepared import PreparedTask
from harness.metrics.similarity import centred_gram, linear_cka, nearest, packed
from harness.metrics.transferability import h_score, logme
from harness.tasks.probes import Split
from harness.training.features import frozen_features, pooled
from harness.worker.device import autocast
from harness.worker.protocol import Arrays, Job

MIN_LAYERS, MAX_LAYERS = 4, 8
"""Containers are opened until there are MIN_LAYERS stages; at most MAX_LAYERS are kept."""
CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


def transferability(features: np.ndarray, labels: np.ndarray, splits: list[Split]) -> dict[str, float]:
    """`logme` and `h_score` of features (N, D) on the training labels (N,) of each draw, the mean over draws."""
    draws = [(features[split.train], np.asarray(labels[split.train])) for split in splits]
    return {
        "logme": float(np.mean([logme(*draw) for draw in draws])),
        "h_score": float(np.mean([h_score(*draw) for draw in draws])),
    }


def panel_arrays(tests: np.ndarray, gallery: np.ndarray) -> Arrays:
    """The panel in features: the packed Gram matrix of its test examples (P, D), and the nearest of its gallery (G, D)
    to the first of them, uint16 (QUERIES, NEIGHBOURS)."""
    return {
        "panel/gram": packed(centred_gram(tests)),
        "panel/neighbours": nearest(tests[:QUERIES], gallery, NEIGHBOURS).astype(np.uint16),
    }


class Inspection:
    """An encoder before fine-tuning, to compare it with afterwards. Make it before the first step."""

    def __init__(self, job: Job, task: PreparedTask, encoder: nn.Module, inputs: Inputs) -> None:
        self.precision, self.device = job.spec["precision"], torch.device(job.device)
        self.encoder, self.inputs = encoder, inputs
        panel = panel_of(task.labels, task.split, job.spec["task"]["name"])
        self.tests, self.gallery = task.examples[panel.tests], task.examples[panel.gallery]
        self.before = self._layers()

    def _layers(self) -> dict[str, np.ndarray]:
        with autocast(self.precision, self.device):
            return layer_features(self.encoder, self.inputs, self.tests, self.device)

    def layer_similarity(self) -> dict[str, float]:
        """Linear CKA of each layer with itself before fine-tuning."""
        after = self._layers()
        return {name: linear_cka(before, after[name]) for name, before in self.before.items() if name in after}

    def panel_arrays(self) -> Arrays:
        """The panel in the current features; see `panel_arrays`."""
        with autocast(self.precision, self.device):
            return panel_arrays(*(
                frozen_features(self.encoder, self.inputs, examples, self.device)
                for examples in (self.tests, self.gallery)
            ))  # fmt: skip


@torch.no_grad()
def layer_features(
    encoder: nn.Module, inputs: Inputs, examples: np.ndarray, device: torch.device
) -> dict[str, np.ndarray]:
    """Pooled outputs (N, D) of an encoder's stages, in the order in which they run, at most MAX_LAYERS.

    A stage is skipped where its output cannot be pooled to one vector an example.
    """
    encoder.eval()
    parts: dict[str, list[np.ndarray]] = {}
    x = torch.empty(0)

    def keep(name: str, output: object) -> None:
        tensor = output[0] if isinstance(output, tuple) and output else output
        if isinstance(tensor, Tensor) and tensor.ndim > 1 and len(tensor) == len(x):
            parts.setdefault(name, []).append(_pooled(tensor.float(), x).cpu().numpy())

    hooks = [
        module.register_forward_hook(lambda _, __, output, name=name: keep(name, output))
        for name, module in stages(encoder).items()
    ]
    try:
        for x in inputs.parts(examples, device):
            encoder(x)
    finally:
        for hook in hooks:
            hook.remove()
    whole = {name: np.concatenate(each) for name, each in parts.items() if len({one.shape[1] for one in each}) == 1}
    names = [name for name, each in whole.items() if len(each) == len(examples)]
    kept = np.unique(np.linspace(0, len(names) - 1, min(MAX_LAYERS, len(names))).astype(int))
    return {names[index]: whole[names[index]] for index in kept}


def _pooled(output: Tensor, x: Tensor) -> Tensor:
    """(B, D): the mean over the positions of a map or a sequence; over tokens without padding."""
    if output.ndim == 4:
        return pooled(output)
    if output.ndim == 3 and not x.is_floating_point():
        if output.shape[1] != x.shape[1] and output.shape[2] == x.shape[1]:
            output = output.transpose(1, 2)  # (B, D, T), the layout of convolutions
        if output.shape[1] == x.shape[1]:
            return pooled(output, x)
    return output.mean(dim=1) if output.ndim == 3 else output.flatten(1)


def stages(encoder: nn.Module) -> dict[str, nn.Module]:
    """The parts of an encoder that have weights, by name: its children.

    Containers and wrappers are replaced by their children until there are MIN_LAYERS parts or no container is left.
    """
    parts: dict[str, nn.Module] = {type(encoder).__name__: encoder}
    opened = dict(_children("", encoder))
    while opened and opened.keys() != parts.keys():
        parts = opened
        if len(parts) >= MIN_LAYERS:
            break
        single = len(parts) == 1
        opened = {name: part for each, module in parts.items() for name, part in _opened(each, module, single)}
    return parts


def _opened(name: str, module: nn.Module, single: bool) -> Iterator[tuple[str, nn.Module]]:
    children = dict(_children(f"{name}.", module))
    if children and (single or isinstance(module, CONTAINERS) or len(children) == 1):
        yield from children.items()
    else:
        yield name, module


def _children(prefix: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, child in module.named_children():
        if any(True for _ in child.parameters()):
            yield prefix + name, child

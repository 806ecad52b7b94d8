"""What an adapted encoder's features are like: how it sees the task's panel, and what fine-tuning did to its layers."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.data.inputs import Inputs
from harness.data.panel import NEIGHBOURS, QUERIES, panel_of
from harness.data.prepared import PreparedTask
from harness.metrics.similarity import centred_gram, linear_cka, nearest, packed
from harness.metrics.transferability import h_score, logme
from harness.tasks.probes import Split
from harness.training.features import features, pooled
from harness.worker.device import autocast

FEWEST, MOST = 4, 8
"""Layers that are told apart, if the encoder's parts are so many."""
CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


def promises(found: np.ndarray, labels: np.ndarray, splits: list[Split]) -> dict[str, float]:
    """LogME and H-score of features (N, D) on the training labels of each draw, the mean over draws."""
    drawn = [(found[split.train], np.asarray(labels[split.train])) for split in splits]
    return {
        "logme": float(np.mean([logme(*each) for each in drawn])),
        "h_score": float(np.mean([h_score(*each) for each in drawn])),
    }


def seen(tests: np.ndarray, gallery: np.ndarray) -> dict[str, np.ndarray]:
    """How features of the panel's test examples (P, D) lie to each other, and which of the gallery's (G, D) are next to
    the first of them."""
    return {
        "panel/gram": packed(centred_gram(tests)),
        "panel/neighbours": nearest(tests[:QUERIES], gallery, NEIGHBOURS).astype(np.uint16),
    }


class Inspected:
    """An encoder as it is before fine-tuning, to be held against what becomes of it."""

    def __init__(self, job: dict[str, Any], task: PreparedTask, encoder: torch.nn.Module, inputs: Inputs) -> None:
        self.precision, self.device = job["spec"]["precision"], torch.device(job["device"])
        self.encoder, self.inputs = encoder, inputs
        panel = panel_of(task.labels, task.split, job["spec"]["task"]["name"])
        self.tests, self.gallery = task.examples[panel.tests], task.examples[panel.gallery]
        self.before = self._layers()

    def _layers(self) -> dict[str, np.ndarray]:
        with autocast(self.precision, self.device):
            return layers_of(self.encoder, self.inputs, self.tests, self.device)

    def moved(self) -> dict[str, float]:
        """Linear CKA of each layer with what it was."""
        after = self._layers()
        return {name: linear_cka(before, after[name]) for name, before in self.before.items() if name in after}

    def seen(self) -> dict[str, np.ndarray]:
        """The panel in the features as they are now."""
        with autocast(self.precision, self.device):
            return seen(*(
                features(self.encoder, self.inputs, examples, self.device)
                for examples in (self.tests, self.gallery)
            ))  # fmt: skip


@torch.no_grad()
def layers_of(encoder: nn.Module, inputs: Inputs, examples: np.ndarray, device: torch.device) -> dict[str, np.ndarray]:
    """What each stage of an encoder makes of examples, (N, D) each, pooled over places, in the order in which they
    run. What is of no form that can be pooled is left out."""
    encoder.eval()
    parts: dict[str, list[np.ndarray]] = {}
    x = torch.empty(0)

    def keep(name: str, given: object) -> None:
        found = given[0] if isinstance(given, tuple) and given else given
        if isinstance(found, Tensor) and found.ndim > 1 and len(found) == len(x):
            parts.setdefault(name, []).append(_pooled(found.float(), x).cpu().numpy())

    hooks = [
        module.register_forward_hook(lambda _, __, given, name=name: keep(name, given))
        for name, module in stages(encoder).items()
    ]
    try:
        for x in inputs.parts(examples, device):
            encoder(x)
    finally:
        for hook in hooks:
            hook.remove()
    rows = len(examples)
    whole = {name: np.concatenate(each) for name, each in parts.items() if len({one.shape[1] for one in each}) == 1}
    named = [name for name, each in whole.items() if len(each) == rows]
    kept = np.unique(np.linspace(0, len(named) - 1, min(MOST, len(named))).astype(int))
    return {named[place]: whole[named[place]] for place in kept}


def _pooled(found: Tensor, x: Tensor) -> Tensor:
    """(B, D): the mean over places of a map or a sequence; of tokens those that are not padding."""
    if found.ndim == 4:
        return pooled(found)
    if found.ndim == 3 and not x.is_floating_point():
        if found.shape[1] != x.shape[1] and found.shape[2] == x.shape[1]:
            found = found.transpose(1, 2)  # (B, D, T), as convolutions have it
        if found.shape[1] == x.shape[1]:
            return pooled(found, x)
    return found.mean(dim=1) if found.ndim == 3 else found.flatten(1)


def stages(encoder: nn.Module) -> dict[str, nn.Module]:
    """The parts of an encoder that have weights, by name: its children, and of what only holds others their children,
    until there are four or nothing more to open."""
    found: dict[str, nn.Module] = {type(encoder).__name__: encoder}
    opened = dict(_opened("", encoder))
    while opened and opened.keys() != found.keys():
        found = opened
        if len(found) >= FEWEST:
            break
        alone = len(found) == 1
        opened = {name: part for each, module in found.items() for name, part in _parts(each, module, alone)}
    return found


def _parts(name: str, module: nn.Module, alone: bool) -> Iterator[tuple[str, nn.Module]]:
    inside = dict(_opened(f"{name}.", module))
    if inside and (alone or isinstance(module, CONTAINERS) or len(inside) == 1):
        yield from inside.items()
    else:
        yield name, module


def _opened(before: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, child in module.named_children():
        if any(True for _ in child.parameters()):
            yield before + name, child

"""Detection and segmentation as tasks: they learn, labels follow the pixels, and predictions fit their metrics."""

from typing import Any

import numpy as np
import pytest
import torch

from harness.data import TRAIN, TaskArrays, scenes
from harness.data.batches import Batch, Batches, to_float
from harness.data.inputs import Pixels
from harness.meters.clock import Meters
from harness.metrics.kinds import kind_module
from harness.tasks import task_class
from harness.tasks.base import Task
from harness.tasks.boxes import suppressed
from harness.tasks.zoom import Zoom
from harness.training.loop import train
from harness.training.optimizers import optimizers
from tests.models.built import encoder

torch.set_num_threads(1)
CPU = torch.device("cpu")
PIXELS = Pixels((1, 8, 8))
SHAPE = (1, 32, 32)
KINDS = {"object-detection": scenes.detection, "semantic-segmentation": scenes.segmentation}
every_kind = pytest.mark.parametrize("kind", KINDS)


def arrays(kind: str) -> TaskArrays:
    return KINDS[kind](SHAPE, (100, 100, 100))


def batch(kind: str, count: int = 16) -> Batch:
    result = arrays(kind)
    return Batch(
        to_float(torch.from_numpy(result.examples[:count])), torch.from_numpy(result.labels[:count]),
        torch.Generator().manual_seed(0),
    )  # fmt: skip


def task(kind: str, model: str = "cnn-nano", **augment: Any) -> Task:
    torch.manual_seed(0)
    return task_class(kind)(encoder(model, SHAPE), batch(kind), classes=len(arrays(kind).classes), **augment)


@every_kind
@pytest.mark.parametrize("model", ["cnn-nano", "mlp", "resnet18"])
def test_a_few_steps_on_one_batch_lower_the_loss_for_any_map(kind: str, model: str) -> None:
    made = task(kind, model)
    steppers = optimizers(made, rate=3e-3, weight_decay=0.0, steps=8)
    losses = train(made, [batch(kind)] * 8, steppers, Meters(CPU), 8)["loss/encoder"]
    assert all(np.isfinite(losses))
    assert losses[-1] < losses[0]


@every_kind
def test_predictions_fit_the_metrics_of_the_kind(kind: str) -> None:
    result = arrays(kind)
    output = task(kind).predict_all(PIXELS, result.examples[:20], CPU)
    kind_module(kind).check(output, result.labels[:20], len(result.classes))
    kind_module(kind).check_labels(result.labels, result.split, result.examples.shape, result.classes)
    assert np.array_equal(output[3:4], task(kind).predict_all(PIXELS, result.examples[3:4], CPU))


@every_kind
def test_training_scenes_are_memorised(kind: str) -> None:
    result = arrays(kind)
    rows = np.flatnonzero(result.split == TRAIN)[:16]
    made = task(kind, "cnn-tiny")
    batches = Batches(result.examples[rows], result.labels[rows], batch=16, steps=150, seed=0, device=CPU)
    train(made, batches, optimizers(made, rate=1e-2, weight_decay=0.0, steps=150), Meters(CPU), 150)
    scored, metric = kind_module(kind), "map" if kind == "object-detection" else "miou"
    output = made.predict_all(PIXELS, result.examples[rows], CPU)
    assert scored.scores(output, result.labels[rows], len(result.classes))[metric] > 0.5


@every_kind
def test_augmentation_is_decided_by_the_stream(kind: str) -> None:
    made = task(kind, scale=0.2, shift=0.1, contrast=0.2, grain=0.02).train()
    one, same = (float(next(iter(made.losses(batch(kind))))[1].detach()) for _ in range(2))
    assert one == pytest.approx(same, rel=1e-4)


def test_boxes_and_maps_follow_the_pixels() -> None:
    x = torch.zeros(40, 1, 32, 32)
    x[:, :, 10:20, 6:18] = 1
    generator = torch.Generator().manual_seed(1)
    zoom = Zoom.drawn(x, generator, scale=0.3, shift=0.1)
    boxes = zoom.boxes(torch.tensor([[[3.0, 6, 10, 18, 20], [-1, 0, 0, 0, 0]]]).repeat(40, 1, 1), (32, 32))
    maps = zoom.maps((x[:, 0] > 0.5).short())
    assert maps.dtype == torch.int16
    for image, output, mask in zip(zoom.images(x), boxes, maps, strict=True):
        rows, columns = torch.nonzero(image[0] > 0.5, as_tuple=True)
        edges = torch.stack([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]).float()
        assert output[0, 0] == 3
        assert output[1, 0] == -1
        assert (edges - output[0, 1:]).abs().max() <= 1.0
        assert ((mask == 1) != (image[0] > 0.5)).float().mean() < 0.02


def test_suppression_keeps_the_best_of_each_class() -> None:
    boxes = torch.tensor([[[0.0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10], [20, 20, 30, 30], [2, 0, 12, 10]]])
    classes = torch.tensor([[0, 0, 1, 0, 0]])
    assert suppressed(boxes, classes, 0.6).tolist() == [[False, True, False, False, True]]

"""Image classification: the contract of a task, its augmentation, and the class of a kind by its name."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from harness.data import digits
from harness.data.batches import Batch, Batches, to_float
from harness.data.inputs import PART, Pixels
from harness.errors import BoardError
from harness.meters.clock import Meters
from harness.tasks import task_class
from harness.tasks.base import Task
from harness.tasks.image_classification import ImageClassification
from harness.training.loop import train
from harness.training.objective import Objective
from harness.training.optimizers import optimizers
from tests.models.built import CATALOG, LIGHT, SMALL, TRAINED, encoder

CPU = torch.device("cpu")
PIXELS = Pixels((1, 8, 8))
KINDS = sorted({entry.kind for entry in CATALOG.tasks.values()})


def batches(count: int = 40, **more: int) -> Batches:
    """Digits."""
    task = digits.task(SMALL)
    return Batches(
        task.examples[:count], task.labels[:count], **({"batch": 20, "steps": 20, "seed": 0} | more), device=CPU
    )


def classifier(model: str = "cnn-nano", **augment: float) -> ImageClassification:
    """The task on a fresh encoder."""
    made = encoder(model)
    torch.manual_seed(0)
    return ImageClassification(made, batches().sample(), classes=10, **augment)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_the_registry_has_a_class(kind: str) -> None:
    result = task_class(kind)
    assert issubclass(result, Task)
    assert issubclass(result, Objective)


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(BoardError) as error:
        task_class("image-clasification")
    assert (error.value.place, error.value.got) == ("task kind", "'image-clasification'")
    assert "'image-classification'" in str(error.value.fix)


def test_a_kind_whose_own_import_fails_is_not_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'pycocotools'", name="pycocotools")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match="pycocotools"):
        task_class("image-classification")


@pytest.mark.parametrize("model", [name for name in TRAINED if name in LIGHT])
def test_it_learns_a_few_digits_with_every_encoder(model: str) -> None:
    made = classifier(model)
    large = sum(weight.numel() for weight in made.parameters()) > 150_000
    steps, count = (4, 8) if large else (30, 32)
    same = [next(iter(batches(count, batch=count))) for _ in range(steps)]
    curve = train(made, same, optimizers(made, rate=3e-3, weight_decay=0.05, steps=steps), Meters(CPU), steps)
    assert curve["loss/encoder"][-1] < curve["loss/encoder"][0]


def test_the_only_part_holds_every_weight_once() -> None:
    made = classifier()
    (part,) = made.parts().values()
    assert sorted(map(id, part)) == sorted(map(id, made.parameters()))


def test_the_loss_is_cross_entropy_and_evaluation_its_mean() -> None:
    made = classifier().eval()
    whole = batches(batch=40)
    batch = next(whole.once())
    with torch.no_grad():
        wanted = float(cross_entropy(made.logits(batch.x), batch.y))
    ((part, loss),) = made.losses(batch)
    assert part == "encoder"
    assert float(loss.detach()) == pytest.approx(wanted, rel=1e-5)
    for size in (7, 40):
        assert made.evaluate(batches(batch=size).once)["loss"] == pytest.approx(wanted, rel=1e-4)


def test_an_uninformative_head_has_the_loss_of_chance() -> None:
    made = classifier()
    nn.init.zeros_(made.head.weight)
    nn.init.zeros_(made.head.bias)
    assert made.evaluate(batches().once)["loss"] == pytest.approx(math.log(10), rel=1e-5)


@pytest.mark.parametrize("count", [1, PART, PART + 3])
def test_predictions_are_the_probabilities_of_each_image_in_order(count: int) -> None:
    made = classifier("mlp")
    images = digits.task(SMALL).examples[:count]
    result = made.predict_all(PIXELS, images, CPU)
    assert result.shape == (count, 10)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result.sum(1), 1, atol=1e-5)
    with torch.no_grad():
        wanted = made.eval().logits(to_float(torch.from_numpy(images))).softmax(1).numpy()
    np.testing.assert_allclose(result, wanted, atol=1e-5)


def test_predicting_disables_dropout_and_changes_no_state() -> None:
    made = classifier("cnn-mnist").train()
    images = digits.task(SMALL).examples[:30]
    before = {key: value.clone() for key, value in made.state_dict().items()}
    evaluated = made.predict_all(PIXELS, images, CPU)
    assert np.array_equal(evaluated, made.train().predict_all(PIXELS, images, CPU))
    assert all(torch.equal(before[key], value) for key, value in made.state_dict().items())


def test_augmentation_draws_from_the_batchs_stream_and_is_off_by_default() -> None:
    def losses(made: ImageClassification, seed: int) -> float:
        x = batches().sample()
        ((_, loss),) = made.eval().losses(Batch(x.x, x.y, torch.Generator().manual_seed(seed)))
        return float(loss.detach())

    plain, moved = classifier(), classifier(degrees=10.0, shift=0.06)
    assert losses(plain, 0) == losses(plain, 1)
    assert losses(moved, 0) == losses(moved, 0) != losses(moved, 1)


def test_the_kind_takes_the_registrys_augmentation() -> None:
    for entry in CATALOG.tasks.values():
        if entry.kind == "image-classification":
            assert classifier(**entry.augment).degrees == entry.augment.get("degrees", 0.0)


def test_half_of_the_images_are_mirrored() -> None:
    seen: list[torch.Tensor] = []
    x = torch.rand(64, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    sample = Batch(x, torch.arange(64) % 10, torch.Generator().manual_seed(1))
    made = ImageClassification(encoder("cnn-nano"), sample, classes=10, flip=0.5)
    made.encoder.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    next(made.losses(sample))
    mirrored = (seen[0] == x.flip(3)).flatten(1).all(dim=1)
    assert torch.equal(seen[0][~mirrored], x[~mirrored])
    assert 16 < int(mirrored.sum()) < 48

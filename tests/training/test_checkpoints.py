"""Snapshots of a run: their step, and that they do not change the run."""

from contextlib import contextmanager

import pytest
import torch
from torch import nn

from harness.meters.clock import Meters
from harness.training.checkpoints import Snapshots
from harness.training.loop import train
from harness.training.optimizers import optimizers
from tests.models.built import CATALOG
from tests.objectives.test_contract import LEARNING, batch, objective, weights

STEPS = 6


def trained(name: str, wanted: tuple[int, ...]) -> tuple[dict[str, torch.Tensor], Snapshots]:
    """The weights after some steps of an objective, and its snapshots."""
    made = objective(name)
    snapshots = Snapshots(made.encoder, wanted)
    steppers = optimizers(made, **CATALOG.objectives[name].optimizer.model_dump(), steps=STEPS)
    torch.manual_seed(3)
    train(made, snapshots.along([batch(step) for step in range(STEPS)]), steppers, Meters(torch.device("cpu")), STEPS)
    return weights(made), snapshots


@pytest.mark.parametrize("name", LEARNING)
def test_a_snapshot_changes_no_bit_of_a_run(name: str) -> None:
    alone, none = trained(name, ())
    seen, snapshots = trained(name, (1, 4))
    assert all(torch.equal(value, seen[key]) for key, value in alone.items())
    assert (none.taken, [*snapshots.taken]) == ({}, [1, 4])
    assert any(not torch.equal(value, snapshots.taken[4][key]) for key, value in snapshots.taken[1].items())


def test_a_step_is_over_when_the_next_batch_is_asked_for() -> None:
    module, paused = nn.Linear(1, 1, bias=False), []

    @contextmanager
    def pause():  # type: ignore[no-untyped-def]
        paused.append(float(module.weight.detach()))
        yield

    snapshots = Snapshots(module, {1, 2}, pause)
    for step, _ in enumerate(snapshots.along([batch()] * 4)):
        nn.init.constant_(module.weight, step + 1)
    assert {step: float(taken["weight"]) for step, taken in snapshots.taken.items()} == {1: 1.0, 2: 2.0}
    assert paused == [1.0, 2.0]

"""An objective of a board's own is one file and one entry, with no edit elsewhere."""

from harness.board import Board
from tests.boards import pretune

BRIGHTNESS = '''"""Brightness: tell the mean of an image from its features."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from harness.data.batches import Batch
from harness.objectives.base import skill
from harness.training.features import dry_run, pooled
from harness.training.objective import Heldout, Objective


class Brightness(Objective):
    """Squared error; the trivial predictor is the mean over images."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int, scale: float) -> None:
        super().__init__(encoder)
        self.scale = scale
        self.head = nn.Linear(dry_run(encoder, sample.x).shape[1], 1)

    def error(self, batch: Batch) -> Tensor:
        wanted = self.scale * batch.x.mean(dim=(1, 2, 3))
        return (self.head(pooled(self.encoder(batch.x)))[:, 0] - wanted).square().mean()

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", self.error(batch)

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        errors = [float(self.error(batch)) for batch in heldout()]
        means = torch.cat([self.scale * batch.x.mean(dim=(1, 2, 3)) for batch in heldout()])
        return skill(sum(errors) / len(errors), float(means.var()))
'''

ENTRY = """
name = "brightness"
title = "Brightness"
modality = "image"
entry = "brightness:Brightness"
args = { scale = 2.0 }
version = 1
optimizer = { rate = 0.01 }
"""


def test_an_objective_is_one_file_and_one_entry(board: Board) -> None:
    folder = board.registry / "objectives"
    (folder / "brightness.py").write_text(BRIGHTNESS)
    (folder / "brightness.toml").write_text(ENTRY)
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace('objective = "simclr"', 'objective = "brightness"'))
    done = pretune("sweep", "tiny", "--workers", "2", board=board)
    assert done.returncode == 0, done.stderr
    trained = [
        r for r in board.store.all() if r.kind == "pretrain" and r.cell.pretraining.arm.objective == "brightness"
    ]
    assert [record.status for record in trained] == ["ok"] * 3
    assert all("skill" in record.metrics for record in trained)
    assert "brightness" in pretune("show", "tiny", "board", board=board).stdout
    assert pretune("site", "tiny", "--out", str(board.root / "site"), board=board).returncode == 0

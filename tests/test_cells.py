"""Labels of arms and cells."""

from dataclasses import replace

import pytest

from harness.cells import Arm, Cell, Pretraining

ARM = Arm("simclr", "glyphs", 1.0, None, 100, 32, (3, 32, 32), "fp32")


@pytest.mark.parametrize(
    ("progress", "label"),
    [
        (1.0, "simclr on glyphs"),
        (0.125, "simclr on glyphs, 12.5% of the run"),
        (0.1, "simclr on glyphs, 10% of the run"),
    ],
)
def test_a_checkpoint_along_the_run_is_named_and_the_end_is_not(progress: float, label: str) -> None:
    cell = Cell(Pretraining("mlp", ARM), "digits", "linear", 5, (3, 32, 32), None, 32, progress)
    assert cell.arm_label == label
    assert cell.whole is (progress == 1)
    assert cell.at_end.arm_label == ARM.label


def test_different_fractions_have_different_labels() -> None:
    fractions = (0.004, 0.012, 0.0124, 0.014, 0.1, 1.0)
    assert len({replace(ARM, fraction=fraction).label for fraction in fractions}) == len(fractions)

"""The figures of docs/gpu.md, section "What it says", are those of the records."""

from collections.abc import Iterator
from dataclasses import replace

from harness.report.words import bounds, signed
from tests.docs.document import Document
from tests.docs.records import Tally, records

DOCUMENT = Document("docs/gpu.md")


def sentences() -> Iterator[str]:
    gpu = records("gpu-quick")
    lift, score = gpu.lift, gpu.score
    headline = gpu.row("resnet18", "simclr", "finetune-10")
    yield f"over {headline['items']:,} test images"
    yield f"| `resnet18`, {headline['n']} seeds |"
    probes, tuned = ("linear-10", "linear"), ("linear-10", "linear", "finetune-10")
    yield f"| scratch, the accuracy | {' | '.join(score('resnet18', 'scratch', each) for each in tuned)} |"
    yield f"| masked-image | {' | '.join(lift('resnet18', 'masked', each) for each in probes)} | |"
    yield f"| VICReg | {' | '.join(lift('resnet18', 'vicreg', each) for each in probes)} | |"
    yield f"| SimCLR | {' | '.join(lift('resnet18', 'simclr', each) for each in tuned)} |"
    yield f"| supervised, with all labels | {' | '.join(lift('resnet18', 'supervised', each) for each in tuned)} |"
    yield f"Its scratch control chose the highest rate of the grid ({highest_rate('resnet18', 'scratch'):g})"
    yield (
        f"On `vit-small` SimCLR lifts the probe at 10 shots by {lift('vit-small', 'simclr', 'linear-10')} and "
        f"fine-tuning by {lift('vit-small', 'simclr', 'finetune-10')}, at a rate that is itself the grid's highest."
    )
    assert highest_rate("vit-small", "simclr")
    compared = Tally.over(row for row in gpu.found.rows if not row["labelled"])
    assert compared.up == compared.of
    yield f"All {compared.of} comparisons of pretraining without labels with scratch help."
    two = next(row for row in replace(gpu.found, seeds=(0, 1)).rows if row["id"] == headline["id"])
    yield f"At two seeds the headline was {signed(two['lift'])}{bounds(two['lift_low'], two['lift_high'])}"
    assert round(two["lift_margin"] / headline["lift_margin"]) == 7, "three more took the interval to a seventh"


def highest_rate(model: str, arm: str) -> float:
    """The one rate that fine-tuning chose at all seeds; it has to be the grid's highest."""
    trials = records("gpu-quick").found.trials
    entry = records("gpu-quick").suite
    objective = entry.arms[arm].objective
    rows = trials[(trials["protocol"] == "finetune") & (trials["model"] == model) & (trials["objective"] == objective)]
    (rate,) = set(rows["rate"])
    assert rate == max(entry.rates)
    return float(rate)


def test_the_records_give_its_figures() -> None:
    DOCUMENT.check(sentences(), "## What it says", "## What it costs", known=["0.95"])

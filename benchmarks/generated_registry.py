"""The registry of a generated board: models in families, objectives, one corpus, tasks and the suite `large`.

Models differ in width only and share the code of the real CNN. All tasks are the handwritten digits under other names.
The suite could be swept.
"""

import math
import shutil
from pathlib import Path

from tests.boards import ROOT

ARMS, TASKS, FAMILIES = 20, 6, 5
OBJECTIVES = ("autoencoder", "denoising-autoencoder", "vae", "masked-image", "rotation", "simclr", "vicreg")
STARS = ("autoencoder", "rotation", "simclr")
"""The objectives whose corpus is also reduced to a tenth and a hundredth, and corrupted by noise."""

MODEL = """
name = "{name}"
title = "Network {name}"
modality = "image"
entry = "cnn:CNN"
args = {{ widths = {widths} }}
family = "{family}"
"""
CORPUS = """
name = "characters"
title = "Characters"
modality = "image"
entry = "harness.data.glyphs:corpus"
version = 2
source = "characters"
excludes = [{tasks}]
"""
TASK = """
name = "{name}"
title = "Problem {name}"
modality = "image"
kind = "image-classification"
entry = "harness.data.digits:task"
version = 1
source = "{name}"
augment = {{ degrees = 10.0, shift = 0.06 }}
"""
SUITE = """
name = "large"
title = "A generated board"
precision = "fp32"
core_hours = 10000
shape = [1, 16, 16]
seeds = {seeds}
tuning_seeds = [1000]
rates = [1e-3]

[pretrain]
steps = 400
batch = 64

[finetune]
steps = 300
batch = 32

[arms]
{arms}

[adaptations]
{adaptations}

[[matrix]]
models = {models}
arms = {arm_names}
adaptations = {adaptation_names}

[[headline]]
model = "{model}"
arm = "simclr"
adaptation = "{adaptation}"
"""


def write_registry(registry: Path, cells: int, seeds: int) -> None:
    """A registry whose suite `large` has about `cells` cells: 20 arms, 10 or 20 adaptations, and models as needed."""
    adaptations = _adaptations(20 if cells >= 4000 else 10)
    models = _models(max(1, round(cells / ARMS / len(adaptations))))
    arms = _arms()
    for kind in ("models", "objectives", "corpora", "tasks", "suites"):
        (registry / kind).mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "registry" / "models" / "cnn.py", registry / "models")
    for name in ("scratch", *OBJECTIVES):
        shutil.copy(ROOT / "registry" / "objectives" / f"{name}.toml", registry / "objectives")
    for name, (family, width) in models.items():
        entry = MODEL.format(name=name, family=family, widths=[width, 2 * width, 4 * width])
        (registry / "models" / f"{name}.toml").write_text(entry)
    tasks = [f"problem-{number}" for number in range(1, TASKS + 1)]
    for task in tasks:
        (registry / "tasks" / f"{task}.toml").write_text(TASK.format(name=task))
    (registry / "corpora" / "characters.toml").write_text(CORPUS.format(tasks=", ".join(f'"{task}"' for task in tasks)))
    suite = SUITE.format(
        seeds=list(range(seeds)),
        arms="\n".join(f"{name} = {text}" for name, text in arms.items()),
        adaptations="\n".join(f"{name} = {text}" for name, text in adaptations.items()),
        models=list(models),
        arm_names=list(arms),
        adaptation_names=list(adaptations),
        model=next(iter(models)),
        adaptation=next(iter(adaptations)),
    )
    (registry / "suites" / "large.toml").write_text(suite)


def _models(count: int) -> dict[str, tuple[str, int]]:
    """The family and the width of each model: sizes double within a family."""
    sizes = math.ceil(count / FAMILIES)
    members = [(family, size) for family in range(FAMILIES) for size in range(sizes)][:count]
    return {
        f"net-{chr(97 + family)}-{size}": (f"net-{chr(97 + family)}", (4 + family) * 2**size)
        for family, size in members
    }


def _arms() -> dict[str, str]:
    """Every objective on the whole clean corpus, and stars of quantity and quality about three of them."""
    arms = {"scratch": '{ objective = "scratch", corpus = "characters" }'}
    arms |= {name: f'{{ objective = "{name}", corpus = "characters" }}' for name in OBJECTIVES}
    for name in STARS:
        for share in (0.01, 0.1):
            arms[f"{name}-{100 * share:g}"] = f'{{ objective = "{name}", corpus = "characters", fraction = {share} }}'
        for severity in (2, 4):
            noise = f'{{ kind = "noise", severity = {severity} }}'
            arms[f"{name}-noise-{severity}"] = (
                f'{{ objective = "{name}", corpus = "characters", corruption = {noise} }}'
            )
    assert len(arms) == ARMS
    return arms


def _adaptations(count: int) -> dict[str, str]:
    """Probes and fine-tuning of six tasks, the common ones first; some tasks at several numbers of shots."""
    adaptations = {}
    for protocol, shots, tasks in (
        ("linear", 5, range(1, TASKS + 1)),
        ("finetune", 5, (1, 2)),
        ("knn", 5, (1, 2)),
        ("linear", 1, (1, 2, 3)),
        ("linear", 20, (1, 2, 3)),
        ("finetune", 5, (3, 4)),
        ("finetune", 20, (1, 2)),
    ):
        for task in tasks:
            text = f'{{ task = "problem-{task}", protocol = "{protocol}", shots = {shots} }}'
            adaptations[f"problem-{task}-{protocol}-{shots}"] = text
    return dict(list(adaptations.items())[:count])

"""Checks of a suite against the whole registry."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.catalog import schemas
from harness.catalog.fields import DIMENSIONS
from harness.catalog.problems import EntryProblem, unknown
from harness.errors import nearest

if TYPE_CHECKING:
    from harness.catalog import Catalog

SHOTS_KINDS = ("image-classification", "text-classification")
"""The task kinds with one class an example, which shots are drawn by and probes are fitted to."""
SHAPES = {"image": "[channels, height, width]", "text": "[bytes]"}


def suite_problems(suite: schemas.SuiteEntry, catalog: "Catalog") -> Iterator[EntryProblem]:
    """Unknown references, comparisons without their control, and values that contradict each other."""
    for name, arm in suite.arms.items():
        yield from _arm_problems(f"arms.{name}", arm, catalog)
    for name, adaptation in suite.adaptations.items():
        yield from _adaptation_problems(f"adaptations.{name}", adaptation, suite, catalog)
    for index, block in enumerate(suite.matrix):
        yield from _block_problems(f"matrix[{index}]", block, suite, catalog)
    for index, headline in enumerate(suite.headline):
        yield from _headline_problems(f"headline[{index}]", headline, suite)
    yield from _grid_problems(suite)


def needed(suite: schemas.SuiteEntry, catalog: "Catalog") -> dict[str, set[str]]:
    """The names, by kind, of all entries that a suite needs.

    They are the suite itself, the entries that it names, the corpora of its tokenizers, and the tasks that its corpora
    exclude.
    """
    tokenizers = [catalog.models[name].tokenizer for name in suite.models if name in catalog.models]
    corpora = {arm.corpus for arm in suite.arms.values()} | {each.corpus for each in tokenizers if each and each.corpus}
    excluded = [catalog.corpora[name].excludes for name in corpora if name in catalog.corpora]
    return {
        "suites": {suite.name},
        "models": suite.models,
        "objectives": {arm.objective for arm in suite.arms.values()},
        "corpora": corpora,
        "tasks": {each.task for each in suite.adaptations.values()}.union(*excluded),
    }


def _grids(suite: schemas.SuiteEntry) -> Iterator[tuple[str, Sequence[float]]]:
    """All lists of seeds, rates and shares of a run, by their keys."""
    yield "seeds", suite.seeds
    yield "tuning_seeds", suite.tuning_seeds
    yield "rates", suite.rates
    for index, block in enumerate(suite.matrix):
        yield f"matrix[{index}].progress", block.progress
    for name, adaptation in suite.adaptations.items():
        yield f"adaptations.{name}.tuning_seeds", adaptation.tuning_seeds or ()
        yield f"adaptations.{name}.rates", adaptation.rates or ()


def _grid_problems(suite: schemas.SuiteEntry) -> Iterator[EntryProblem]:
    for key, values in _grids(suite):
        if len(set(values)) != len(values):
            twice = next(value for value in values if list(values).count(value) > 1)
            yield EntryProblem(key, "each value once", f"{twice:g} twice", "remove one")
        shared = sorted(set(suite.seeds) & set(values)) if key.endswith("tuning_seeds") else []
        if shared:
            yield EntryProblem(key, "seeds that are not in `seeds`", str(shared), "use other seeds for tuning")


def _arm_problems(key: str, arm: schemas.ArmSpec, catalog: "Catalog") -> Iterator[EntryProblem]:
    if arm.objective not in catalog.names("objectives"):
        yield unknown(f"{key}.objective", "an objective", arm.objective, catalog.names("objectives"), "add it")
    if arm.corpus not in catalog.names("corpora"):
        yield unknown(f"{key}.corpus", "a corpus", arm.corpus, catalog.names("corpora"), "add it")
    objective, corpus = catalog.objectives.get(arm.objective), catalog.corpora.get(arm.corpus)
    if corpus is None:
        return
    if objective is not None and objective.labels and not corpus.labelled:
        expected, got = f"a corpus with labels, which '{objective.name}' needs", f"'{corpus.name}', which has none"
        options = [other.name for other in catalog.corpora.values() if other.labelled]
        yield EntryProblem(f"{key}.corpus", expected, got, nearest(corpus.name, options) or "use another objective")
    kinds = schemas.CORRUPTIONS[corpus.modality]
    if arm.corruption and arm.corruption.kind not in kinds:
        expected, got = f"a corruption of {corpus.modality}", f"'{arm.corruption.kind}'"
        yield EntryProblem(f"{key}.corruption.kind", expected, got, f"use {', '.join(kinds)}")


def _adaptation_problems(
    key: str, adaptation: schemas.AdaptationSpec, suite: schemas.SuiteEntry, catalog: "Catalog"
) -> Iterator[EntryProblem]:
    protocol, task, shape = adaptation.protocol, catalog.tasks.get(adaptation.task), adaptation.shape
    if adaptation.task not in catalog.names("tasks"):
        yield unknown(f"{key}.task", "a task", adaptation.task, catalog.names("tasks"), "add it")
    for field in ("steps", "rates", "tuning_seeds"):
        value = getattr(adaptation, field)
        if value and protocol != "finetune":
            got = str(list(value) if isinstance(value, tuple) else value)
            yield EntryProblem(
                f"{key}.{field}", f"no value, since a {protocol} probe has no such key", got, "remove it"
            )
    if task is not None and adaptation.shifts and task.modality != "image":
        expected = f"false, since examples of {task.modality} have no shifts"
        yield EntryProblem(f"{key}.shifts", expected, "true", "remove it")
    if task is not None and task.kind not in SHOTS_KINDS:
        if protocol != "finetune":
            expected = f"'finetune', the only protocol of {task.kind}"
            yield EntryProblem(f"{key}.protocol", expected, f"'{protocol}'", "use 'finetune'")
        if adaptation.shots is not None:
            expected = f"no value, since examples of {task.kind} have not one class each"
            yield EntryProblem(f"{key}.shots", expected, str(adaptation.shots), "remove it")
    if shape and len(shape) == len(suite.shape) == 3 and shape[0] != suite.shape[0]:
        expected = f"{suite.shape[0]} channels as in the suite's shape, since an encoder has one number of channels"
        yield EntryProblem(f"{key}.shape", expected, f"{shape[0]} channels", "change one of the shapes")


def _block_problems(
    key: str, block: schemas.Block, suite: schemas.SuiteEntry, catalog: "Catalog"
) -> Iterator[EntryProblem]:
    references: list[tuple[str, str, list[str], Iterable[str]]] = [
        ("models", "a model", block.models, catalog.names("models")),
        ("arms", "an arm of the suite", block.arms, suite.arms),
        ("adaptations", "an adaptation of the suite", block.adaptations, suite.adaptations),
    ]
    for field, expected, names, valid in references:
        yield from (unknown(f"{key}.{field}", expected, name, valid, "add it") for name in names if name not in valid)
    arms = {name: suite.arms[name] for name in block.arms if name in suite.arms}
    if not any(arm.objective == schemas.SCRATCH for arm in arms.values()):
        expected = f"an arm with objective '{schemas.SCRATCH}', the control of every comparison"
        yield EntryProblem(f"{key}.arms", expected, "none", "add one")
    trained = [name for name, arm in arms.items() if arm.objective != schemas.SCRATCH]
    published = [name for name, arm in arms.items() if arm.objective == schemas.PUBLISHED]
    for model in (catalog.models[name] for name in block.models if name in catalog.models):
        if trained and model.control:
            expected, got = f"models to pretrain by '{trained[0]}'", f"the control '{model.name}'"
            yield EntryProblem(key, expected, got, "move it to a block of its own")
        if published and model.files is None:
            expected, got = f"models with `files`, for the arm '{published[0]}'", f"'{model.name}' without them"
            yield EntryProblem(key, expected, got, "move it to a block of its own")
    yield from _progress_problems(f"{key}.progress", block, suite)
    yield from _modality_problems(key, block, suite, catalog)
    yield from _causal_problems(key, block, arms.values(), catalog)


def _progress_problems(key: str, block: schemas.Block, suite: schemas.SuiteEntry) -> Iterator[EntryProblem]:
    steps = suite.pretrain.steps
    for share in block.progress:
        step = schemas.step_at(share, steps)
        if share < schemas.WHOLE and not 0 < step < steps:
            got = f"{share:g} of {steps} steps, which is step {step}"
            yield EntryProblem(key, "a step within the run", got, "use another share, or 1 for the end")
        larger = sorted({other for each in suite.matrix for other in each.progress if other > share})
        if twin := next((other for other in larger if schemas.step_at(other, steps) == step), None):
            got = f"{share:g} and {twin:g} of {steps} steps, which are step {step}"
            yield EntryProblem(key, "shares of different steps", got, "remove one of them")


def _modality_problems(
    key: str, block: schemas.Block, suite: schemas.SuiteEntry, catalog: "Catalog"
) -> Iterator[EntryProblem]:
    """A block whose parts have different modalities, or an arm whose shape is of another."""
    arms = [suite.arms[name] for name in block.arms if name in suite.arms]
    tasks = [suite.adaptations[name].task for name in block.adaptations if name in suite.adaptations]
    wanted: list[tuple[Mapping[str, schemas.CodeEntry], Iterable[str]]] = [
        (catalog.models, block.models),
        (catalog.objectives, [arm.objective for arm in arms]),
        (catalog.corpora, [arm.corpus for arm in arms]),
        (catalog.tasks, tasks),
    ]
    examples: dict[str, str] = {e[name].modality: name for e, names in wanted for name in names if name in e}
    examples.pop("any", None)
    if len(examples) > 1:
        got = ", ".join(f"'{name}' of {modality}" for modality, name in sorted(examples.items()))
        yield EntryProblem(key, "one modality", got, "use a block for each modality")
    for modality in examples if len(examples) == 1 else ():
        for name in block.arms:
            shape = (suite.arms[name].shape if name in suite.arms else None) or suite.shape
            if len(shape) != DIMENSIONS[modality]:
                expected, got = f"a shape {SHAPES[modality]} for {modality}", f"{list(shape)} of the arm '{name}'"
                yield EntryProblem(key, expected, got, "set the arm's shape")


def _causal_problems(
    key: str, block: schemas.Block, arms: Iterable[schemas.ArmSpec], catalog: "Catalog"
) -> Iterator[EntryProblem]:
    objectives = {arm.objective for arm in arms} & set(catalog.objectives)
    for objective in sorted(objectives):
        wanted = catalog.objectives[objective].causal
        for model in block.models:
            if wanted is not None and model in catalog.models and catalog.models[model].causal != wanted:
                kind, other = ("causal", "not causal") if wanted else ("not causal", "causal")
                expected, got = f"encoders that are {kind}, for '{objective}'", f"'{model}', which is {other}"
                yield EntryProblem(key, expected, got, "move it to a block of its own")


def _headline_problems(key: str, headline: schemas.Headline, suite: schemas.SuiteEntry) -> Iterator[EntryProblem]:
    within = any(
        headline.model in block.models
        and headline.arm in block.arms
        and headline.adaptation in block.adaptations
        and schemas.WHOLE in block.progress
        for block in suite.matrix
    )
    if not within:
        cell = f"{headline.model} x {headline.arm} x {headline.adaptation}"
        expected, fix = "a cell of the matrix at the end of its run", "name a cell that is swept"
        yield EntryProblem(key, expected, cell, fix)
    if headline.arm in suite.arms and suite.arms[headline.arm].objective == schemas.SCRATCH:
        expected, got = f"an arm to compare with '{schemas.SCRATCH}'", f"'{headline.arm}', which is the control"
        yield EntryProblem(f"{key}.arm", expected, got, "name another arm")

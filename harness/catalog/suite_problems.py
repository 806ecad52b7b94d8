"""What can be wrong with a suite, seen from the whole registry."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.catalog import schemas
from harness.errors import nearest

if TYPE_CHECKING:
    from harness.catalog import Catalog

SHOTS_KINDS = ("image-classification", "text-classification")
"""The task kinds whose examples have one class each, by which shots are drawn and probes are fitted."""
SHAPES = {"image": "[channels, height, width]", "text": "[bytes]"}


def suite_problems(suite: schemas.SuiteEntry, catalog: "Catalog") -> Iterator[str]:
    """References that dangle, comparisons without their control, and values that contradict each other."""
    for name, arm in suite.arms.items():
        yield from _dangling(f"arms.{name}.objective", "objective", arm.objective, catalog.names("objectives"))
        yield from _dangling(f"arms.{name}.corpus", "corpus", arm.corpus, catalog.names("corpora"))
        yield from _label_problem(name, arm, catalog)
        yield from _corruption_problem(name, arm, catalog)
    for name, adaptation in suite.adaptations.items():
        yield from _dangling(f"adaptations.{name}.task", "task", adaptation.task, catalog.names("tasks"))
        yield from _adaptation_problems(f"adaptations.{name}", adaptation, catalog)
        if (
            adaptation.shape
            and len(adaptation.shape) == len(suite.shape) == 3
            and adaptation.shape[0] != suite.shape[0]
        ):
            ours, theirs = adaptation.shape[0], suite.shape[0]
            yield f"adaptations.{name}.shape: has {ours} channels and the suite's {theirs}; an encoder takes one number"
    for index, block in enumerate(suite.matrix):
        yield from _block_problems(f"matrix[{index}]", block, suite, catalog)
    for index, headline in enumerate(suite.headline):
        yield from _headline_problems(f"headline[{index}]", headline, suite)
    for place, values in _grids(suite):
        if len(set(values)) != len(values):
            yield f"{place}: holds a value twice; leave one"
        shared = sorted(set(suite.seeds) & set(values)) if place.endswith("tuning_seeds") else []
        if shared:
            yield f"{place}: {shared} are seeds too; tuning needs seeds of its own"


def needed(suite: schemas.SuiteEntry, catalog: "Catalog") -> dict[str, set[str]]:
    """The names, by kind, of all that a suite cannot do without: itself, what it names, what its tokenizers are trained
    on, and the tasks that its corpora exclude."""
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
    """All lists of seeds, rates and shares of a run, by their place."""
    yield "seeds", suite.seeds
    yield "tuning_seeds", suite.tuning_seeds
    yield "rates", suite.rates
    for index, block in enumerate(suite.matrix):
        yield f"matrix[{index}].progress", block.progress
    for name, adaptation in suite.adaptations.items():
        yield f"adaptations.{name}.tuning_seeds", adaptation.tuning_seeds or ()
        yield f"adaptations.{name}.rates", adaptation.rates or ()


def _adaptation_problems(place: str, adaptation: schemas.AdaptationSpec, catalog: "Catalog") -> Iterator[str]:
    protocol, task = adaptation.protocol, catalog.tasks.get(adaptation.task)
    for field in ("steps", "rates", "tuning_seeds"):
        if getattr(adaptation, field) and protocol != "finetune":
            yield f"{place}.{field}: a {protocol} probe takes no {field.replace('_', ' ')}; leave it out"
    if task is not None and adaptation.shifts and task.modality != "image":
        yield f"{place}.shifts: test examples of {task.modality} have no shifts; leave it out"
    if task is not None and task.kind not in SHOTS_KINDS:
        if protocol != "finetune":
            yield f"{place}.protocol: '{task.name}' is {task.kind}, which has no {protocol} probe; use 'finetune'"
        if adaptation.shots is not None:
            yield f"{place}.shots: the examples of {task.kind} have no one class to be drawn by; leave it out"


def _block_problems(place: str, block: schemas.Block, suite: schemas.SuiteEntry, catalog: "Catalog") -> Iterator[str]:
    for model in block.models:
        yield from _dangling(f"{place}.models", "model", model, catalog.names("models"))
    for name in block.arms:
        yield from _dangling(f"{place}.arms", "arm", name, suite.arms)
    for name in block.adaptations:
        yield from _dangling(f"{place}.adaptations", "adaptation", name, suite.adaptations)
    if not any(suite.arms[name].objective == schemas.SCRATCH for name in block.arms if name in suite.arms):
        yield f"{place}.arms: no arm with objective '{schemas.SCRATCH}': every comparison needs its control"
    trained = [name for name in block.arms if name in suite.arms and suite.arms[name].objective != schemas.SCRATCH]
    for model in block.models:
        if trained and model in catalog.models and catalog.models[model].control:
            yield f"{place}: '{model}' is a control, which nothing pretrains, and '{trained[0]}' does; part the block"
    for share in block.progress:
        taken = f"{place}.progress: {share:g} of {suite.pretrain.steps} steps"
        step = schemas.step_at(share, suite.pretrain.steps)
        if share < schemas.WHOLE and not 0 < step < suite.pretrain.steps:
            yield f"{taken} is no step within the run; name one that is, or 1 for its end"
        same = {other for each in suite.matrix for other in each.progress if other > share}
        if twin := next(
            (other for other in sorted(same) if schemas.step_at(other, suite.pretrain.steps) == step), None
        ):
            yield f"{taken} is step {step}, and so is {twin:g}: name one of them"
    yield from _published_problems(place, block, suite, catalog)
    yield from _modality_problems(place, block, suite, catalog)


def _published_problems(
    place: str, block: schemas.Block, suite: schemas.SuiteEntry, catalog: "Catalog"
) -> Iterator[str]:
    published = [n for n in block.arms if n in suite.arms and suite.arms[n].objective == schemas.PUBLISHED]
    for model in block.models:
        if published and model in catalog.models and catalog.models[model].files is None:
            yield (
                f"{place}: the arm '{published[0]}' takes published weights, and '{model}' has no `files` to take them "
                "from; part the block"
            )


def _corruption_problem(name: str, arm: schemas.ArmSpec, catalog: "Catalog") -> Iterator[str]:
    corpus = catalog.corpora.get(arm.corpus)
    if arm.corruption and corpus is not None and arm.corruption.kind not in schemas.CORRUPTIONS[corpus.modality]:
        kind, options = arm.corruption.kind, ", ".join(schemas.CORRUPTIONS[corpus.modality])
        yield f"arms.{name}.corruption.kind: a corpus of {corpus.modality} has no '{kind}'; use {options}"


def _label_problem(name: str, arm: schemas.ArmSpec, catalog: "Catalog") -> Iterator[str]:
    objective, corpus = catalog.objectives.get(arm.objective), catalog.corpora.get(arm.corpus)
    if objective is not None and corpus is not None and objective.labels and not corpus.labelled:
        options = [other.name for other in catalog.corpora.values() if other.labelled]
        yield f"arms.{name}.corpus: '{objective.name}' needs labels and '{corpus.name}' has none; " + nearest(
            corpus.name, options
        )


def _modality_problems(
    place: str, block: schemas.Block, suite: schemas.SuiteEntry, catalog: "Catalog"
) -> Iterator[str]:
    """A block whose parts see different things: an image encoder cannot read text."""
    arms = [suite.arms[name] for name in block.arms if name in suite.arms]
    tasks = [suite.adaptations[name].task for name in block.adaptations if name in suite.adaptations]
    wanted: list[tuple[Mapping[str, schemas.CodeEntry], Iterable[str]]] = [
        (catalog.models, block.models),
        (catalog.objectives, [arm.objective for arm in arms]),
        (catalog.corpora, [arm.corpus for arm in arms]),
        (catalog.tasks, tasks),
    ]
    found: dict[str, str] = {e[name].modality: name for e, names in wanted for name in names if name in e}
    found.pop("any", None)
    if len(found) > 1:
        parts = ", ".join(f"'{name}' is of {modality}" for modality, name in sorted(found.items()))
        yield f"{place}: {parts}; a block has one modality"
    for modality in found if len(found) == 1 else ():
        for name in block.arms:
            shape = (suite.arms[name].shape if name in suite.arms else None) or suite.shape
            if len(shape) != schemas.DIMENSIONS[modality]:
                has = f"arm '{name}' has the shape {list(shape)}"
                yield f"{place}: {has}, and {modality} has {SHAPES[modality]}; set the arm's shape"
    yield from _causal_problems(place, block, arms, catalog)


def _causal_problems(
    place: str, block: schemas.Block, arms: Iterable[schemas.ArmSpec], catalog: "Catalog"
) -> Iterator[str]:
    objectives = {arm.objective for arm in arms} & set(catalog.objectives)
    for objective in sorted(objectives):
        wanted = catalog.objectives[objective].causal
        for model in block.models:
            if wanted is not None and model in catalog.models and catalog.models[model].causal != wanted:
                kind, other = ("causal", "not") if wanted else ("not causal", "causal")
                yield f"{place}: '{objective}' takes encoders that are {kind}, and '{model}' is {other}; part the block"


def _headline_problems(place: str, headline: schemas.Headline, suite: schemas.SuiteEntry) -> Iterator[str]:
    within = any(
        headline.model in block.models
        and headline.arm in block.arms
        and headline.adaptation in block.adaptations
        and schemas.WHOLE in block.progress
        for block in suite.matrix
    )
    if not within:
        cell = f"{headline.model} x {headline.arm} x {headline.adaptation}"
        yield f"{place}: {cell} is in no block of the matrix at the end of its run; name a cell that is swept"
    if headline.arm in suite.arms and suite.arms[headline.arm].objective == schemas.SCRATCH:
        yield f"{place}.arm: '{headline.arm}' is {schemas.SCRATCH}, which all others are compared with; name one of those"


def _dangling(place: str, kind: str, name: str, valid: Collection[str]) -> Iterator[str]:
    if name not in valid:
        yield f"{place}: no {kind} '{name}'; {nearest(name, valid)}".rstrip("; ")

"""The schemas of the registry's entries. Unknown keys are errors, types are strict, nothing is coerced."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.catalog.fields import Count, Digest, EntryPoint, Name, Rate, Rates, Seeds, Shape, Share, Title, Tuple

Modality = Literal["image", "text"]
CORRUPTIONS: dict[str, tuple[str, ...]] = {
    "image": ("noise", "blur", "duplicates", "off-domain"),
    "text": ("shuffle", "duplicates", "off-domain"),
}
"""The kinds of corruption of a corpus, by modality."""
Protocol = Literal["finetune", "linear", "knn"]
Precision = Literal["fp32", "bf16", "auto"]
ENGINE = 3
"""The version of the code that all trials share: loop, data, probes. A change of behaviour raises it."""
WHOLE = 1.0
"""The progress of a pretraining at its end."""
SCRATCH = "scratch"
"""The objective without pretraining: the control of every comparison."""
PUBLISHED = "published"
"""The objective that takes published weights."""
UNTRAINED = (SCRATCH, PUBLISHED)
"""The objectives without steps."""


class Schema(BaseModel):
    """The base of all schemas."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class About(Schema):
    """The origin of an entry."""

    authors: list[str] = []
    year: int | None = None
    licence: str | None = None
    paper: str | None = None
    note: str | None = None


class Entry(Schema):
    """The keys of all entries."""

    name: Name
    """The name of the file, without `.toml`."""
    title: Title
    """The name for readers."""
    about: About = About()


class CodeEntry(Entry):
    """An entry with code: in the same folder, in the harness, or in an installed `package`."""

    modality: Modality
    entry: EntryPoint
    """The class or function, as `module:attr`."""
    args: dict[str, Any] = {}
    """Its keyword arguments."""
    package: str | None = None
    """The distribution of `entry`, where its code is neither in the registry nor in the harness."""


class TokenizerArgs(Schema):
    """The tokenizer of a text encoder."""

    kind: Literal["bytes", "bpe", "own"]
    """`own` is the tokenizer.json of the model's files."""
    vocabulary: Annotated[int, Field(ge=300, le=65536)] | None = None
    """The size of the vocabulary of byte-pair encoding, special tokens included."""
    corpus: Name | None = None
    """The corpus that byte-pair encoding is trained on, without its held-out part and its exclusions."""


class ModelEntry(CodeEntry):
    """An encoder architecture with its hyperparameters."""

    tokenizer: TokenizerArgs | None = None
    """Needed by models of text."""
    causal: bool = False
    """Whether a token sees earlier tokens only. The constructor then gets the argument `causal`."""

    files: str | None = None
    """The folder of published weights, below the folder of all data. The constructor gets it as `folder`. Its content,
    not its name, is part of the key. The objective `published` loads the weights."""
    sha256: dict[str, Digest] = {}
    """The SHA-256 of files of the folder, by their names."""
    family: Name | None = None
    """The family of encoders that differ in size only; by default a model is its own family."""
    control: bool = False
    """Whether it is a control (raw pixels, majority class): shown with the models, but not ranked."""


class OptimizerArgs(Schema):
    """The settings of a pretraining's fused AdamW."""

    rate: Rate
    """The highest learning rate."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.05
    betas: Annotated[list[Annotated[float, Field(ge=0, lt=1)]], Field(min_length=2, max_length=2)] = [0.9, 0.999]
    """The decay rates of the running means of the gradient and its square. GANs need a small first rate."""


class ObjectiveEntry(CodeEntry):
    """A loss that pretraining minimises."""

    modality: Literal["image", "text", "any"]  # type: ignore[assignment]
    causal: bool | None = None
    """Whether it needs causal encoders (true), other ones (false), or takes both (absent)."""

    version: Count
    """The recipe's version. A change of behaviour raises it, which changes the keys of its trials."""
    unit: str = ""
    """The unit of the held-out loss."""
    optimizer: OptimizerArgs | None = None
    """Needed by all objectives that take steps."""
    labels: bool = False
    """Whether it needs a corpus with labels: an upper reference, not self-supervised pretraining."""


class DataEntry(CodeEntry):
    """The keys of corpora and tasks."""

    version: Count
    """The recipe's version. A change of behaviour raises it."""
    source: Name
    """The origin of the data. A corpus and a task of one source are in-domain to each other."""
    requires: list[str] = []
    """The distributions whose versions decide the data."""
    files: str | None = None
    """The file, folder or archive with the data, below the folder of all data. The source gets it as `folder`, an
    archive unpacked. Its content, not its name, is part of the fingerprint."""
    public: bool = False
    """Whether it is a published set, whose name and version are its fingerprint. The source gets the folder of all data
    as `folder` and whether it may download files as `download`."""


class CorpusEntry(DataEntry):
    """Unlabelled pretraining data."""

    excludes: list[Name] = []
    """The tasks whose test examples are removed, by their content."""
    labelled: bool = False
    """Whether its source has labels, for an objective that needs them."""
    views: Literal["characters", "photographs"] = "characters"
    """The recipe of augmented views for contrastive objectives."""


class TaskEntry(DataEntry):
    """Labelled downstream data with a head and metrics."""

    kind: Name
    """The task kind: it decides the head, the loss and the metrics."""
    kind_version: Count = 1
    """The version of the task kind's recipe."""
    metric: str = "accuracy"
    """The metric of scores and lifts."""
    augment: dict[str, Any] = {}
    """The settings of the task kind's augmentation in fine-tuning."""


Stored = ModelEntry | DataEntry
"""The entries that may have data in files."""


class Corruption(Schema):
    """The quality of a corpus."""

    kind: Literal["noise", "blur", "shuffle", "duplicates", "off-domain"]
    severity: Annotated[int, Field(ge=0, le=5)]
    """0 is the clean corpus."""


class ArmSpec(Schema):
    """One way of pretraining: an objective and a corpus with its fraction and corruption."""

    objective: Name
    corpus: Name
    fraction: Share = 1.0
    """The quantity: the share of the corpus."""
    corruption: Corruption | None = None
    """The quality: a corruption of its examples."""
    shape: Shape | None = None
    """The shape of the corpus's examples, where it is not the suite's, such as texts in a suite of images."""


class AdaptationSpec(Schema):
    """One way of adapting: a task and a protocol."""

    task: Name
    protocol: Protocol
    """`linear` and `knn` are probes of frozen features."""
    shots: Count | None = None
    """The labels of each class for training; by default all."""
    steps: Count | None = None
    """The steps of fine-tuning, where they are not the suite's."""
    shape: Shape | None = None
    """The shape of the task's examples, where it is not that of pretraining."""
    rates: Rates | None = None
    """The grid of fine-tuning rates, where it is not the suite's."""
    tuning_seeds: Seeds | None = None
    """The seeds that choose the rate, where they are not the suite's. With many labels one seed is enough."""
    shifts: bool = False
    """Whether the adapted model is also tested under shifts: rotation, blur, noise and occlusion."""
    inspect: bool = False
    """Whether its features are inspected: LogME and H-score of a probe, the change of each layer in fine-tuning, and
    the nearest neighbours of the task's examples in both."""


class Budget(Schema):
    """A budget in steps and examples, not seconds, so that it is reproducible."""

    steps: Count
    batch: Count


def step_at(progress: float, steps: int) -> int:
    """The step at a share of a run."""
    return round(progress * steps)


class Block(Schema):
    """A full cross of models, arms, adaptations and checkpoints of the pretrainings."""

    models: Annotated[list[Name], Field(min_length=1)]
    arms: Annotated[list[Name], Field(min_length=1)]
    """One of them has the objective `scratch`: the control of every lift."""
    adaptations: Annotated[list[Name], Field(min_length=1)]
    progress: Annotated[tuple[Share, ...], Tuple, Field(min_length=1)] = (WHOLE,)
    """The shares of a pretraining's steps at which its encoder is taken. All are checkpoints of one run with one
    schedule, so only at 1 has the rate decayed."""


class Headline(Schema):
    """A comparison that is preregistered: named before the suite runs. Any other "best" is exploratory."""

    model: Name
    arm: Name
    adaptation: Name


class SuiteEntry(Entry):
    """A named matrix with seeds and budgets: the unit of a sweep."""

    precision: Precision
    """`auto` is bf16 where the hardware supports it, else fp32."""
    core_hours: Annotated[float, Field(gt=0)]
    """The budget. `pretune plan` warns where the forecast exceeds it."""
    shape: Shape
    """The shape of the encoders' inputs."""
    seeds: Seeds
    """The seeds of reported trials: two for intervals, five for ranks."""
    tuning_seeds: Seeds = (1000, 1001, 1002)
    """The seeds that choose the fine-tuning rate, on validation."""
    rates: Rates = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
    """The grid of fine-tuning rates, the same for every model and for scratch."""
    compiled: bool = False
    """Whether encoders are trained with `torch.compile`, which pays on a GPU and over many steps."""
    timeout_s: Annotated[float, Field(gt=0)] = 600.0
    """The seconds after which a trial is stopped and recorded as a timeout."""
    pretrain: Budget
    """The budget of every pretraining."""
    finetune: Budget
    """The budget of every fine-tuning."""
    arms: dict[Name, ArmSpec]
    """The ways of pretraining, by names that the matrix uses."""
    adaptations: dict[Name, AdaptationSpec]
    """The ways of adapting, by names that the matrix uses."""
    matrix: Annotated[list[Block], Field(min_length=1)]
    """Blocks of models, arms and adaptations. Its cells are those of all blocks."""
    headline: list[Headline] = []
    """The preregistered comparisons."""

    @property
    def models(self) -> set[str]:
        """The names of the models in the matrix."""
        return {model for block in self.matrix for model in block.models}


SCHEMAS: dict[str, type[Entry]] = {
    "models": ModelEntry,
    "objectives": ObjectiveEntry,
    "corpora": CorpusEntry,
    "tasks": TaskEntry,
    "suites": SuiteEntry,
}

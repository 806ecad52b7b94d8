"""The schemas of the registry's entries. Unknown keys are errors, types are strict, nothing is coerced."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=64)]
EntryPoint = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]
Modality = Literal["image", "text"]
DIMENSIONS: dict[str, int] = {"image": 3, "text": 1}
"""How many numbers the `shape` of a modality's examples has."""
CORRUPTIONS: dict[str, tuple[str, ...]] = {
    "image": ("noise", "blur", "duplicates", "off-domain"),
    "text": ("shuffle", "duplicates", "off-domain"),
}
"""How a corpus of each modality can be spoilt."""
Protocol = Literal["finetune", "linear", "knn"]
Precision = Literal["fp32", "bf16", "auto"]
Tuple = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)
"""TOML has lists only; what is part of a cell has to be hashable."""


def _known_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) not in DIMENSIONS.values():
        raise ValueError("images have [channels, height, width], texts [bytes]")
    return shape


Shape = Annotated[tuple[Count, ...], Tuple, AfterValidator(_known_shape)]
"""Channels, height and width of images; of texts how many bytes of UTF-8 are seen."""
Seeds = Annotated[tuple[Seed, ...], Tuple, Field(min_length=1)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Rates = Annotated[tuple[Rate, ...], Tuple, Field(min_length=1)]

ENGINE = 3
"""The version of what all trials share: the loop, the data path, the probes. A change of behaviour raises it."""
WHOLE = 1.0
"""The progress of a pretraining at its end."""
SCRATCH = "scratch"
"""The objective that pretrains nothing: every comparison is against it."""
PUBLISHED = "published"
"""The objective that takes weights that were pretrained elsewhere."""
UNTRAINED = (SCRATCH, PUBLISHED)
"""The objectives without steps."""


class Schema(BaseModel):
    """The base of all schemas."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class About(Schema):
    """Where an entry comes from."""

    authors: list[str] = []
    year: int | None = None
    licence: str | None = None
    paper: str | None = None
    note: str | None = None


class Entry(Schema):
    """What all entries share. `entry` names the constructor as `module:attr`."""

    name: Name
    title: Title
    about: About = About()


class CodeEntry(Entry):
    """An entry with code: beside it in the registry, in the harness, or in an installed `package`."""

    modality: Modality
    entry: EntryPoint
    args: dict[str, Any] = {}
    package: str | None = None
    """The distribution that holds `entry` where it is neither the registry's nor the harness's."""


class TokenizerArgs(Schema):
    """How a text encoder's input is cut into tokens."""

    kind: Literal["bytes", "bpe", "own"]
    """`own` is that of the model's files: its tokenizer.json."""
    vocabulary: Annotated[int, Field(ge=300, le=65536)] | None = None
    """How many tokens byte-pair encoding comes to, its special ones included."""
    corpus: Name | None = None
    """What byte-pair encoding is trained on: the corpus without its held-out part and what it excludes."""


class ModelEntry(CodeEntry):
    """An encoder architecture with its hyperparameters."""

    tokenizer: TokenizerArgs | None = None
    """For text, which no encoder reads as it is."""
    causal: bool = False
    """Whether each place of a text sees only what comes before it; its constructor is then given `causal`."""

    files: str | None = None
    """The folder of published weights, below the folder of all data: its constructor gets it as `folder`, and its
    content, not its name, is part of the key. The objective `published` loads them."""
    sha256: dict[str, Digest] = {}
    """What files of the folder have to be, by their names."""
    family: Name | None = None
    """Encoders that differ in size only share a family; by default a model is a family of its own."""
    control: bool = False
    """A reference (raw pixels, the majority class): shown beside the models, never ranked among them."""


class OptimizerArgs(Schema):
    """What the fused AdamW of a pretraining is set to."""

    rate: Rate
    weight_decay: Annotated[float, Field(ge=0)] = 0.05
    betas: Annotated[list[Annotated[float, Field(ge=0, lt=1)]], Field(min_length=2, max_length=2)] = [0.9, 0.999]
    """How slowly the means of the gradient and of its square forget; games want a short memory of the first."""


class ObjectiveEntry(CodeEntry):
    """What pretraining minimises."""

    modality: Literal["image", "text", "any"]  # type: ignore[assignment]
    causal: bool | None = None
    """Whether it takes causal encoders (true), others (false) or either."""

    version: Count
    """The recipe's version: a change of behaviour raises it, and so changes the keys of its trials."""
    unit: str = ""
    """Of the held-out loss."""
    optimizer: OptimizerArgs | None = None
    labels: bool = False
    """Whether it needs a corpus with labels (an upper reference, not a pretraining without labels)."""


class DataEntry(CodeEntry):
    """What corpora and tasks share."""

    version: Count
    source: Name
    """Where the data come from: a corpus and a task of one source are in-domain to each other."""
    requires: list[str] = []
    """Distributions whose version decides the data."""
    files: str | None = None
    """The file, folder or archive that the data lie in, below the folder of all data: its source gets it as `folder`,
    an archive unpacked, and its content, not its name, is part of the fingerprint."""
    public: bool = False
    """A published set, which its name and version stand for: its source gets the folder of all data as `folder` and
    whether it may fetch what is missing as `download`."""


class CorpusEntry(DataEntry):
    """Unlabelled pretraining data."""

    excludes: list[Name] = []
    """Tasks whose test examples are left out, by the content of what is seen."""
    labelled: bool = False
    """Whether its source can give labels to an objective that asks for them."""
    views: Literal["characters", "photographs"] = "characters"
    """What changes an image without changing what it is of: the views that contrast and its kin learn to agree on."""


class TaskEntry(DataEntry):
    """Labelled downstream data with a head and metrics."""

    kind: Name
    kind_version: Count = 1
    metric: str = "accuracy"
    augment: dict[str, Any] = {}
    """What the task kind's own augmentation is set to when fine-tuning."""


Stored = ModelEntry | DataEntry
"""What may have data of its own in files."""


class Corruption(Schema):
    """The quality of a corpus."""

    kind: Literal["noise", "blur", "shuffle", "duplicates", "off-domain"]
    severity: Annotated[int, Field(ge=0, le=5)]


class ArmSpec(Schema):
    """One way of pretraining: objective + corpus with its fraction and corruption."""

    objective: Name
    corpus: Name
    fraction: Share = 1.0
    corruption: Corruption | None = None
    shape: Shape | None = None
    """What the corpus's examples have, where it is not the suite's: that of texts in a suite of images, say."""


class AdaptationSpec(Schema):
    """One way of adapting: task + protocol, with all labels or `shots` a class."""

    task: Name
    protocol: Protocol
    shots: Count | None = None
    steps: Count | None = None
    """Steps of fine-tuning, where they differ from the suite's."""
    shape: Shape | None = None
    """What the task's examples have, where it is not what the encoder was pretrained at."""
    rates: Rates | None = None
    """The grid of fine-tuning rates, where it is not the suite's."""
    tuning_seeds: Seeds | None = None
    """The seeds that the rate is chosen by, where they are not the suite's: with many labels one tells rates apart."""
    shifts: bool = False
    """Whether the adapted model is also tested on shifted test examples: rotation, blur, noise and occlusion."""
    inspect: bool = False
    """Whether its features are looked at: LogME and H-score of a probe's, what fine-tuning does to each layer, and for
    both which of the task's examples lie next to which."""


class Budget(Schema):
    """Steps and examples, never seconds, so that it repeats."""

    steps: Count
    batch: Count


def step_at(progress: float, steps: int) -> int:
    """The step of a run that a share of its steps comes to."""
    return round(progress * steps)


class Block(Schema):
    """A full cross of models, arms, adaptations and points of the pretrainings."""

    models: Annotated[list[Name], Field(min_length=1)]
    arms: Annotated[list[Name], Field(min_length=1)]
    adaptations: Annotated[list[Name], Field(min_length=1)]
    progress: Annotated[tuple[Share, ...], Tuple, Field(min_length=1)] = (WHOLE,)
    """How far a pretraining has come where its encoder is taken, as shares of its steps. All are points of the same
    run, so that nothing is pretrained twice, and of the same schedule: only at 1 has its rate come down."""


class Headline(Schema):
    """A comparison that is named before the suite runs; any other "best" is exploratory."""

    model: Name
    arm: Name
    adaptation: Name


class SuiteEntry(Entry):
    """A named matrix with seeds and budgets: the unit that is swept."""

    precision: Precision
    core_hours: Annotated[float, Field(gt=0)]
    shape: Shape
    """What encoders see."""
    seeds: Seeds
    tuning_seeds: Seeds = (1000, 1001, 1002)
    rates: Rates = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
    """The grid of fine-tuning rates: the same for every model and for scratch."""
    compiled: bool = False
    """Whether encoders are trained as `torch.compile` makes them: worth its start on a GPU and over many steps."""
    timeout_s: Annotated[float, Field(gt=0)] = 600.0
    """After so many seconds a trial is ended and recorded as a timeout."""
    pretrain: Budget
    finetune: Budget
    arms: dict[Name, ArmSpec]
    adaptations: dict[Name, AdaptationSpec]
    matrix: Annotated[list[Block], Field(min_length=1)]
    headline: list[Headline] = []

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

"""The registry's facts about the entries that cells name. Findings read no registry."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from harness.cells import Pretraining


@dataclass(frozen=True)
class RegistryFacts:
    """Facts by entry; an entry that the registry lacks has none."""

    controls: Collection[str] = ()
    """The models that are controls: shown, never ranked nor averaged."""
    constants: Collection[str] = ()
    """The controls that predict the majority class."""
    labelled: Collection[str] = ()
    """The objectives that use labels: an upper reference."""
    families: Mapping[str, str] = field(default_factory=dict)
    """The family of each model."""
    modalities: Mapping[str, str] = field(default_factory=dict)
    """The modality of each model: image or text."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """The kind of each task."""
    units: Mapping[str, str] = field(default_factory=dict)
    """The unit of each objective's held-out loss."""

    def competes(self, pretraining: Pretraining) -> bool:
        """Whether a pretraining can be called the best: its model is no control and its objective uses no labels."""
        return pretraining.model not in self.controls and pretraining.arm.objective not in self.labelled

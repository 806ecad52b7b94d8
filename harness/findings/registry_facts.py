"""What the registry says of the entries that cells name, as the analysis needs it: it reads no registry itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entries:
    """What the registry says of the entries that cells name; where it says nothing, a finding holds None."""

    controls: Collection[str] = ()
    """The models that are references: shown, never ranked or summed up."""
    constants: Collection[str] = ()
    """Those of them that see nothing, and so name the most frequent class."""
    labelled: Collection[str] = ()
    """The objectives that see labels: an upper reference."""
    families: Mapping[str, str] = field(default_factory=dict)
    """The family of each model."""
    modalities: Mapping[str, str] = field(default_factory=dict)
    """What each model reads: image or text."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """The kind of each task."""

    def competes(self, pretraining: Mapping[str, Any]) -> bool:
        """Whether a pretraining is neither a reference's nor saw labels, and so can be called the best."""
        return pretraining["model"] not in self.controls and pretraining["objective"] not in self.labelled

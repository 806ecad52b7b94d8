"""One of each of what many records hold alike: a hundred thousand records have few cells, tasks and variants."""

import gc
import marshal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.store.packed import Packed

if TYPE_CHECKING:
    from harness.store.record import Record


@contextmanager
def uncollected() -> Iterator[None]:
    """Leaves the garbage collector out, which would walk over all that is read again and again and find nothing: now,
    and later, since what was made meanwhile goes when nothing holds it, and is in no cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.freeze()
            gc.enable()


class Shared:
    """Makes records hold the very same objects where these are equal to the bit, types included.

    So records of one cell can be told by the identity of their `cell`, and memory grows with what is new in a record.
    """

    def __init__(self) -> None:
        self._dicts: dict[bytes, dict[str, Any]] = {}
        self._texts: dict[str, str] = {}
        self._places: dict[tuple[str, ...], dict[str, int]] = {}
        self._rest: dict[Any, Any] = {}
        self._no_flags: list[str] = []

    def share(self, record: "Record") -> None:
        """Puts the shared objects into a record that nobody has seen yet."""
        put, text = object.__setattr__, self._texts.setdefault
        put(record, "cell", self._one(record.cell))
        put(record, "metrics", self._packed(record.metrics))
        put(record, "meters", self._packed(record.meters))
        put(record, "spec", self._packed(record.spec))
        put(record, "variant", text(record.variant, record.variant))
        put(record, "environment", text(record.environment, record.environment))
        if not record.flags:
            put(record, "flags", self._no_flags)
        if record.parent_checkpoint is not None:
            put(record, "parent_checkpoint", text(record.parent_checkpoint, record.parent_checkpoint))
        if record.contamination is not None:
            found = record.contamination
            put(
                record, "contamination", self._rest.setdefault((found.status, found.exact, found.near, found.of), found)
            )

    def _packed(self, given: Mapping[str, Any]) -> Packed:
        names = tuple(given)
        places = self._places.get(names)
        if places is None:
            places = self._places[names] = {name: place for place, name in enumerate(names)}
        text, one = self._texts.setdefault, self._one
        return Packed(
            places,
            [
                text(value, value) if value.__class__ is str else one(value) if value.__class__ is dict else value
                for value in given.values()
            ],
        )

    def _one(self, value: dict[str, Any]) -> dict[str, Any]:
        written = marshal.dumps(value, 2)  # this version writes equal values alike, whoever else holds their parts
        found = self._dicts.get(written)
        if found is None:
            for name, inside in value.items():
                if inside.__class__ is dict:
                    value[name] = self._one(inside)
            found = self._dicts[written] = value
        return found

"""Values by their names, for records of which a hundred thousand have the same names: each keeps its values only."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FLOATS = {float}


class Packed(Mapping[str, Any]):
    """A mapping whose names are shared; never changed. Where all values are floats they are kept as such, not as
    objects."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: Sequence[Any]) -> None:
        self._places = places
        self._values = array("d", values) if set(map(type, values)) == FLOATS else tuple(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[self._places[name]]

    def get(self, name: str, default: Any = None) -> Any:
        place = self._places.get(name)
        return default if place is None else self._values[place]

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def as_dict(self) -> dict[str, Any]:
        """The same as a dictionary, at once."""
        return dict(zip(self._places, self._values, strict=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return repr(dict(self))

"""The types of the values of entries."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=64)]
EntryPoint = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]
DIMENSIONS: dict[str, int] = {"image": 3, "text": 1}
"""The length of the `shape` of each modality's examples."""
Tuple = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)
"""Turns TOML's lists into tuples, which are hashable, as the parts of a cell have to be."""


def _known_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) not in DIMENSIONS.values():
        raise ValueError("[channels, height, width] for images, or [bytes] for texts")
    return shape


Shape = Annotated[tuple[Count, ...], Tuple, AfterValidator(_known_shape)]
"""Channels, height and width of images, or the most bytes of UTF-8 of texts."""
Seeds = Annotated[tuple[Seed, ...], Tuple, Field(min_length=1)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Rates = Annotated[tuple[Rate, ...], Tuple, Field(min_length=1)]

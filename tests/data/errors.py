"""Checks of an error by its fields, not by its wording."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.data import DataError


@contextmanager
def refused(place: str = "", expected: str = "", got: str = "", fix: str = "") -> Iterator[None]:
    """Expects a `DataError` that has all four fields, with these texts in them."""
    with pytest.raises(DataError) as caught:
        yield
    for field, text in {"place": place, "expected": expected, "got": got, "fix": fix}.items():
        value = getattr(caught.value, field)
        assert value, f"no {field}: {caught.value}"
        assert text in value, f"{field} lacks {text!r}: {caught.value}"

"""Labelled downstream work: one file a task kind, found by the kind's name."""

import importlib

from harness.errors import BoardError
from harness.tasks.base import Task


def task_class(kind: str) -> type[Task]:
    """The class of a task kind: `image-classification` is `ImageClassification` in `image_classification.py`.

    Raises:
        BoardError: when there is no such kind.
    """
    try:
        module = importlib.import_module(f"harness.tasks.{kind.replace('-', '_')}")
    except ModuleNotFoundError as error:
        raise BoardError(f"task kind '{kind}': the harness has no such kind") from error
    found: type[Task] = getattr(module, "".join(word.capitalize() for word in kind.split("-")))
    return found

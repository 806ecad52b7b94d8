"""Labelled downstream work: one file a task kind, found by the kind's name."""

import importlib

from harness.errors import BoardError
from harness.tasks.base import Task


def task_class(kind: str) -> type[Task]:
    """The class of a task kind: `image-classification` is `ImageClassification` in `image_classification.py`.

    Raises:
        BoardError: when there is no such kind.
    """
    name = f"harness.tasks.{kind.replace('-', '_')}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise BoardError(f"task kind '{kind}': the harness has no such kind") from error
    found: type[Task] = getattr(module, "".join(word.capitalize() for word in kind.split("-")))
    return found

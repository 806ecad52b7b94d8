"""Labelled downstream work: one file a task kind, looked up by the kind's name."""

import importlib
from pathlib import Path

from harness.errors import BoardError, nearest
from harness.tasks.base import Task


def task_class(kind: str) -> type[Task]:
    """The class of a task kind: `image-classification` is `ImageClassification` in `image_classification.py`.

    Raises:
        BoardError: there is no such kind.
    """
    name = f"harness.tasks.{kind.replace('-', '_')}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        kinds = [path.stem.replace("_", "-") for path in Path(__file__).parent.glob("[a-z]*_*.py")]
        raise BoardError(
            place="task kind", expected="a kind of harness/tasks", got=f"'{kind}'", fix=nearest(kind, kinds)
        ) from error
    task: type[Task] = getattr(module, "".join(word.capitalize() for word in kind.split("-")))
    return task

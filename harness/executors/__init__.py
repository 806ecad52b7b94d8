"""Executors: they run ready trials and return outcomes. They decide nothing about order or retries.

An executor is one file and one line in `EXECUTORS`. Imports no torch.
"""

import importlib
from collections.abc import Callable

from harness.errors import BoardError, nearest
from harness.executors.base import Executor, Setting

EXECUTORS = {
    "local": "harness.executors.local:LocalExecutor",
    "inline": "harness.executors.inline:InlineExecutor",
}
"""The class of each executor by name. Its module is imported on use."""


def executor_class(name: str) -> Callable[[Setting], Executor]:
    """The class of an executor, by its name in `EXECUTORS`.

    Raises:
        BoardError: there is no executor of this name.
    """
    if name not in EXECUTORS:
        expected = f"one of {', '.join(sorted(EXECUTORS))}"
        raise BoardError(place="executor", expected=expected, got=f"'{name}'", fix=nearest(name, EXECUTORS))
    module, _, attr = EXECUTORS[name].partition(":")
    made: Callable[[Setting], Executor] = getattr(importlib.import_module(module), attr)
    return made


__all__ = ["EXECUTORS", "Executor", "Setting", "executor_class"]

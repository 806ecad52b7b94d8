"""Executors: they run ready trials and return outcomes. They decide nothing about order or retries.

An executor is one file and one line in `EXECUTORS`. Imports no torch.
"""

import importlib

from harness.errors import BoardError, nearest
from harness.executors.base import Executor, Setting

EXECUTORS = {
    "local": "harness.executors.local:LocalExecutor",
    "inline": "harness.executors.inline:InlineExecutor",
}
"""The class of each executor, called with a `Setting`; its module is imported on use."""


def executor(name: str, setting: Setting) -> Executor:
    """A new executor, by its name in `EXECUTORS`.

    Raises:
        BoardError: there is no executor of this name.
    """
    if name not in EXECUTORS:
        raise BoardError(
            place="executor",
            expected=f"one of {', '.join(sorted(EXECUTORS))}",
            got=f"'{name}'",
            fix=nearest(name, EXECUTORS),
        )
    module, _, attr = EXECUTORS[name].partition(":")
    made: Executor = getattr(importlib.import_module(module), attr)(setting)
    return made


__all__ = ["EXECUTORS", "Executor", "Setting", "executor"]

"""Runs what `module:attr` of an entry names. Only workers do so: nothing else runs an entry's code."""

import importlib
import sys
from pathlib import Path
from typing import Any

from harness.checks import code_file
from harness.errors import BoardError


def resolve(entry: str, folder: Path | None) -> Any:
    """What `module:attr` names: a file of the registry's folder first, else an installed module.

    Raises:
        BoardError: when another module of the file's name is loaded already, as Python's own or of another kind.
    """
    module, _, attr = entry.partition(":")
    file = code_file(folder, entry) if folder else None
    if file is not None and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    found = importlib.import_module(module)
    if file is not None and Path(str(getattr(found, "__file__", None))).resolve() != file.resolve():
        raise BoardError(f"{file}: another module is called '{module}' too; rename this file and the entries' `entry`")
    return getattr(found, attr)

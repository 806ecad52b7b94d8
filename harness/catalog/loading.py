"""Runs what `module:attr` of an entry names. Only workers do so: nothing else runs an entry's code."""

import importlib
import sys
import traceback
from pathlib import Path
from typing import Any

from harness.catalog.entry_problems import code_file
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


def place_in(error: BaseException, registry: Path) -> str:
    """Where in the registry's own code an error came up, as ` (registry/models/net.py, line 3)`: that is what its
    author can mend. Empty where it came up elsewhere."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(registry)
    ]
    if not frames:
        return ""
    return f" ({Path(frames[-1].filename).relative_to(registry.parent)}, line {frames[-1].lineno})"

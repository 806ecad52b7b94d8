"""Imports the code that an entry names by `module:attr`. Only workers do so: nothing else runs an entry's code."""

import importlib
import sys
import traceback
from pathlib import Path
from typing import Any

from harness.catalog.entry_problems import code_file
from harness.errors import BoardError


def resolve(entry: str, folder: Path | None) -> Any:
    """The object that `module:attr` names, in a file of the registry's folder or else in an installed module.

    Raises:
        BoardError: when another module of the file's name is already loaded, of Python or of another kind of entries.
    """
    module, _, attr = entry.partition(":")
    file = code_file(folder, entry) if folder else None
    if file is not None and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    loaded = importlib.import_module(module)
    if file is not None and Path(str(getattr(loaded, "__file__", None))).resolve() != file.resolve():
        expected, got = "a module name of its own", f"'{module}', which is another module"
        raise BoardError(place=file, expected=expected, got=got, fix="rename this file and the entries' `entry`")
    return getattr(loaded, attr)


def place_in(error: BaseException, registry: Path) -> str:
    """The last line of the registry's own code in an error's traceback, as ` (registry/models/net.py, line 3)`.

    Empty where there is none.
    """
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(registry)
    ]
    if not frames:
        return ""
    return f" ({Path(frames[-1].filename).relative_to(registry.parent)}, line {frames[-1].lineno})"

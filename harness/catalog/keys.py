"""Canonical form and keys: hashes of everything that decides an outcome, and of nothing else.

A key is the SHA-256 of the canonical JSON of a resolved spec. Code counts by its syntax tree, together with the modules
that it imports statically from the same registry folder. Formatting, comments, docstrings and the Python version do not
count.
"""

import ast
import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import BoardError


def canonical(value: object) -> str:
    """Compact JSON with sorted keys; equal values give equal text.

    Raises:
        ValueError: for NaN and infinities, which JSON does not have.
    """
    return _CANONICAL.encode(value)


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def key(spec: Mapping[str, Any]) -> str:
    """The SHA-256, in hex, of a spec's canonical form."""
    return hashlib.sha256(canonical(spec).encode()).hexdigest()


def without_seeds(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec without its seed and the keys that depend on a seed: its hash is the variant."""
    return {name: value for name, value in spec.items() if name not in ("seed", "parent", "tuning")}


def code_key(path: Path, registry_folder: Path) -> str:
    """The hash of a module of the registry and of all modules that it imports statically from its folder.

    Raises:
        BoardError: when a file is not valid Python.
    """
    trees: dict[str, str] = {}
    waiting = [path]
    while waiting:
        module = waiting.pop()
        name = module.relative_to(registry_folder).as_posix()
        if name in trees:
            continue
        stat = module.stat()
        trees[name], imports = _module(module, stat.st_mtime_ns, stat.st_size)
        waiting += [file for word in imports for file in _files(word, module.parent, registry_folder)]
    return key(trees)


@functools.lru_cache(maxsize=4096)
def _module(path: Path, mtime_ns: int, size: int) -> tuple[str, tuple[str, ...]]:
    """The normalised syntax tree of a file and the dotted names that it imports; cached by time and size."""
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as error:
        raise BoardError(place=path, expected="valid Python", got=str(error), fix="correct the code") from error
    return tree_text(tree), tuple(sorted(_imports(tree)))


def tree_text(node: ast.AST) -> str:
    """The tree as text, without positions, docstrings and empty fields, so new fields of new Pythons do not count."""
    if isinstance(node, ast.Constant):
        return f"{type(node.value).__name__}:{node.value!r}"
    parts = []
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(value, list) and _documented(node):
            value = value[1:]
        if value is None or value == [] or name in ("type_comment", "type_ignores", "ctx", "kind"):
            continue
        parts.append(f"{name}={_field_text(value)}")
    return f"{type(node).__name__}({','.join(parts)})"


def _field_text(value: object) -> str:
    if isinstance(value, ast.AST):
        return tree_text(value)
    if isinstance(value, list):
        return "[" + ",".join(_field_text(item) for item in value) + "]"
    return repr(value)


def _documented(node: ast.AST) -> bool:
    scopes = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return isinstance(node, scopes) and ast.get_docstring(node, clean=False) is not None


def _imports(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            dots, base = "." * node.level, node.module or ""
            names.add(dots + base)
            joint = "" if base == "" else "."
            names.update(f"{dots}{base}{joint}{alias.name}" for alias in node.names if alias.name != "*")
    return names


def _files(name: str, folder: Path, registry_folder: Path) -> list[Path]:
    """The files of the registry that an import names: the module, and the packages on the way to it."""
    stripped = name.lstrip(".")
    base = registry_folder
    if stripped != name:
        base = folder
        for _ in range(len(name) - len(stripped) - 1):
            base = base.parent
    files, path = [], base
    for part in stripped.split(".") if stripped else []:
        path = path / part
        files += [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
    if not stripped and (base / "__init__.py").is_file():
        files.append(base / "__init__.py")
    return [file for file in files if file.is_relative_to(registry_folder)]

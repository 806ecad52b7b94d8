"""Whether an entry's `args` fit its constructor, read from the syntax tree: nothing is imported."""

import ast
from collections.abc import Iterator, Mapping, Set
from typing import Any

from harness.errors import nearest

POSITIONAL = {"models": 0, "objectives": 2, "corpora": 1, "tasks": 1}
"""How many arguments the harness itself passes by place: an encoder and a sample; a shape."""
NAMED = {"models": {"in_shape"}, "objectives": {"classes"}}
"""What the harness itself passes by name."""


def argument_problems(
    tree: ast.Module, attr: str, kind: str, args: Mapping[str, Any], named: Set[str] = frozenset()
) -> Iterator[str]:
    """Unknown and missing arguments of `attr`; `named` are those that the harness gives for this entry besides. Silent
    where the constructor's parameters cannot be seen."""
    function = _constructor(tree, attr)
    if function is None:
        return
    parameters = function.args
    by_place = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
    if function.name == "__init__":
        by_place = by_place[1:]
    named = NAMED.get(kind, set()) | named
    given = {*by_place[: POSITIONAL[kind]], *named}
    known = {*by_place, *(each.arg for each in parameters.kwonlyargs)}
    if parameters.kwarg is None:
        for name in sorted(named - known):
            yield f"entry: '{attr}' takes no '{name}', which it is given; add the parameter"
        for name in sorted(set(args) - known):
            yield f"args.{name}: '{attr}' takes no such argument; {nearest(name, known - given)}".rstrip("; ")
    yield from _type_problems(parameters, args)
    for name in sorted(set(args) & given):
        yield f"args.{name}: the harness gives this argument itself; leave it out"
    for name in sorted(_required(parameters, by_place) - given - set(args)):
        yield f"args.{name}: missing: '{attr}' needs it"


def _constructor(tree: ast.Module, attr: str) -> ast.FunctionDef | None:
    """The function, or the `__init__` of the class; None where either is inherited, decorated or made elsewhere."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == attr and not node.decorator_list:
            return node
        if isinstance(node, ast.ClassDef) and node.name == attr and not node.decorator_list:
            return next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
    return None


def _type_problems(parameters: ast.arguments, args: Mapping[str, Any]) -> Iterator[str]:
    """Arguments that are plainly of another type than the annotation says; silent where it says something else."""
    annotations = {
        each.arg: each.annotation for each in (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs)
    }
    for name in sorted(set(args) & set(annotations)):
        wanted = annotations[name]
        if wanted is not None and not _fits(args[name], wanted):
            yield f"args.{name}: {args[name]!r} is not {ast.unparse(wanted)}, as its constructor says"


def _fits(value: Any, annotation: ast.expr) -> bool:
    match annotation:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _fits(value, left) or _fits(value, right)
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            return isinstance(value, list) and all(_fits(item, inner) for item in value)
        case ast.Constant(value=None):
            return False  # TOML has no null
        case ast.Name(id="float"):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ast.Name(id="int"):
            return isinstance(value, int) and not isinstance(value, bool)
        case ast.Name(id=("str" | "bool" | "list" | "dict") as name):
            return type(value).__name__ == name
    return True


def _required(parameters: ast.arguments, by_place: list[str]) -> set[str]:
    count = len(by_place) - len(parameters.defaults)
    pairs = zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    return {*by_place[: max(0, count)], *(each.arg for each, default in pairs if default is None)}

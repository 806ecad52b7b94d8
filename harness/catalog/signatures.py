"""Checks an entry's `args` against its constructor's signature, read from the syntax tree. Nothing is imported."""

import ast
from collections.abc import Iterator, Mapping, Set
from typing import Any

from harness.catalog.problems import EntryProblem, unknown

POSITIONAL = {"models": 0, "objectives": 2, "corpora": 1, "tasks": 1}
"""The number of arguments that the harness passes by position: encoder and sample; shape."""
NAMED = {"models": {"in_shape"}, "objectives": {"classes"}}
"""The arguments that the harness passes by name to all entries of a kind."""


def argument_problems(
    tree: ast.Module, attr: str, kind: str, args: Mapping[str, Any], named: Set[str] = frozenset()
) -> Iterator[EntryProblem]:
    """Unknown, missing and mistyped arguments of `attr`; none where its parameters cannot be read.

    Args:
        tree: the syntax tree of the module that defines `attr`.
        attr: the function or class that the entry names.
        kind: the kind of the entry, such as `models`.
        args: the entry's `args`.
        named: the arguments that the harness passes to this entry by name, in addition to those of its kind.
    """
    function = _constructor(tree, attr)
    if function is None:
        return
    parameters = function.args
    positional = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
    if function.name == "__init__":
        positional = positional[1:]
    named = NAMED.get(kind, set()) | named
    passed = {*positional[: POSITIONAL[kind]], *named}
    known = {*positional, *(each.arg for each in parameters.kwonlyargs)}
    if parameters.kwarg is None:
        for name in sorted(named - known):
            expected = f"a parameter '{name}' of '{attr}', which the harness passes"
            yield EntryProblem("entry", expected, "none", "add the parameter")
        for name in sorted(set(args) - known):
            yield unknown(f"args.{name}", f"an argument of '{attr}'", name, known - passed)
    yield from _type_problems(parameters, args)
    for name in sorted(set(args) & passed):
        expected = "no value, since the harness passes this argument"
        yield EntryProblem(f"args.{name}", expected, repr(args[name]), "remove it")
    for name in sorted(_required(parameters, positional) - passed - set(args)):
        yield EntryProblem(f"args.{name}", f"a value, which '{attr}' needs", "none", "add it")


def _constructor(tree: ast.Module, attr: str) -> ast.FunctionDef | None:
    """The function, or the `__init__` of the class; None where it is inherited, decorated or defined elsewhere."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == attr and not node.decorator_list:
            return node
        if isinstance(node, ast.ClassDef) and node.name == attr and not node.decorator_list:
            return next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
    return None


def _type_problems(parameters: ast.arguments, args: Mapping[str, Any]) -> Iterator[EntryProblem]:
    """Arguments that are clearly not of the annotated type; none where the annotation is not understood."""
    annotations = {
        each.arg: each.annotation for each in (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs)
    }
    for name in sorted(set(args) & set(annotations)):
        annotation = annotations[name]
        if annotation is not None and not _fits(args[name], annotation):
            yield EntryProblem(f"args.{name}", ast.unparse(annotation), repr(args[name]), "correct the value")


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


def _required(parameters: ast.arguments, positional: list[str]) -> set[str]:
    """The parameters without a default."""
    count = len(positional) - len(parameters.defaults)
    pairs = zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    return {*positional[: max(0, count)], *(each.arg for each, default in pairs if default is None)}

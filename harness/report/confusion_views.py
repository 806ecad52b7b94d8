"""What is taken for what, for a task's page and for a trial's: a matrix, or of many classes the most confused pairs."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from harness.findings.cell_records import Counted
from harness.findings.confusion import Confusion, confusion_of, confusions
from harness.report.compare import pretraining
from harness.report.output import count, plain
from harness.report.words import problem

if TYPE_CHECKING:
    from harness.findings.evidence import Analysis

Row = dict[str, Any]
MOST_CLASSES = 30
"""A matrix of more classes nobody reads."""
MOST_PAIRS = 20
SHADES = 5


def confusion_views(found: "Analysis") -> dict[str, list[Row]]:
    """By task: for each problem the cell with the best mean score of those whose pretraining saw no labels, its trials
    summed up. It is the best of so many, and shown for what it confuses, not for its score."""
    problems: dict[str, list[Counted]] = {}
    for each in found.counted:
        if each.records and found.entries.competes(each.cell["pretraining"]):
            problems.setdefault(problem(each.cell), []).append(each)
    tasks: dict[str, list[Row]] = {}
    bests = [max(inside, key=lambda each: fmean(each.scores.values())) for inside in problems.values()]
    matrices = confusions(found.store, [best.records.values() for best in bests], found.class_names)
    for (title, inside), best, matrix in zip(problems.items(), bests, matrices, strict=True):
        if matrix:
            cell = f"{best.cell['pretraining']['model']} · {pretraining(best.cell)}"
            said = f"{cell}, the best of {count(len(inside), 'cell')} without labels in pretraining"
            said += f", over {count(matrix.trials, 'seed')}"
            tasks.setdefault(best.cell["task"], []).append({"title": title, "said": plain(said), **_view(matrix)})
    return tasks


def trial_confusion(beside: Mapping[str, Any], known: Sequence[str] = ()) -> Row | None:
    """That of a trial, for the page's script, with what its classes are called elsewhere; None where none was
    recorded."""
    matrix = confusion_of([beside], known)
    if matrix is None:
        return None
    names = _names(matrix)
    if len(names) > MOST_CLASSES:
        return {"classes": len(names), "named": bool(matrix.names), "pairs": _pairs(matrix, names)}
    return {"names": names, "named": bool(matrix.names), "counts": matrix.counts.tolist()}


def _view(matrix: Confusion) -> Row:
    names = _names(matrix)
    more = {"classes": len(names), "named": bool(matrix.names), "pairs": _pairs(matrix, names)}
    if len(names) > MOST_CLASSES:
        return more | {"rows": None}
    cells = [[(f"{100 * share:.0f}", shade(share, true == taken)) for taken, share in enumerate(row)]
             for true, row in enumerate(matrix.shares.tolist())]  # fmt: skip
    return more | {"names": names, "rows": [*zip(names, cells, strict=True)]}


def _names(matrix: Confusion) -> list[str]:
    return [plain(name) for name in matrix.names or range(len(matrix.counts))]


def _pairs(matrix: Confusion, names: Sequence[str]) -> list[tuple[str, str, str, str]]:
    return [
        (names[each.true], names[each.taken], f"{each.share:.0%}", f"{each.of_errors:.1%}")
        for each in matrix.pairs(MOST_PAIRS)
    ]


def shade(share: float, right: bool) -> str:
    """The class of a cell of the matrix: whether it is right, and in five steps how large its share is."""
    step = min(int(share * SHADES) + (share > 0), SHADES)
    return f"{'right' if right else 'wrong'} s{step}" if round(100 * share) else "none"

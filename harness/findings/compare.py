"""Two to four models or two commits, cell by cell: the difference of scores with its interval."""

import itertools
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.cells import Cell, Problem, problem_labels
from harness.errors import BoardError, nearest
from harness.findings.base import Axis, Bar, Column, Finding, Forest, Section, Table, attributes, with_data
from harness.findings.cell_records import by_seed, of_one_variant, records_of
from harness.findings.columns import ARM, LABEL, MODEL, PRETRAINING, PROBLEM, cell_columns
from harness.findings.differences import (
    COMMITS,
    MODELS,
    Comparison,
    Difference,
    MeanDifference,
    Side,
    compare_models,
    comparison,
    without_model,
)
from harness.findings.evidence import Evidence
from harness.findings.items import Items, ItemScores
from harness.printable import count, interval, signed

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

MOST_MODELS = 4
COMMIT = re.compile(r"[0-9a-f]{7,40}")
DIGITS = 7
"""The digits of a commit in text."""
FOREST_ROWS = 40
METER_COLUMNS = (
    ("train_s", "adaptation s", ""),
    ("examples_per_s", "examples/s", ""),
    ("peak_memory_bytes", "peak memory", "B"),
)


def compare(evidence: Evidence, names: Sequence[str]) -> Finding:
    """A section for each further name against the first.

    Raises:
        BoardError: for a name that is no model of the suite and no prefix of a recorded commit.
    """
    models = list(dict.fromkeys(cell.model for cell in evidence.cells))
    if kind_of(names, models, evidence.once(recorded_commits)) == MODELS:
        result = compare_models(evidence.whole, names, evidence.items)
    else:
        cells = [cell for cell in evidence.cells if cell.whole]
        result = compare_commits(evidence.store, cells, names, evidence.seeds)
    others = result.names[1:]
    return Finding([_sentence(result, name) for name in others], [_section(result, name) for name in others])


def pairs_of_models(evidence: Evidence) -> dict[tuple[str, str], int]:
    """The number of cells in which two models differ in nothing else, for pairs that have such cells."""
    cells: dict[str, set[Cell]] = {}
    for each in evidence.whole:
        if each.records:
            cells.setdefault(each.cell.model, set()).add(without_model(each.cell))
    pairs = {(one, other): len(cells[one] & cells[other]) for one, other in itertools.combinations(cells, 2)}
    return {pair: shared for pair, shared in pairs.items() if shared}


def kind_of(names: Sequence[str], models: Sequence[str], commits: Mapping[str, int]) -> str:
    """`models` or `commits`; `commits` are the recorded ones with their number of records.

    Raises:
        BoardError: for a name that is neither, for a prefix of several commits, and for names of both kinds.
    """
    if len(set(names)) < len(names):
        raise BoardError(place="NAMES", expected="different names", got=" ".join(names))
    if not 2 <= len(names) <= MOST_MODELS:
        raise BoardError(place="NAMES", expected=f"2 to {MOST_MODELS} models, or two commits", got=f"{len(names)}")
    kinds = [_kind(name, models, commits) for name in names]
    if len(set(kinds)) > 1:
        got = ", ".join(f"the {kind[:-1]} {name}" for name, kind in zip(names, kinds, strict=True))
        raise BoardError(place="NAMES", expected="models only, or commits only", got=got)
    if kinds[0] == COMMITS and len(names) > 2:
        raise BoardError(place="NAMES", expected="two commits", got=f"{len(names)}")
    return kinds[0]


def _kind(name: str, models: Sequence[str], commits: Mapping[str, int]) -> str:
    if name in models:
        return MODELS
    if not COMMIT.fullmatch(name):
        expected = "a model of the suite, or 7 digits or more of a commit"
        raise BoardError(place="NAMES", expected=expected, got=f"'{name}'", fix=nearest(name, models) or None)
    meant = [commit for commit in commits if commit.startswith(name)]
    if len(meant) > 1:
        raise BoardError(place="NAMES", expected="the prefix of one commit", got=f"'{name}', of {len(meant)}")
    if not meant:
        known = ", ".join(f"{commit[:DIGITS]} ({number} records)" for commit, number in commits.items()) or "none"
        raise BoardError(place="NAMES", expected=f"a recorded commit: {known}", got=f"'{name}'")
    return COMMITS


class _Attempts(Items):
    """Reads each attempt: those of two commits at one trial have one key."""

    def of(self, record: "Record") -> ItemScores | None:
        return Items(self.store).of(record)


def compare_commits(
    store: "Store", cells: Sequence[Cell], names: Sequence[str], seeds: Collection[int] | None = None
) -> Comparison:
    """The cells' records at one commit against those at another, each named by the prefix of its hash.

    Of several records of a seed at one commit the earliest of the variant last attempted counts.
    """
    sides = {name: _records_at(store, set(cells), name, seeds) for name in names}
    uncommitted = {
        name: sum(bool(_environment(store, r).get("changed")) for side in own.values() for r in side.records.values())
        for name, own in sides.items()
    }
    return replace(comparison(COMMITS, sides, _Attempts(store)), uncommitted=uncommitted)


def recorded_commits(evidence: Evidence) -> dict[str, int]:
    """The commits of the records of cells and of their pretrainings, with the number of records."""
    store = evidence.store
    counts = Counter(_commit(store, record) for record, _ in records_of(store.all(), evidence.cells))
    return {commit: number for commit, number in counts.items() if commit}


def _commit(store: "Store", record: "Record") -> str:
    return _environment(store, record).get("commit") or ""


def _environment(store: "Store", record: "Record") -> Mapping[str, Any]:
    return store.environment(record.environment) or {}


def _records_at(store: "Store", cells: set[Cell], prefix: str, seeds: Collection[int] | None) -> dict[Cell, Side]:
    """By cell, the `ok` records of reported trials at a commit."""
    records: dict[Cell, list[Record]] = {}
    for record in sorted(store.all(), key=lambda record: record.started):
        counts = record.role == "reported" and (seeds is None or record.seed in seeds)
        if counts and record.cell in cells and _commit(store, record).startswith(prefix):
            assert isinstance(record.cell, Cell)
            records.setdefault(record.cell, []).append(record)
    good = {cell: by_seed(of_one_variant(inside))[0] for cell, inside in records.items()}
    return {
        cell: Side(cell, {seed: same[0] for seed, same in seeds_.items()}, [*itertools.chain(*seeds_.values())])
        for cell, seeds_ in good.items()
        if seeds_
    }


def _row(each: Difference, labels: Mapping[Problem, str]) -> dict[str, Any]:
    names = ("first", "other", "metric", "n", "difference", "low", "high", "verdict", "changed")
    row = cell_columns(each.cell) | attributes(each, *names) | {
        "model": each.cell.model or None,
        "problem": labels[each.cell.problem],
        "first_score": each.scores[0],
        "other_score": each.scores[1],
    }  # fmt: skip
    if each.meters:
        row["hardware"], row["workers"] = each.meters.machine
        for name, values in each.meters.values.items():
            row[f"first_{name}"], row[f"other_{name}"] = values
    return row


def _columns(first: str, other: str) -> list[Column]:
    shown = [
        MODEL, ARM, LABEL,
        Column("first_score", first, "its mean score over the seeds that both have", format="number"),
        Column("other_score", other, "its mean score over the seeds that both have", format="number"),
        Column("difference", "difference", f"{other} minus {first}, with its 0.95 interval for new seeds and new test "
               "items", format="signed", low="low", high="high", better="higher"),
        Column("n", "seeds", "seeds that both have", format="count"),
        Column("verdict", "verdict"),
    ]  # fmt: skip
    for name, title, unit in METER_COLUMNS:
        for side, who in (("first", first), ("other", other)):
            meaning = "median where both ran on one machine"
            shown.append(
                Column(f"{side}_{name}", f"{title}, {who}", meaning, unit, "engineering" if unit else "number")
            )
    shown.append(Column("changed", "changed", "parts of the spec that differ", format="list"))
    return with_data(shown, "first", "other", *PRETRAINING, *PROBLEM, "metric", "hardware", "workers")


def _section(result: Comparison, name: str) -> Section:
    first = result.names[0]
    inside = [each for each in result.differences if each.other == name]
    labels = problem_labels([each.cell.problem for each in inside])
    inside.sort(key=lambda each: (each.cell.protocol != "finetune", labels[each.cell.problem], -each.difference))
    means = [each for each in result.means if each.other == name]
    tables = [
        Table(
            _columns(first, name), [_row(each, labels) for each in inside], name="differences", empty="No shared cells."
        ),
        *([_means_table(means)] if means else []),
    ]
    axis = Axis(f"{name} minus {first}")
    largest = sorted(inside, key=lambda each: -abs(each.difference))[:FOREST_ROWS]
    bars = [
        Bar(f"{each.cell.arm_label} · {labels[each.cell.problem]}", each.difference, each.low, each.high,
            each.cell.arm.objective)
        for each in sorted(largest, key=lambda each: -each.difference)
    ]  # fmt: skip
    alt = f"Differences between {name} and {first}; the table has the same values"
    title = f"The {len(bars)} largest differences of {len(inside)}" if len(bars) < len(inside) else ""
    figures = [Forest(axis=axis, bars=bars, alt=alt, title=title, name=f"compare-{first}-{name}")] if bars else []
    return Section(f"{name} against {first}", tables=tables, figures=figures)


def _means_table(means: Sequence[MeanDifference]) -> Table:
    columns = [
        ARM,
        Column("protocol", "protocol"),
        Column("tasks", "tasks", format="list"),
        Column("difference", "mean difference", "plain mean over these tasks", format="signed", low="low", high="high",
               better="higher"),
        Column("n", "seeds", format="count"),
        Column("model"), Column("other"), Column("shots"),
    ]  # fmt: skip
    rows = [
        cell_columns(each.cell)
        | {"model": each.cell.model or None, "protocol": each.cell.problem.protocol_label}
        | attributes(each, "tasks", "difference", "low", "high", "n", "other")
        for each in means
    ]
    return Table(columns, rows, name="means", title="Mean over tasks")


def _sentence(result: Comparison, name: str) -> str:
    first = result.names[0]
    inside = [each for each in result.differences if each.other == name]
    only_first, only_other = result.unshared[name]
    if not inside:
        return f"{first} and {name} have no cell in common: {only_first} cells only {first}, {only_other} only {name}."
    verdicts = Counter(each.verdict for each in inside)
    parts = ", ".join(f"{verdicts[word]} {word}" for word in ("higher", "lower", "undecided", "identical"))
    text = f"{name} against {first}: of {count(len(inside), 'cell')} {parts}; each by its own interval."
    if only_first or only_other:
        text += f" {count(only_first, 'cell')} only {first} has, {only_other} only {name}."
    for side, dirty in result.uncommitted.items():
        text += f" {count(dirty, 'record')} at {side} with uncommitted changes." if dirty else ""
    largest = max(inside, key=lambda each: abs(each.difference))
    size = f"{signed(largest.difference)}{interval(largest.low, largest.high)}"
    return f"{text} The largest difference: {size}, {largest.cell.problem.label}, {largest.n} seeds."

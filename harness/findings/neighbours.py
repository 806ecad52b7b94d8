"""The training examples nearest to test examples, in the features of the best pretraining and from scratch."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.cells import Cell, problem_labels
from harness.findings.base import Column, Finding, Section, Table, attributes
from harness.findings.cell_records import CellRecords, by_problem
from harness.findings.columns import ARM, LABEL, MODEL, PRETRAINING, PROBLEM, cell_columns
from harness.findings.evidence import Evidence
from harness.findings.inspected import inspected_cells, inspections, not_inspected
from harness.findings.panel_examples import PanelExamples
from harness.printable import count

TITLE = "Nearest neighbours"
LEGEND = {
    "best": "the best mean test score of a problem, without controls and pretrainings with labels; exploratory",
    "neighbours": "of a fixed sample of training examples, those at the smallest angle to the test example",
}
ORDINALS = ("nearest", "second", "third", "fourth", "fifth")
PLACE = [*map(Column, (*PRETRAINING, *PROBLEM))]
SHARES = [
    LABEL, MODEL, ARM,
    Column("right", "same class", "share of neighbours with the class of their test example, mean over seeds",
           format="percent", better="higher"),
    Column("n", "seeds", "number of inspected seeds", format="count"),
    *PLACE[1:],
]  # fmt: skip


@dataclass(frozen=True)
class Neighbourhood:
    """The neighbours in one cell's features."""

    cell: Cell
    seed: int
    """The first inspected seed: its neighbours are shown."""
    neighbours: Sequence[Sequence[int]]
    """For each query the indices of its neighbours in the gallery, the nearest first."""
    right: float | None
    """The share of neighbours with their query's class, mean over seeds; None without classes."""
    n: int
    examples: PanelExamples


def neighbours(evidence: Evidence) -> Finding:
    """The neighbours of test examples for the best pretraining of each problem, next to scratch of the same model."""
    groups = evidence.once(neighbourhoods)
    if not groups:
        return Finding(not_inspected(evidence, "nearest neighbours"))
    labels = problem_labels([each.cell.problem for inside in groups for each in inside])
    every = [(each, labels[each.cell.problem]) for inside in groups for each in inside]
    rows = [cell_columns(each.cell) | attributes(each, "right", "n") | {"problem": problem} for each, problem in every]
    overview = Section("Neighbours of the same class", tables=[Table(SHARES, rows, "shares")])
    return Finding(_summary(groups), [overview, *(_section(*each) for each in every)], LEGEND)


def neighbourhoods(evidence: Evidence) -> list[list[Neighbourhood]]:
    """For each inspected problem the best pretraining, then its scratch control, on one panel."""
    known, groups = evidence.once(inspections), []
    for inside in by_problem(inspected_cells(evidence)):
        ranked = [
            each for each in inside if not each.cell.arm.scratch and evidence.facts.competes(each.cell.pretraining)
        ]
        if not ranked:
            continue
        best = max(ranked, key=lambda each: fmean(each.scores.values()))
        pair = [best, *([evidence.scratch[best.control]] if best.control in evidence.scratch else [])]
        records = {each.cell: [r for _, r in sorted(each.records.items()) if r.key in known] for each in pair}
        first = next(inspected[0] for inspected in records.values() if inspected)
        panel = evidence.store.shared_sidecar(first, known[first.key].panel)
        if panel:
            examples = PanelExamples(panel)
            same = [
                each for each in pair if records[each.cell] and records[each.cell][0].spec["task"] == first.spec["task"]
            ]
            groups.append([_neighbourhood(each, evidence, examples) for each in same])
    return groups


def _neighbourhood(each: CellRecords, evidence: Evidence, examples: PanelExamples) -> Neighbourhood:
    known = evidence.once(inspections)
    seeds = [
        (seed, known[record.key].neighbours) for seed, record in sorted(each.records.items()) if record.key in known
    ]
    shares = [share for _, inside in seeds if (share := examples.right(inside)) is not None]
    right = fmean(shares) if shares else None
    return Neighbourhood(each.cell, *seeds[0], right, len(seeds), examples)


def _summary(groups: Sequence[Sequence[Neighbourhood]]) -> list[str]:
    pairs = [(inside[0].right, inside[1].right) for inside in groups if len(inside) > 1]
    known = [(best, scratch) for best, scratch in pairs if best is not None and scratch is not None]
    sentences = [f"Nearest neighbours are recorded for {count(len(groups), 'problem')}."]
    if known:
        more = sum(best > scratch for best, scratch in known)
        sentences.append(
            f"In {more} of {count(len(known), 'problem')}, the best pretraining has more neighbours of the same class "
            "than scratch."
        )
    return sentences


def _section(each: Neighbourhood, problem: str) -> Section:
    cell, queries = each.cell, range(min(len(each.examples.queries), len(each.neighbours)))
    widest = max((len(inside) for inside in each.neighbours), default=0)
    heads = [ORDINALS[at] if at < len(ORDINALS) else f"{at + 1}th" for at in range(widest)]
    columns = [
        Column("query", "test example", format="picture"),
        *(Column(head, head, format="picture") for head in heads),
        *PLACE,
        Column("seed"),
        Column("neighbours"),
    ]
    rows = [
        cell_columns(cell)
        | {"seed": each.seed, "neighbours": list(each.neighbours[at]), "query": each.examples.query(at)}
        | {head: each.examples.neighbour(one, at) for head, one in zip(heads, each.neighbours[at], strict=False)}
        for at in queries
    ]
    seeds = f"over {count(each.n, 'seed')}"
    share = "" if each.right is None else f"{each.right:.0%} of the neighbours have the same class, {seeds}. "
    return Section(
        f"{problem}; {cell.model}, {cell.arm_label}",
        f"{share}Seed {each.seed} is shown.",
        [Table(columns, rows, "examples")],
        subject=f"task {cell.task}",
    )

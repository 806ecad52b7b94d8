"""The leaderboard and the trials behind it, as pandas frames."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from harness.catalog.keys import key
from harness.matrix import corruption_text, progress_of
from harness.catalog.schemas import WHOLE
from harness.errors import failure_reason
from harness.findings.cell_records import Cell, Counted, hardware, machine, made_on, metric_of
from harness.findings.items import Reader
from harness.findings.lifts import control_of, lifts
from harness.findings.registry_facts import Entries
from harness.stats.ranking import rank

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

PRETRAINING = [
    "loss", "trivial_loss", "skill", "sample_distance", "gaussian_distance", "rankme", "rankme_centred", "feature_std",
]  # fmt: skip
METERS = ["examples_per_s", "latency_ms", "peak_memory_bytes", "parameters", "flops", "energy_j", "train_s", "total_s"]
FACET = ["task", "shape", "protocol", "shots", "steps", "batch", "precision"]
"""Cells are ranked among those that agree in these: one problem, one budget."""
PLACE = [
    "id", "model", "objective", "corpus", "fraction", "corruption", *FACET, "pretrain_steps", "pretrain_batch",
    "progress",
]  # fmt: skip
BOARD = [
    *PLACE, "family", "modality", "kind", "status", "statuses", "n", "n_failed", "metric",
    "score", "score_low", "score_high", "score_margin",
    "lift", "lift_low", "lift_high", "lift_margin", "lift_n", "detectable", "items", "clusters",
    "rank_low", "rank_high", "best", "control", "labelled", "validation", "train", "shifted",
    "contamination", "near_duplicates", *PRETRAINING,
    *METERS, "memory_source", "pretrain_s", "pretrain_examples_per_s", "pretrain_flops", "hardware", "workers", "flags",
    "message",
    "scores", "validations", "logmes", "h_scores", "losses", "skills", "rankmes", "keys",
]  # fmt: skip
TRIALS = [
    *PLACE, "seed", "status", "message", "rate", "edge", *[f"pretraining_{name}" for name in PRETRAINING],
    *METERS, "memory_source", "hardware", "workers", "flags", "started", "key", "parent", "variant",
]  # fmt: skip
Row = TypeVar("Row", bound=Mapping[str, Any])
COLLAPSED = "collapsed"
UNKNOWN_ITEMS = "no record of the test items"
"""How a flag begins that says why there is no interval."""
CONTAMINATION = ("clean", "in-domain", "unknown", "contaminated")
FLAGGED = {"contaminated": "contaminated", "unknown": "what it was pretrained on is unknown"}
COUNTS = {
    "shots", "steps", "batch", "pretrain_steps", "pretrain_batch", "n", "n_failed", "lift_n", "items", "clusters",
    "rank_low", "rank_high", "workers", "seed",
}  # fmt: skip


def leaderboard(
    found: Sequence[Counted], scratch: Mapping[str, Counted], reader: Reader, entries: Entries
) -> pd.DataFrame:
    """One row a cell, in the order of `found`, failed and missing ones included; `scratch` are their controls.

    `score` is the mean over seeds of the task's `metric` on the test split, `lift` the mean difference from scratch at
    the same seeds; `_low` and `_high` bound the 0.95 interval for new seeds and new test items, `_margin` is half its
    width, and all three are null where there is none (one seed; nothing recorded of the test examples). `detectable` is
    the smallest lift that this design finds in 4 cases of 5. `progress` is how far the pretraining had come: what is
    known of its end alone (loss, skill, RankMe) is null at a point within the run, and its time is its share of the
    run's. `rank_low` to `rank_high` are the ranks that a cell may have, null below 5 seeds, for a `control` (a model
    shown as a reference), within a run and where the pretraining collapsed; `best` says that nothing tells it from the
    best. `labelled` is what saw labels in pretraining; `family`, `modality` and `kind` are null where `entries` do not
    say. `train` and `shifted` are the metric on training and on shifted test examples. `contamination` is the worst of
    what the records found, `near_duplicates` the share of test examples with a near copy in the corpus. Meters are
    medians over seeds, all of one hardware class at one worker count; `flops` and `pretrain_flops` are those of one
    example, forward. `scores`, `validations`, `logmes`, `h_scores`, `losses`, `skills` and `rankmes` map seeds to
    figures.
    """
    rows = [_entries(each.cell, entries) | _row(each, control_of(each, scratch), reader) for each in found]
    _rank(rows)
    return _typed(pd.DataFrame(rows, columns=BOARD))


def by_facet(rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """A board's rows, those of one problem and budget together, by their values of FACET."""
    facets: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        facets.setdefault(tuple(row[name] for name in FACET), []).append(row)
    return facets


def trials(found: Iterable[Counted], store: "Store") -> pd.DataFrame:
    """One row a cell and seed: the record that counts, or the failure that stands where none does."""
    places, records, parents = [], [], []
    for each in found:
        place = _place(each.cell)
        for seed, record in sorted((each.failures | each.records).items()):
            places.append(place)
            records.append(record)
            ended = each.progress == WHOLE and seed in each.parents
            parents.append(each.parents[seed].metrics if ended else {})
    columns = {name: pd.Series([place[name] for place in places]) for name in PLACE}
    columns |= {f"pretraining_{name}": pd.Series([each.get(name) for each in parents]) for name in PRETRAINING}
    columns |= {name: pd.Series(values) for name, values in _trial_columns(records, store)}
    return _typed(pd.DataFrame(columns, columns=[*TRIALS, *sorted(columns.keys() - set(TRIALS))], copy=False))


def _trial_columns(records: Sequence["Record"], store: "Store") -> Iterator[tuple[str, list[Any]]]:
    """What trials say themselves, column by column, so that they are never all held as rows."""
    for name in sorted({name for record in records for name in record.metrics} - set(TRIALS)):
        yield name, [record.metrics.get(name) for record in records]
    for name in (*METERS, "memory_source", "workers"):
        yield name, [record.meters.get(name) for record in records]
    for name in ("seed", "status", "message", "started", "key", "variant"):
        yield name, [getattr(record, name) for record in records]
    for name in ("rate", "edge"):
        yield name, [(record.chosen or {}).get(name) for record in records]
    yield "hardware", [hardware(store, record) for record in records]
    yield "flags", [", ".join(record.flags) for record in records]
    yield "parent", [record.spec.get("parent") for record in records]


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "Int64" for name in frame if name in COUNTS})


def _place(cell: Cell) -> dict[str, Any]:
    pretraining = cell["pretraining"]
    return {
        "id": key(cell)[:12],
        "model": pretraining["model"],
        "objective": pretraining["objective"],
        "corpus": pretraining["corpus"],
        "fraction": pretraining["fraction"],
        "corruption": corruption_text(pretraining["corruption"]),
        "task": cell["task"],
        "shape": "x".join(map(str, cell["shape"])),
        "protocol": cell["protocol"],
        "shots": cell["shots"],
        "steps": cell["steps"],
        "batch": cell["batch"],
        "precision": pretraining["precision"],
        "pretrain_steps": pretraining["steps"],
        "pretrain_batch": pretraining["batch"],
        "progress": progress_of(cell),
    }


def _entries(cell: Cell, entries: Entries) -> dict[str, Any]:
    """What the registry says of a cell's entries."""
    model, objective = cell["pretraining"]["model"], cell["pretraining"]["objective"]
    return {
        "family": entries.families.get(model),
        "modality": entries.modalities.get(model),
        "kind": entries.kinds.get(cell["task"]),
        "control": model in entries.controls,
        "labelled": objective in entries.labelled,
    }


def _row(each: Counted, control: Counted | None, reader: Reader) -> dict[str, Any]:
    records, parents = each.records, each.parents
    ended = parents if each.progress == WHOLE else {}
    shown = {name: _median(each.latest, name) for name in METERS}
    flags = {flag for record in (*records.values(), *ended.values()) for flag in record.flags}
    flags |= {FLAGGED[found] for found in [_contamination(records).get("contamination")] if found in FLAGGED}
    score = _score(each, reader, flags)
    lift = _lift(each, control, reader, flags) if control else {}
    newest = max(each.latest.values(), key=lambda record: record.started, default=None)
    failure = next(iter(each.failures.values()), None)
    shown_on = newest or max(parents.values(), key=lambda record: record.started, default=None)
    made = made_on(reader.store, parents, machine(reader.store, shown_on)) if shown_on else {}
    return {
        **_place(each.cell),
        "status": each.status,
        "statuses": each.statuses,
        "n": len(records),
        "n_failed": len(each.failures) + len(each.blockers),
        "metric": next((metric_of(record) for record in records.values()), None),
        **score,
        **lift,
        "best": False,
        **{name: _mean(records, name) for name in ("validation", "train", "shifted")},
        **_contamination(records),
        **{name: _mean(ended, name) for name in PRETRAINING},
        **shown,
        "pretrain_s": _share(each.progress, _median(made, "train_s")),
        "pretrain_examples_per_s": _median(made, "examples_per_s"),
        "pretrain_flops": _median(parents, "flops"),
        "memory_source": newest.meters.get("memory_source") if newest else None,
        "hardware": hardware(reader.store, newest) if newest else None,
        "workers": newest.meters.get("workers") if newest else None,
        "flags": ", ".join(sorted(flags)),
        "message": failure.message if failure else _blocked_by(each),
        "scores": each.scores,
        "validations": _by_seed(records, "validation"),
        "logmes": _by_seed(records, "logme"),
        "h_scores": _by_seed(records, "h_score"),
        "losses": _by_seed(ended, "loss"),
        "skills": _by_seed(ended, "skill"),
        "rankmes": _by_seed(ended, "rankme"),
        "keys": {seed: record.key for seed, record in records.items()},
    }


def _blocked_by(each: Counted) -> str | None:
    blocker = next(iter(each.blockers.values()), None)
    if blocker is None:
        return None
    role = "tuning" if blocker.role == "tuning" else "pretraining"
    return f"{role} {blocker.status}: {failure_reason(blocker.message)}"


def _score(each: Counted, reader: Reader, flags: set[str]) -> dict[str, Any]:
    """A share's interval ends where shares do."""
    found = reader.mean(each)
    row: dict[str, Any] = {"score": fmean(each.scores.values()) if each.records else None}
    if found:
        row |= {"score_low": max(0.0, found.low), "score_high": min(1.0, found.high), "score_margin": found.margin}
        row |= {"items": found.items, "clusters": found.clusters}
    elif len(each.records) > 1 and (unknown := reader.unknown(each.records.values())):
        flags.add(f"{UNKNOWN_ITEMS} of {unknown} of {len(each.records)} seeds: no interval")
    return row


def _contamination(records: Mapping[int, "Record"]) -> dict[str, Any]:
    found = [record.contamination for record in records.values() if record.contamination]
    if not found:
        return {}
    worst = max((each.status for each in found), key=CONTAMINATION.index)
    near = max(((each.near + each.exact) / each.of for each in found if each.of), default=None)
    return {"contamination": worst, "near_duplicates": near}


def _lift(each: Counted, control: Counted, reader: Reader, flags: set[str]) -> dict[str, Any]:
    differences, other = lifts(each, control)
    if other:
        flags.add(f"scratch is of another version of the {other}: sweep again")
    if not differences:
        return {}
    row: dict[str, Any] = {"lift": fmean(differences.values()), "lift_n": len(differences)}
    found = reader.lift(each, control)
    if found:
        row |= {"lift_low": found.low, "lift_high": found.high, "lift_margin": found.margin}
        row |= {"detectable": found.detectable}
    elif len(differences) > 1 and reader.unknown(control.records[seed] for seed in differences):
        flags.add(f"{UNKNOWN_ITEMS} of scratch: no interval of its lift")
    return row


def _rank(rows: list[dict[str, Any]]) -> None:
    ranked = (r for r in rows if not r["control"] and r["progress"] == WHOLE and COLLAPSED not in r["flags"])
    for facet in by_facet(ranked).values():
        ranks = rank({index: row["scores"] for index, row in enumerate(facet)})
        for index, found in ranks.items():
            facet[index] |= {"rank_low": found.low, "rank_high": found.high, "best": found.best}


def _share(progress: float, value: float | None) -> float | None:
    return None if value is None else progress * value


def _by_seed(records: Mapping[int, "Record"], name: str) -> dict[int, float]:
    return {seed: record.metrics[name] for seed, record in records.items() if name in record.metrics}


def _mean(records: Mapping[int, "Record"], name: str) -> float | None:
    values = [value for record in records.values() if (value := record.metrics.get(name)) is not None]
    return fmean(values) if values else None


def _median(records: Mapping[int, "Record"], name: str) -> float | None:
    values = [value for record in records.values() if (value := record.meters.get(name)) is not None]
    return median(values) if values else None

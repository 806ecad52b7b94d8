"""How hard tasks are, in the terminal."""

from collections.abc import Sequence

from harness.findings.difficulty import MANY, Difficulty, OverTasks, over_tasks
from harness.report.output import NOTHING, count, emit_rows, plain, table, wrapped
from harness.report.words import PROTOCOLS, labels, metric, number, problem, signed

LEGEND = (
    "from scratch: the lowest, median and highest score over models, without controls; majority: what naming the most "
    "frequent class scores; controls: models that are shown as references; mean lift: of all pretrainings without "
    "labels on this problem. A description of this suite: scratch's score depends on budget and models too"
)
COLUMNS = [
    "task", "shape", "protocol", "shots", "steps", "batch", "precision", "metric", "models", "low", "median", "high",
    "majority", "controls", "pretrainings", "lift",
]  # fmt: skip


def difficulty_table(found: Sequence[Difficulty], form: str = "table", title: str = "") -> None:
    """One row a problem, the hardest first, and what can be said over tasks."""
    if form != "table":
        emit_rows([{**each.facet, **vars(each)} for each in found], form, columns=COLUMNS)
        return
    if not found:
        print(f"{plain(title)}: no model has a score from scratch")
        return
    print(wrapped(LEGEND))
    print()
    ordered = sorted(found, key=lambda each: each.median)
    columns = ["problem", "metric", "from scratch", "majority", "controls", "mean lift"]
    table([shown(each) for each in ordered], columns, f"{title}: how hard its tasks are")
    for each in over_tasks(found):
        print(plain(sentence(each)))


def sentence(each: OverTasks) -> str:
    """Whether harder tasks gain more, by one protocol at one number of labels."""
    tasks = len({point.facet["task"] for point in each.points})
    where = f"{PROTOCOLS.get(each.protocol, each.protocol)}, {labels(each.shots)}"
    if each.spearman is None:
        return f"{where}: do harder tasks gain more? too few to say ({count(tasks, 'task')} of {MANY})"
    rho = f"Spearman's rho {signed(each.spearman, 2)}"
    return f"{where}: median score from scratch against mean lift over {count(tasks, 'task')}: {rho}"


def shown(each: Difficulty) -> list[str]:
    """A problem in words, its metric, scratch's span, the majority, the controls, the mean lift."""
    span = number(each.low)
    if each.models > 1:
        span += f", {number(each.median)}, {number(each.high)} ({each.models} models)"
    lift = NOTHING if each.lift is None else f"{signed(each.lift)} ({count(each.pretrainings, 'pretraining')})"
    return [
        plain(problem(each.facet)),
        metric(each.metric),
        span,
        number(each.majority),
        ", ".join(f"{plain(name)} {number(score)}" for name, score in each.controls.items()) or NOTHING,
        lift,
    ]

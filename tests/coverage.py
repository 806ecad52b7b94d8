"""Coverage of intervals and ranks on boards simulated from known effects.

`make coverage` runs it over a thousand boards each and writes docs/method/coverage.md. Effects of seeds, draws of
shots, test items, encoders and arms are drawn for each board, normal or with heavy tails (Student's t with 3 degrees of
freedom, scaled to the same variance), with equal variances or such that differ fourfold between cells.
"""

import argparse
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np

from harness.stats.coefficients import pearson, spearman
from harness.stats.intervals import interval, interval_of, parts_of
from harness.stats.iqm import iqm
from harness.stats.ranking import rank
from harness.stats.two_way import two_way_interval

OUT = Path(__file__).parents[1] / "docs" / "method" / "coverage.md"
OF_SEED, OF_SHOTS, OF_ITEM, REST = 0.02, 0.015, 0.15, 0.30
"""Standard deviations of a lift: of seeds, of draws of shots, of an item, and of the residual."""
ITEMS, CELLS = 300, 20

Draw = Callable[..., np.ndarray]
Line = tuple[str, str, str, str]


def drawing(rng: np.random.Generator, heavy: bool) -> Draw:
    """Noise of a standard deviation, (shape) of values."""

    def draw(deviation: float, *shape: int) -> np.ndarray:
        values = rng.standard_t(3, shape) / np.sqrt(3) if heavy else rng.normal(0, 1, shape)
        return np.asarray(deviation * values)

    return draw


def lift_values(draw: Draw, seeds: int, scale: float = 1.0) -> np.ndarray:
    """Differences from scratch (seeds, items) about zero."""
    of_seed = draw(scale * OF_SEED, seeds, 1) + draw(scale * OF_SHOTS, seeds, 1)
    return of_seed + draw(OF_ITEM, 1, ITEMS) + draw(REST, seeds, ITEMS)


def lifts(boards: int) -> Iterator[Line]:
    """One lift, for new seeds and new test items."""
    for seeds, heavy in itertools.product((3, 5, 10), (False, True)):
        rng = np.random.default_rng([1, seeds, heavy])
        intervals = [interval(lift_values(drawing(rng, heavy), seeds)) for _ in range(boards)]
        bounds = [(each.low, each.high) for each in intervals if each]
        yield _line(f"lift, {seeds} seeds{_tails(heavy)}", "0.93 to 0.97", bounds, 0.0)


def tasks(boards: int) -> Iterator[Line]:
    """The mean over fixed tasks that share their seeds, and the interquartile mean of many."""
    for count, heavy in itertools.product((1, 2, 4, 7), (False, True)):
        rng = np.random.default_rng([2, count, heavy])
        bounds = []
        for _ in range(boards):
            draw = drawing(rng, heavy)
            common = draw(OF_SEED, 5, 1)
            mean = interval_of([p for _ in range(count) if (p := parts_of(common + lift_values(draw, 5)))])
            bounds += [(mean.low, mean.high)] if mean else []
        yield _line(f"mean over {count} fixed tasks, 5 seeds{_tails(heavy)}", "0.93 to 0.97", bounds, 0.0)
    for count, heavy in itertools.product((8, 12, 20), (False, True)):
        rng = np.random.default_rng([3, count, heavy])
        bounds = []
        for _ in range(boards):
            draw = drawing(rng, heavy)
            _, low, high = iqm(draw(0.03, count, 1) + draw(OF_SEED, count, 5))
            bounds += [(low, high)] if low is not None and high is not None else []
        yield _line(f"interquartile mean over {count} tasks, 5 seeds{_tails(heavy)}", "at least 0.92", bounds, 0.0)


def relations(boards: int) -> Iterator[Line]:
    """Spearman's coefficient over encoders crossed with arms, for new encoders and new arms."""
    for (encoders, arms), heavy in itertools.product(((8, 8), (12, 8), (24, 8)), (False, True)):
        rng = np.random.default_rng([4, encoders, heavy])
        truth = spearman(*(axis.ravel() for axis in crossed(drawing(rng, heavy), 400, 400)))
        names = [f"e{row}" for row in range(encoders) for _ in range(arms)]
        columns = [f"a{column}" for _ in range(encoders) for column in range(arms)]
        bounds = []
        for board in range(boards):
            x, y = crossed(drawing(rng, heavy), encoders, arms)
            low, high = two_way_interval(x.ravel(), y.ravel(), names, columns, seed=board)
            bounds += [(low, high)] if low is not None and high is not None else []
        yield _line(f"relation, {encoders} x {arms}{_tails(heavy)}", "at least 0.90", bounds, truth or 0.0)


def crossed(draw: Draw, encoders: int, arms: int) -> tuple[np.ndarray, np.ndarray]:
    """Predictor and target (encoders, arms): the effects of encoders and arms on the two are correlated."""
    axes = []
    shared = draw(0.7, encoders, 1), draw(0.7, 1, arms)
    for _ in range(2):
        axes.append(shared[0] + shared[1] + draw(0.7, encoders, 1) + draw(0.7, 1, arms) + draw(0.5, encoders, arms))
    return axes[0], axes[1]


def unrelated(boards: int) -> Iterator[Line]:
    """Axes without a relation: at disjoint seeds, and at the same seeds, whose noise both axes share."""
    rng = np.random.default_rng(5)
    apart, same = [], []
    for _ in range(boards):
        noise = rng.normal(0, 1, (2, 8, 8))
        own = rng.normal(0, 1, (3, 8, 8))
        apart.append(pearson((noise[0] + own[0]).ravel(), (noise[1] + own[1]).ravel()) or 0.0)
        same.append(pearson((noise[0] + own[0]).ravel(), (noise[0] + own[2]).ravel()) or 0.0)
    error = float(np.std(apart)) / np.sqrt(boards)
    yield (
        "r without a relation, disjoint seeds, 8 x 8",
        "centred on 0",
        f"{np.mean(apart):+.3f}",
        f"± {2 * error:.3f}",
    )
    yield ("the same, both axes at one seed", "–", f"{np.mean(same):+.3f}", "–")


def ranks(boards: int) -> Iterator[Line]:
    """Ranks among twenty cells at five seeds, the leader two standard deviations of a paired difference ahead."""
    for heavy, unequal in itertools.product((False, True), (False, True)):
        rng = np.random.default_rng([6, heavy, unequal])
        best, covered, sizes = [], [], []
        for _ in range(boards):
            draw = drawing(rng, heavy)
            scale = rng.choice([0.5, 2.0], (CELLS, 1)) if unequal else np.ones((CELLS, 1))
            truth = np.sort(rng.normal(0, OF_SEED, CELLS))[::-1].copy()
            truth[0] = truth[1] + 2 * np.sqrt(2) * OF_SEED
            scores = truth[:, None] + draw(OF_SEED, 1, 5) + scale * draw(OF_SEED, CELLS, 5)
            placed = rank({cell: dict(enumerate(row)) for cell, row in enumerate(scores)})
            best.append(placed[0].best)
            sizes.append(sum(each.best for each in placed.values()))
            covered.append(all(placed[cell].low <= cell + 1 <= placed[cell].high for cell in range(CELLS)))
        name = f"20 cells, 5 seeds{_tails(heavy)}{', unequal variances' if unequal else ''}"
        size = f"group of {median(sizes):g}"
        yield (f"tie group contains the best, {name}", "at least 0.95", f"{np.mean(best):.3f}", size)
        yield (f"all rank intervals are right, {name}", "at least 0.95", f"{np.mean(covered):.3f}", "–")


def _tails(heavy: bool) -> str:
    return ", heavy tails" if heavy else ""


def _line(name: str, target: str, bounds: list[tuple[float, float]], truth: float) -> Line:
    """A line of the table: the share of intervals that contain the truth, and their median width."""
    held = np.mean([low <= truth <= high for low, high in bounds])
    return name, target, f"{held:.3f}", f"{median(high - low for low, high in bounds):.3f}"


SIMULATIONS = (lifts, tasks, relations, unrelated, ranks)


def main() -> None:
    """Runs all simulations and writes their table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    rows = ["| interval | target | coverage | median width |", "| --- | --- | --- | --- |"]
    for simulation in SIMULATIONS:
        for line in simulation(arguments.boards):
            rows.append(f"| {' | '.join(line)} |")
            print(rows[-1], flush=True)
    error = (0.95 * 0.05 / arguments.boards) ** 0.5
    text = (
        "# Coverage of intervals\n\n"
        f"`make coverage` simulates {arguments.boards:,} boards for each line, from known effects "
        "(`tests/coverage.py`).\n"
        "It counts how often intervals contain the true value. "
        f"The standard error of a share of 0.95 is {error:.3f}.\n\n" + "\n".join(rows) + "\n"
    )
    arguments.out.write_text(text)


if __name__ == "__main__":
    main()

"""Score against cost as inline SVG: the front's line, its cells numbered, and what is surely beaten dimmed."""

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from harness.findings.pareto import COSTS, Front, Priced
from harness.report.figures import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scale, axes, framed, line, mark
from harness.report.output import plain
from harness.report.pareto import priced
from harness.report.words import arm_of

DECADE = 10.0
FEW = 3
"""Powers of ten below which an axis also names what lies between them."""
LETTER = 9
"""Units that a letter of a tick takes, at most: on a phone they are larger."""
APART = 14
"""Pixels between the numbers of two cells."""


class CostScale:
    """A map from costs to pixels, over their logarithm where they span more than a decade; what costs nothing then
    stands apart at its beginning."""

    def __init__(self, costs: Sequence[float]) -> None:
        paid = [cost for cost in costs if cost > 0]
        self.log = bool(paid) and max(paid) > DECADE * min(paid)
        self.nothing: float | None = None
        if self.log:
            low, high = math.log10(min(paid)), math.log10(max(paid))
            self.nothing = low - (high - low) / 8 if len(paid) < len(costs) else None
            self.scale = Scale([low, high, *([] if self.nothing is None else [self.nothing])], LEFT, WIDTH - RIGHT)
        else:
            self.scale = Scale(costs, LEFT, WIDTH - RIGHT)

    def at(self, cost: float) -> float:
        """Where a cost stands on the axis."""
        if not self.log:
            return cost
        return math.log10(cost) if cost > 0 else self.nothing or 0.0

    def __call__(self, cost: float) -> float:
        return self.scale(self.at(cost))

    def ticks(self) -> list[float]:
        """Round costs along the axis."""
        if not self.log:
            return [tick for tick in self.scale.ticks() if tick >= 0]
        low = self.scale.low if self.nothing is None else self.nothing + 1e-9
        powers = range(math.floor(low), math.floor(self.scale.high) + 1)
        between = (1, 2, 5) if len(powers) <= FEW else (1,)
        found = [float(f"{each}e{power}") for power in powers for each in between]
        inside = [cost for cost in found if low <= math.log10(cost) <= self.scale.high]
        return ([] if self.nothing is None else [0.0]) + inside

    def named(self, cost: str) -> dict[float, str]:
        """The ticks in words; what would lie on the one before has no name."""
        found, free = {}, -math.inf
        for tick in self.ticks():
            name = priced(cost, tick)
            half = LETTER * (len(name) + 1) / 2
            fits = self(tick) - half >= free
            found[self.at(tick)] = name if fits else ""
            free = self(tick) + half if fits else free
        return found


def front_figure(front: Front, groups: Sequence[str], metric: str) -> Markup:
    """All cells of a front's facet, with a sign for each objective; numbers are those of the front's table."""
    cells = front.cells
    x = CostScale([cell.cost for cell in cells])
    ends = [cell.row[name] for cell in cells if cell.front for name in ("score_low", "score_high")]
    scores = [cell.row["score"] for cell in cells] + [end for end in ends if end is not None]
    y = Scale(scores, HEIGHT - BOTTOM, TOP)
    on = [cell for cell in cells if cell.front]
    parts = [axes(x.scale, y, (_label(front, x), f"{metric} on test"), x.named(front.cost))]
    parts += [_dot(cell, x, y, groups, front.cost) for cell in sorted(cells, key=lambda each: not each.surely_dominated)
              if not cell.front]  # fmt: skip
    parts += [_steps(on, x, y), *_margins(on, x, y)]
    parts += [_dot(cell, x, y, groups, front.cost) for cell in on]
    parts += _numbers(on, x, y)
    return framed(parts, f"{metric} over {COSTS[front.cost].title}; the table beside holds the cells on the front")


def _label(front: Front, x: CostScale) -> str:
    paid = COSTS[front.cost]
    better = "" if paid.lower_is_better else ": more is better"
    return f"{paid.title}{' (log)' * x.log}{better}"


def _dot(cell: Priced, x: CostScale, y: Scale, groups: Sequence[str], cost: str) -> Markup:
    row = cell.row
    said = f"{row['model']}, {arm_of(row)}: {row['score']:.3f}, {priced(cost, cell.cost)}"
    sign = mark(x(cell.cost), y(row["score"]), groups.index(row["objective"]), plain(said))
    kind = "point beaten" if cell.surely_dominated else "point"
    return Markup(f'<g class="{kind}" data-model="{escape(plain(row["model"]))}">{sign}</g>')


def _steps(on: Sequence[Priced], x: CostScale, y: Scale) -> Markup:
    """What the front reaches at each cost: it rises where a better cell can be paid for."""
    places = [(x(cell.cost), y(cell.row["score"])) for cell in on]
    path = [places[0]]
    for place in places[1:]:
        path += [(place[0], path[-1][1]), place]
    return Markup(f'<polyline points="{" ".join(f"{across},{up}" for across, up in path)}" class="fitted"/>')


def _margins(on: Sequence[Priced], x: CostScale, y: Scale) -> list[Markup]:
    """The intervals of the scores on the front."""
    return [
        line(x(cell.cost), y(cell.row["score_low"]), x(cell.cost), y(cell.row["score_high"]), "whisker front")
        for cell in on
        if cell.row["score_low"] is not None
    ]


def _numbers(on: Sequence[Priced], x: CostScale, y: Scale) -> list[Markup]:
    """The number of each cell on the front; of those that would lie on each other the first's."""
    names: list[Markup] = []
    taken: list[tuple[float, float]] = []
    for number, cell in enumerate(on, 1):
        place = (x(cell.cost) - 8, y(cell.row["score"]) - 8)
        if all(abs(place[0] - across) > APART or abs(place[1] - up) > APART for across, up in taken):
            taken.append(place)
            names.append(Markup(f'<text x="{place[0]:.1f}" y="{place[1]:.1f}" class="dot-name" '
                                f'text-anchor="end">{number}</text>'))  # fmt: skip
    return names

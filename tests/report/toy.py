"""A finding with a table of every format and a figure of every kind."""

import math

from harness.findings.base import (
    Axis,
    Bar,
    Bars,
    Column,
    Finding,
    Forest,
    HeatMap,
    Lines,
    Point,
    Scatter,
    Section,
    Table,
)

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAGUlEQVR4nGNgYGD4z8DAwMDEwMDAwEAlBgAVYAEFZ0Qe"
    "YQAAAABJRU5ErkJggg=="
)
MODELS = ["cnn-tiny", "cnn-small", "vit-tiny", "mlp"]
OBJECTIVES = ["simclr", "byol", "masked-autoencoder", "rotation"]

COLUMNS = [
    Column("model", "model", "the encoder", subject="model"),
    Column("arm", "pretraining", "objective and corpus"),
    Column("lift", "lift", "the score minus that of scratch with the same seeds", format="signed", better="higher",
           low="lift_low", high="lift_high"),
    Column("score", "accuracy", "mean over seeds on the test split", format="number", margin="score_margin"),
    Column("n", "seeds", format="count"),
    Column("pairs", "pairs right", format="percent"),
    Column("flops", "FLOPs", unit="FLOP", format="engineering"),
    Column("control", "control", format="yesno"),
    Column("flags", "remarks", format="list"),
    Column("detectable", "detectable", "the smallest lift that this design detects", format="number", optional=True),
    Column("never", "never measured", format="number"),
    Column("key"),
]  # fmt: skip


def rows() -> list[dict[str, object]]:
    """A row a model and objective; the last one lacks nearly all values."""
    made: list[dict[str, object]] = []
    for place, model in enumerate(MODELS):
        for index, objective in enumerate(OBJECTIVES):
            lift = 0.02 * index - 0.015 * place
            made.append({
                "model": model, "arm": f"{objective} on digits-unlabelled, 1.2%, noise 3", "lift": lift,
                "lift_low": lift - 0.018, "lift_high": lift + 0.018, "score": 0.81 + lift, "score_margin": 0.013,
                "n": 5, "pairs": 0.62 + lift, "flops": 1.7e6 * 10**place, "control": model == "mlp",
                "flags": ["optimum on the grid's edge", "one seed failed"] if index == 3 else [], "detectable": 0.02,
                "key": f"{place}{index}",
            })  # fmt: skip
    made.append({"model": "linear", "arm": "scratch", "lift": None, "score": math.nan, "flags": []})
    return made


def points(index: int) -> list[Point]:
    """Points of a group, with error bars and facts."""
    made = []
    for place, model in enumerate(MODELS):
        x, y = 0.5 + 0.1 * place + 0.02 * index, 0.62 + 0.07 * place - 0.03 * index * (place % 2)
        made.append(Point(
            x, y, f"{model}, {OBJECTIVES[index]} on digits", model if (place + index) % 3 == 0 else "",
            x_low=x - 0.02, x_high=x + 0.02, y_low=y - 0.03, y_high=y + 0.03,
            facts={"model": model, "objective": OBJECTIVES[index]}, faint=place == 3 and index == 3,
        ))  # fmt: skip
    return made


def figures() -> list[Scatter | Lines | Forest | Bars | HeatMap]:
    """One figure of each kind, and a scatter over costs."""
    scatter = Scatter(
        x=Axis("linear probe: score on validation"), y=Axis("accuracy on test"), title="Predictor and target",
        groups={name: points(index) for index, name in enumerate(OBJECTIVES)}, trend=True, name="relation",
        references={"scratch, cnn-tiny": 0.66, "scratch, vit-tiny": 0.71},
        curve=[(0.5 + 0.02 * step, 0.6 + 0.012 * step) for step in range(20)], curve_title="all points: levels off",
        alt="Test accuracy over the linear probe of 16 pretrainings",
    )  # fmt: skip
    costs = [3e9, 2e10, 4e11, 5e12]
    cost = Scatter(
        x=Axis("FLOPs of pretraining", log=True, unit="FLOP"), y=Axis("accuracy on test"), title="Score and cost",
        groups={"scratch": [Point(0.0, 0.6, "mlp, scratch", "1", facts={"model": "mlp"})], "simclr": [
            Point(x, 0.7 + 0.05 * i, f"{MODELS[i]}, simclr", str(i + 2), y_low=0.68 + 0.05 * i, y_high=0.72 + 0.05 * i)
            for i, x in enumerate(costs)]},
        curve=[(0.0, 0.6), *((x, 0.7 + 0.05 * i) for i, x in enumerate(costs))], curve_steps=True, name="cost",
        curve_title="the front", alt="Accuracy over FLOPs",
    )  # fmt: skip
    shots = {0.0: "1", 1.0: "2", 2.0: "5", 3.0: "10", 4.0: "all labels"}
    lines = Lines(
        x=Axis("labels a class", ticks=shots), y=Axis("lift in accuracy"), zero=True, title="Labels", name="labels",
        series={model: [Point(x, 0.1 - 0.03 * x + 0.02 * i, y_low=0.06 - 0.03 * x + 0.02 * i,
                              y_high=0.14 - 0.03 * x + 0.02 * i) for x in shots] for i, model in enumerate(MODELS)},
        alt="Lift over the number of labels",
    )  # fmt: skip
    bars = [
        Bar(f"{model}, {objective}{' on digits-unlabelled, 1.2%, noise 3 (sees labels)' * wide}",
            0.1 * place - 0.07 * index, 0.1 * place - 0.07 * index - 0.06, 0.1 * place - 0.07 * index + 0.05, objective)
        for wide in (False, True) for place, model in enumerate(MODELS) for index, objective in enumerate(OBJECTIVES)
    ]  # fmt: skip
    forest = Forest(
        axis=Axis("lift in accuracy over scratch"), bars=bars[:16], alt="Lifts", title="Lifts", name="lifts"
    )
    wide = Forest(axis=Axis("lift in accuracy over scratch"), bars=bars[16:22], alt="Long", title="Long", name="long")
    layers = [Bar(f"layer {i}", 0.2 * i, 0.2 * i - 0.05, 0.2 * i + 0.05) for i in range(1, 6)]
    change = Bars(axis=Axis("change of the layer"), bars=layers, alt="Layers", title="Layers", name="bars")
    classes = ["cat", "dog", "automobile", "frog"]
    confusion = HeatMap(
        rows=classes, columns=classes, row_title="true class", column_title="predicted class", percent=True,
        values=[[0.8, 0.15, None, 0.05], [0.2, 0.7, 0.1, 0], [0, 0, 1, 0], [0, 0.5, 0.1, 0.4]], diagonal=True,
        alt="Confusion", name="confusion",
    )  # fmt: skip
    lifts = HeatMap(
        rows=OBJECTIVES, columns=MODELS, values=[[0.1 * (i - j) for j in range(4)] for i in range(4)],
        low=-0.3, high=0.3,
        row_title="objective", column_title="model", alt="Mean lifts", title="Mean lifts", name="mean-lifts",
    )  # fmt: skip
    return [scatter, cost, lines, forest, wide, change, confusion, lifts]


def finding() -> Finding:
    """The whole."""
    scatter, cost, lines, forest, wide, change, confusion, lifts = figures()
    best = rows()[:1]
    near = [{"example": {"picture": PIXEL, "text": "a seven"}, "one": {"picture": "", "text": "it was a fine day"}}]
    examples = [Column("example", "test example", format="picture"), Column("one", "nearest", format="picture")]
    return Finding(
        ["simclr helps in 7 of 16 comparisons.", "Of the largest lift, +0.060, chance alone would give 0.4."],
        [
            Section("Cells", "Best mean first.", [Table(COLUMNS, rows(), "cells", "digits: fine-tuning, 5 shots")]),
            Section("Relation", "Predictor and target use different seeds.", [Table(COLUMNS, best, "best")], [scatter]),
            Section("Cost", "The front.", [Table(COLUMNS[:4], rows()[:5], "front", "The front")], [cost]),
            Section("Factors", tables=[Table(COLUMNS, rows(), "cells", "slopes")], figures=[lines, change]),
            Section("Forests", figures=[forest, wide]),
            Section("Matrices", figures=[confusion, lifts]),
            Section("Neighbours", tables=[Table(examples, near * 3, "neighbours")]),
            Section("Nothing", tables=[Table(COLUMNS, [], "none", "None", "No cell has failed.")]),
            Section("Raw", tables=[Table([Column("raw")], [{"raw": {"0": 0.5, "1": math.nan}}], "raw")]),
        ],
        {"±, [ ]": "0.95 confidence interval for new seeds and new test items"},
    )  # fmt: skip


EVIL = [
    "<img src=x onerror=\"window.harmed=1\"><script>window.harmed=1</script>",
    "</script></title></textarea>--><script>window.harmed=1</script>",
    "\" onmouseover=\"window.harmed=1\" ' onfocus='window.harmed=1",
    "javascript:window.harmed=1",
    "{{ 7 * 191 }} {% raw %} ${7*191}",
    "\u202egnp.exe\u2066 \u200f",
    "\x1b[31mred\x1b[2J\x1b]0;title\x07",
    "=HYPERLINK(\"x\";\"y\")",
    "@SUM(1+1)",
    r"\input{/etc/passwd} $x_1$ 50% & #1 ~^ |\write18{id}",
    "long " * 300,
    "unbroken" * 40,
    "_private",
    "",
]  # fmt: skip
CONTROLS = {"\u202e", "\u2066", "\u200f", "\x1b", "\x07"}


def hostile(text: str) -> Finding:
    """A finding with a text in every field that takes one."""
    point = Point(0.5, 0.5, text, text, facts={"model": text, text: text})
    axis = Axis(text, unit=text[:3])
    named = Axis(text, ticks={0.5: text, 0.6: text})
    words = {"alt": text, "title": text, "name": text}
    figures = [
        Scatter(x=axis, y=axis, groups={text: [point] * 3}, references={text: 0.4}, curve=[(0.4, 0.4), (0.6, 0.6)],
                curve_title=text, trend=True, **words),
        Lines(x=named, y=axis, series={text: [point, Point(0.6, 0.7)]}, zero=True, **words),
        Forest(axis=axis, bars=[Bar(text, 0.1, 0.0, 0.2, text)], **words),
        Bars(axis=axis, bars=[Bar(text, 0.1, 0.0, 0.2, text)], **words),
        HeatMap(rows=[text], columns=[text], values=[[0.5]], row_title=text, column_title=text, **words),
    ]  # fmt: skip
    formats = ("text", "number", "signed", "count", "percent", "engineering", "yesno", "list", "picture")
    columns = [Column(f"{form}{text}", f"{form} {text}", text, text[:3], form, subject="model") for form in formats]
    pictures = {"picture": text, "text": text}
    values: dict[str, object] = {"list": [text], "picture": pictures, "yesno": True, "number": 0.5, "signed": -0.5}
    columns.append(Column("trials", "trials", subject="trial"))
    row = {column.name: values.get(column.format, text) for column in columns}
    tables = [Table(columns, [row, dict.fromkeys(row, text)], text, text), Table(columns, [row], "one", text)]
    section = Section(f"title {text}", text, tables, figures)
    return Finding([text], [section, Section(text, tables=tables)], {text: text})

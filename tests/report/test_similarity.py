"""Features in the terminal and on pages."""

import csv
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from harness.board import Board
from harness.findings.evidence import Analysis
from harness.report.inspection_views import layer_views, neighbour_views, shaded, similarity_views
from harness.report.output import WIDE
from harness.report.pictures import pictures, png
from harness.report.similarity import COLUMNS, LAYER_COLUMNS, MOST, layer_table, similarity_table
from tests.boards import pretune
from tests.findings.panels import PANEL, TEXTS, features, look
from tests.findings.records import Recorder, cell, pretraining_cell


def analysis(arms: int = 2, panel: dict[str, object] = PANEL) -> Analysis:
    recorder, cells = Recorder(), []
    for number in range(arms):
        pretraining = pretraining_cell("<b>net", "scratch" if not number else f"o{number}\x1b")
        cells.append(cell(pretraining, protocol="finetune", steps=3, batch=4))
        for seed in (0, 1):
            layers = [("stem<i>", 0.9 - 0.01 * seed), ("head", 0.25)]
            look(recorder, cells[-1], seed, features(seed) + features(7 + number), panel, layers)
    return Analysis(recorder.store, cells)


def test_the_terminal_and_data_have_the_same_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    found = analysis().similarity
    similarity_table(found, title="s")
    shown = capsys.readouterr().out
    assert f"{found[0].cka[0, 1]:.2f}" in shown
    assert "on average two arms in one encoder" in shown
    assert "\x1b" not in shown
    similarity_table(found, "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == COLUMNS
    assert [float(row["cka"]) for row in rows] == [found[0].cka[0, 0], found[0].cka[0, 1], found[0].cka[1, 1]]


@pytest.mark.parametrize("columns", [40, 80, 100, None])
def test_a_matrix_fits_the_terminal_and_loses_nothing(
    columns: int | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = analysis(MOST).similarity
    if columns:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    similarity_table([found], title="s")
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= (columns or WIDE)
    for number in range(1, MOST):
        assert f"{number + 1:>6}  o{number}\\x1b on glyphs\n" in shown
    rows: dict[int, list[str]] = {}
    for line in shown.splitlines():
        head, *cells = line.split() or [""]
        if cells and re.fullmatch(r"-?\d\.\d\d|–", cells[0]):
            rows.setdefault(int(head), []).extend(cells)
    wanted = [[f"{value:.2f}" for value in row] for row in found.cka.tolist()]
    assert [[cell.replace("-0.00", "0.00") for cell in rows[number]] for number in range(1, MOST + 1)] == [
        [cell.replace("-0.00", "0.00") for cell in row] for row in wanted
    ]


def test_what_a_linear_probe_and_k_nn_share_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    recorder, cells = Recorder(), []
    for protocol in ("linear", "knn"):
        for name in ("scratch", "simclr"):
            cells.append(cell(pretraining_cell("net", name), protocol=protocol))
            look(recorder, cells[-1], 0, features(len(name)))
    found = Analysis(recorder.store, cells).similarity
    similarity_table(found, title="s")
    assert capsys.readouterr().out.count("s: digits: linear probe, 5 shots; k-NN, 5 shots, arms") == len(found) == 1
    assert [view["title"] for view in similarity_views(found)["digits"]] == [
        "digits: linear probe, 5 shots; k-NN, 5 shots: arms"
    ]
    similarity_table(found, "json")
    assert [row["protocol"] for row in json.loads(capsys.readouterr().out)] == ["linear", "knn"]


def test_layers_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    found = analysis().layers
    layer_table(found, title="s")
    assert "stem<i> 0.90 [+0.83, +0.96]  head 0.25" in capsys.readouterr().out
    layer_table(found, "json")
    rows = json.loads(capsys.readouterr().out)
    assert list(rows[0]) == LAYER_COLUMNS
    assert [row["layer"] for row in rows[:2]] == ["stem<i>", "head"]


def test_nothing_looked_at_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    similarity_table([], title="s")
    layer_table([], title="s")
    assert capsys.readouterr().out.count("inspect = true") == 2
    similarity_table([], title="s", inspected=True)
    layer_table([], title="s", inspected=True)
    shown = capsys.readouterr().out
    assert shown.count("nothing of it is recorded yet, `pretune sweep s`") == 2
    assert "inspect" not in shown


def test_a_board_without_records_says_what_its_suite_asks_for(board: Board) -> None:
    for option in ("--similarity", "--layers"):
        assert "`pretune sweep tiny`" in pretune("show", "tiny", option, board=board).stdout
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("inspect = true, ", "", 1))
    assert "`pretune sweep tiny`" in pretune("show", "tiny", "--layers", board=board).stdout
    suite.write_text(suite.read_text().replace("inspect = true, ", ""))
    for option in ("--similarity", "--layers"):
        assert "inspect = true" in pretune("show", "tiny", option, board=board).stdout


def test_of_many_arms_some_are_shown_and_the_rest_counted() -> None:
    ((view,),) = similarity_views(analysis(MOST + 2).similarity).values()
    assert (len(view["names"]), view["rows"].count("<tr>")) == (MOST, MOST)
    assert "2 more in --format csv" in view["said"]


def test_names_are_no_markup() -> None:
    found = analysis()
    (alike,), (near, scratch), (layers,) = (
        *similarity_views(found.similarity).values(),
        *neighbour_views(found.neighbours).values(),
        *layer_views(found.layers).values(),
    )
    for rows in (alike["rows"], near["rows"], layers["rows"]):
        assert "<b>net" not in rows
        assert "<b>one" not in rows
        assert "\x1b" not in rows
    assert "75% of the neighbours are of the right class, over 2 seeds" in near["said"]
    assert "scratch" in scratch["title"]
    assert near["rows"].count("<img") == 6
    assert (near["rows"].count(">right<"), near["rows"].count(">wrong<")) == (3, 1)


def test_texts_stand_as_texts() -> None:
    ((near, _),) = neighbour_views(analysis(panel=TEXTS).neighbours).values()
    assert "<img" not in near["rows"]
    assert "&lt;i&gt;markup" in near["rows"]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_what_it_was(channels: int) -> None:
    image = np.random.default_rng(0).integers(0, 255, (channels, 4, 6), dtype=np.uint8)
    read = np.asarray(Image.open(io.BytesIO(png(image))))
    assert np.array_equal(read, image[0] if channels == 1 else image.transpose(1, 2, 0))
    assert len(pictures(PANEL)) == 5
    assert pictures(TEXTS) == []


def test_a_ground_tells_a_value() -> None:
    assert [shaded(value).split("shade-")[1][0] for value in (-0.2, 0.0, 0.5, 0.99, 1.0)] == ["0", "0", "3", "5", "5"]
    assert "shade" not in shaded(float("nan"))


def test_a_swept_board_shows_its_features(swept: Board) -> None:
    out = swept.root / "features"
    assert pretune("site", "--out", str(out), board=swept).returncode == 0
    task, model = ((out / page).read_text() for page in ("tasks/digits.html", "models/net.html"))
    assert "data:image/png;base64," in task
    assert 'id="alike"' in task
    assert 'id="layers"' in model
    assert "two arms in one encoder" in pretune("show", "--similarity", board=swept).stdout
    assert "layer" in pretune("show", "--layers", board=swept).stdout
    told = json.loads(pretune("relate", "--format", "json", board=swept).stdout)
    assert {"logme", "h_score"} <= {each["predictor"] for each in told}

"""The neighbours of test examples: of which cells, their classes, and their pictures."""

import base64
import io
import zlib

import numpy as np
import pytest
from PIL import Image

from harness.findings.evidence import Evidence
from harness.findings.neighbours import neighbourhoods, neighbours
from harness.findings.panel_examples import PanelExamples
from harness.findings.registry_facts import RegistryFacts
from tests.findings.panels import NEIGHBOURS, PANEL, TEXTS, features, inspect
from tests.findings.records import Recorder, cell, pretraining_cell

FACTS = RegistryFacts(controls={"pixels"}, labelled={"supervised"})
UNLABELLED = PANEL | {"classes": [], "queries": [None, None], "gallery": [None] * 3}


def evidence(panel: dict[str, object] = PANEL) -> Evidence:
    recorder, cells = Recorder(), []
    scores = {("net", "scratch"): 0.3, ("net", "simclr"): 0.6, ("net", "vicreg"): 0.5, ("net", "supervised"): 0.9,
              ("pixels", "simclr"): 0.95, ("other", "scratch"): 0.7}  # fmt: skip
    for (model, objective), score in scores.items():
        cells.append(cell(pretraining_cell(model, objective), protocol="knn"))
        for seed in (1, 2):
            inspect(recorder, cells[-1], seed, features(seed), panel, accuracy=score)
    return Evidence(recorder.store, cells, FACTS)


def test_the_best_pretraining_without_labels_is_followed_by_scratch_of_its_model() -> None:
    (inside,) = neighbourhoods(evidence())
    assert [(each.cell.model, each.cell.arm.objective) for each in inside] == [("net", "simclr"), ("net", "scratch")]
    best = inside[0]
    assert (best.seed, best.n, best.neighbours) == (1, 2, NEIGHBOURS)
    assert best.right == pytest.approx(0.75)


def test_without_classes_there_is_no_share() -> None:
    (inside,) = neighbourhoods(evidence(UNLABELLED))
    assert [each.right for each in inside] == [None, None]
    row = neighbours(evidence(UNLABELLED)).tables()["examples"].rows[0]
    assert row["nearest"]["text"] == ""


def test_rows_hold_shares_and_pictures() -> None:
    result = neighbours(evidence())
    shares = result.tables()["shares"].rows
    assert [(row["model"], row["objective"], row["right"], row["n"]) for row in shares] == [
        ("net", "simclr", 0.75, 2),
        ("net", "scratch", 0.75, 2),
    ]
    rows = result.tables()["examples"].rows
    assert len(rows) == 4
    assert [row["neighbours"] for row in rows[:2]] == NEIGHBOURS
    assert [rows[0][name]["text"] for name in ("query", "nearest", "second")] == ["zero", "zero ✓", "zero ✓"]
    assert [rows[1][name]["text"] for name in ("query", "nearest", "second")] == ["<b>one", "zero ✗", "<b>one ✓"]
    assert rows[0]["nearest"]["picture"].startswith("data:image/png;base64,")
    assert [section.subject for section in result.sections] == ["", "task digits", "task digits"]
    assert result.summary[1].startswith("In 0 of 1 problem")


def test_texts_have_no_picture() -> None:
    row = neighbours(evidence(TEXTS)).tables()["examples"].rows[0]
    assert row["query"] == {"picture": "", "text": "a text (zero)"}


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_picture_keeps_its_pixels(channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (5, channels, 4, 6), dtype=np.uint8)
    packed = base64.b64encode(zlib.compress(pixels.tobytes())).decode()
    examples = PanelExamples(PANEL | {"pixels": packed, "shape": list(pixels.shape)})
    data = base64.b64decode(examples.query(1)["picture"].removeprefix("data:image/png;base64,"))
    read = np.asarray(Image.open(io.BytesIO(data)))
    assert np.array_equal(read, pixels[1].transpose(1, 2, 0) if channels == 3 else pixels[1, 0])


def test_without_inspected_records_there_is_no_section() -> None:
    recorder, probe = Recorder(), cell(pretraining_cell())
    recorder.add(probe, 0, right=[True, False])
    result = neighbours(Evidence(recorder.store, [probe]))
    assert not result.sections
    assert result.summary

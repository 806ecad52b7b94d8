"""Figures for papers."""

import io
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image

from harness.findings.base import Axis, Bars, Finding, Forest, HeatMap, Lines, Point, Scatter, Section
from harness.report.paper import paper_figure, paper_figures
from tests.report.toy import CONTROLS, EVIL, figures, finding, hostile


def test_every_figure_is_drawn() -> None:
    drawn = dict(paper_figures(finding(), "toy", ["svg"]))
    assert list(drawn) == [f"toy-{figure.name}.svg" for section in finding().sections for figure in section.figures]
    text = drawn["toy-lifts.svg"].decode()
    assert "cnn-small, masked-autoencoder" in text
    assert "lift in accuracy over scratch" in text


def test_every_format_has_its_file() -> None:
    drawn = dict(paper_figures(Finding(sections=[Section("Lifts", figures=[figures()[3]])]), "toy"))
    assert set(drawn) == {"toy-lifts.svg", "toy-lifts.png", "toy-lifts.pdf"}
    assert Image.open(io.BytesIO(drawn["toy-lifts.png"])).width > 500
    assert drawn["toy-lifts.pdf"].startswith(b"%PDF")


def test_the_same_figures_give_the_same_bytes() -> None:
    section = Section("One", figures=[figures()[1]])
    assert dict(paper_figures(Finding(sections=[section]), "toy")) == dict(
        paper_figures(Finding(sections=[section]), "toy")
    )


def test_figures_of_one_name_have_files_of_their_own() -> None:
    section = Section("Relation", figures=[Lines(x=Axis("x"), y=Axis("y"), series={"a": [Point(0, 0)]}, alt="one")] * 2)
    names = [name for name, _ in paper_figures(Finding(sections=[section]), "toy") if name.endswith(".svg")]
    assert names == ["toy-relation.svg", "toy-relation-2.svg"]


def test_figures_without_data_are_skipped() -> None:
    nothing = float("nan")
    axis = Axis("x", log=True)
    empty = [
        Scatter(x=axis, y=axis, groups={"a": [Point(nothing, 0.0)]}, alt="one"),
        Lines(x=axis, y=axis, series={}, alt="one"),
        Forest(axis=axis, bars=[], alt="one"),
        Bars(axis=axis, bars=[], alt="one"),
        HeatMap(rows=[], columns=[], values=[], alt="one"),
    ]
    assert [paper_figure(figure) for figure in empty] == [None] * 5


def test_the_data_are_those_of_the_figure() -> None:
    drawing = paper_figure(
        Lines(x=Axis("x"), y=Axis("y"), series={"a": [Point(1.0, 0.25, y_low=0.2, y_high=0.4)]}, alt="a")
    )
    assert drawing is not None
    container = drawing.axes[0].containers[0]
    assert container[0].get_xydata().tolist() == [[1.0, 0.25]]
    assert container[2][1].get_segments()[0].tolist() == [[1.0, 0.2], [1.0, 0.4]]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.filterwarnings("error")
def test_texts_are_drawn_as_they_are(evil: str) -> None:
    for name, content in paper_figures(hostile(evil[:60]), "toy", ["svg"]):
        assert "/" not in name
        text = content.decode()
        assert not CONTROLS & set(text)
        assert "script" not in {each.tag.rpartition("}")[2] for each in ElementTree.fromstring(text).iter()}

"""`--where` and `--table` keep what they name, and refuse what no table has."""

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.cli.filtering import with_rows, with_table
from harness.errors import BoardError
from harness.findings.base import Column, Finding, HeatMap, Section, Table

COLUMNS = [Column(name, name) for name in ("model", "arm", "share", "right", "flags")]
ROWS = [
    {"model": "mlp", "arm": "simclr on glyphs, 1.2%, noise 3", "share": 0.012, "right": True, "flags": ["a", "b"]},
    {"model": "cnn", "arm": "scratch", "share": 1.0, "right": False, "flags": []},
    {"model": "cnn", "arm": "simclr on glyphs, 1.4%", "share": None, "right": False, "flags": ["b"]},
]
MATRIX = HeatMap(alt="all", rows=["1"], columns=["1"], values=[[1.0]])
COUNTS = Table([Column("of", "of"), Column("n", "n")], [{"of": "all models", "n": 3}], "counts")
FINDING = Finding(
    ["All three."],
    [
        Section("Cells", tables=[Table(COLUMNS, ROWS, "cells")], figures=[MATRIX], subject="task digits"),
        Section("Counts", tables=[COUNTS]),
    ],
)


def models(where: str) -> list[str]:
    return [row["model"] for row in with_rows(FINDING, where).tables()["cells"].rows]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("arm=simclr on glyphs, 1.2%, noise 3", ["mlp"]),
        ("arm=simclr on glyphs, 1.4%,model=cnn", ["cnn"]),
        ("share=1", ["cnn"]),
        ("share=1.2e-2", ["mlp"]),
        ("share=", ["cnn"]),
        ("right=true", ["mlp"]),
        ("flags=b", ["mlp", "cnn"]),
        ("model=mlp,right=false", []),
    ],
)
def test_values_are_compared_by_text_and_number(where: str, expected: list[str]) -> None:
    assert models(where) == expected


def test_a_table_of_all_rows_is_dropped_with_the_summary_and_the_figures() -> None:
    kept = with_rows(FINDING, "model=cnn")
    assert not kept.summary
    assert [table.name for section in kept.sections for table in section.tables] == ["cells"]
    assert not kept.sections[0].figures


@pytest.mark.parametrize("where", ["model", "=x", "", "model=cnn,model=mlp", "modle=cnn", "model=nosuch", "model=cnn,"])
def test_what_no_row_can_have_is_refused(where: str) -> None:
    with pytest.raises(BoardError) as error:
        with_rows(FINDING, where)
    assert error.value.place == "--where"


def test_no_row_has_both_values(capsys: pytest.CaptureFixture[str]) -> None:
    kept = with_rows(FINDING, "model=mlp,right=false")
    assert kept.tables()["cells"].fields
    assert list(kept.tables()) == ["cells"]
    assert capsys.readouterr().err


def test_a_table_by_name() -> None:
    assert list(with_table(FINDING, "counts").tables()) == ["counts"]
    with pytest.raises(BoardError):
        with_table(FINDING, "cuonts")


@pytest.mark.parametrize("option", [["--where", "task=digits"], ["--table", "board"]])
def test_options_of_tables_need_a_finding(option: list[str]) -> None:
    done = CliRunner().invoke(main, ["show", "quick", *option])
    assert done.exit_code == 2
    assert option[0] in done.stderr

"""Tables in a narrow terminal: no figure and no key is cut, whatever the width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report import output
from harness.report.fit import stacked, widths, wrapped_in

WORDS = st.text("abc-019.", min_size=1, max_size=12)
CELLS = st.lists(WORDS, max_size=6).map(" ".join)
NAMES = ["model", "pretraining", "lift", "key"]
ROW = ["cnn-tiny", "simclr on digits-unlabelled", "+0.108 [+0.079, +0.137]", "ebf813b20a1d"]


@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=5), st.integers(20, 200))
def test_columns_fit_and_break_between_words_only(cells: list[list[str]], room: int) -> None:
    found = widths(cells, NAMES, room)
    if found is None:
        return
    assert sum(found) + 3 * len(found) <= room
    for row in cells:
        for text, width in zip(row, found, strict=True):
            lines = wrapped_in(text, width).split("\n")
            assert all(len(line) <= width for line in lines)
            assert "".join(lines).replace(" ", "") == text.replace(" ", "")
            pieces = [part for line in lines for part in line.split()]
            assert all(piece in text for piece in pieces)


def test_an_interval_is_not_broken() -> None:
    found = widths([ROW], NAMES, 60)
    assert found is not None
    assert "[+0.079, +0.137]" in wrapped_in(ROW[2], found[2])


@pytest.mark.parametrize("room", [30, 50, 80, 120, 220])
def test_a_table_shows_whole_figures_at_any_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], room: int
) -> None:
    monkeypatch.setattr(output, "width", lambda: room)
    output.table([ROW, ["mlp", "", output.NOTHING, "0f8"]], NAMES, "quick", {"key"})
    said = capsys.readouterr().out
    assert all(len(line) <= room for line in said.splitlines())
    for word in ("+0.108", "[+0.079, +0.137]", "ebf813b20a1d", "simclr"):
        assert word in said


def test_a_row_below_another_leaves_out_what_holds_nothing() -> None:
    assert stacked(["mlp", "", "–", "0f8"], NAMES, "–", 40) == ["mlp", "    key 0f8"]

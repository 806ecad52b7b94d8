"""The layout of tables in narrow terminals: no number and no key is cut."""

from hypothesis import given
from hypothesis import strategies as st

from harness.report.fit import stacked, widths, wrapped_in

WORDS = st.text("abc-019.", min_size=1, max_size=12)
CELLS = st.lists(WORDS, max_size=6).map(" ".join)
NAMES = ["model", "pretraining", "lift", "key"]
ROW = ["cnn-tiny", "simclr on digits-unlabelled", "+0.108 [+0.079, +0.137]", "ebf813b20a1d"]


@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=5), st.integers(20, 200))
def test_columns_fit_and_break_between_words_only(cells: list[list[str]], room: int) -> None:
    fitted = widths(cells, NAMES, room)
    if fitted is None:
        return
    assert sum(fitted) + 3 * len(fitted) <= room
    for row in cells:
        for text, width in zip(row, fitted, strict=True):
            lines = wrapped_in(text, width).split("\n")
            assert all(len(line) <= width for line in lines)
            assert "".join(lines).replace(" ", "") == text.replace(" ", "")
            pieces = [part for line in lines for part in line.split()]
            assert all(piece in text for piece in pieces)


def test_an_interval_is_not_broken() -> None:
    fitted = widths([ROW], NAMES, 60)
    assert fitted is not None
    assert "[+0.079, +0.137]" in wrapped_in(ROW[2], fitted[2])


def test_a_stacked_row_skips_missing_values() -> None:
    assert stacked(["mlp", "", "–", "0f8"], NAMES, "–", 40) == ["mlp", "    key 0f8"]

"""A figure that the records do not give is found, and where it stands."""

import pytest

from tests.docs.document import Document

TEXT = """# A board
Frozen, **SimCLR lifts** a probe by +0.183 [−0.161,
+0.205] on 450 digits.

| SimCLR | 0.402 | – |
| VICReg | 0.516 | 8 / 0 |
"""
DOCUMENT = Document("BOARD.md", TEXT)
HELD = [
    "SimCLR lifts a probe by +0.183 [−0.161, +0.205] on 450 digits.",
    "| SimCLR | 0.402 | – |",
    "| VICReg | 0.516 | 8 / 0 |",
]


def test_what_stands_there_is_held_whatever_its_lines_signs_and_bold_face() -> None:
    DOCUMENT.check(HELD)


@pytest.mark.parametrize(
    ("stands", "given", "line"),
    [
        ("lifts a probe by +0.183 [−0.161, +0.205] on", "lifts a probe by +0.184 [−0.161, +0.205] on", 2),
        ("lifts a probe by +0.183 [−0.161, +0.205] on", "lifts a probe by +0.183 [+0.161, +0.205] on", 2),
        ("on 450 digits", "on 1,450 digits", 3),
        ("| SimCLR | 0.402 | – |", "| SimCLR | 0.402 | +0.020 [+0.006, +0.034] |", 5),
        ("| VICReg | 0.516 | 8 / 0 |", "| VICReg | – | 8 / 0 |", 6),
        ("| VICReg | 0.516 | 8 / 0 |", "| VICReg | 0.516 | 7 / 0 |", 6),
    ],
)
def test_another_figure_is_told_with_its_line(stands: str, given: str, line: int) -> None:
    assert DOCUMENT.stale([stands]) == []
    (found,) = DOCUMENT.stale([given])
    assert found.startswith(f"BOARD.md, line {line}: {stands.replace('−', '-')}")
    assert given.replace("−", "-") in found


def test_other_words_are_told() -> None:
    (found,) = DOCUMENT.stale(["VICReg lifts a probe by +0.183"])
    assert found.startswith("BOARD.md: it says no more")


def test_a_figure_that_no_sentence_holds_is_told() -> None:
    with pytest.raises(AssertionError, match=r"BOARD\.md, line 5: 0\.402 is in no sentence"):
        DOCUMENT.check([HELD[0], HELD[2]])
    DOCUMENT.check([HELD[0], HELD[2]], known=["0.402"])


def test_a_sentence_without_a_figure_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="no figure in"):
        DOCUMENT.stale(["SimCLR lifts a probe"])

"""What `inspect = true` leaves behind, and that it changes nothing else."""

from harness.board import Board, open_board
from harness.sweep.trials import resolve


def test_the_panel_lies_beside_and_what_it_shows_once(swept: Board) -> None:
    reported = [record for record in swept.store.all() if record.role == "reported"]
    found = {record.key: beside for record, beside in swept.store.sidecars(reported)}
    (name,) = {beside["panel"]["examples"] for beside in found.values()}
    shown = swept.store.shared(reported[0], name)
    assert shown is not None
    assert shown["shape"] == [12 + 510, 1, 8, 8]
    for record in reported:
        beside = found[record.key]
        assert len(beside["panel"]["gram"]) == 2688
        assert len(beside["panel"]["neighbours"]) == 12
        if record.cell.protocol == "finetune":
            ((layer, alike),) = beside["layers"]
            assert layer == "layer"
            assert -1 < alike <= 1
        else:
            assert {"logme", "h_score"} <= record.metrics.keys()
            assert 0 < record.metrics["h_score"] < 9
    (segment,) = swept.results.glob("tiny/*.beside.jsonl")
    assert segment.read_text().count('"gallery"') == 1


def test_it_is_for_reported_trials_and_changes_no_score(swept: Board, board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("inspect = true, ", ""))
    plain = open_board(board.root, results=board.results, cache=board.cache)
    with_, without = (resolve(each.catalog.suite("tiny"), each.catalog) for each in (swept, plain))
    assert {t.key for t in with_.values() if t.role != "reported"} == {
        t.key for t in without.values() if t.role != "reported"
    }
    assert not {t.key for t in with_.values() if t.role == "reported"} & without.keys()
    plain.sweep("tiny", workers=2, seeds=1)
    scores = [
        {(str(r.cell), r.seed): r.metrics["accuracy"] for r in each.store.all() if r.role == "reported" and r.seed == 0}
        for each in (swept, plain)
    ]
    assert scores[0] == scores[1]
    assert not any("panel" in beside for _, beside in plain.store.sidecars(plain.store.all()))

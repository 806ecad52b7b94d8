"""The sidecar data of `inspect = true`; everything else is unchanged."""

from harness.board import Board, open_board
from harness.sweep.trials import resolve


def test_the_panel_is_in_the_sidecar_and_its_examples_once(swept: Board) -> None:
    reported = [record for record in swept.store.all() if record.role == "reported"]
    sidecars = {record.key: sidecar for record, sidecar in swept.store.sidecars(reported)}
    (name,) = {sidecar["panel"]["examples"] for sidecar in sidecars.values()}
    examples = swept.store.shared_sidecar(reported[0], name)
    assert examples is not None
    assert examples["shape"] == [12 + 510, 1, 8, 8]
    for record in reported:
        sidecar = sidecars[record.key]
        assert len(sidecar["panel"]["gram"]) == 2688
        assert len(sidecar["panel"]["neighbours"]) == 12
        if record.cell.protocol == "finetune":
            ((layer, similarity),) = sidecar["layers"]
            assert layer == "layer"
            assert -1 < similarity <= 1
        else:
            assert {"logme", "h_score"} <= record.metrics.keys()
            assert 0 < record.metrics["h_score"] < 9
    (segment,) = swept.results.glob("tiny/*.beside.jsonl")
    assert segment.read_text().count('"gallery"') == 1


def test_it_is_for_reported_trials_and_changes_no_score(swept: Board, board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("inspect = true, ", ""))
    plain = open_board(board.root, results=board.results, cache=board.cache)
    inspected, without = (resolve(each.catalog.suite("tiny"), each.catalog) for each in (swept, plain))
    assert {t.key for t in inspected.values() if t.role != "reported"} == {
        t.key for t in without.values() if t.role != "reported"
    }
    assert not {t.key for t in inspected.values() if t.role == "reported"} & without.keys()
    plain.sweep("tiny", workers=2, seeds=1)
    scores = [
        {(str(r.cell), r.seed): r.metrics["accuracy"] for r in each.store.all() if r.role == "reported" and r.seed == 0}
        for each in (swept, plain)
    ]
    assert scores[0] == scores[1]
    assert not any("panel" in sidecar for _, sidecar in plain.store.sidecars(plain.store.all()))

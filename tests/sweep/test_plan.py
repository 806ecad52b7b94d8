"""The plan: pure, and the status of done, pending, blocked and repeated trials."""

import pytest

from harness.board import Board
from harness.catalog import Catalog
from harness.store import Record, Store
from harness.store.record import Outcome, Status
from harness.sweep.plan import Plan
from harness.sweep.trials import planned_here, resolve, variants
from harness.trial import Trial
from tests.boards import ROOT, add_model

OK = {"validation": 0.5}


def outcome(status: Status = "ok", **metrics: float) -> Outcome:
    times = {"started": "2026-01-01T00:00:00.000Z", "ended": "2026-01-01T00:00:01.000Z"}
    return Outcome(status=status, **times, metrics={**OK, **metrics})


def plan_of(board: Board, **options: object) -> Plan:
    return Plan.of(board.catalog.suite("tiny"), board.catalog, board.store, **options)  # type: ignore[arg-type]


def run(plan: Plan, board: Board, results: dict[str, Status] | None = None) -> list[Trial]:
    """Records all trials without running them, with the status that `results` gives their role; in order."""
    order = []
    with board.store.writer("tiny", {"hardware": "none"}) as writer:
        while trial := plan.ready():
            status: Status = (results or {}).get(trial.role, "ok")
            done = outcome(status, validation=trial.spec.get("rate") or 0.5)
            writer.append(Record.of(trial, done, "tiny", writer.environment))
            plan.settle(trial, done)
            order.append(trial)
    return order


def test_a_trial_comes_once_and_after_what_it_needs(board: Board) -> None:
    order = [trial.key for trial in run(plan_of(board), board)]
    trials = resolve(board.catalog.suite("tiny"), board.catalog)
    assert sorted(order) == sorted(trials)
    for index, key in enumerate(order):
        needed = {trials[key].parent, *trials[key].tuning} - {None}
        assert needed <= set(order[:index])


def test_a_pretraining_serves_every_adaptation_that_names_it(board: Board) -> None:
    trials = resolve(board.catalog.suite("tiny"), board.catalog).values()
    parents = [trial.parent for trial in trials if trial.parent]
    assert len([t for t in trials if t.kind == "pretrain"]) == len(set(parents)) == 2 * 2 + 2
    assert len(parents) == 2 * 2 * 2 + 2 * 2


def test_a_suite_that_lacks_a_package_here_is_skipped(board: Board) -> None:
    suite, absent = board.registry / "suites" / "tiny.toml", board.registry / "suites" / "absent.toml"
    absent.write_text(suite.read_text().replace('"tiny"', '"absent"').replace('"net"', '"other"'))
    add_model(board.registry, "other", "import not_there\nNet = not_there.Net\n")
    with (board.registry / "models" / "other.toml").open("a") as entry:
        entry.write('package = "not-there"\n')
    assert [name for name, _ in planned_here(board)] == ["tiny"]


def test_the_same_inputs_give_the_same_plan(board: Board) -> None:
    one, other = plan_of(board), plan_of(board)
    assert list(one.trials) == list(other.trials)
    assert one.status == other.status


def test_a_recorded_trial_is_done(board: Board) -> None:
    run(plan_of(board), board)
    again = plan_of(board)
    assert again.pending() == []
    assert set(again.status.values()) == {"done"}


def test_the_rate_with_the_best_validation_is_handed_on(board: Board) -> None:
    chosen = [trial.chosen for trial in run(plan_of(board), board) if trial.tuning]
    assert chosen
    assert all(choice and choice["rate"] == 1e-2 and choice["edge"] for choice in chosen)


def test_children_of_a_failed_pretraining_are_blocked_and_name_it(board: Board) -> None:
    plan = plan_of(board)
    run(plan, board, {"pretrain": "crash"})
    assert plan.counts() == {"failed": 6, "blocked": 12}
    for trial in plan.trials.values():
        if plan.status[trial.key] == "blocked":
            assert plan.blockers(trial)
    assert plan_of(board).counts() == plan.counts()


def test_an_adaptation_may_have_a_grid_of_its_own(board: Board) -> None:
    before = resolve(board.catalog.suite("tiny"), board.catalog)
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("shots = 2 }", "shots = 2, rates = [3e-3], tuning_seeds = [7, 8] }"))
    catalog = Catalog(board.registry)
    trials = resolve(catalog.suite("tiny"), catalog)
    tuning = {(trial.cell.rate, trial.seed) for trial in trials.values() if trial.role == "tuning"}
    assert tuning == {(3e-3, 7), (3e-3, 8)}
    tuned = {key for key, trial in before.items() if trial.tuning}
    assert tuned
    assert not tuned & set(trials)


def test_when_all_tuning_fails_there_is_nothing_to_choose(board: Board) -> None:
    plan = plan_of(board)
    run(plan, board, {"tuning": "diverged"})
    blocked = [trial for trial in plan.trials.values() if plan.status[trial.key] == "blocked"]
    assert {trial.cell.protocol for trial in blocked} == {"finetune"}
    assert len(blocked) == 4


def test_failed_trials_run_again_when_asked(board: Board) -> None:
    run(plan_of(board), board, {"pretrain": "timeout"})
    assert plan_of(board).pending() == []
    assert len(plan_of(board, retry=True).pending()) == 18


def test_an_interrupted_trial_is_not_done_and_not_failed(board: Board) -> None:
    plan = plan_of(board)
    trial = plan.ready()
    assert trial is not None
    with board.store.writer("tiny", {"hardware": "none"}) as writer:
        writer.append(Record.of(trial, outcome("interrupted"), "tiny", writer.environment))
    assert len(plan_of(board).pending()) == 18


def test_a_parent_whose_checkpoint_is_gone_is_run_again_for_its_child(board: Board) -> None:
    trials = run(plan_of(board), board)
    child = next(trial for trial in trials if trial.role == "reported" and not trial.tuning)
    assert plan_of(board, cached=lambda key: False).pending() == []
    board.store.retract([child.key], "to be run again")
    assert [trial.key for trial in plan_of(board).pending()] == [child.key]
    remade = plan_of(board, cached=lambda key: False)
    assert [trial.key for trial in remade.pending()] == [child.parent, child.key]
    assert remade.rerun == [child.parent]


def test_selected_trials_come_with_their_parents(board: Board) -> None:
    plan = plan_of(board, only=lambda trial: trial.cell.protocol == "knn" and trial.seed == 1)
    assert sorted(trial.role for trial in plan.trials.values()) == ["pretrain"] * 2 + ["reported"] * 2


def test_variants_differ_in_more_than_seeds(board: Board) -> None:
    trials = resolve(board.catalog.suite("tiny"), board.catalog).values()
    for kind, count in (("pretrain", 2), ("adapt", 2 + 2 + 4)):
        assert len({trial.variant for trial in trials if trial.kind == kind}) == count


@pytest.mark.parametrize("suite", ["quick", "vision", "text"])
def test_one_seed_shows_all_variants(suite: str) -> None:
    catalog = Catalog(ROOT / "registry")
    entry = catalog.suite(suite)
    assert variants(entry, catalog) == {trial.variant for trial in resolve(entry, catalog).values()}


def test_folders_do_not_count(board: Board, tmp_path_factory: object) -> None:
    from harness.board import open_board

    here = resolve(board.catalog.suite("tiny"), board.catalog)
    moved = board.root.rename(board.root.with_name("elsewhere"))
    there = open_board(moved)
    assert set(resolve(there.catalog.suite("tiny"), there.catalog)) == set(here)


def test_a_plan_of_an_empty_store_needs_no_results_folder(board: Board) -> None:
    assert len(Store(board.results / "nothing" / "here").all()) == 0


def test_compiled_training_is_another_trial_except_where_nothing_is_trained(board: Board) -> None:
    plain = board.catalog.suite("tiny")
    compiled = plain.model_copy(update={"compiled": True})
    before, after = (set(resolve(suite, board.catalog)) for suite in (plain, compiled))
    same = [trial for key, trial in resolve(plain, board.catalog).items() if key in before & after]
    assert {trial.cell.pretraining.arm.objective for trial in same} == {"scratch"}
    assert all(getattr(trial.cell, "protocol", None) != "finetune" for trial in same)
    assert same

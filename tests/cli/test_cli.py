"""The command: data on stdout, remarks on stderr, and exit statuses that scripts can trust."""

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.board import Board, open_board
from tests.boards import NET, ROOT, add_model, copy_of, environment, pretune, use_model
from tests.store.builders import record


@pytest.mark.parametrize("verb", ["show", "relate", "plan"])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_data_are_data(swept: Board, verb: str, form: str) -> None:
    said = pretune(verb, "tiny", "--format", form, board=swept)
    assert said.returncode == 0, said.stderr
    rows = json.loads(said.stdout) if form == "json" else list(csv.DictReader(io.StringIO(said.stdout)))
    assert len(rows) == {"show": 4, "plan": 18}.get(verb, len(rows))
    assert len(rows) > 0


def test_the_leaderboard_shows_lifts_with_their_intervals(swept: Board) -> None:
    said = pretune("show", "tiny", board=swept)
    assert "tiny: digits, k-NN, 5 shots" in said.stdout
    assert "simclr" in said.stdout
    assert "lift: the score minus that from scratch at the same seeds" in said.stdout
    assert (
        "headline, named before the run: net with simclr on digits-unlabelled, digits: k-NN, 5 shots: " in said.stdout
    )
    assert "of 1 comparison with scratch" in said.stdout


def test_the_relation_says_when_there_is_too_little(swept: Board) -> None:
    said = pretune("relate", "tiny", board=swept)
    assert "too few to say (1 encoder, 1 arm)" in said.stdout


def test_a_factor_that_nothing_varies_is_said(swept: Board) -> None:
    said = pretune("relate", "tiny", "--factor", "quality", board=swept)
    assert said.returncode == 0
    wanted = "tiny: no two cells with a record differ in quality alone (arms vary it by corruption)"
    assert said.stdout.strip() == wanted
    assert pretune("relate", "tiny", "--factor", "quality", "--format", "json", board=swept).stdout.strip() == "[]"
    assert pretune("relate", "tiny", "--factor", "weather", board=swept).returncode == 2


def test_a_plan_says_what_is_done_and_what_it_costs(swept: Board, board: Board) -> None:
    done = pretune("plan", "tiny", board=swept)
    assert done.stderr.strip() == "nothing to run"
    fresh = pretune("plan", "tiny", board=board)
    assert "18 trials to run" in fresh.stderr
    assert fresh.stdout.count("no record yet") == 18


def test_a_plan_of_an_arm(board: Board) -> None:
    rows = pretune("plan", "tiny", "--only", "arm=simclr,protocol=knn", "--format", "json", board=board).stdout
    assert {row["objective"] for row in json.loads(rows)} == {"simclr"}
    assert "did you mean 'simclr'?" in pretune("plan", "tiny", "--only", "arm=simcl", board=board).stderr


def test_a_plan_tells_arms_of_one_objective_apart(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    text = suite.read_text()
    spoilt = (
        'spoilt = { objective = "simclr", corpus = "digits-unlabelled", corruption = { kind = "noise", severity = 3 } }'
    )
    tenth = 'tenth = { objective = "simclr", corpus = "digits-unlabelled", fraction = 0.5 }'
    suite.write_text(
        text.replace("[arms]", f"[arms]\n{spoilt}\n{tenth}").replace('"simclr"]', '"simclr", "spoilt", "tenth"]')
    )
    rows = json.loads(pretune("plan", "tiny", "--format", "json", board=board).stdout)
    told = {(row["fraction"], row["corruption"]) for row in rows if row["objective"] == "simclr"}
    assert told == {(1.0, None), (1.0, "noise 3"), (0.5, None)}


def test_a_plan_says_that_what_is_recorded_was_another(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "board")
    net = board.registry / "models" / "net.py"
    net.write_text(net.read_text().replace(".relu()", ".sigmoid()"))
    rows = json.loads(pretune("plan", "tiny", "--format", "json", board=board).stdout)
    assert {row["why"] for row in rows} == {"recorded of other code, data or settings"}


def test_a_plan_of_part_of_it(board: Board) -> None:
    said = pretune(
        "plan", "tiny", "--only", "protocol=knn,objective=simclr", "--seeds", "1", "--format", "json", board=board
    )
    assert [row["role"] for row in json.loads(said.stdout)] == ["pretrain", "reported"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["plan", "tinny"], "did you mean 'tiny'?"),
        (["plan", "tiny", "--only", "modell=net"], "--only"),
        (["plan", "tiny", "--only", "model"], "--only"),
        (["plan", "tiny", "--only", "model=nett"], "did you mean 'net'?"),
        (["plan", "tiny", "--seeds", "9"], "--seeds 9"),
        (["sweep", "tiny", "--device", "cuda"], "--device"),
        (["sweep", "tiny", "--workers", "0"], "--workers"),
        (["compare", "nett", "net"], "did you mean 'net'?"),
        (["compare", "0123456", "abcdef0"], "no record was made at a commit '0123456'"),
        (["compare", "net"], "compare 2 to 4 models"),
        (["relate", "tiny", "--predictors", "--factor", "size"], "--factor and --predictors: name one of them"),
        (["show", "tiny", "--across", "--pareto", "time"], "--across and --pareto: name one of them"),
        (["show", "tiny", "--pareto", "money"], "--pareto"),
        (["why", "zzzz"], "no trial 'zzzz'"),
        (["reproduce", "zzzz"], "no trial 'zzzz'"),
        (["results", "retract", "zzzz", "--reason", "x"], "no trial 'zzzz'"),
        (["show", "--format", "xml"], "--format"),
        (["nothing"], "No such command"),
        (["--registry", "nowhere", "validate"], "nowhere"),
        (["--results", "registry/suites/tiny.toml", "show"], "--results"),
    ],
)
def test_wrong_input_is_one_clear_line_and_status_two(board: Board, args: list[str], words: str) -> None:
    said = pretune(*args, board=board)
    assert said.returncode == 2, said.stdout + said.stderr
    assert words in said.stderr
    assert "Traceback" not in said.stderr


def test_a_key_that_names_several_trials_says_so(swept: Board) -> None:
    said = pretune("why", "", board=swept)
    assert said.returncode == 2
    assert "give more" in said.stderr


def test_why_says_what_decides_a_key(swept: Board) -> None:
    key = swept.store.keys()[0]
    said = pretune("why", key[:14], board=swept)
    assert said.returncode == 0
    assert f"trial {key}" in said.stdout
    assert '"engine"' in said.stdout
    assert re.search(r"recorded:\n  \S+: ok", said.stdout)


def test_a_trial_is_explained_where_other_entries_are_broken(swept: Board, tmp_path: Path) -> None:
    from tests.boards import add_model, copy_of

    board = copy_of(swept, tmp_path / "copy")
    add_model(board.registry, "other", "def (")
    said = pretune("why", swept.store.keys()[0][:14], board=board)
    assert said.returncode == 0
    assert "planned: no" not in said.stdout
    assert re.search(r"skipped: .*other\.toml: entry: ", said.stderr)


def test_check_finds_what_is_wrong_and_repair_sets_it_aside(swept: Board, tmp_path: Path) -> None:
    from tests.boards import copy_of

    board = copy_of(swept, tmp_path / "copy")
    (path,) = (each for each in board.results.glob("*/*.jsonl") if ".beside" not in each.name)
    path.write_text(path.read_text().replace('"status":"ok"', '"status":"OK"', 1))
    for verb in ("show", "plan", "sweep"):
        said = pretune(verb, "tiny", board=board)
        assert said.returncode == 0
        assert said.stderr.count("its checksum does not fit") == 1
        assert "`pretune results repair`" in said.stderr
    found = pretune("results", "check", board=board)
    assert found.returncode == 1
    assert "checksum" in found.stderr
    assert "18 records; 1 problem\n" in found.stderr
    assert pretune("results", "repair", board=board).returncode == 0
    assert pretune("results", "check", board=board).returncode == 0
    assert "18 records" in pretune("results", "check", board=board).stderr


def test_retracting_takes_a_trial_off_the_board(swept: Board, tmp_path: Path) -> None:
    from tests.boards import copy_of

    board = copy_of(swept, tmp_path / "copy")
    trial = next(record.key for record in board.store.all() if record.role == "reported")
    said = pretune("results", "retract", trial[:12], "--reason", "the wrong data", board=board)
    assert said.returncode == 0, said.stderr
    assert "1 record of" in said.stderr
    assert "1 to run" in pretune("sweep", "tiny", "--only", "model=net", board=board).stderr


def test_a_plan_says_what_was_taken_back_and_why(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    trial = next(record.key for record in board.store.all() if record.role == "reported")
    pretune("results", "retract", trial, "--reason", f"the wrong data, {'and so on ' * 20}", board=board)
    rows = json.loads(pretune("plan", "tiny", "--format", "json", board=board).stdout)
    (row,) = (row for row in rows if row["trial"] == trial[:12])
    assert re.fullmatch(r"its record was taken back: the wrong data, .{,50} …", row["why"])


def test_retracting_a_pretraining_says_what_began_from_it(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    parent = next(one.key for one in board.store.all() if one.kind == "pretrain" and one.seed == 0)
    said = pretune("results", "retract", parent, "--reason", "the wrong data", board=board).stderr
    assert "2 records of adaptations that began from it still count" in said
    command = re.search(r"pretune (results retract .*)", said)
    assert command
    again = pretune(*shlex.split(command[1]), board=board)
    assert again.returncode == 0, again.stderr
    assert "2 records of 2 trials retracted" in again.stderr
    assert "still count" not in again.stderr
    left = open_board(board.root, results=board.results).store
    assert not [*left.records(parent), *left.adaptations_of([parent])]


def test_what_lost_its_test_examples_is_taken_back_by_one_line(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    (beside,) = board.results.glob("*/*.beside.jsonl")
    beside.unlink()
    said = pretune("results", "check", board=board)
    assert said.returncode == 1
    assert said.stderr.count("is missing beside it") == 8
    shown = " ".join(pretune("show", "tiny", board=board).stdout.split())
    assert "no record of the test items of 2 of 2 seeds: no interval" in shown
    assert "has an interval yet: no record of the test items of 2 cells is left; `pretune results check`" in shown
    assert "18 records; 8 problems\n" in said.stderr
    command = re.search(r"pretune (results retract .*)", said.stderr)
    assert command
    assert "8 records of 8 trials" in pretune(*shlex.split(command[1]), board=board).stderr
    checked = pretune("results", "check", board=board)
    assert (checked.returncode, checked.stderr) == (0, "10 records; 0 problems\n")


def test_check_counts_lines_that_were_cut_short(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    (path,) = (each for each in board.results.glob("*/*.jsonl") if ".beside" not in each.name)
    path.write_bytes(path.read_bytes()[:-9])
    checked = pretune("results", "check", board=board)
    assert (checked.returncode, checked.stderr) == (0, "17 records; 0 problems; 1 line cut short\n")


def test_help_of_everything_and_no_heavy_import() -> None:
    code = (
        "import sys; from harness.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'pandas', 'scipy', 'pydantic', 'rich', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for verb in (
        "validate",
        "list",
        "plan",
        "sweep",
        "show",
        "relate",
        "why",
        "reproduce",
        "site",
        "results",
        "doctor",
    ):
        assert f"\n  {verb} " in done.stdout


def test_a_mistake_of_ours_has_its_traceback_only_when_asked_for(board: Board) -> None:
    code = "import sys, harness.report.listing as l; l.entries = None; from harness.cli import main; main()"
    for debug in ([], ["--debug"]):
        command = [sys.executable, "-c", code, *debug, "list", "models"]
        done = subprocess.run(command, cwd=board.root, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert ("Traceback" in done.stderr) == bool(debug)
        assert "TypeError" in done.stderr


def test_a_folder_in_place_of_a_segment_is_reported(board: Board) -> None:
    (board.results / "tiny" / "x.jsonl").mkdir(parents=True)
    said = pretune("show", "tiny", board=board)
    assert said.returncode == 0
    assert "x.jsonl" in said.stderr


def test_a_closed_pipe_is_no_error(swept: Board) -> None:
    command = f"{sys.executable} -m harness.cli plan tiny --format json | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=swept.root, capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_doctor_names_the_versions_and_imports_none_of_them() -> None:
    code = (
        "import sys; from harness.cli import main\n"
        "try: main(['doctor'])\n"
        "except SystemExit as end: assert not end.code and 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "torch" in done.stdout


def test_doctor_says_which_data_are_there_and_which_suites_need_them(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace('"digits-unlabelled"', '"omniglot"').replace('"digits"', '"mnist"'))
    (board.root / "data" / "MNIST" / "raw").mkdir(parents=True)
    (board.root / "data" / "images_background_small2.zip").write_text("not looked into")
    done = pretune("doctor", board=board)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    (head,) = (line for line in lines if line.startswith("data"))
    assert str(board.root / "data") in head
    assert "there         images_background_small2.zip: corpus omniglot; for tiny" in lines
    mnist = "MNIST/raw: corpus mnist-unlabelled, task mnist; for tiny"
    assert f"absent        {mnist}; `sweep --download` fetches it" in lines
    assert "absent        coco: task coco-detection" in lines
    assert not [line for line in lines if "task digits" in line]
    assert not board.cache.joinpath("fingerprints").exists()
    (board.root / "data" / "MNIST" / "raw" / "train").touch()
    assert f"there         {mnist}" in pretune("doctor", board=board).stdout.splitlines()


def test_doctor_answers_outside_a_board(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness.cli", "doctor"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search("^data", done.stdout, re.MULTILINE)


def test_the_same_from_python(swept: Board) -> None:
    frame = swept.frame("tiny")
    assert list(frame["model"].unique()) == ["net"]
    assert {"score", "lift", "lift_low", "lift_high", "detectable", "train_s"} <= set(frame.columns)


def test_a_long_plan_shows_what_is_to_do_first_and_says_what_it_leaves_out(swept: Board, tmp_path: Path) -> None:
    longer = copy_of(swept, tmp_path / "longer")
    suite = longer.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("seeds = [0, 1]", f"seeds = {list(range(50))}"))
    shown, whole = (pretune("plan", "tiny", "--format", form, board=longer) for form in ("table", "csv"))
    assert "200 of 306 trials" in shown.stderr
    assert shown.stdout.count("no record yet") == 200
    assert len(whole.stdout.splitlines()) == 1 + 306


def test_many_cells_without_a_record_are_counted_and_not_listed(board: Board) -> None:
    names = [f"net-{number}" for number in range(6)]
    for name in names:
        add_model(board.registry, name, NET)
    use_model(board.registry, *names)
    said = pretune("show", "tiny", board=board).stdout
    assert said.count("and 12 cells without a record yet") == 2
    assert "net-5" not in said.partition("headline")[0]


def test_a_reader_who_has_seen_enough_is_no_failure(swept: Board) -> None:
    for command in ("show tiny", "relate tiny", "show tiny --pareto time", "compare net net --suite tiny"):
        line = f"set -o pipefail; {sys.executable} -m harness.cli {command} | true"
        done = subprocess.run(["bash", "-c", line], cwd=swept.root, env=environment(swept), capture_output=True)
        assert done.returncode == (2 if "compare" in command else 0), (command, done.stderr)


def test_without_records_the_suite_quick_is_meant(tmp_path: Path) -> None:
    board = open_board(ROOT, results=tmp_path / "none")
    done = pretune("show", board=board)
    assert done.returncode == 0
    assert "cnn-tiny" in done.stdout
    assert "vit-" not in done.stdout


def test_models_to_compare_say_which_suite_is_meant() -> None:
    ours = open_board(ROOT)
    assert "text:" in pretune("compare", "transformer-pico", "transformer-tiny", board=ours).stdout
    for names, words in (
        (("cnn-nano", "cnn-tiny"), "add --suite with one of quick, vision"),
        (("cnn-nano", "transformer-tiny"), "no suite that has records holds cnn-nano and transformer-tiny"),
        (("cnn-nano", "cnn-tinny"), "did you mean 'cnn-tiny'?"),
    ):
        said = pretune("compare", *names, board=ours)
        assert said.returncode == 2
        assert words in said.stderr


def test_models_to_compare_are_not_looked_for_in_a_broken_suite_and_it_is_said(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "board")
    with board.store.writer("other", {"hardware": "none"}) as writer:
        writer.append(record(suite="other", environment=writer.environment))
    add_model(board.registry, "net-two", NET)
    use_model(board.registry, "net", "net-two")
    suite = (board.registry / "suites" / "tiny.toml").read_text()
    broken = board.registry / "suites" / "other.toml"
    broken.write_text(suite.replace('"tiny"', '"other"').replace('"fp32"', '"fp23"').replace("core_hours", "hours"))
    remark = re.compile(rf"pretune: skipped suite 'other': {broken}: precision: .* \(2 more problems\)")
    found = pretune("compare", "net", "net-two", board=board)
    assert found.returncode == 0, found.stderr
    assert remark.search(found.stderr)
    strange = pretune("compare", "net", "net-three", board=board)
    assert strange.returncode == 2
    assert "no model 'net-three' in tiny" in strange.stderr
    assert remark.search(strange.stderr)
    assert not remark.search(pretune("compare", "net", "net-two", "--suite", "tiny", board=board).stderr)


def test_a_terminal_without_our_signs_has_them_spelt(swept: Board) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "harness.cli", "show", "tiny"],
        cwd=swept.root, env=environment(swept) | {"PYTHONIOENCODING": "ascii"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert "\\xb1" in said.stdout


def test_the_terminal_says_which_cells_lack_seeds(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "board")
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("seeds = [0, 1]", "seeds = [0, 1, 2]", 1))
    assert "1 missing" in pretune("show", "tiny", board=board).stdout
    assert "missing" not in pretune("show", "tiny", board=swept).stdout

"""The command: data on stdout, remarks on stderr, and exit statuses that scripts can trust."""

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from harness.board import Board, open_board
from harness.cli import main
from harness.cli.output import print_answer
from harness.findings import ANSWERS, FINDINGS, compute
from tests.boards import NET, ROOT, add_model, copy_of, environment, pretune, use_model
from tests.store.builders import record


def rows_of(done: subprocess.CompletedProcess[str], form: str) -> list[dict[str, Any]]:
    """The rows that a verb printed as CSV or JSON; of a finding's JSON those of all tables."""
    assert done.returncode == 0, done.stderr
    if form == "csv":
        return list(csv.DictReader(io.StringIO(done.stdout)))
    printed = json.loads(done.stdout)
    return [row for table in printed.values() for row in table] if isinstance(printed, dict) else printed


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize(
    ("args", "count"),
    [(("show", "tiny", "board", "--table", "board"), 4), (("show", "tiny", "trials"), 8), (("plan", "tiny"), 18)],
)
def test_data_are_data(swept: Board, args: tuple[str, ...], count: int, form: str) -> None:
    rows = rows_of(pretune(*args, "--format", form, board=swept), form)
    assert len(rows) == count
    assert {row["objective"] for row in rows} == {"scratch", "simclr"}


def test_the_answer_has_the_sentences_of_the_findings_that_answer(swept: Board) -> None:
    sentences = json.loads(pretune("show", "tiny", "--format", "json", board=swept).stdout)
    assert list(sentences) == ANSWERS
    rows = rows_of(pretune("show", "tiny", "--format", "csv", board=swept), "csv")
    assert [row["sentence"] for row in rows if row["finding"] == "board"] == sentences["board"]


@pytest.mark.parametrize(
    "suite", ["quick", *(pytest.param(name, marks=pytest.mark.heavy) for name in ("text", "vision"))]
)
def test_the_answer_fits_a_screen(
    suite: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("harness.report.console.width", lambda: 80)
    evidence = open_board(ROOT).evidence(suite)
    print_answer(suite, {name: compute(name, evidence) for name in ANSWERS}, "table")
    lines = capsys.readouterr().out.splitlines()
    assert 5 < len(lines) <= 25
    assert max(map(len, lines)) <= 80


def test_every_finding_is_shown(swept: Board) -> None:
    """By the runner of click: one process for all."""
    for name in FINDINGS:
        shown = CliRunner().invoke(
            main, ["--registry", str(swept.registry), "--results", str(swept.results), "show", "tiny", name]
        )
        assert shown.exit_code == 0, shown.output
        assert shown.stdout.startswith(f"tiny: {name}\n")


def test_the_board_shows_lifts_with_their_intervals(swept: Board) -> None:
    rows = rows_of(pretune("show", "tiny", "board", "--table", "board", "--format", "json", board=swept), "json")
    (row,) = (row for row in rows if row["objective"] == "simclr" and row["protocol"] == "knn")
    assert row["lift_low"] <= row["lift"] <= row["lift_high"]
    shown = pretune("show", "tiny", "board", board=swept).stdout
    assert f"[{row['lift_low']:+.3f}".replace("-", "−") in shown
    assert "lift:" in shown


def test_rows_are_selected_by_their_values(swept: Board) -> None:
    args = ("show", "tiny", "board", "--where", "protocol=knn,objective=simclr", "--table", "board", "--format", "json")
    (row,) = rows_of(pretune(*args, board=swept), "json")
    assert (row["protocol"], row["objective"]) == ("knn", "simclr")


def test_a_plan_has_the_status_of_trials_and_their_cost(swept: Board, board: Board) -> None:
    done = pretune("plan", "tiny", "--format", "json", board=swept)
    assert {row["status"] for row in json.loads(done.stdout)} == {"done"}
    assert done.stderr.count("\n") == 1
    fresh = pretune("plan", "tiny", board=board)
    assert "18 trials to run" in fresh.stderr
    assert fresh.stdout.count("no record yet") == 18


def test_a_plan_of_an_arm(board: Board) -> None:
    rows = pretune("plan", "tiny", "--only", "arm=simclr,protocol=knn", "--format", "json", board=board).stdout
    assert {row["objective"] for row in json.loads(rows)} == {"simclr"}


def test_a_plan_distinguishes_arms_of_one_objective(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    text = suite.read_text()
    noisy = (
        'noisy = { objective = "simclr", corpus = "digits-unlabelled", corruption = { kind = "noise", severity = 3 } }'
    )
    half = 'half = { objective = "simclr", corpus = "digits-unlabelled", fraction = 0.5 }'
    suite.write_text(
        text.replace("[arms]", f"[arms]\n{noisy}\n{half}").replace('"simclr"]', '"simclr", "noisy", "half"]')
    )
    rows = json.loads(pretune("plan", "tiny", "--format", "json", board=board).stdout)
    arms = {(row["fraction"], row["corruption"]) for row in rows if row["objective"] == "simclr"}
    assert arms == {(1.0, None), (1.0, "noise 3"), (0.5, None)}


def test_a_plan_marks_stale_trials(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "board")
    net = board.registry / "models" / "net.py"
    net.write_text(net.read_text().replace(".relu()", ".sigmoid()"))
    rows = json.loads(pretune("plan", "tiny", "--format", "json", board=board).stdout)
    assert {row["why"].partition(":")[0] for row in rows} == {"stale"}


def test_a_plan_of_part_of_it(board: Board) -> None:
    said = pretune(
        "plan", "tiny", "--only", "protocol=knn,objective=simclr", "--seeds", "1", "--format", "json", board=board
    )
    assert [row["role"] for row in json.loads(said.stdout)] == ["pretrain", "reported"]


WRONG: list[tuple[list[str], str]] = [
    (["plan", "tinny"], "'tiny'"),
    (["plan", "tiny", "--only", "modell=net"], "--only"),
    (["plan", "tiny", "--only", "model"], "--only"),
    (["plan", "tiny", "--only", "model=nett"], "'net'"),
    (["plan", "tiny", "--only", "arm=simcl"], "'simclr'"),
    (["plan", "tiny", "--seeds", "9"], "--seeds"),
    (["sweep", "tiny", "--device", "cuda"], "--device"),
    (["sweep", "tiny", "--workers", "0"], "--workers"),
    (["compare", "nett", "net"], "'net'"),
    (["compare", "0123456", "abcdef0"], "'0123456'"),
    (["compare", "net"], "2 to 4"),
    (["compare", "net", "net"], "net net"),
    (["show", "tiny", "bord"], "'bord'"),
    (["show", "tiny", "board", "--table", "tabel"], "tabel"),
    (["show", "tiny", "board", "--where", "modell=net"], "'modell'"),
    (["show", "tiny", "--format", "latex"], "--format"),
    (["show", "--format", "xml"], "--format"),
    (["why", "zzzz"], "'zzzz'"),
    (["why", ""], "TRIAL"),
    (["reproduce", "zzzz"], "'zzzz'"),
    (["results", "retract", "zzzz", "--reason", "x"], "'zzzz'"),
    (["list", "modells"], "modells"),
    (["validate", "nowhere"], "nowhere"),
    (["site", "tinny"], "'tiny'"),
    (["nothing"], "nothing"),
    (["--registry", "nowhere", "validate"], "nowhere"),
    (["--results", "registry/suites/tiny.toml", "show"], "--results"),
]


@pytest.mark.parametrize(("args", "words"), WRONG, ids=[" ".join(args) for args, _ in WRONG])
def test_wrong_input_is_one_line_and_status_two(
    board: Board, args: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(board.root)
    done = CliRunner(env=environment(board)).invoke(main, args)
    assert done.exit_code == 2, done.output
    assert not done.stdout
    (error,) = [
        line for line in done.stderr.splitlines() if re.match("pretune: (?!.*no such folder, so)|Error: ", line)
    ]
    assert words in error
    assert done.stderr.splitlines()[-1] == error
    assert "Traceback" not in done.stderr


def test_a_prefix_of_several_keys_lists_them(swept: Board) -> None:
    done = pretune("why", "", board=swept)
    assert done.returncode == 2
    assert any(key[:12] in done.stderr for key in {record.key for record in swept.store.all()})


def test_why_prints_the_spec_of_a_key(swept: Board) -> None:
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


def test_check_reports_corrupt_lines_and_repair_moves_them(swept: Board, tmp_path: Path) -> None:
    from tests.boards import copy_of

    board = copy_of(swept, tmp_path / "copy")
    (path,) = (each for each in board.results.glob("*/*.jsonl") if ".beside" not in each.name)
    path.write_text(path.read_text().replace('"status":"ok"', '"status":"OK"', 1))
    for verb in ("show", "plan", "sweep"):
        said = pretune(verb, "tiny", board=board)
        assert said.returncode == 0
        assert said.stderr.count("checksum") == 1
        assert "`pretune results repair`" in said.stderr
    checked = pretune("results", "check", board=board)
    assert checked.returncode == 1
    assert "checksum" in checked.stderr
    assert "18 records; 1 problem\n" in checked.stderr
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


def test_a_plan_gives_the_reason_of_a_retraction_in_short(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    trial = next(record.key for record in board.store.all() if record.role == "reported")
    pretune("results", "retract", trial, "--reason", f"the wrong data, {'and so on ' * 20}", board=board)
    rows = json.loads(pretune("plan", "tiny", "--format", "json", board=board).stdout)
    (row,) = (row for row in rows if row["trial"] == trial[:12])
    assert re.fullmatch(r".*retracted: the wrong data, .{,50} …", row["why"])


def test_retracting_a_pretraining_gives_the_command_for_its_adaptations(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    parent = next(one.key for one in board.store.all() if one.kind == "pretrain" and one.seed == 0)
    said = pretune("results", "retract", parent, "--reason", "the wrong data", board=board).stderr
    assert "2 records of its adaptations" in said
    command = re.search(r"pretune (results retract .*)", said)
    assert command
    again = pretune(*shlex.split(command[1]), board=board)
    assert again.returncode == 0, again.stderr
    assert "2 records of 2 trials retracted" in again.stderr
    assert "results retract" not in again.stderr
    left = open_board(board.root, results=board.results).store
    assert not [*left.records(parent), *left.adaptations_of([parent])]


def test_records_without_their_sidecar_are_retracted_by_one_command(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    (sidecar,) = board.results.glob("*/*.beside.jsonl")
    sidecar.unlink()
    said = pretune("results", "check", board=board)
    assert said.returncode == 1
    rows = rows_of(pretune("show", "tiny", "board", "--table", "board", "--format", "json", board=board), "json")
    assert all(row["lift_low"] is None for row in rows)
    assert all("test items" in row["remarks"] for row in rows)
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
        "for verb in [[], *([verb] for verb in main.commands)]:\n"
        "    try: main([*verb, '--help'])\n"
        "    except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'pandas', 'scipy', 'pydantic', 'rich', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for verb in main.commands:
        assert f"\n  {verb} " in done.stdout


def verbs(group: click.Group = main) -> Iterator[tuple[str, ...]]:
    """The names of all verbs, those of groups with the group's name."""
    for name, command in group.commands.items():
        yield (name,)
        if isinstance(command, click.Group):
            yield from ((name, *inner) for inner in verbs(command))


def test_the_help_of_every_verb_has_the_shared_options() -> None:
    for verb in verbs():
        shown = CliRunner().invoke(main, [*verb, "--help"])
        assert shown.exit_code == 0, shown.output
        for option in ("--registry", "--results", "--cache", "--debug"):
            assert option in shown.stdout, verb
    assert set(FINDINGS) <= set(CliRunner().invoke(main, ["show", "--help"]).stdout.split())


def test_an_unexpected_error_has_its_traceback_with_debug_only(board: Board) -> None:
    code = "import sys, harness.cli.listing as l; l.entries = None; from harness.cli import main; main()"
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


def test_doctor_lists_data_with_the_suites_that_need_them(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace('"digits-unlabelled"', '"omniglot"').replace('"digits"', '"mnist"'))
    (board.root / "data" / "MNIST" / "raw").mkdir(parents=True)
    (board.root / "data" / "images_background_small2.zip").write_text("not looked into")
    done = pretune("doctor", board=board)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    (head,) = (line for line in lines if line.startswith("data"))
    assert str(board.root / "data") in head
    assert "found         images_background_small2.zip: corpus omniglot; for tiny" in lines
    mnist = "MNIST/raw: corpus mnist-unlabelled, task mnist; for tiny"
    assert f"missing       {mnist}; `pretune sweep --download` downloads it" in lines
    assert "missing       coco: task coco-detection" in lines
    assert not [line for line in lines if "task digits" in line]
    assert not board.cache.joinpath("fingerprints").exists()
    (board.root / "data" / "MNIST" / "raw" / "train").touch()
    assert f"found         {mnist}" in pretune("doctor", board=board).stdout.splitlines()


def test_doctor_answers_outside_a_board(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness.cli", "doctor"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search("^data", done.stdout, re.MULTILINE)


def test_the_same_from_python(swept: Board) -> None:
    frame = swept.frame("tiny")
    assert list(frame["model"].unique()) == ["net"]
    assert {"score", "lift", "lift_low", "lift_high", "detectable", "train_s"} <= set(frame.columns)


def test_a_long_plan_is_cut_with_pending_trials_first(swept: Board, tmp_path: Path) -> None:
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
    done = pretune("show", "tiny", board=board)
    assert done.returncode == 0
    assert "24 of 24" in done.stdout
    assert "net-5" not in done.stdout


def test_a_reader_that_closes_the_pipe_is_no_failure(swept: Board) -> None:
    for command in ("show tiny", "show tiny trials", "plan tiny", "show tiny board --format json"):
        line = f"set -o pipefail; {sys.executable} -m harness.cli {command} | true"
        done = subprocess.run(["bash", "-c", line], cwd=swept.root, env=environment(swept), capture_output=True)
        assert done.returncode == 0, (command, done.stderr)
        assert b"Error" not in done.stderr


def test_without_records_the_suite_quick_is_meant(tmp_path: Path) -> None:
    board = open_board(ROOT, results=tmp_path / "none")
    done = pretune("show", board=board)
    assert done.returncode == 0
    assert "cnn-tiny" in done.stdout
    assert "vit-" not in done.stdout


def test_models_to_compare_decide_the_suite() -> None:
    ours = open_board(ROOT)
    assert "text:" in pretune("compare", "transformer-pico", "transformer-tiny", board=ours).stdout
    for names, words in (
        (("cnn-nano", "cnn-tiny"), "quick, vision"),
        (("cnn-nano", "transformer-tiny"), "cnn-nano and transformer-tiny"),
        (("cnn-nano", "cnn-tinny"), "'cnn-tiny'"),
    ):
        said = pretune("compare", *names, board=ours)
        assert said.returncode == 2
        assert words in said.stderr


def test_a_broken_suite_is_skipped_with_a_remark_when_models_are_compared(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "board")
    with board.store.writer("other", {"hardware": "none"}) as writer:
        writer.append(record(suite="other", environment=writer.environment))
    add_model(board.registry, "net-two", NET)
    use_model(board.registry, "net", "net-two")
    suite = (board.registry / "suites" / "tiny.toml").read_text()
    broken = board.registry / "suites" / "other.toml"
    broken.write_text(suite.replace('"tiny"', '"other"').replace('"fp32"', '"fp23"').replace("core_hours", "hours"))
    remark = re.compile(rf"pretune: skipped suite 'other': {broken}: precision: .* \(2 more problems\)")
    done = pretune("compare", "net", "net-two", board=board)
    assert done.returncode == 0, done.stderr
    assert remark.search(done.stderr)
    strange = pretune("compare", "net", "net-three", board=board)
    assert strange.returncode == 2
    assert "'net-three'" in strange.stderr
    assert remark.search(strange.stderr)
    assert not remark.search(pretune("compare", "net", "net-two", "--suite", "tiny", board=board).stderr)


@pytest.mark.parametrize(("finding", "sign"), [((), "\\u2022"), (("board",), "\\xb1")])
def test_a_terminal_without_our_signs_has_them_escaped(swept: Board, finding: tuple[str, ...], sign: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "harness.cli", "show", "tiny", *finding],
        cwd=swept.root, env=environment(swept) | {"PYTHONIOENCODING": "ascii"},
        capture_output=True, encoding="ascii", check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert sign in said.stdout


def test_the_board_names_the_cells_that_lack_seeds(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "board")
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("seeds = [0, 1]", "seeds = [0, 1, 2]", 1))
    assert pretune("show", "tiny", "board", board=board).stdout.count("1 missing") == 4
    assert "4 of 4 cells" in pretune("show", "tiny", board=board).stderr
    for finding in ((), ("board",)):
        shown = pretune("show", "tiny", *finding, board=swept)
        assert "missing" not in shown.stdout + shown.stderr

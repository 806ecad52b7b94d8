"""The registry's checks: a problem has a file, a key, an expected and an actual value and a fix. No entry's code runs."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.board import Board
from harness.catalog import Catalog, schemas
from harness.catalog.problems import InvalidEntries
from harness.cli import main
from harness.errors import BoardError
from tests.boards import MODEL, NET, ROOT, tiny_board
from tests.boards import TINY as TINY_SUITE

Change = Callable[[Path], object]


def edit(name: str, old: str, new: str) -> Change:
    def change(registry: Path) -> None:
        path = registry / name
        assert old in path.read_text(), f"{name} holds no {old!r}"
        path.write_text(path.read_text().replace(old, new, 1))

    return change


def write(name: str, content: str | bytes) -> Change:
    def change(registry: Path) -> None:
        path = registry / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return change


def both(*changes: Change) -> Change:
    return lambda registry: [change(registry) for change in changes]


def model(**keys: str) -> str:
    """A model entry's text; values are TOML."""
    values = {"name": '"net"', "title": '"A net"', "modality": '"image"', "entry": '"net:Net"'} | keys
    return "\n".join(f"{name} = {value}" for name, value in values.items() if value)


NET_TOML, TINY, CORPUS, TASK = "models/net.toml", "suites/tiny.toml", "corpora/glyphs.toml", "tasks/digits.toml"

Fields = dict[str, str]
"""Texts in the fields of a problem: file, key, expected, got, fix."""

BROKEN: dict[str, tuple[Change, Fields]] = {
    "unknown key": (edit(NET_TOML, "title", "titel"), {"file": "net.toml", "key": "titel", "fix": "'title'"}),
    "unknown key inside": (
        write(NET_TOML, model(about="{ autors = [] }")), {"file": "net.toml", "key": "about.autors", "fix": "'authors'"},
    ),
    "unknown key in an arm": (
        edit(TINY, 'objective = "simclr",', 'objetive = "simclr",'), {"key": "arms.simclr.objetive", "fix": "'objective'"},
    ),
    "wrong type": (edit(TINY, "core_hours = 0.01", 'core_hours = "0.01"'), {"file": "tiny.toml", "key": "core_hours"}),
    "a number for a word": (write(NET_TOML, model(title="3")), {"key": "title", "expected": "string", "got": "3"}),
    "a word for a list": (edit(TINY, "seeds = [0, 1]", 'seeds = "0, 1"'), {"key": "seeds", "got": "'0, 1'"}),
    "true for one": (edit(TINY, "steps = 3", "steps = true"), {"key": "pretrain.steps", "got": "True"}),
    "missing key": (write(NET_TOML, model(entry="")), {"file": "net.toml", "key": "entry", "fix": "add it"}),
    "missing table": (edit(TINY, "[finetune]", "[other]"), {"file": "tiny.toml", "key": "finetune", "fix": "add it"}),
    "duplicate name": (write("models/more/net.toml", model()), {"key": "name", "got": "models/more/net.toml"}),
    "dangling objective": (edit(TINY, '"simclr",', '"simclir",'), {"key": "arms.simclr.objective", "fix": "'simclr'"}),
    "dangling corpus": (edit(TINY, '"digits-unlabelled"', '"digits"'), {"key": "arms.scratch.corpus", "got": "'digits'"}),
    "dangling task": (edit(TINY, 'task = "digits"', 'task = "digit"'), {"key": "knn.task", "fix": "'digits'"}),
    "dangling model": (edit(TINY, 'models = ["net"]', 'models = ["nett"]'), {"key": "matrix[0].models", "fix": "'net'"}),
    "dangling arm": (edit(TINY, 'arms = ["scratch", "simclr"]', 'arms = ["scratch", "x"]'), {"key": "matrix[0].arms"}),
    "dangling adaptation": (
        edit(TINY, '["knn", "finetune"]', '["knn", "fine"]'), {"key": "matrix[0].adaptations", "fix": "finetune"},
    ),
    "dangling exclusion": (
        edit(CORPUS, '"glyphs-new-typeface"', '"glyphs-typeface"'), {"file": "glyphs.toml", "key": "excludes[2]"},
    ),
    "a headline that is not swept": (
        edit(TINY, 'adaptation = "knn"', 'adaptation = "kn"'), {"key": "headline[0]", "got": "net x simclr x kn"},
    ),
    "bad name": (write("models/My Net.toml", model(name='"My Net"')), {"key": "name", "expected": "lower-case"}),
    "bad name that climbs": (write("models/up.toml", model(name='"../up"')), {"file": "up.toml", "key": "name"}),
    "entry that is no constructor": (write(NET_TOML, model(entry='"net.Net"')), {"key": "entry", "fix": "module:attr"}),
    "entry without its module": (write(NET_TOML, model(entry='"nett:Net"')), {"key": "entry", "fix": "'net'"}),
    "entry without its name": (write(NET_TOML, model(entry='"net:Nett"')), {"key": "entry", "fix": "'Net'"}),
    "entry whose code is no code": (write("models/net.py", "class Net(:\n"), {"key": "entry", "expected": "valid Python"}),
    "entry the harness lacks": (
        edit(TASK, "harness.data.digits", "harness.data.digit"), {"key": "entry", "got": "'harness.data.digit'"},
    ),
    "another file name": (write("models/other.toml", model(name='"net-two"')), {"key": "name", "fix": "net-two.toml"}),
    "no TOML": (write(NET_TOML, "name = net\n"), {"expected": "valid TOML", "got": "line 1"}),
    "unterminated text": (write(NET_TOML, model() + '\nfamily = "net'), {"expected": "valid TOML", "got": "at line 5"}),
    "unterminated list": (
        write(NET_TOML, model() + "\nargs = { widths = [32,\n"), {"expected": "valid TOML", "got": "at line 5"},
    ),
    "no text": (write(NET_TOML, b"name = \xff\xfe"), {"file": "net.toml", "expected": "UTF-8"}),
    "empty file": (write(NET_TOML, ""), {"file": "net.toml", "key": "name", "fix": "add it"}),
    "too deep": (write(NET_TOML, "name = " + "[" * 3000), {"file": "net.toml", "expected": "valid TOML"}),
    "a folder for a file": (lambda registry: (registry / "models" / "dir.toml").mkdir(), {"file": "dir.toml"}),
    "a link to nothing": (lambda r: (r / "models" / "gone.toml").symlink_to("nowhere"), {"file": "gone.toml"}),
    "an unknown kind": (write("modells/net.toml", model()), {"file": "modells", "fix": "'models'"}),
    "an entry outside": (write("net.toml", model()), {"file": "net.toml", "expected": "an entry in one of"}),
    "a count of zero": (edit(TINY, "batch = 32", "batch = 0"), {"key": "pretrain.batch", "got": "0"}),
    "a shape of two": (
        edit(TINY, "shape = [1, 8, 8]", "shape = [8, 8]"), {"key": "shape", "expected": "[bytes]", "got": "[8, 8]"},
    ),
    "a corruption that is a number": (
        edit(TINY, 'simclr", corpus', 'simclr", corruption = 0.5, corpus'),
        {"key": "arms.simclr.corruption", "expected": "kind = …, severity = …", "got": "0.5"},
    ),
    "no seeds": (edit(TINY, "seeds = [0, 1]", "seeds = []"), {"file": "tiny.toml", "key": "seeds"}),
    "a seed twice": (edit(TINY, "seeds = [0, 1]", "seeds = [1, 1]"), {"key": "seeds", "got": "1 twice"}),
    "seeds for both": (edit(TINY, "tuning_seeds = [1000]", "tuning_seeds = [0]"), {"key": "tuning_seeds", "got": "[0]"}),
    "a checkpoint before the first step": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.1]'),
        {"key": "matrix[0].progress", "expected": "a step within the run", "got": "0.1 of 3 steps", "fix": "1 for the end"},
    ),
    "two checkpoints at one step": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.3, 0.35]'),
        {"key": "matrix[0].progress", "expected": "different steps", "got": "0.3 and 0.35 of 3 steps"},
    ),
    "a checkpoint that is the end": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.9]'),
        {"key": "matrix[0].progress", "got": "0.9 of 3 steps, which is step 3"},
    ),
    "a checkpoint beyond the run": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [1.5]'),
        {"key": "matrix[0].progress[0]", "got": "1.5"},
    ),
    "a checkpoint twice": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.5, 0.5]'),
        {"key": "matrix[0].progress", "got": "0.5 twice"},
    ),
    "a headline before the end": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.5]'),
        {"key": "headline[0]", "got": "net x simclr x knn"},
    ),
    "infinite hours": (edit(TINY, "core_hours = 0.01", "core_hours = inf"), {"key": "core_hours", "got": "inf"}),
    "a rate that is no number": (edit(TINY, "rates = [1e-3", "rates = [nan"), {"key": "rates[0]", "got": "nan"}),
    "arguments without JSON": (write(NET_TOML, model(args="{ day = 2026-01-01 }")), {"key": "args", "expected": "JSON"}),
    "more than all": (
        edit(TINY, 'simclr", corpus', 'simclr", fraction = 1.5, corpus'), {"key": "arms.simclr.fraction", "got": "1.5"},
    ),
    "unknown corruption": (
        edit(TINY, 'simclr", corpus', 'simclr", corruption = { kind = "nose", severity = 1 }, corpus'),
        {"key": "arms.simclr.corruption.kind", "fix": "'noise'"},
    ),
    "unknown protocol": (edit(TINY, 'protocol = "knn"', 'protocol = "kn"'), {"key": "knn.protocol", "fix": "'knn'"}),
    "steps for a probe": (edit(TINY, '"knn", shots', '"knn", steps = 3, shots'), {"key": "adaptations.knn.steps"}),
    "an objective without a rate": (
        edit("objectives/simclr.toml", "optimizer = ", "# optimizer = "), {"key": "optimizer", "fix": "rate"},
    ),
    "a headline of the control": (edit(TINY, 'arm = "simclr"', 'arm = "scratch"'), {"key": "headline[0].arm"}),
    "rates for a probe": (edit(TINY, '"knn", shots', '"knn", rates = [1e-3], shots'), {"key": "adaptations.knn.rates"}),
    "an adaptation's seeds for both": (
        edit(TINY, "shots = 2 }", "shots = 2, tuning_seeds = [0] }"),
        {"key": "adaptations.finetune.tuning_seeds", "got": "[0]"},
    ),
    "another number of channels": (
        edit(TINY, '"knn", shots', '"knn", shape = [3, 16, 16], shots'),
        {"key": "adaptations.knn.shape", "got": "3 channels"},
    ),
    "unknown views": (
        edit(CORPUS, "labelled = true", 'labelled = true\nviews = "photos"'), {"key": "views", "fix": "'photographs'"},
    ),
    "unknown precision": (edit(TINY, '"fp32"', '"fp23"'), {"key": "precision", "fix": "'fp32'"}),
    "unknown metric": (edit(TASK, "version = 1", 'version = 1\nmetric = "acuracy"'), {"key": "metric", "fix": "accuracy"}),
    "unknown task kind": (edit(TASK, "image-classification", "image-clasification"), {"key": "kind", "fix": "'image-"}),
    "missing labels": (
        both(edit(TINY, '"simclr",', '"supervised",'), edit("corpora/digits-unlabelled.toml", "labelled = true", "")),
        {"key": "arms.simclr.corpus", "expected": "labels", "got": "'digits-unlabelled'"},
    ),
    "no control": (edit(TINY, 'arms = ["scratch", "simclr"]', 'arms = ["simclr"]'), {"key": "matrix[0].arms", "expected": "control"}),
    "an argument with a typo": (write(NET_TOML, model(args="{ widht = 3 }")), {"key": "args.widht", "got": "'widht'"}),
    "an argument that is missing": (
        write("models/net.py", NET.replace("int])", "int], width: int)")), {"key": "args.width", "fix": "add it"},
    ),
    "an argument that the harness passes": (
        write(NET_TOML, model(args="{ in_shape = [1, 8, 8] }")), {"key": "args.in_shape", "fix": "remove it"},
    ),
    "a model without a shape": (
        write("models/net.py", NET.replace("in_shape: tuple[int, int, int]", "shape: int")),
        {"key": "entry", "expected": "'in_shape'", "fix": "add the parameter"},
    ),
    "an argument of another type": (
        both(write("models/net.py", NET.replace("int])", "int], width: int = 3)")), write(NET_TOML, model(args='{ width = "16" }'))),
        {"key": "args.width", "expected": "int", "got": "'16'"},
    ),
    "a probe of boxes": (
        edit(TINY, 'knn = { task = "digits"', 'knn = { task = "digit-scenes-detection"'),
        {"key": "adaptations.knn.protocol", "expected": "'finetune'", "got": "'knn'"},
    ),
    "shots of boxes": (
        edit(TINY, 'knn = { task = "digits"', 'knn = { task = "digit-scenes-detection"'), {"key": "adaptations.knn.shots"},
    ),
    "an objective's typo": (
        edit("objectives/simclr.toml", "version = 1", "version = 1\nargs = { temprature = 0.1 }"),
        {"file": "simclr.toml", "key": "args.temprature", "fix": "'temperature'"},
    ),
    "two modalities": (write(NET_TOML, model(modality='"text"')), {"key": "matrix[0]", "expected": "one modality"}),
}  # fmt: skip


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tiny_board(tmp_path).registry


@pytest.mark.parametrize("kind", BROKEN)
def test_a_problem_has_its_file_key_and_fix(kind: str, registry: Path) -> None:
    change, fields = BROKEN[kind]
    change(registry)
    problems = Catalog(registry).problems
    assert any(all(text in str(getattr(one, field)) for field, text in fields.items()) for one in problems), problems
    for one in problems:
        assert all((one.file, one.expected, one.got, one.fix)), one


def test_validate_prints_a_line_for_each_problem(registry: Path) -> None:
    both(edit(TINY, '"fp32"', '"fp23"'), write("models/other.toml", model(name='"net-two"', titel='"x"')))(registry)
    done = CliRunner().invoke(main, ["--registry", str(registry), "validate"])
    assert done.exit_code == 2, done.output
    lines = done.stderr.splitlines()
    assert lines[:-1] == [str(problem) for problem in Catalog(registry).problems]
    keys = {(Path(line.split(": ")[0]).name, line.split(": ")[1]) for line in lines[:-1]}
    assert keys == {("tiny.toml", "precision"), ("other.toml", "titel")}
    assert isinstance(done.exception, SystemExit)


def test_a_blocked_suite_raises_its_problems(registry: Path) -> None:
    both(edit(NET_TOML, "title", "titel"), edit(TINY, "seeds = [0, 1]", "seeds = [1, 1]"))(registry)
    with pytest.raises(InvalidEntries) as caught:
        Catalog(registry).suite("tiny")
    error = pickle.loads(pickle.dumps(caught.value))
    assert {problem.key for problem in error.problems} == {"seeds", "titel", "title"}
    assert str(error).splitlines() == [str(problem) for problem in caught.value.problems]
    first = error.problems[0]
    assert (error.place, error.expected, error.got, error.fix) == (first.place, first.expected, first.got, first.fix)


@pytest.mark.parametrize(
    "verb", [["validate"], ["plan", "tiny"], ["show", "tiny"], ["site", "tiny"], ["sweep", "tiny"]]
)
def test_every_verb_prints_the_problem(verb: list[str], registry: Path) -> None:
    BROKEN["unknown key"][0](registry)
    command = [sys.executable, "-m", "harness.cli", "--registry", str(registry), *verb]
    done = subprocess.run(command, cwd=registry.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "titel" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_valid_one_passes(registry: Path) -> None:
    done = CliRunner().invoke(main, ["--registry", str(registry), "validate"])
    assert done.exit_code == 0, done.output
    assert "valid: " in done.stderr


def test_the_real_one_is_valid() -> None:
    catalog = Catalog(ROOT / "registry")
    assert catalog.problems == []
    models = {"mlp", "cnn-mnist", "cnn-small", "resnet18"}
    objectives = {"scratch", "autoencoder", "denoising-autoencoder", "vicreg", "simclr", "supervised"}
    assert models <= set(catalog.models)
    assert objectives <= set(catalog.objectives)
    assert {"quick", "smoke"} <= set(catalog.suites)
    assert catalog.suite("quick").headline


def test_one_entry_can_be_validated_alone(registry: Path) -> None:
    BROKEN["unknown key"][0](registry)
    alone = CliRunner().invoke(main, ["--registry", str(registry), "validate", "digits"])
    assert alone.exit_code == 0
    named = CliRunner().invoke(main, ["--registry", str(registry), "validate", "models/net.toml"])
    assert named.exit_code == 2
    unknown = CliRunner().invoke(main, ["--registry", str(registry), "validate", "digit"])
    assert unknown.exit_code == 2
    assert "'digits'?" in unknown.stderr


def test_no_code_of_an_entry_runs(registry: Path, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    (registry / "models" / "net.py").write_text(f"open({str(trap)!r}, 'w').close()\n{NET}")
    code = (
        "import sys; from harness.cli import main\n"
        "for verb in (['validate'], ['plan', 'tiny'], ['list', 'models'], ['show', 'tiny']):\n"
        "    try: main(['--registry', sys.argv[1], *verb])\n"
        "    except SystemExit as end: assert not end.code, end.code\n"
        "assert 'torch' not in sys.modules"
    )
    command = [sys.executable, "-c", code, str(registry)]
    done = subprocess.run(command, cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not trap.exists()


def test_a_thousand_entries_are_read(registry: Path) -> None:
    for number in range(1000):
        (registry / "models" / f"net-{number}.toml").write_text(MODEL.format(name=f"net-{number}", module="net"))
    assert len(Catalog(registry).models) == 1001


def test_an_unknown_suite_names_the_nearest(registry: Path) -> None:
    with pytest.raises(BoardError) as caught:
        Catalog(registry).suite("tinny")
    assert "'tinny'" in str(caught.value.got)
    assert "'tiny'" in str(caught.value.fix)


UNNEEDED: dict[str, Change] = {
    "models/other.toml": write("models/other.toml", model(name='"other"', titel='"x"')),
    "models/other-code.toml": write("models/other-code.toml", model(name='"other-code"', entry='"nett:Net"')),
    "objectives/vicreg.toml": edit("objectives/vicreg.toml", "version = 1", "version = 0"),
    "corpora/glyphs.toml": edit(CORPUS, '"glyphs-new-typeface"', '"glyphs-typeface"'),
    "tasks/cldr-kind.toml": write("tasks/cldr-kind.toml", "name = \n"),
    "suites/mine.toml": write(
        "suites/mine.toml", TINY_SUITE.replace('"tiny"', '"mine"').replace('["net"]', '["nett"]')
    ),
    "modells": write("modells/net.toml", model()),
    "stray.toml": write("stray.toml", model()),
}

NEEDED: dict[str, Change] = {
    "suites/tiny.toml": edit(TINY, "seeds = [0, 1]", "seeds = []"),
    "models/net.toml": edit(NET_TOML, "title", "titel"),
    "models/more/net.toml": write("models/more/net.toml", model()),
    "models/elsewhere.toml": write("models/elsewhere.toml", model()),
    "objectives/scratch.toml": write("objectives/scratch.toml", ""),
    "corpora/digits-unlabelled.toml": edit("corpora/digits-unlabelled.toml", "source", "sorce"),
    "tasks/digits.toml": edit(TASK, "version = 1", 'version = 1\nmetric = "acuracy"'),
    "tasks/digits-blocks.toml": edit("tasks/digits-blocks.toml", "kind = ", "knd = "),  # which the corpus excludes
}  # fmt: skip


def run(registry: Path, *verb: str) -> tuple[int, str]:
    """The exit status of a verb, and its stderr."""
    results = registry.parent / "results"
    done = CliRunner().invoke(main, ["--registry", str(registry), "--results", str(results), *verb])
    assert "Traceback" not in done.output
    return done.exit_code, done.stderr


@pytest.mark.parametrize("file", UNNEEDED)
def test_a_suite_runs_without_broken_entries_that_it_does_not_need(file: str, registry: Path) -> None:
    UNNEEDED[file](registry)
    assert run(registry, "validate")[0] == 2
    status, printed = run(registry, "plan", "tiny")
    assert status == 0, printed
    (remark,) = [line for line in printed.splitlines() if "skipped" in line]
    assert "since 'tiny' does not need it" in remark
    assert f"{registry / file}: " in remark


@pytest.mark.parametrize("verb", ["show", "site"])
def test_every_verb_that_reads_a_suite_skips_other_entries(verb: str, registry: Path) -> None:
    UNNEEDED["models/other.toml"](registry)
    more = ["--out", str(registry.parent / "public")] if verb == "site" else []
    for named in (["tiny"], []):
        status, printed = run(registry, verb, *named, *more)
        assert status == 0, printed
        assert printed.count("since 'tiny' does not need it") == 1


@pytest.mark.parametrize("file", NEEDED)
def test_a_suite_that_needs_a_broken_entry_fails(file: str, registry: Path) -> None:
    NEEDED[file](registry)
    UNNEEDED["models/other.toml"](registry)
    for verb in ("plan", "show", "sweep"):
        status, printed = run(registry, verb, "tiny")
        assert status == 2, printed
        assert str(registry / file) in printed
        assert "other.toml" not in printed


def test_the_corpus_of_a_tokenizer_is_needed(registry: Path) -> None:
    tokenizer = '{ kind = "bpe", vocabulary = 300, corpus = "docstrings" }'
    write("models/words.toml", model(name='"words"', modality='"text"', tokenizer=tokenizer))(registry)
    write("models/net.py", NET.replace("int])", "int], vocabulary: int = 0)"))(registry)
    others = {"tiny": "words", "net": "words", "digits-unlabelled": "cldr-strings", "digits": "cldr-kind"}
    suite = TINY_SUITE
    for old, new in others.items():
        suite = suite.replace(f'"{old}"', f'"{new}"')
    suite = suite.replace("[1, 8, 8]", "[64]").replace('objective = "simclr"', 'objective = "masked-lm"')
    write("suites/words.toml", suite)(registry)
    status, printed = run(registry, "plan", "words")
    assert status == 0, printed
    edit("corpora/docstrings.toml", "source", "sorce")(registry)
    status, printed = run(registry, "plan", "words")
    assert status == 2
    assert "docstrings.toml: sorce: " in printed
    assert run(registry, "plan", "tiny")[0] == 0


def test_a_remark_counts_further_problems(registry: Path) -> None:
    write("models/other.toml", model(name='"other"', titel='"x"', authr='"y"'))(registry)
    assert "(1 more problem)" in run(registry, "plan", "tiny")[1]


def test_a_skipped_entry_is_in_no_list(registry: Path) -> None:
    UNNEEDED["models/other-code.toml"](registry)
    done = CliRunner().invoke(main, ["--registry", str(registry), "list", "models", "--format", "csv"])
    assert done.exit_code == 0
    assert [line.partition(",")[0] for line in done.stdout.splitlines()] == ["name", "net"]
    assert f"{registry / 'models' / 'other-code.toml'}: entry: " in done.stderr
    assert "skipped" in done.stderr


def test_a_list_names_skipped_suites(registry: Path) -> None:
    BROKEN["unknown key"][0](registry)
    write("suites/other.toml", "name = 3")(registry)
    status, printed = run(registry, "list", "suites")
    assert status == 0
    assert printed.splitlines()[-1].startswith("pretune: skipped suites")
    assert printed.splitlines()[-1].endswith(": other, tiny")


def test_no_other_suite_replaces_a_broken_default(registry: Path) -> None:
    write("suites/other.toml", TINY_SUITE.replace('"tiny"', '"other"'))(registry)
    write("suites/quick.toml", "name = 3")(registry)
    status, printed = run(registry, "show")
    assert status == 2
    assert "quick.toml: name: " in printed


def test_a_registry_without_suites_is_an_error(registry: Path) -> None:
    (registry / TINY).unlink()
    status, printed = run(registry, "show")
    assert status == 2
    assert "no suite 'quick'" in printed


def test_entries_with_a_common_suffix_are_different(registry: Path) -> None:
    write("models/other-net.toml", model(name='"other-net"', titel='"x"'))(registry)
    assert run(registry, "validate", "net")[0] == 0
    assert run(registry, "validate", "other-net")[0] == 2


def test_outside_a_board_is_an_error(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "validate"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--registry" in done.stderr


def test_a_copy_elsewhere_is_the_same(registry: Path, tmp_path: Path) -> None:
    shutil.copytree(registry, tmp_path / "copy" / "registry")
    assert Catalog(tmp_path / "copy" / "registry").models == Catalog(registry).models


VALID = {"name": "net", "title": "A net", "modality": "image", "entry": "net:Net", "args": {"width": 3}}


@given(st.text(min_size=1, max_size=12).filter(lambda key: key not in schemas.ModelEntry.model_fields), st.integers())
def test_any_unknown_key_is_refused(key: str, value: int) -> None:
    with pytest.raises(ValidationError):
        schemas.ModelEntry.model_validate(VALID | {key: value})


@given(st.sampled_from(["3", 3.0, True, None, [3], {"3": 3}, float("nan")]))
def test_nothing_is_coerced_to_a_count(value: object) -> None:
    with pytest.raises(ValidationError):
        schemas.Budget.model_validate({"steps": value, "batch": 1})


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_valid_entry_reads_back(steps: int, batch: int) -> None:
    budget = schemas.Budget(steps=steps, batch=batch)
    assert schemas.Budget.model_validate(json.loads(budget.model_dump_json())) == budget


@pytest.mark.parametrize(("file", "offered"), [("other", True), ("Mine 2", False)])
def test_a_name_is_offered_only_where_it_would_be_valid(board: Board, file: str, offered: bool) -> None:
    path = board.registry / "suites" / f"{file}.toml"
    path.write_text(TINY_SUITE.replace('name = "tiny"', 'name = "mine"'))
    (problem,) = Catalog(board.registry).problems
    assert "mine.toml" in problem.fix
    assert (f'name = "{file}"' in problem.fix) == offered

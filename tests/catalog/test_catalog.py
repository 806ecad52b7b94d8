"""The registry's checks: whatever is wrong is named with its file, its key and its mend, and no code of an entry runs."""

import json
import os
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

BROKEN: dict[str, tuple[Change, list[str]]] = {
    "unknown key": (edit(NET_TOML, "title", "titel"), ["net.toml", "titel", "did you mean 'title'?"]),
    "unknown key inside": (write(NET_TOML, model(about="{ autors = [] }")), ["net.toml", "about.autors", "'authors'"]),
    "unknown key in an arm": (edit(TINY, 'objective = "simclr",', 'objetive = "simclr",'), ["tiny.toml", "objetive"]),
    "wrong type": (edit(TINY, "core_hours = 0.01", 'core_hours = "0.01"'), ["tiny.toml", "core_hours"]),
    "a number for a word": (write(NET_TOML, model(title="3")), ["net.toml", "title"]),
    "a word for a list": (edit(TINY, "seeds = [0, 1]", 'seeds = "0, 1"'), ["tiny.toml", "seeds"]),
    "true for one": (edit(TINY, "steps = 3", "steps = true"), ["tiny.toml", "pretrain.steps"]),
    "missing key": (write(NET_TOML, model(entry="")), ["net.toml", "entry", "missing"]),
    "missing table": (edit(TINY, "[finetune]", "[other]"), ["tiny.toml", "finetune", "missing"]),
    "duplicate name": (write("models/more/net.toml", model()), ["net.toml", "name", "taken by"]),
    "dangling objective": (edit(TINY, '"simclr",', '"simclir",'), ["tiny.toml", "arms.simclr.objective", "'simclr'"]),
    "dangling corpus": (edit(TINY, '"digits-unlabelled"', '"digits"'), ["tiny.toml", "arms.scratch.corpus"]),
    "dangling task": (edit(TINY, 'task = "digits"', 'task = "digit"'), ["tiny.toml", "knn.task", "'digits'"]),
    "dangling model": (edit(TINY, 'models = ["net"]', 'models = ["nett"]'), ["tiny.toml", "matrix[0].models", "'net'"]),
    "dangling arm": (edit(TINY, 'arms = ["scratch", "simclr"]', 'arms = ["scratch", "x"]'), ["matrix[0].arms", "'x'"]),
    "dangling adaptation": (edit(TINY, '["knn", "finetune"]', '["knn", "fine"]'), ["matrix[0].adaptations", "finetune"]),
    "dangling exclusion": (edit(CORPUS, '"glyphs-new-typeface"', '"glyphs-typeface"'), ["glyphs.toml", "excludes[2]"]),
    "a headline that is not swept": (edit(TINY, 'adaptation = "knn"', 'adaptation = "kn"'), ["tiny.toml", "headline[0]"]),
    "bad name": (write("models/My Net.toml", model(name='"My Net"')), ["My Net.toml", "name", "lower-case"]),
    "bad name that climbs": (write("models/up.toml", model(name='"../up"')), ["up.toml", "name"]),
    "entry that is no constructor": (write(NET_TOML, model(entry='"net.Net"')), ["net.toml", "entry", "module:attr"]),
    "entry without its module": (write(NET_TOML, model(entry='"nett:Net"')), ["net.toml", "entry", "did you mean 'net'?"]),
    "entry without its name": (write(NET_TOML, model(entry='"net:Nett"')), ["net.toml", "entry", "did you mean 'Net'?"]),
    "entry whose code is no code": (write("models/net.py", "class Net(:\n"), ["net.toml", "entry", "not valid Python"]),
    "entry the harness lacks": (edit(TASK, "harness.data.digits", "harness.data.digit"), ["digits.toml", "entry"]),
    "file named otherwise": (write("models/other.toml", model(name='"net-two"')), ["other.toml", "name", "net-two.toml"]),
    "no TOML": (write(NET_TOML, "name = net\n"), ["net.toml", "not valid TOML", "line 1"]),
    "a text that nothing ends": (write(NET_TOML, model() + '\nfamily = "net'), ["net.toml", "not valid TOML", "(at line 5, where the file ends)"]),
    "a list that nothing ends": (write(NET_TOML, model() + "\nargs = { widths = [32,\n"), ["net.toml", "not valid TOML", "(at line 5, where the file ends)"]),
    "no text": (write(NET_TOML, b"name = \xff\xfe"), ["net.toml", "UTF-8"]),
    "empty file": (write(NET_TOML, ""), ["net.toml", "name", "missing"]),
    "too deep": (write(NET_TOML, "name = " + "[" * 3000), ["net.toml", "TOML"]),
    "a folder for a file": (lambda registry: (registry / "models" / "dir.toml").mkdir(), ["dir.toml", "cannot be read"]),
    "a link to nothing": (lambda r: (r / "models" / "gone.toml").symlink_to("nowhere"), ["gone.toml", "cannot be read"]),
    "a kind that is none": (write("modells/net.toml", model()), ["modells", "did you mean 'models'?"]),
    "an entry outside": (write("net.toml", model()), ["net.toml", "belongs into one of"]),
    "a count of nothing": (edit(TINY, "batch = 32", "batch = 0"), ["tiny.toml", "pretrain.batch"]),
    "a shape of two": (edit(TINY, "shape = [1, 8, 8]", "shape = [8, 8]"), ["tiny.toml", "shape", "[bytes]", "[8, 8]"]),
    "a corruption that is a number": (
        edit(TINY, 'simclr", corpus', 'simclr", corruption = 0.5, corpus'),
        ["tiny.toml", "arms.simclr.corruption", "kind = …, severity = …", "0.5"],
    ),
    "no seeds": (edit(TINY, "seeds = [0, 1]", "seeds = []"), ["tiny.toml", "seeds"]),
    "a seed twice": (edit(TINY, "seeds = [0, 1]", "seeds = [1, 1]"), ["tiny.toml", "seeds", "twice"]),
    "seeds for both": (edit(TINY, "tuning_seeds = [1000]", "tuning_seeds = [0]"), ["tiny.toml", "tuning_seeds"]),
    "a point before the first step": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.1]'),
        ["tiny.toml", "matrix[0].progress", "0.1 of 3 steps is no step within the run", "or 1 for its end"],
    ),
    "two points that are one step": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.3, 0.35]'),
        ["tiny.toml", "matrix[0].progress", "0.3 of 3 steps is step 1, and so is 0.35", "name one of them"],
    ),
    "a point that is the end": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.9]'),
        ["tiny.toml", "matrix[0].progress", "0.9 of 3 steps"],
    ),
    "a point beyond the run": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [1.5]'),
        ["tiny.toml", "matrix[0].progress[0]"],
    ),
    "a point twice": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.5, 0.5]'),
        ["tiny.toml", "matrix[0].progress", "twice"],
    ),
    "a headline on the way": (
        edit(TINY, 'adaptations = ["knn", "finetune"]', 'adaptations = ["knn"]\nprogress = [0.5]'),
        ["tiny.toml", "headline[0]", "net x simclr x knn is in no block of the matrix at the end of its run"],
    ),
    "infinite hours": (edit(TINY, "core_hours = 0.01", "core_hours = inf"), ["tiny.toml", "core_hours"]),
    "a rate that is none": (edit(TINY, "rates = [1e-3", "rates = [nan"), ["tiny.toml", "rates[0]"]),
    "arguments without JSON": (write(NET_TOML, model(args="{ day = 2026-01-01 }")), ["net.toml", "args", "JSON"]),
    "more than all": (edit(TINY, 'simclr", corpus', 'simclr", fraction = 1.5, corpus'), ["tiny.toml", "arms.simclr.fraction"]),
    "unknown corruption": (
        edit(TINY, 'simclr", corpus', 'simclr", corruption = { kind = "nose", severity = 1 }, corpus'),
        ["tiny.toml", "arms.simclr.corruption.kind", "did you mean 'noise'?"],
    ),
    "unknown protocol": (edit(TINY, 'protocol = "knn"', 'protocol = "kn"'), ["tiny.toml", "knn.protocol", "'knn'"]),
    "steps for a probe": (edit(TINY, '"knn", shots', '"knn", steps = 3, shots'), ["tiny.toml", "adaptations.knn.steps"]),
    "an objective without a rate": (
        edit("objectives/simclr.toml", "optimizer = ", "# optimizer = "), ["simclr.toml", "optimizer", "rate"],
    ),
    "a headline of the control": (edit(TINY, 'arm = "simclr"', 'arm = "scratch"'), ["tiny.toml", "headline[0].arm"]),
    "rates for a probe": (edit(TINY, '"knn", shots', '"knn", rates = [1e-3], shots'), ["tiny.toml", "knn.rates"]),
    "an adaptation's seeds for both": (
        edit(TINY, "shots = 2 }", "shots = 2, tuning_seeds = [0] }"),
        ["tiny.toml", "adaptations.finetune.tuning_seeds", "[0]"],
    ),
    "another number of channels": (
        edit(TINY, '"knn", shots', '"knn", shape = [3, 16, 16], shots'),
        ["tiny.toml", "adaptations.knn.shape", "3 channels"],
    ),
    "views of something else": (
        edit(CORPUS, "labelled = true", 'labelled = true\nviews = "photos"'), ["glyphs.toml", "views", "'photographs'"]
    ),
    "unknown precision": (edit(TINY, '"fp32"', '"fp23"'), ["tiny.toml", "precision", "did you mean 'fp32'?"]),
    "unknown metric": (edit(TASK, "version = 1", 'version = 1\nmetric = "acuracy"'), ["digits.toml", "metric", "accuracy"]),
    "unknown task kind": (edit(TASK, "image-classification", "image-clasification"), ["digits.toml", "kind"]),
    "labels that are not there": (
        both(edit(TINY, '"simclr",', '"supervised",'), edit("corpora/digits-unlabelled.toml", "labelled = true", "")),
        ["tiny.toml", "arms.simclr.corpus", "needs labels"],
    ),
    "no control": (edit(TINY, 'arms = ["scratch", "simclr"]', 'arms = ["simclr"]'), ["tiny.toml", "matrix[0].arms", "control"]),
    "an argument with a typo": (write(NET_TOML, model(args="{ widht = 3 }")), ["net.toml", "args.widht", "no such argument"]),
    "an argument that is missing": (write("models/net.py", NET.replace("int])", "int], width: int)")), ["net.toml", "args.width", "missing"]),
    "an argument that is given": (write(NET_TOML, model(args="{ in_shape = [1, 8, 8] }")), ["net.toml", "args.in_shape", "itself"]),
    "a model without a shape": (write("models/net.py", NET.replace("in_shape: tuple[int, int, int]", "shape: int")), ["net.toml", "in_shape"]),
    "an argument of another type": (
        both(write("models/net.py", NET.replace("int])", "int], width: int = 3)")), write(NET_TOML, model(args='{ width = "16" }'))),
        ["net.toml", "args.width", "'16' is not int"],
    ),
    "a probe of boxes": (
        edit(TINY, 'knn = { task = "digits"', 'knn = { task = "digit-scenes-detection"'),
        ["tiny.toml", "adaptations.knn.protocol", "'finetune'", "adaptations.knn.shots"],
    ),
    "an objective's typo": (edit("objectives/simclr.toml", "version = 1", "version = 1\nargs = { temprature = 0.1 }"), ["simclr.toml", "args.temprature", "'temperature'"]),
    "two modalities": (write(NET_TOML, model(modality='"text"')), ["tiny.toml", "matrix[0]", "one modality"]),
    "two things at once": (
        both(edit(TINY, '"fp32"', '"fp23"'), write("models/other.toml", model(name='"net-two"', titel='"x"'))),
        ["tiny.toml", "precision", "other.toml", "titel"],
    ),
}  # fmt: skip


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tiny_board(tmp_path).registry


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_named_with_file_and_key(kind: str, registry: Path) -> None:
    change, words = BROKEN[kind]
    change(registry)
    done = CliRunner().invoke(main, ["--registry", str(registry), "validate"])
    assert done.exit_code == 2, done.output
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.output
    assert isinstance(done.exception, SystemExit)


@pytest.mark.parametrize(
    "verb", [["validate"], ["plan", "tiny"], ["show", "tiny"], ["site", "tiny"], ["sweep", "tiny"]]
)
def test_every_verb_says_it_in_its_own_process(verb: list[str], registry: Path) -> None:
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


def test_one_entry_can_be_looked_at_alone(registry: Path) -> None:
    BROKEN["unknown key"][0](registry)
    alone = CliRunner().invoke(main, ["--registry", str(registry), "validate", "digits"])
    assert alone.exit_code == 0
    named = CliRunner().invoke(main, ["--registry", str(registry), "validate", "models/net.toml"])
    assert named.exit_code == 2
    unknown = CliRunner().invoke(main, ["--registry", str(registry), "validate", "digit"])
    assert unknown.exit_code == 2
    assert "did you mean 'digits'?" in unknown.stderr


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


def test_a_suite_that_is_not_there_names_the_nearest(registry: Path) -> None:
    with pytest.raises(BoardError, match="did you mean 'tiny'"):
        Catalog(registry).suite("tinny")


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


def said_of(registry: Path, *verb: str) -> tuple[int, str]:
    """What a verb ends with, and says on stderr."""
    results = registry.parent / "results"
    done = CliRunner().invoke(main, ["--registry", str(registry), "--results", str(results), *verb])
    assert "Traceback" not in done.output
    return done.exit_code, done.stderr


@pytest.mark.parametrize("file", UNNEEDED)
def test_a_suite_goes_on_without_a_broken_entry_that_it_does_not_need(file: str, registry: Path) -> None:
    UNNEEDED[file](registry)
    assert said_of(registry, "validate")[0] == 2
    status, said = said_of(registry, "plan", "tiny")
    assert status == 0, said
    (remark,) = [line for line in said.splitlines() if "left out" in line]
    assert f"{registry / file}: " in remark
    assert remark.endswith("; left out, since 'tiny' does not need it")


@pytest.mark.parametrize("verb", ["show", "relate", "site"])
def test_so_does_every_verb_that_reads_a_suite(verb: str, registry: Path) -> None:
    UNNEEDED["models/other.toml"](registry)
    more = ["--out", str(registry.parent / "public")] if verb == "site" else []
    for named in (["tiny"], []):
        status, said = said_of(registry, verb, *named, *more)
        assert status == 0, said
        assert said.count("left out, since 'tiny' does not need it") == 1


@pytest.mark.parametrize("file", NEEDED)
def test_a_suite_that_needs_a_broken_entry_fails_with_what_is_wrong(file: str, registry: Path) -> None:
    NEEDED[file](registry)
    UNNEEDED["models/other.toml"](registry)
    for verb in ("plan", "show", "sweep"):
        status, said = said_of(registry, verb, "tiny")
        assert status == 2, said
        assert str(registry / file) in said
        assert "other.toml" not in said


def test_what_a_tokenizer_is_trained_on_is_needed(registry: Path) -> None:
    tokenizer = '{ kind = "bpe", vocabulary = 300, corpus = "docstrings" }'
    write("models/words.toml", model(name='"words"', modality='"text"', tokenizer=tokenizer))(registry)
    write("models/net.py", NET.replace("int])", "int], vocabulary: int = 0)"))(registry)
    others = {"tiny": "words", "net": "words", "digits-unlabelled": "cldr-strings", "digits": "cldr-kind"}
    suite = TINY_SUITE
    for old, new in others.items():
        suite = suite.replace(f'"{old}"', f'"{new}"')
    suite = suite.replace("[1, 8, 8]", "[64]").replace('objective = "simclr"', 'objective = "masked-lm"')
    write("suites/words.toml", suite)(registry)
    status, said = said_of(registry, "plan", "words")
    assert status == 0, said
    edit("corpora/docstrings.toml", "source", "sorce")(registry)
    status, said = said_of(registry, "plan", "words")
    assert status == 2
    assert "docstrings.toml: sorce: unknown key" in said
    assert said_of(registry, "plan", "tiny")[0] == 0


def test_a_remark_says_how_much_more_is_wrong(registry: Path) -> None:
    write("models/other.toml", model(name='"other"', titel='"x"', authr='"y"'))(registry)
    assert "did you mean 'title'? (and 1 problem more); left out" in said_of(registry, "plan", "tiny")[1]


def test_what_is_left_out_is_in_no_list(registry: Path) -> None:
    UNNEEDED["models/other-code.toml"](registry)
    done = CliRunner().invoke(main, ["--registry", str(registry), "list", "models", "--format", "csv"])
    assert done.exit_code == 0
    assert [line.partition(",")[0] for line in done.stdout.splitlines()] == ["name", "net"]
    assert f"{registry / 'models' / 'other-code.toml'}: entry: " in done.stderr
    assert done.stderr.rstrip().endswith("; left out")


def test_a_list_says_which_suites_are_left_out_with_what_they_need(registry: Path) -> None:
    BROKEN["unknown key"][0](registry)
    write("suites/other.toml", "name = 3")(registry)
    status, said = said_of(registry, "list", "suites")
    assert status == 0
    assert said.splitlines()[-1] == "pretune: suites that are broken or need what is broken: other, tiny; left out"


def test_the_suite_that_is_meant_is_not_another_where_it_is_broken(registry: Path) -> None:
    write("suites/other.toml", TINY_SUITE.replace('"tiny"', '"other"'))(registry)
    write("suites/quick.toml", "name = 3")(registry)
    status, said = said_of(registry, "show")
    assert status == 2
    assert "quick.toml: name: " in said


def test_a_registry_without_suites_says_so(registry: Path) -> None:
    (registry / TINY).unlink()
    status, said = said_of(registry, "show")
    assert status == 2
    assert "no suite 'quick'" in said


def test_entries_with_an_ending_in_common_are_told_apart(registry: Path) -> None:
    write("models/other-net.toml", model(name='"other-net"', titel='"x"'))(registry)
    assert said_of(registry, "validate", "net")[0] == 0
    assert said_of(registry, "validate", "other-net")[0] == 2


def test_outside_a_board_it_says_so(tmp_path: Path) -> None:
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
    assert "rename the file to 'mine.toml'" in problem
    assert (f'or set name = "{file}"' in problem) == offered

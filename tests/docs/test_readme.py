"""The figures of README.md, sections "What this board found" and "What the committed runs say", are those of the
records."""

from collections.abc import Iterator
from statistics import median

from harness.report.answer import comparison_counts
from harness.report.words import number
from harness.sweep.trials import resolve
from tests.docs.document import Document
from tests.docs.records import BOARD, amount, levels, records, rho, share, slope
from tests.docs.vision import CNNS, DIGITS, EARLY, ENCODERS, TYPEFACE, VITS, WAYS, along, best, in_scenes, tally

DOCUMENT = Document("README.md")
SUITES = ("quick", "vision", "text", "natural", "gpu-quick")


def found() -> Iterator[str]:
    """What this board found."""
    vision, gpu, text = records("vision"), records("gpu-quick"), records("text")
    probe = vision.row("cnn-tiny", "simclr-digits", "digits-linear-5")
    tuned = vision.row("cnn-tiny", "simclr", TYPEFACE)
    digits, vits, cnns = tally(DIGITS, ENCODERS), tally(TYPEFACE, VITS), tally(TYPEFACE, CNNS)
    large = gpu.row("resnet18", "simclr", "finetune-10")
    yield f"Over {len(ENCODERS)} small encoders, {len(WAYS)} ways of pretraining without labels and {probe['n']} seeds"
    assert not cnns.up, "a CNN gains"
    yield (
        f"at 5 shots by {vision.lift('cnn-tiny', 'simclr-digits', 'digits-linear-5')} ({probe['items']} test digits), "
        f"but of {digits.of} comparisons of fine-tuning there {digits.up} help and {digits.down} hurt, which is what "
        f"chance gives; on {vision.classes('glyphs-new-typeface')} characters in a new typeface ({tuned['items']} "
        f"test glyphs) {vits.up} of {vits.of} of transformers help and {vits.down} hurt (`vit-tiny`, denoising "
        f"autoencoder: {vision.lift('vit-tiny', 'denoising', TYPEFACE)}), of {cnns.of} of CNNs none helps and "
        f"{cnns.down} hurt;"
    )
    yield (
        f"at 10 shots by {gpu.lift('resnet18', 'simclr', 'finetune-10')}, {large['n']} seeds, {large['items']:,} test "
        "images)."
    )
    yield from relations()
    size = text.row("transformer-tiny", "simcse", "topic-linear-50")
    counting = [text.score("tf-idf", "scratch", f"topic-linear-{shots}") for shots in (10, 50)]
    yield (
        f"SimCSE lifts a frozen `transformer-tiny` by {text.lift('transformer-tiny', 'simcse', 'topic-linear-50')} at "
        f"50 labels ({size['n']} seeds, {size['items']:,} paragraphs of {size['clusters']} modules), adds "
        f"{text.lift('transformer-tiny', 'simcse', 'topic-finetune-10')} when fine-tuned at 10, and TF-IDF, with "
        f"{counting[0]} and {counting[1]}, is ahead of every encoder."
    )
    yield from limits()


def relations() -> Iterator[str]:
    """What frozen features tell."""
    vision = records("vision")
    h_score, linear = (
        [vision.relation(target, name, 5) for target in (DIGITS, TYPEFACE)] for name in ("h_score", "linear")
    )
    within = [vision.relation(target, "h_score", 5, "model") for target in (DIGITS, TYPEFACE)]
    pairs = [[f"{100 * each.decision_accuracy:.0f}" for each in both] for both in (h_score, linear)]
    size = [f"{100 * each.decision_accuracy_parameters:.0f}" for each in linear]
    yield (
        f"orders fine-tuned accuracies at ρ = {rho(h_score[0])} over {len(h_score[0].points)} pretrainings on digits "
        f"and {rho(h_score[1])} over {len(h_score[1].points)} on the typeface and puts {pairs[0][0]} and {pairs[0][1]} "
        f"% of the pairs in the right order, a linear probe {rho(linear[0])} and {rho(linear[1])} ({pairs[1][0]} and "
        f"{pairs[1][1]} %), the number of parameters {size[0]} and {size[1]} %, but within one encoder neither is told "
        f"from nothing (H-score {rho(within[0])} and {rho(within[1])})."
    )


def limits() -> Iterator[str]:
    """What the board cannot say."""
    rows = [row for suite in SUITES for row in records(suite).found.rows if row["parameters"] and not row["control"]]
    *_, second, largest = sizes = sorted({row["parameters"] for row in rows})
    yield (
        f"encoders have {sizes[0] / 1e3:.0f} thousand to {second / 1e6:.1f} million weights (one of "
        f"{largest / 1e6:.0f} million apart)"
    )
    missed = median(row["detectable"] for row in records("vision").rows(ENCODERS, WAYS, DIGITS))
    yield f"on digits a lift of fine-tuning below {share(missed)} would mostly have been missed"


def quick() -> Iterator[str]:
    """What the run of `quick` says."""
    run = records("quick")
    newest = [run.found.store.records(key)[-1] for key in keys("quick")]
    hours = sum(record.meters["total_s"] for record in newest) / 3600
    yield f"a real run of `quick` on two cores ({len(newest):,} trials, {hours:.2f} core-hours)"
    headline = run.row("cnn-tiny", "simclr", "typeface-linear-5")
    yield (
        f"at 5 shots, by {run.lift('cnn-tiny', 'simclr', 'typeface-linear-5')} over the frozen random encoder "
        f"({headline['n']} seeds, {headline['items']} test glyphs)."
    )
    prose = run.row("transformer-nano", "simcse", "topic-linear-10")
    yield (
        f"at 10 labels by {run.lift('transformer-nano', 'simcse', 'topic-linear-10')} (`transformer-nano`, "
        f"{prose['items']:,} test paragraphs); TF-IDF stays far ahead "
        f"({run.score('tf-idf', 'text-scratch', 'topic-linear-10')} against {number(prose['score'])})."
    )
    said = comparison_counts(run.found.rows)["unlabelled"]
    yield (
        f"Of {said['all']} comparisons of pretraining without labels with scratch {said['helps']} help, "
        f"{said['hurts']} hurt and {said['undecided']} are undecided."
    )
    arms = ("autoencoder", "denoising", "simclr", "vicreg")
    largest = max(arms, key=lambda arm: run.row("cnn-nano", arm, TYPEFACE)["lift"])
    detectable = min(row["detectable"] for row in run.rows(["cnn-nano"], arms, TYPEFACE))
    yield (
        f"the largest is {run.lift('cnn-nano', largest, TYPEFACE)}, and so short a run would seldom have shown less "
        f"than {number(detectable)}."
    )
    probe = run.relation(TYPEFACE, "linear", 5)
    yield f"that were fine-tuned at Spearman's ρ = {rho(probe)}: {probe.text.partition(' (')[0]}."
    yield f"`cnn-nano` reads digits at {run.accuracy('cnn-nano', 'scratch', 'digits-finetune')}."


def vision() -> Iterator[str]:
    """What the run of `vision` says."""
    run = records("vision")
    probes = [tally("digits-linear-5", ENCODERS, [arm]).up for arm in ("vicreg", "simclr")]
    both = [run.lift("cnn-tiny", arm, "digits-linear-5") for arm in ("vicreg-digits", "simclr-digits")]
    assert tally("digits-linear-5", ENCODERS, ["vicreg-digits", "simclr-digits"]).up == 2 * len(ENCODERS)
    yield (
        f"on all eight encoders (`cnn-tiny`: {both[0]} and {both[1]}; the second was named before the run), on other "
        f"scripts on {probes[0]} and {probes[1]} of {len(ENCODERS)}."
    )
    digits, vits, cnns = tally(DIGITS, ENCODERS), tally(TYPEFACE, VITS), tally(TYPEFACE, CNNS)
    yield f"On digits at 5 shots {digits.up} of {digits.of} comparisons help and {digits.down} hurt, which"
    yield (
        f"({vits.up} of {vits.of} help, {vits.down} hurt) and CNNs from nothing ({cnns.up} of {cnns.of}, {cnns.down} "
        f"hurt); the best pretrained transformer, at {best(VITS, TYPEFACE):.3f}, is level with the smallest CNN from "
        f"scratch, at {run.score('cnn-pico', 'scratch', TYPEFACE)}, and `cnn-small` from scratch has "
        f"{run.score('cnn-small', 'scratch', TYPEFACE)}. Named before the run: SimCLR, `cnn-tiny`, "
        f"{run.lift('cnn-tiny', 'simclr', TYPEFACE)}."
    )
    probe, within = run.relation(DIGITS, "linear", 5), run.relation(DIGITS, "linear", 5, "model")
    yield (
        f"orders fine-tuned scores at ρ = {rho(probe)} over {len(probe.points)} pretrainings and puts "
        f"{share(probe.decision_accuracy)} of the pairs in the right order, log parameters "
        f"{share(probe.decision_accuracy_parameters)}; within one encoder it is ρ = {rho(within)}, which may be "
        "nothing."
    )
    early = run.predictor("digits-linear-5", "linear", 5, "model", 0.1)
    contrast, others = along()
    yield (
        f"after {run.suite.pretrain.steps // 10} of {run.suite.pretrain.steps} steps it orders "
        f"{share(early.relation.decision_accuracy)} of the pairs of ways within an encoder as at the end, and its pick "
        f"costs {number(early.regret)} of accuracy where chance costs {number(early.regret_by_chance)} ({len(EARLY)} "
        f"encoders, {len(WAYS)} ways)."
    )
    yield f"the three go on in {contrast.up} of {contrast.of} slopes, the other ways in {others.up} of {others.of}."
    more, less = (
        amount(run.curve("quantity", "score", "cnn-tiny", arm, adaptation))
        for arm, adaptation in (("rotation", "digits-linear-5"), ("simclr", "typeface-linear-5"))
    )
    yield (
        f"adds {more} to the probe of rotation on digits and takes {less} from that of SimCLR on the new typeface "
        "(`cnn-tiny`)."
    )
    scenes = in_scenes()
    yield (
        f"with all labels, by {run.lift('cnn-tiny', 'simclr', 'scenes-detection')} mAP over scratch at "
        f"{run.score('cnn-tiny', 'scratch', 'scenes-detection')} (named before the run), and segmentation by "
        f"{run.lift('cnn-tiny', 'simclr', 'scenes-segmentation')} mIoU over "
        f"{run.score('cnn-tiny', 'scratch', 'scenes-segmentation')} (`cnn-tiny`, "
        f"{run.row('cnn-tiny', 'simclr', 'scenes-detection')['clusters']} test scenes); of {scenes.of} comparisons "
        f"over two encoders {scenes.up} help, both of SimCLR, and {scenes.down} hurt."
    )


def text() -> Iterator[str]:
    """What the run of `text` says."""
    run = records("text")
    tiny, nano = "transformer-tiny", "transformer-nano"
    yield f"in all languages, three seeds, {len(keys('text')):,} trials"
    yield (
        f"at 50 labels by {run.lift(tiny, 'simcse', 'topic-linear-50')} over "
        f"{run.score(tiny, 'scratch', 'topic-linear-50')} (`transformer-tiny`; named before the run), causal "
        f"language modelling by {run.lift('causal-tiny', 'causal-lm', 'topic-linear-50')}, masked by "
        f"{run.lift(tiny, 'masked-lm', 'topic-linear-50')}."
    )
    tuned = run.row(tiny, "simcse", "topic-finetune-10")
    yield (
        f"SimCSE {run.lift(tiny, 'simcse', 'topic-finetune-10')} over tuned scratch at "
        f"{run.score(tiny, 'scratch', 'topic-finetune-10')} (`transformer-tiny`, {tuned['items']:,} test paragraphs "
        f"of {tuned['clusters']} modules); at 50 labels {run.lift(tiny, 'simcse', 'topic-finetune-50')}."
    )
    yield (
        f"TF-IDF with logistic regression has {run.score('tf-idf', 'scratch', 'topic-linear-10')} and "
        f"{run.score('tf-idf', 'scratch', 'topic-linear-50')} at 10 and 50 labels; which of "
        f"{run.classes('cldr-language')} languages a name is in, runs of characters tell at "
        f"{run.score('tf-idf-characters', 'scratch', 'language-linear-10')} where the best encoder has "
        f"{max(run.scores('language-linear-10')):.3f}."
    )
    clean, shuffled, foreign = (
        run.lift(nano, arm, "topic-linear-10") for arm in ("simcse", "simcse-shuffle-3", "simcse-off-domain-3")
    )
    yield (
        f"SimCSE's lift of a probe at 10 labels falls from {clean.partition(' ')[0]} to {shuffled}; with half of the "
        f"texts in a made-up language it stays at {foreign} (`transformer-nano`)."
    )
    size = run.curve("size", "loss", "causal", "causal-lm")
    quantity = run.curve("quantity", "loss", "causal-nano", "causal-lm")
    better = slope(run.curve("size", "lift", "causal", "causal-lm", "topic-linear-10"))
    yield (
        f"{', '.join(levels(size))} from pico to tiny; {', '.join(levels(quantity))} at 1, 10 and 100 % of the corpus. "
        f"A better causal model is a better probe: {better} a doubling of its parameters."
    )


def photographs() -> Iterator[str]:
    """What the runs of `natural` and of `gpu-quick` say."""
    natural, gpu = records("natural"), records("gpu-quick")

    def lift(arm: str) -> str:
        return natural.lift("cnn-small", arm, "linear-10")

    taken = natural.row("cnn-small", "rotation", "linear-10")
    yield (
        f"by {lift('simclr')} over the random encoder's {natural.score('cnn-small', 'scratch', 'linear-10')} (named "
        f"before the run), VICReg by {lift('vicreg')}; rotation takes {-taken['lift']:.3f} [{-taken['lift_high']:.3f}, "
        f"{-taken['lift_low']:.3f}]; what SimCLR learnt on Omniglot adds {lift('simclr-omniglot')}."
    )
    pretraining = gpu.pretraining("resnet18", "simclr", 0)
    yield (
        f"ten epochs of CIFAR-10, {pretraining['total_s']:.0f} s and {pretraining['energy_j'] / 1e3:.1f} kJ where a "
        "trial had the GPU to itself"
    )
    yield (
        f"at 10 shots by {gpu.lift('resnet18', 'simclr', 'finetune-10')} over tuned scratch's "
        f"{gpu.score('resnet18', 'scratch', 'finetune-10')} (named before the run), and a linear probe at 10 shots by "
        f"{gpu.lift('resnet18', 'simclr', 'linear-10')}."
    )


def keys(suite: str) -> list[str]:
    """Those of the trials that a suite's board rests on."""
    return [*resolve(BOARD.catalog.suite(suite), BOARD.catalog)]


def test_what_this_board_found() -> None:
    DOCUMENT.check(found(), "## What this board found", "## What the committed runs say")


def test_what_the_committed_runs_say() -> None:
    sentences = [*quick(), *vision(), *text(), *photographs()]
    DOCUMENT.check(sentences, "## What the committed runs say", "## How it is built", known=["0.95"])

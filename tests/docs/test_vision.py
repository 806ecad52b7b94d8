"""The figures of docs/vision.md are those of the records."""

from collections.abc import Iterator
from statistics import fmean

from harness.findings.predictors import Predictor
from harness.report.similarity import side_name
from harness.report.words import number, signed
from tests.docs.document import Document
from tests.docs.records import Tally, amount, levels, percent, records, rho, share, slope
from tests.docs.vision import CNNS, DIGITS, EARLY, ENCODERS, SCENES, TYPEFACE, VITS, WAYS, along, best, in_scenes, tally

DOCUMENT = Document("docs/vision.md")
NAMED = {"simclr-digits": " (named before the run: digits)", "simclr": " (named before: typeface)"}


def sentences() -> Iterator[str]:
    yield from probes()
    yield from counts()
    yield from typeface()
    yield from predictors()
    yield from promises()
    yield from factors()
    yield from similarity()
    yield from along_the_run()
    yield from scenes()
    yield from limits()


def probes() -> Iterator[str]:
    """Lifts of the linear probe of `cnn-tiny`."""
    tasks = ("digits-linear-5", "blocks-linear-5", "typeface-linear-5")
    for arm, title in WAYS.items():
        lifts = " | ".join(records("vision").lift("cnn-tiny", arm, task) for task in tasks)
        yield f"| {title}{NAMED.get(arm, '')} | {lifts} |"


def counts() -> Iterator[str]:
    """How many helped and how many hurt, over all encoders."""
    tasks = ("digits-linear-1", "digits-linear-5", "digits-linear-20", "blocks-linear-5", "typeface-linear-5")
    for arm, title in WAYS.items():
        tallies = (tally(task, ENCODERS, [arm]) for task in (*tasks, DIGITS))
        yield f"| {title} | {' | '.join(f'{each.up} / {each.down}' for each in tallies)} |"


def typeface() -> Iterator[str]:
    """Fine-tuning on the new typeface."""
    vision = records("vision")
    cnns, vits = ([vision.score(model, "scratch", TYPEFACE) for model in family] for family in (CNNS, VITS))
    yield (
        f"Scratch: {cnns[0]}, {cnns[1]}, {cnns[2]} and {cnns[3]} from `cnn-pico` to `cnn-small`, "
        f"{vits[0]}, {vits[1]}, {vits[2]} and {vits[3]} from `vit-pico` to `vit-small`."
    )
    found = tally(TYPEFACE, CNNS)
    assert not found.up, "a CNN gains"

    def lift(model: str, arm: str) -> str:
        return vision.lift(model, arm, TYPEFACE)

    yield (
        f"of {found.of} comparisons none helps and {found.down} hurt (`cnn-pico` denoising autoencoder "
        f"{lift('cnn-pico', 'denoising')}, `cnn-nano` SimCLR {lift('cnn-nano', 'simclr')}, `cnn-tiny` bidirectional "
        f"GAN {lift('cnn-tiny', 'bigan')} and BYOL {lift('cnn-tiny', 'byol')}). Named before the run: SimCLR on other "
        f"scripts, `cnn-tiny`, {lift('cnn-tiny', 'simclr')}, where the linear probe rises by "
        f"{vision.row('cnn-tiny', 'simclr', 'typeface-linear-5')['lift']:.1f}."
    )
    found = tally(TYPEFACE, VITS)
    yield (
        f"Transformers do: of {found.of} comparisons {found.up} help and {found.down} hurt. `vit-small`: rotation "
        f"{lift('vit-small', 'rotation')}, VICReg on digits {lift('vit-small', 'vicreg-digits')}, masked image "
        f"{lift('vit-small', 'masked')}. `vit-tiny`: rotation {lift('vit-tiny', 'rotation')}, denoising autoencoder "
        f"{lift('vit-tiny', 'denoising')}, SimCLR on other scripts {lift('vit-tiny', 'simclr')}, autoencoder "
        f"{lift('vit-tiny', 'autoencoder')}, GAN {lift('vit-tiny', 'gan')}; BYOL {lift('vit-tiny', 'byol')}, "
        f"variational autoencoder {lift('vit-tiny', 'vae')}."
    )
    yield f"the best of them, {best(VITS, TYPEFACE):.3f}, is level with the smallest CNN from scratch."


def predictors() -> Iterator[str]:
    """What a pretraining score says of fine-tuning on digits."""
    vision = records("vision")
    names = {
        ("linear", 1): "linear probe, 1 shot",
        ("linear", 5): "linear probe, 5 shots",
        ("linear", 20): "linear probe, 20 shots",
        ("linear", None): "linear probe, all labels",
        ("knn", 5): "k-NN, 5 shots",
        ("logme", 5): "LogME, 5 shots",
        ("h_score", 5): "H-score, 5 shots",
    }
    for (name, shots), title in names.items():
        found = [vision.relation(DIGITS, name, shots, within) for within in (None, "model", "arm")]
        yield f"| {title} | {' | '.join(map(rho, found))} | {share(found[0].decision_accuracy)} |"
    loss = vision.relation(DIGITS, "loss", within="arm")
    yield f"| held-out loss | – | – | {rho(loss)} | {share(loss.decision_accuracy)} (within arms) |"
    probe, logme, h_score = (vision.relation(DIGITS, name, 5) for name in ("linear", "logme", "h_score"))
    yield f"over all {len(probe.points)} |"
    yield f"log parameters alone put {share(probe.decision_accuracy_parameters)} of the pairs in the right order"
    yield (
        f"{share(logme.decision_accuracy)} and {share(h_score.decision_accuracy)} of the pairs against "
        f"{share(probe.decision_accuracy)}, at intervals that overlap; size is not the reason (given log parameters "
        f"{signed(logme.partial, 2)} and {signed(h_score.partial, 2)})."
    )
    of_probe = [vision.relation("digits-linear-5", name, 5).spearman for name in ("logme", "h_score", "knn")]
    logme_tells, h_score_tells, knn_tells = (signed(each, 2) for each in of_probe)
    yield f"(linear at 5 shots on `digits`: {logme_tells} and {h_score_tells}, k-NN {knn_tells})"
    within = vision.relation(DIGITS, "linear", 5, "model")
    yield f"(the reliability of the target within encoders is {within.target_reliability:.2g})"
    skills = {
        arm: vision.row("cnn-tiny", arm, "digits-linear-5")["skill"] for arm in ("autoencoder", "rotation", "simclr")
    }
    yield (
        f"On `cnn-tiny` the autoencoder explains {share(skills['autoencoder'])} of the pixels' variance, rotation "
        f"tells the turn with a skill of {share(skills['rotation'])}, SimCLR has {share(skills['simclr'])}:"
    )


def promises() -> Iterator[str]:
    """What they say of fine-tuning on the new typeface."""
    vision = records("vision")
    h_score, logme, linear, knn = (
        vision.predictor(TYPEFACE, name, 5) for name in ("h_score", "logme", "linear", "knn")
    )

    def pairs(each: Predictor) -> str:
        return share(each.relation.decision_accuracy)

    yield (
        f"over all {len(h_score.relation.points)} pretrainings: H-score {rho(h_score.relation)} and "
        f"{pairs(h_score)} of the pairs, LogME {rho(logme.relation)} and {pairs(logme)}, the linear probe at 5 shots "
        f"{rho(linear.relation)} and {pairs(linear)}, k-NN {rho(knn.relation)} and {pairs(knn)}, parameters alone "
        f"{share(linear.relation.decision_accuracy_parameters)}; within an encoder H-score "
        f"{rho(vision.relation(TYPEFACE, 'h_score', 5, 'model'))}, probe "
        f"{rho(vision.relation(TYPEFACE, 'linear', 5, 'model'))}."
    )
    yield (
        f"picking it costs {number(h_score.regret_by_parameters)} where a pick by chance costs "
        f"{number(h_score.regret_by_chance)} and the H-score’s {number(h_score.regret)}."
    )


def factors() -> Iterator[str]:
    """What quantity, quality, size and labels do."""
    vision = records("vision")

    found = Tally.along(vision.curves("quantity", "score"))
    yield f"of {found.of} slopes of the score {found.up} rise, {found.down} fall. Rotation gains most"
    one, _, whole = levels(vision.curve("quantity", "score", "cnn-tiny", "simclr", "typeface-linear-5"))
    yield f"SimCLR on `cnn-tiny` loses on the new typeface ({one} at 1 %, {whole} at 100 %)"
    found = Tally.along(vision.curves("quality", "score"))
    noise = vision.curve("quality", "score", "cnn-tiny", "simclr", "typeface-linear-5")
    turn = vision.curve("quality", "score", "cnn-tiny", "rotation", "digits-linear-5")
    yield (
        f"of {found.of} slopes of the score {found.up} rise, {found.down} fall. SimCLR on `cnn-tiny` falls on the new "
        f"typeface by {amount(noise)} a step; rotation on digits *gains* {amount(turn)} a step"
    )
    found = Tally.along(vision.curves("size", "lift"))
    yield f"of {found.of} slopes of the lift {found.up} rise, {found.down} fall. In the `cnn` family"
    shrinks = slope(vision.curve("size", "lift", "cnn", "simclr", "digits-linear-5"))
    yield f"(SimCLR on other scripts: {shrinks} a doubling of parameters)"
    found = Tally.along(vision.curves("labels", "lift"))
    yield f"of {found.of} slopes of the lift {found.up} rise, {found.down} fall. From"
    first, last = (vision.row("cnn-tiny", "vicreg-digits", f"digits-linear-{shots}")["lift"] for shots in (1, 20))
    yield f"From {signed(first, 2)} at 1 shot to {signed(last, 2)} at 20 for VICReg on digits, `cnn-tiny`."


def similarity() -> Iterator[str]:
    """Whose features are alike, and what lies next to what."""
    found = records("vision").found
    alike = {(each.problems[0]["task"], each.between): each for each in found.similarity}
    arms, models = alike["digits", "arms"], alike["digits", "models"]
    whole = sum(pairs == arms.pairs.diagonal().max() for pairs in arms.pairs.diagonal())
    yield (
        f"and {len(arms.sides)} arms ({whole} of them in all eight encoders, the spoilt and partial ones in two): two "
        f"arms in one encoder {share(arms.across)}, two encoders in one arm {share(models.across)}, the same "
        f"pretraining at two seeds {share(arms.itself)}; on the new typeface "
        f"{share(alike['glyphs-new-typeface', 'arms'].across)}, {share(alike['glyphs-new-typeface', 'models'].across)} "
        f"and {share(alike['glyphs-new-typeface', 'arms'].itself)}."
    )
    names = list(map(side_name, arms.sides))

    def cka(one: str, other: str) -> float:
        return float(arms.cka[names.index(one), names.index(other)])

    clean = [name for name, side in zip(names, arms.sides, strict=True) if not side["corruption"]]
    most = max(cka("rotation on glyphs", name) for name in clean if not name.startswith("rotation"))
    contrast = (f"simclr on {corpus}" for corpus in ("digits-unlabelled", "glyphs"))
    digits, scripts = (cka(name, name.replace("simclr", "vicreg")) for name in contrast)
    yield (
        f"SimCLR and VICReg on one corpus are alike ({share(digits)} where it is digits, {share(scripts)} other "
        "scripts), the denoising autoencoder stays with its random encoder "
        f"({share(cka('denoising-autoencoder on glyphs', 'scratch'))}), and rotation on a clean corpus is like no "
        f"other way on one ({share(most)} at most)."
    )
    shown = {each.problem["task"]: each for each in found.neighbours}
    (own, scratch), (tiny, untrained) = (shown[task].cells for task in ("digits", "glyphs-new-typeface"))
    yield (
        f"{percent(own.right)} are of its class for VICReg on digits (`cnn-small`, the best k-NN) and "
        f"{percent(scratch.right)} from scratch; on the new typeface, of "
        f"{records('vision').classes('glyphs-new-typeface')} classes, {percent(tiny.right)} for SimCLR (`cnn-tiny`) "
        f"and {percent(untrained.right)}."
    )


def along_the_run() -> Iterator[str]:
    """What features are worth after a tenth and three tenths of the steps."""
    vision = records("vision")
    contrast, others = along()
    nano, pico, masked = (
        vision.curve("progress", "score", model, arm, "digits-linear-5")
        for model, arm in (("cnn-nano", "simclr-digits"), ("vit-pico", "simclr-digits"), ("vit-pico", "masked"))
    )
    yield (
        f"Of the {contrast.of} slopes of SimCLR, VICReg and BYOL {contrast.up} rise: SimCLR on digits, `cnn-nano`, "
        f"{', '.join(levels(nano))}, or {slope(nano)} a tenfold of the steps, `vit-pico` {slope(pico)}. "
        f"Of the {others.of} of the other ways {others.up} rises and {others.down} falls (masked image on "
        f"`vit-pico`, {slope(masked)})."
    )
    tenth, whole = (
        signed(fmean([vision.row(model, "simclr-digits", "digits-linear-5", progress)["lift"] for model in EARLY]))
        for progress in (0.1, 1)
    )
    yield f"After a tenth SimCLR on digits has {tenth} of the lift of {whole} that it ends with"
    early, within, third, third_within = (
        vision.predictor("digits-linear-5", "linear", 5, group, progress)
        for progress in (0.1, 0.3)
        for group in (None, "model")
    )
    pairs, pairs_within, later, later_within = (
        share(each.relation.decision_accuracy) for each in (early, within, third, third_within)
    )
    yield (
        f"The probe at 10 % puts {pairs} of the pairs of the {len(early.relation.points)} pretrainings in the order of "
        f"that probe at the end (ρ = {signed(early.relation.spearman, 2)}), {pairs_within} within an encoder; at 30 % "
        f"{later} and {later_within}; what it puts first costs {number(early.regret)} of accuracy, and "
        f"{number(within.regret)} within an encoder, where a pick by chance costs {number(early.regret_by_chance)} and "
        f"{number(within.regret_by_chance)}."
    )
    early, within = (vision.predictor(DIGITS, "linear", 5, group, 0.1) for group in (None, "model"))
    yield (
        f"over all {len(early.relation.points)} pretrainings {share(early.relation.decision_accuracy)} of the pairs "
        f"(the probe at the end of the same runs {share(early.decisions_at_the_end)}), within an encoder "
        f"{share(within.relation.decision_accuracy)} ({share(within.decisions_at_the_end)}), both with a regret of "
        f"{number(early.regret)} and {number(within.regret)} against {number(early.regret_by_chance)} and "
        f"{number(within.regret_by_chance)} by chance."
    )


def scenes() -> Iterator[str]:
    """Detection and segmentation."""
    vision = records("vision")
    for name, adaptation in SCENES.items():
        for model in ("cnn-nano", "cnn-tiny"):
            scratch = vision.accuracy(model, "scratch", adaptation)
            lifts = [vision.lift(model, arm, adaptation) for arm in ("simclr", "masked", "autoencoder")]
            yield f"| {name} | `{model}` | {scratch} | {' | '.join(lifts)} |"
    yield f"over {vision.row('cnn-tiny', 'simclr', SCENES['detection'])['clusters']} test scenes"
    every, contrast = in_scenes(), in_scenes(["simclr"])
    assert every.up == contrast.up
    yield f"Of {every.of} comparisons {every.up} help, both of SimCLR, and {every.down} hurt."
    trials = vision.found.trials
    (rate,) = set(trials[trials["task"].str.startswith("digit-scenes")]["rate"])
    yield f"All of these trials, scratch included, chose the grid's highest rate, {rate:g}"


def limits() -> Iterator[str]:
    """What the records cannot say."""
    best_scratch = max(records("vision").row(model, "scratch", DIGITS)["score"] for model in ENCODERS)
    yield f"At 5 shots these encoders reach {best_scratch:.1f} on digits from scratch"


def test_the_records_give_its_figures() -> None:
    DOCUMENT.check(sentences(), known=["0.95", "0.05"])

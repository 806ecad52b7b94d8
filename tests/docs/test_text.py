"""The figures of docs/text.md are those of the records."""

from collections.abc import Iterator

from tests.docs.document import Document
from tests.docs.records import levels, records, rho, share, slope

DOCUMENT = Document("docs/text.md")
TOPIC = ["topic-linear-10", "topic-linear-50", "topic-linear", "topic-finetune-10", "topic-finetune-50"]
NAMES = ["language-linear-10", "language-knn-10", "kind-linear-10", "kind-knn-10"]
ENCODERS = ["transformer-pico", "transformer-nano", "transformer-tiny", "text-cnn-nano"]
CAUSAL = ["causal-pico", "causal-nano", "causal-tiny"]
SINCE_REPLACED = ["+0.020", "+0.006", "+0.034"]
"""The lift of SimCSE when fine-tuning had three rates: those trials are not of the suite any more."""


def sentences() -> Iterator[str]:
    yield from topics()
    yield from fine_tuning()
    yield from sizes()
    yield from quality()
    yield from names()
    yield from promises()


def topics() -> Iterator[str]:
    """Which subpackage a paragraph is from."""
    text = records("text")
    size = text.row("transformer-tiny", "simcse", "topic-linear-50")
    yield f"{size['items']:,} test paragraphs from {size['clusters']} modules"
    for model in [*ENCODERS, *CAUSAL]:
        yield row(model, "scratch", "scratch", TOPIC)
        for arm in ("simcse", "masked-lm", "electra", "causal-lm"):
            if text.has(model, arm, TOPIC[0]):
                yield row(model, arm, arm, TOPIC)
    for model in ("tf-idf", "tf-idf-characters", "text-constant"):
        yield row(model, "scratch", "control", TOPIC)


def row(model: str, arm: str, title: str, adaptations: list[str]) -> str:
    """A row of a table: lifts, and of scratch the accuracy."""
    shown = [figure(model, arm, adaptation) for adaptation in adaptations]
    return f"| {model} | {title} | {' | '.join(shown)} |"


def figure(model: str, arm: str, adaptation: str) -> str:
    """A lift, and of scratch the accuracy; a star where its rate or its scratch's lies on the edge of the grid."""
    text = records("text")
    if not text.has(model, arm, adaptation):
        return "–"
    found = (text.score if arm == "scratch" else text.lift)(model, arm, adaptation)
    return f"{found} *" if "edge" in text.row(model, arm, adaptation)["flags"] else found


def fine_tuning() -> Iterator[str]:
    """What is said of the comparisons that were named before, and of the others."""
    text = records("text")

    def tuned(model: str, arm: str, shots: int = 10) -> str:
        return text.lift(model, arm, f"topic-finetune-{shots}")

    yield f"`transformer-tiny` at 50 labels, is {text.lift('transformer-tiny', 'simcse', 'topic-linear-50')}."
    yield (
        f"SimCSE {tuned('transformer-tiny', 'simcse')} and masked language modelling "
        f"{tuned('transformer-tiny', 'masked-lm')} over scratch at "
        f"{text.score('transformer-tiny', 'scratch', 'topic-finetune-10')} (`transformer-tiny`)."
    )
    yield f"At 50 labels SimCSE adds {tuned('transformer-tiny', 'simcse', 50)}."
    yield (
        f"{tuned('transformer-pico', 'simcse')} on `transformer-pico`, {tuned('text-cnn-nano', 'simcse')} on the "
        f"convolutional `text-cnn-nano`, {tuned('transformer-nano', 'simcse')} on `transformer-nano`, whose scratch "
        "chose a rate on the edge"
    )
    counting = [text.score("tf-idf", "scratch", f"topic-linear-{shots}") for shots in (10, 50)]
    characters = text.score("tf-idf-characters", "scratch", "topic-linear-10")
    best = [share(max(text.scores(f"topic-finetune-{shots}"))) for shots in (10, 50)]
    yield (
        f"TF-IDF with logistic regression has {counting[0]} at 10 labels and {counting[1]} at 50, runs of characters "
        f"{characters} at 10; the best fine-tuned encoder has {best[0]} and {best[1]}."
    )


def sizes() -> Iterator[str]:
    """What the size of the encoder and the quantity of text do."""
    text = records("text")
    trivial = [
        share(text.row(model, arm, "topic-linear-10")["trivial_loss"])
        for model, arm in (("causal-nano", "causal-lm"), ("transformer-nano", "masked-lm"))
    ]
    yield f"knowing the tokens' frequencies alone gives {trivial[0]} (causal) and {trivial[1]} (masked):"
    for title, family, arm in (("causal", "causal", "causal-lm"), ("masked", "transformer", "masked-lm")):
        by_size = text.curve("size", "loss", family, arm)
        yield f"| {title} language modelling | {' | '.join(levels(by_size))} | {slope(by_size)} |"
        by_quantity = text.curve("quantity", "loss", f"{family}-nano", arm)
        yield f"| {title} language modelling, nano | {' | '.join(levels(by_quantity))} | {slope(by_quantity)} |"
    for title, arm in (("SimCSE", "simcse"), ("masked language modelling", "masked-lm")):
        probe = text.curve("quantity", "score", "transformer-nano", arm, "topic-linear-10")
        yield f"| {title} | {' | '.join(levels(probe))} | {slope(probe)} |"
    better = slope(text.curve("size", "lift", "causal", "causal-lm", "topic-linear-10"))
    more = slope(text.curve("quantity", "score", "causal-nano", "causal-lm", "topic-linear-10"))
    yield (
        f"its lift at 10 labels rises with size by {better} a doubling, and the probe's score with the corpus by "
        f"{more} a tenfold."
    )
    falls = slope(text.curve("size", "lift", "transformer", "simcse", "topic-linear"))
    yield f"(at all labels it falls, {falls})"


def quality() -> Iterator[str]:
    """What spoilt text is worth."""
    for title, arm, spoilt in (
        ("SimCSE, characters of each text shuffled", "simcse", ("simcse-shuffle-3", "simcse-shuffle-5")),
        ("SimCSE, texts in a made-up language", "simcse", ("simcse-off-domain-3", "simcse-off-domain-5")),
        ("masked language modelling, characters shuffled", "masked-lm", (None, "masked-lm-shuffle-5")),
    ):
        shown = [figure("transformer-nano", each, "topic-linear-10") if each else "–" for each in (arm, *spoilt)]
        yield f"| {title} | {' | '.join(shown)} |"


def names() -> Iterator[str]:
    """Names of things in all languages."""
    text = records("text")
    yield f"Which of {text.classes('cldr-language')} languages a name is in"
    for model in ("transformer-nano", "byte-transformer-nano"):
        yield row(model, "scratch", "scratch", NAMES)
        for corpus, ending in (("docstrings", ""), ("cldr-strings", "-cldr")):
            for arm in ("masked-lm", "simcse"):
                if text.has(model, arm + ending, NAMES[0]):
                    yield row(model, arm + ending, f"{arm} on {corpus}", NAMES)
    for model in ("tf-idf", "tf-idf-characters", "text-constant"):
        yield row(model, "scratch", "control", NAMES)
    constant = text.score("text-constant", "scratch", "kind-linear-10")
    yield f"the constant answer has {constant}, the best encoder {max(text.scores('kind-linear-10')):.3f}."


def promises() -> Iterator[str]:
    """What features promise, whose are alike, and how large encoders are."""
    text = records("text")

    def told(target: str, *predictors: str) -> list[str]:
        return [rho(text.relation(target, predictor, 10)) for predictor in predictors]

    logme, knn, h_score = told("topic-linear-10", "logme", "knn", "h_score")
    points = text.relation("topic-linear-10", "logme", 10)
    tuned = told("topic-finetune-10", "logme", "knn", "h_score")
    few = len(text.relation("topic-finetune-10", "logme", 10).points)
    yield (
        f"(ρ {logme} and {knn} over {len(points.points)} pretrainings of {points.encoders} encoders), the H-score "
        f"hardly ({h_score}); of fine-tuning at 10 labels {tuned[0]}, {tuned[1]} and {tuned[2]} over {few}: too few "
        "for intervals."
    )
    alike = {each.between: each for each in text.found.similarity if each.problems[0]["task"] == "docstring-topic"}
    yield (
        f"Two arms in one encoder have a linear CKA of {share(alike['arms'].across)}, two encoders in one arm "
        f"{share(alike['models'].across)}, the same pretraining at two seeds {share(alike['arms'].itself)}"
    )
    sizes = [found["parameters"] / 1e6 for found in text.found.rows if not found["control"]]
    yield f"encoders of {min(sizes):.2f} to {max(sizes):.2f} million weights"


def test_the_records_give_its_figures() -> None:
    DOCUMENT.check(sentences(), known=["0.95", *SINCE_REPLACED])

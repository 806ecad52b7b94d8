"""What the documents call the encoders and the ways of pretraining of the suite `vision`."""

from collections.abc import Iterable

from tests.docs.records import Tally, records

CNNS = ["cnn-pico", "cnn-nano", "cnn-tiny", "cnn-small"]
VITS = ["vit-pico", "vit-nano", "vit-tiny", "vit-small"]
ENCODERS = CNNS + VITS
EARLY = ["cnn-pico", "cnn-nano", "vit-pico"]
"""Those whose runs were probed on the way."""
WAYS = {
    "vicreg-digits": "VICReg on digits",
    "simclr-digits": "SimCLR on digits",
    "simclr": "SimCLR on other scripts",
    "vicreg": "VICReg on other scripts",
    "byol": "BYOL",
    "gan": "GAN",
    "vae": "variational autoencoder",
    "denoising": "denoising autoencoder",
    "autoencoder": "autoencoder",
    "masked": "masked image",
    "bigan": "bidirectional GAN",
    "rotation": "rotation",
}
"""The arms without labels, on a whole and clean corpus."""
DIGITS, TYPEFACE = "digits-finetune-5", "typeface-finetune-5"
SCENES = {"detection": "scenes-detection", "segmentation": "scenes-segmentation"}


def tally(adaptation: str, models: Iterable[str], arms: Iterable[str] = WAYS) -> Tally:
    """How many of these comparisons helped and hurt."""
    return Tally.over(records("vision").rows(models, arms, adaptation))


def in_scenes(arms: Iterable[str] = ("simclr", "masked", "autoencoder")) -> Tally:
    """The same over detection and segmentation, of which two encoders and three arms have trials."""
    found = records("vision")
    rows = [found.rows(["cnn-nano", "cnn-tiny"], arms, adaptation) for adaptation in SCENES.values()]
    return Tally.over(row for some in rows for row in some)


def best(models: Iterable[str], adaptation: str) -> float:
    """The best score of a pretraining without labels."""
    return max(row["score"] for row in records("vision").rows(models, WAYS, adaptation))


def along() -> tuple[Tally, Tally]:
    """Of the slopes along a run how many rise and fall: those of contrast, and the others."""
    curves = records("vision").curves("progress", "score")
    contrast = [curve for curve in curves if curve.cell["pretraining"]["objective"] in ("simclr", "vicreg", "byol")]
    return Tally.along(contrast), Tally.along([curve for curve in curves if curve not in contrast])

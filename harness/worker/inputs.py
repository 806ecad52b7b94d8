"""The inputs of a job's encoder: pixels, or the tokens of its tokenizer."""

from pathlib import Path

from harness.data import weights
from harness.data.inputs import Inputs, Pixels, Tokens
from harness.data.tokenizing import Own, Tokenizer, tokenizer_of
from harness.worker.protocol import Job


def inputs_of(job: Job) -> Inputs:
    """The inputs of a job's encoder. Its `given` are the arguments that the encoder's constructor gets from them.

    Raises:
        DataError: the model's published weights or its tokenizer are missing or invalid.
    """
    folder = _weights(job)
    inputs = _inputs(job, folder)
    if folder:
        inputs.given["folder"] = folder
    return inputs


def _inputs(job: Job, folder: Path | None) -> Inputs:
    tokenizer = job.model.get("tokenizer")
    if tokenizer is None:
        return Pixels(job.shape)
    if tokenizer["kind"] == "own":
        assert folder is not None
        made: Tokenizer = Own(folder)
    else:
        made = tokenizer_of(tokenizer, job.tokenized, job.cache, job.registry, job.sources)
    return Tokens(job.shape, made, job.model.get("causal", False), job.cache)


def _weights(job: Job) -> Path | None:
    """The folder of the model's published weights, checked; None where its entry has none."""
    source = job.sources.get(f"models/{job.model['name']}")
    if source is None:
        return None
    folder = Path(source["folder"])
    weights.check(folder, source["sha256"])
    return folder

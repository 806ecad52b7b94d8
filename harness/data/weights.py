"""Folders of published weights: what a model's entry names by `files`, looked at before any of it is loaded. Never
torch.

Weights are read from safetensors only: to open a pickle is to run it.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.data import DataError

CONFIG, TOKENIZER = "config.json", "tokenizer.json"
WEIGHTS = "*.safetensors"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt")


def given(job: Mapping[str, Any]) -> dict[str, Any]:
    """What the constructor of a job's encoder is given of files: `folder`, where its entry names one.

    Raises:
        DataError: names the file that is missing, is a pickle or is another than the entry says, and the mend.
    """
    source = job["sources"].get(f"models/{job['model']['name']}")
    if source is None:
        return {}
    check(Path(source["folder"]), source["sha256"])
    return {"folder": Path(source["folder"])}


def check(folder: Path, hashes: Mapping[str, str]) -> None:
    """Looks at a folder of weights, and at the SHA-256 of those of its files that the entry gives one for.

    Raises:
        DataError: names the file and the mend.
    """
    if not folder.is_dir():
        raise DataError(
            f"{folder}: no such folder; put the model there, or name the folder of all data by PRETUNE_DATA"
        )
    for pattern in PICKLES:
        for path in sorted(folder.glob(pattern)):
            raise DataError(
                f"{path}: is a pickle, and to open one is to run it; save the weights as safetensors "
                "(save_pretrained does), and take the pickle out of the folder"
            )
    for wanted, mend in (
        (CONFIG, "save_pretrained writes it beside the weights"),
        (WEIGHTS, "save the weights as safetensors; save_pretrained does"),
    ):
        if not any(folder.glob(wanted)):
            raise DataError(f"{folder}: holds no {wanted}; {mend}")
    for name, expected in hashes.items():
        _check_hash(folder / name, expected)


def _check_hash(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            f"{path}: {error.strerror}; its entry gives a SHA-256 for it: put it there, or mend `sha256`"
        ) from error
    if found != expected:
        raise DataError(
            f"{path}: its SHA-256 is {found}, and its entry says {expected}; fetch the file again, or mend `sha256`"
        )

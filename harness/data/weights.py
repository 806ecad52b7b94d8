"""Folders of published weights, which a model's entry names by `files`, checked before loading. Never imports torch.

Weights are read from safetensors only, since opening a pickle runs its code.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from harness.data import DataError

CONFIG, TOKENIZER = "config.json", "tokenizer.json"
WEIGHTS = "*.safetensors"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt")


def check(folder: Path, hashes: Mapping[str, str]) -> None:
    """Checks a folder of weights: its files, and their SHA-256 by name where the entry has one.

    Raises:
        DataError: for a file that is missing, a pickle, or not of the entry's SHA-256.
    """
    if not folder.is_dir():
        fix = "put the model there, or set PRETUNE_DATA to the folder of all data"
        raise DataError(place=folder, expected="a folder of weights", got="no such folder", fix=fix)
    for pattern in PICKLES:
        for path in sorted(folder.glob(pattern)):
            fix = "save the weights as safetensors with save_pretrained, and remove the pickle from the folder"
            got = "a pickle, whose code runs when it is opened"
            raise DataError(place=path, expected="safetensors", got=got, fix=fix)
    for wanted in (CONFIG, WEIGHTS):
        if not any(folder.glob(wanted)):
            fix = "save the model with save_pretrained, which writes config.json and safetensors"
            raise DataError(place=folder, expected=wanted, got="no such file", fix=fix)
    for name, expected in hashes.items():
        _check_hash(folder / name, expected)


def _check_hash(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        wanted, fix = "a file, since the entry has its SHA-256", "put it there, or correct the entry's `sha256`"
        raise DataError(place=path, expected=wanted, got=error.strerror, fix=fix) from error
    if digest != expected:
        fix = "download the file again, or correct the entry's `sha256`"
        raise DataError(place=path, expected=f"the SHA-256 {expected}", got=digest, fix=fix)

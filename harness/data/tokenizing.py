"""Tokenizers: bytes, and byte-pair encoding that the `tokenizers` library trains on a corpus.

Every vocabulary begins with the same four special tokens. PAD is 0, so `x != 0` is the mask of a text. A text is BEGIN,
its tokens, END.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from xxhash import xxh3_128_hexdigest

from harness.catalog.keys import key
from harness.data import DataError
from harness.data.atomic import build_once
from harness.data.prepared import prepare_corpus
from harness.data.rows import pieces
from harness.data.sources import NONE, Sources
from harness.data.texts import sizes, unpacked
from harness.data.weights import TOKENIZER

PAD, MASK, BEGIN, END = range(4)
SPECIAL = ("<pad>", "<mask>", "<begin>", "<end>")
OWN = (("pad_token",), ("mask_token",), ("cls_token", "bos_token"), ("sep_token", "eos_token"))
"""The names of the special tokens in published tokenizers, in the order of SPECIAL."""


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of an encoder, an argument of its constructor. The special tokens are the first."""

    size: int
    special: int = len(SPECIAL)
    own: tuple[int | None, ...] | None = None
    """Of a published tokenizer: its own ids of the special tokens, None where it has none. The id of any of its tokens
    here is its own plus `special`."""


class Tokenizer(Protocol):
    """Turns rows of texts into tokens."""

    vocabulary: Vocabulary
    name: str
    """A file name that identifies its behaviour."""

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """int32 (N, T) of rows (N, W): BEGIN, tokens, END, padded with PAD to the longest text."""
        ...


class Bytes:
    """Each byte of UTF-8 is a token."""

    vocabulary = Vocabulary(256 + len(SPECIAL))
    name = "bytes"

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """See `Tokenizer`."""
        lengths = sizes(rows)
        longest = int(lengths.max(initial=0))
        encoded = np.full((len(rows), longest + 2), PAD, dtype=np.int32)
        encoded[:, 0] = BEGIN
        inside = np.arange(longest) < lengths[:, None]
        encoded[:, 1:-1][inside] = rows[:, :longest][inside].astype(np.int32) + len(SPECIAL)
        encoded[np.arange(len(rows)), lengths + 1] = END
        return encoded


class BPE:
    """Byte-level byte-pair encoding (Sennrich 2016, 1508.07909; bytes as in GPT-2)."""

    def __init__(self, file: Path) -> None:
        import tokenizers

        self.made = tokenizers.Tokenizer.from_file(str(file))
        self.vocabulary = Vocabulary(self.made.get_vocab_size())
        self.name = f"bpe-{xxh3_128_hexdigest(file.read_bytes())}"

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """See `Tokenizer`."""
        return _encoded(self.made, rows, 0, rows.shape[1])


def _encoded(tokenizer: Any, rows: np.ndarray, offset: int, most: int) -> np.ndarray:
    """int32 (N, T) of rows (N, W): BEGIN, up to `most` of a tokenizer's ids plus `offset`, END, padded with PAD."""
    ids = [each.ids[:most] for each in tokenizer.encode_batch_fast(unpacked(rows), add_special_tokens=False)]
    lengths = np.array([len(each) for each in ids])
    encoded = np.full((len(rows), int(lengths.max(initial=0)) + 2), PAD, dtype=np.int32)
    encoded[:, 0] = BEGIN
    inside = np.arange(encoded.shape[1] - 2) < lengths[:, None]
    flat = np.fromiter((token for each in ids for token in each), np.int32, int(lengths.sum()))
    encoded[:, 1:-1][inside] = flat + offset
    encoded[np.arange(len(rows)), lengths + 1] = END
    return encoded


class Own:
    """The tokenizer of published weights. Its ids are raised by the number of special tokens."""

    def __init__(self, folder: Path) -> None:
        self.made = _loaded(folder)
        size = 1 + max(self.made.get_vocab(with_added_tokens=True).values())
        special = tuple(self._special(folder, names) for names in OWN)
        self.vocabulary = Vocabulary(len(SPECIAL) + size, own=special)
        self.name = f"own-{xxh3_128_hexdigest((folder / TOKENIZER).read_bytes())}"

    def _special(self, folder: Path, names: tuple[str, ...]) -> int | None:
        """The id of the first of these special tokens that the tokenizer's files name."""
        for name in names:
            token = _settings(folder).get(name)
            token = token["content"] if isinstance(token, dict) else token
            if token and (number := self.made.token_to_id(token)) is not None:
                return int(number)
        return None

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """See `Tokenizer`. A text has at most as many tokens as the rows have bytes; further tokens are cut."""
        return _encoded(self.made, rows, len(SPECIAL), rows.shape[1])


def _settings(folder: Path) -> dict[str, Any]:
    """The settings of special tokens in a tokenizer's files; empty where there are no such files."""
    settings: dict[str, Any] = {}
    for path in (folder / "special_tokens_map.json", folder / "tokenizer_config.json"):
        try:
            settings |= json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            fix = "save the tokenizer again"
            raise DataError(place=path, expected="JSON", got=str(error), fix=fix) from error
    return settings


def _loaded(folder: Path) -> Any:
    import tokenizers

    path = folder / TOKENIZER
    if not path.is_file():
        fix = "write it with AutoTokenizer.from_pretrained(folder).save_pretrained(folder)"
        raise DataError(place=path, expected="a tokenizer", got="no such file", fix=fix)
    try:
        made = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no narrower one
        raise DataError(place=path, expected="a tokenizer", got=str(error), fix="save it again") from error
    made.no_truncation()
    made.no_padding()
    return made


def tokenizer_of(
    spec: dict[str, Any], corpus: dict[str, Any] | None, cache: Path, registry: Path, sources: Sources = NONE
) -> Tokenizer:
    """The tokenizer that a model's entry names.

    Byte-pair encoding is trained on a corpus once, and cached.

    Args:
        spec: the tokenizer of the model's spec.
        corpus: the spec of the corpus that byte-pair encoding is trained on.
        cache: the folder of the cache.
        registry: the folder of the registry.
        sources: the named arguments of sources.

    Raises:
        DataError: when the corpus cannot be prepared.
    """
    if spec["kind"] == "bytes":
        return Bytes()
    assert corpus is not None
    wanted = corpus

    def train(target: Path) -> None:
        import tokenizers

        made = tokenizers.Tokenizer(tokenizers.models.BPE())
        made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = tokenizers.decoders.ByteLevel()
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=spec["vocabulary"],
            special_tokens=list(SPECIAL),
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        made.train_from_iterator(_texts(prepare_corpus(wanted, cache, registry, sources).examples), trainer)
        made.save(str(target / TOKENIZER))

    folder = build_once(cache / "tokenizers" / key(spec)[:32], train)
    return BPE(folder / TOKENIZER)


def _texts(rows: np.ndarray) -> Iterator[str]:
    for piece in pieces(rows):
        yield from unpacked(piece)


def tokens(tokenizer: Tokenizer, rows: np.ndarray, cache: Path) -> np.ndarray:
    """The tokens of rows (N, W), int32 (N, T), as a mapped file. The first trial writes it, others read it."""
    content = xxh3_128_hexdigest(np.ascontiguousarray(rows).data)
    folder = build_once(
        cache / "tokens" / f"{tokenizer.name}-{content}",
        lambda target: np.save(target / "tokens.npy", tokenizer.encode(np.asarray(rows))),
    )
    encoded: np.ndarray = np.load(folder / "tokens.npy", mmap_mode="r")
    return encoded

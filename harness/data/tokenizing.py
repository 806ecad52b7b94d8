"""Tokenizers: bytes, and byte-pair encoding that the `tokenizers` library trains on a corpus.

Every vocabulary begins with the same four special tokens; 0 fills up, so that an encoder sees by `x != 0` where a text
is. A text is BEGIN, its tokens, END.
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
from harness.data.built import built
from harness.data.prepared import NONE, Sources, prepare_corpus
from harness.data.rows import pieces
from harness.data.texts import sizes, unpacked
from harness.data.weights import TOKENIZER

PAD, MASK, BEGIN, END = range(4)
SPECIAL = ("<pad>", "<mask>", "<begin>", "<end>")
OWN = (("pad_token",), ("mask_token",), ("cls_token", "bos_token"), ("sep_token", "eos_token"))
"""How published tokenizers name what the special tokens are for."""


@dataclass(frozen=True)
class Vocabulary:
    """What an encoder's constructor is told of its tokens: how many there are, the special ones first."""

    size: int
    special: int = len(SPECIAL)
    own: tuple[int | None, ...] | None = None
    """Of a tokenizer that came with weights: its own ids of the special tokens, where it has them; the id here of any
    of its tokens is `special` more than its own."""


class Tokenizer(Protocol):
    """Cuts rows of texts into tokens."""

    vocabulary: Vocabulary
    name: str
    """What decides what it does, as a name of a file."""

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """int32 (N, T) of rows (N, W): BEGIN, tokens, END, and PAD up to the longest."""
        ...


class Bytes:
    """Each byte of UTF-8 is a token."""

    vocabulary = Vocabulary(256 + len(SPECIAL))
    name = "bytes"

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """See `Tokenizer`."""
        lengths = sizes(rows)
        longest = int(lengths.max(initial=0))
        found = np.full((len(rows), longest + 2), PAD, dtype=np.int32)
        found[:, 0] = BEGIN
        inside = np.arange(longest) < lengths[:, None]
        found[:, 1:-1][inside] = rows[:, :longest][inside].astype(np.int32) + len(SPECIAL)
        found[np.arange(len(rows)), lengths + 1] = END
        return found


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


def _encoded(made: Any, rows: np.ndarray, moved: int, most: int) -> np.ndarray:
    """int32 (N, T) of rows (N, W): BEGIN, a tokenizer's ids moved up, END, and PAD up to the longest."""
    ids = [each.ids[:most] for each in made.encode_batch_fast(unpacked(rows), add_special_tokens=False)]
    lengths = np.array([len(each) for each in ids])
    found = np.full((len(rows), int(lengths.max(initial=0)) + 2), PAD, dtype=np.int32)
    found[:, 0] = BEGIN
    inside = np.arange(found.shape[1] - 2) < lengths[:, None]
    flat = np.fromiter((token for each in ids for token in each), np.int32, int(lengths.sum()))
    found[:, 1:-1][inside] = flat + moved
    found[np.arange(len(rows)), lengths + 1] = END
    return found


class Own:
    """The tokenizer that came with published weights, with its ids moved up by the special tokens."""

    def __init__(self, folder: Path) -> None:
        self.made = _loaded(folder)
        size = 1 + max(self.made.get_vocab(with_added_tokens=True).values())
        special = tuple(self._special(folder, names) for names in OWN)
        self.vocabulary = Vocabulary(len(SPECIAL) + size, own=special)
        self.name = f"own-{xxh3_128_hexdigest((folder / TOKENIZER).read_bytes())}"

    def _special(self, folder: Path, names: tuple[str, ...]) -> int | None:
        """The id of the first of these special tokens that the files name."""
        for name in names:
            token = _settings(folder).get(name)
            token = token["content"] if isinstance(token, dict) else token
            if token and (found := self.made.token_to_id(token)) is not None:
                return int(found)
        return None

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """See `Tokenizer`; a text that normalises into more tokens than it has bytes is cut at so many."""
        return _encoded(self.made, rows, len(SPECIAL), rows.shape[1])


def _settings(folder: Path) -> dict[str, Any]:
    """What the files of a tokenizer say of its special tokens; nothing where there are none."""
    found: dict[str, Any] = {}
    for path in (folder / "special_tokens_map.json", folder / "tokenizer_config.json"):
        try:
            found |= json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: cannot be read as JSON: {error}; save the tokenizer again") from error
    return found


def _loaded(folder: Path) -> Any:
    import tokenizers

    path = folder / TOKENIZER
    if not path.is_file():
        raise DataError(
            f"{folder}: holds no {TOKENIZER}; AutoTokenizer.from_pretrained(folder).save_pretrained(folder) makes one"
        )
    try:
        made = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no narrower one
        raise DataError(f"{path}: is no tokenizer: {error}; save it again") from error
    made.no_truncation()
    made.no_padding()
    return made


def tokenizer_of(
    spec: dict[str, Any], corpus: dict[str, Any] | None, cache: Path, registry: Path, sources: Sources = NONE
) -> Tokenizer:
    """The tokenizer that a model's entry names; `corpus` is what byte-pair encoding is trained on, once."""
    if spec["kind"] == "bytes":
        return Bytes()
    assert corpus is not None
    wanted = corpus

    def train(place: Path) -> None:
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
        made.save(str(place / "tokenizer.json"))

    folder = built(cache / "tokenizers" / key(spec)[:32], train)
    return BPE(folder / "tokenizer.json")


def _texts(rows: np.ndarray) -> Iterator[str]:
    for piece in pieces(rows):
        yield from unpacked(piece)


def tokens(tokenizer: Tokenizer, rows: np.ndarray, cache: Path) -> np.ndarray:
    """int32 (N, T), as a file in memory: what one trial tokenizes, all others read."""
    content = xxh3_128_hexdigest(np.ascontiguousarray(rows).data)
    folder = built(
        cache / "tokens" / f"{tokenizer.name}-{content}",
        lambda place: np.save(place / "tokens.npy", tokenizer.encode(np.asarray(rows))),
    )
    found: np.ndarray = np.load(folder / "tokens.npy", mmap_mode="r")
    return found

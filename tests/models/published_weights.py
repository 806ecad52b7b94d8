"""Folders of tiny random weights, as `save_pretrained` writes them."""

from pathlib import Path
from typing import Any

import pytest

transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = "kernel matrix vector scalar apple pear plum cherry 0 1 2 3 4 5 6 7 8 9 . :"
TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def word_pieces() -> Any:
    """A tokenizer like BERT's, with its special tokens and the words of the tests' sentences."""
    made = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    made.normalizer = tokenizers.normalizers.BertNormalizer()
    made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    trainer = tokenizers.trainers.WordPieceTrainer(vocab_size=200, special_tokens=SPECIAL, show_progress=False)
    made.train_from_iterator([WORDS] * 5, trainer)
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **dict(zip(names, SPECIAL, strict=True)))


def bert(folder: Path, **options: Any) -> Any:
    """A tiny BERT with random weights and its tokenizer, saved into a folder."""
    tokenizer = word_pieces()
    config = transformers.BertConfig(**{"vocab_size": len(tokenizer)} | TINY | options)
    net = transformers.BertModel(config).eval()
    net.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return net

"""Networks of Transformers as encoders: random by kind, and published weights from a folder."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from harness.data.texts import packed
from harness.data.token_batches import TextBatch
from harness.data.tokenizing import BEGIN, END, MASK, PAD, Own, Vocabulary
from harness.errors import BoardError
from harness.objectives.causal_lm import CausalLM
from harness.objectives.masked_lm import MaskedLM, chosen, masked
from harness.training import encoders
from tests.models.built import REGISTRY
from tests.models.published_weights import TINY, bert, transformers

KINDS = {
    "bert": TINY,
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 2},
    "roberta": TINY,
    "electra": TINY | {"embedding_size": 16},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
    "llama": TINY | {"num_key_value_heads": 2},
}
CAUSAL = {"gpt2", "llama"}
LENGTH = 20


def encoder(kind: str, size: int = 60, causal: bool | None = None, **options: Any) -> Any:
    """The adapter on a kind of network, as a worker makes it."""
    spec = {"entry": "transformers_backbone:Transformers", "args": {"kind": kind} | KINDS.get(kind, {}) | options}
    given = {"in_shape": (LENGTH,), "vocabulary": Vocabulary(size)}
    if kind in CAUSAL if causal is None else causal:
        given["causal"] = True
    return encoders.build(spec, REGISTRY, given, 0)


def published(folder: Path, **options: Any) -> Any:
    """The adapter on a folder, before its weights are loaded."""
    spec = {"entry": "transformers_backbone:Transformers", "args": options}
    given = {"in_shape": (LENGTH,), "vocabulary": Own(folder).vocabulary, "folder": folder}
    return encoders.build(spec, REGISTRY, given, 0)


def texts(count: int = 6) -> torch.Tensor:
    """Random tokens, int64 (B, T), of lengths that differ."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(4, 60, (count, LENGTH), generator=generator)
    x[:, 0] = BEGIN
    for row in range(count):
        x[row, LENGTH - row - 1] = END
        x[row, LENGTH - row :] = PAD
    return x


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_every_kind_gives_a_vector_a_token_and_ignores_padding(kind: str) -> None:
    net, x = encoder(kind).eval(), texts()
    result = net(x)
    assert result.shape == (6, LENGTH, 32)
    assert net.training is False
    alone = net(x[5:, : LENGTH - 5])
    torch.testing.assert_close(result[5:, : LENGTH - 5], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
@torch.no_grad()
def test_it_is_the_network_of_transformers(kind: str) -> None:
    net, x = encoder(kind).eval(), texts()
    theirs = net.net(input_ids=x, attention_mask=(x != PAD).long()).last_hidden_state
    torch.testing.assert_close(net(x), theirs)


@torch.no_grad()
def test_the_masked_loss_is_that_of_transformers_on_the_same_weights() -> None:
    net, x = encoder("bert").eval(), texts()
    theirs = transformers.BertForMaskedLM(net.net.config).eval()
    theirs.bert.load_state_dict(net.net.state_dict(), strict=False)
    task = MaskedLM(net, batch(x), 0).eval()
    head = theirs.cls.predictions
    task.head.before[0].load_state_dict(head.transform.dense.state_dict())
    task.head.before[2].load_state_dict(head.transform.LayerNorm.state_dict())
    task.head.before[2].eps = theirs.config.layer_norm_eps
    task.head.bias.copy_(head.bias)
    assert task.head.table is net.net.get_input_embeddings().weight
    loss, count = task.loss(batch(x))
    where = chosen(x, 0.15, 4, again := torch.Generator().manual_seed(0))
    seen = masked(x, where, Vocabulary(60), again)
    output = theirs(input_ids=seen, attention_mask=(x != PAD).long(), labels=x.masked_fill(~where, -100))
    assert count == int(where.sum())
    assert float(loss) == pytest.approx(float(output.loss), abs=1e-4)


@torch.no_grad()
def test_the_causal_loss_is_that_of_transformers_on_the_same_weights() -> None:
    net, x = encoder("gpt2").eval(), texts()
    theirs = transformers.GPT2LMHeadModel(net.net.config).eval()
    theirs.transformer.load_state_dict(net.net.state_dict())
    task = CausalLM(net, batch(x), 0).eval()
    output = theirs(input_ids=x, attention_mask=(x != PAD).long(), labels=x.masked_fill(x == PAD, -100))
    assert float(task.loss(x)) == pytest.approx(float(output.loss), abs=1e-4)


def batch(x: torch.Tensor) -> TextBatch:
    """A batch of tokens with a random stream."""
    sizes = (x != PAD).sum(dim=1)
    return TextBatch(x, None, torch.Generator().manual_seed(0), vocabulary=Vocabulary(60), sizes=sizes)


@torch.no_grad()
def test_published_weights_give_their_own_features(tmp_path: Path) -> None:
    theirs = bert(tmp_path)
    net = published(tmp_path)
    net.load_published()
    words = ["kernel matrix 7", "Apple: pear."]
    rows, _ = packed(words, 18)
    x = torch.from_numpy(Own(tmp_path).encode(rows).astype(np.int64))
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    wanted = tokenizer([f"[CLS]{word}[SEP]" for word in words], return_tensors="pt", padding=True)
    expected = theirs(input_ids=wanted["input_ids"], attention_mask=wanted["attention_mask"]).last_hidden_state
    present = x != PAD
    torch.testing.assert_close(net.eval()(x)[present], expected[wanted["attention_mask"] == 1], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_the_special_tokens_are_those_of_the_tokenizer(tmp_path: Path) -> None:
    theirs = bert(tmp_path)
    own = Own(tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    ids = tokenizer.convert_tokens_to_ids(["[PAD]", "[MASK]", "[CLS]", "[SEP]"])
    assert own.vocabulary == Vocabulary(4 + len(tokenizer), own=tuple(ids))
    net = published(tmp_path)
    net.load_published()
    table, wanted = net.net.get_input_embeddings().weight, theirs.get_input_embeddings().weight
    for row, theirs_at in zip((PAD, MASK, BEGIN, END), ids, strict=True):
        assert torch.equal(table[row], wanted[theirs_at])
    assert torch.equal(table[4:], wanted)


def test_scratch_starts_at_random_weights_of_the_same_shapes(tmp_path: Path) -> None:
    bert(tmp_path)
    net = published(tmp_path)
    before = {name: weight.clone() for name, weight in net.named_parameters()}
    net.load_published()
    assert all(weight.shape == before[name].shape for name, weight in net.named_parameters())
    assert any(not torch.equal(weight, before[name]) for name, weight in net.named_parameters())


def test_a_text_is_cut_at_as_many_tokens_as_it_may_have_bytes(tmp_path: Path) -> None:
    bert(tmp_path)
    rows, _ = packed(["\ufdfa"], 3)  # a character of three bytes that BERT's normaliser may spell out
    assert Own(tmp_path).encode(rows).shape[1] <= 3 + 2


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("brt", {}, "args.kind: Transformers has no 'brt'; did you mean 'b"),
        ("t5", {}, "args.kind: 't5' is no encoder and no decoder of text alone"),
        ("vit", {}, "args.kind: 'vit' is no encoder and no decoder of text alone"),
        ("bert", {"hiden_size": 32}, "args.hiden_size: 'bert' has no such key; did you mean 'hidden_size'?"),
        ("bert", {"num_attention_heads": 5}, "args: Transformers makes no"),
        ("bert", {"max_position_embeddings": 8}, "shape: a text may come to 20 tokens here"),
        ("bert", {"causal": False, "is_decoder": True}, "causal: the network does not see what comes later; write"),
        ("gpt2", {"causal": False}, "write causal = true into the entry"),
        ("distilbert", {"causal": True}, "leave `causal` out of the entry"),
    ],
)
def test_an_invalid_argument_is_named(kind: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(BoardError) as error:
        encoder(kind, **more)
    assert words in str(error.value)


def test_a_tokenizer_with_more_tokens_than_the_network_is_an_error(tmp_path: Path) -> None:
    bert(tmp_path, vocab_size=12)
    with pytest.raises(BoardError, match=r"tokenizer\.json has \d+ tokens, and config\.json says 12"):
        published(tmp_path)


def test_weights_of_another_network_are_an_error(tmp_path: Path) -> None:
    bert(tmp_path, num_hidden_layers=1)
    config = tmp_path / "config.json"
    config.write_text(config.read_text().replace('"num_hidden_layers": 1', '"num_hidden_layers": 2'))
    net = published(tmp_path)
    with pytest.raises(BoardError, match=r"not those of its config\.json: \d+ missing \(encoder\.layer\.1\."):
        net.load_published()


def test_weights_of_another_shape_are_an_error(tmp_path: Path) -> None:
    bert(tmp_path)
    config = tmp_path / "config.json"
    config.write_text(config.read_text().replace('"intermediate_size": 64', '"intermediate_size": 48'))
    net = published(tmp_path)
    with pytest.raises(BoardError, match=r"6 of another shape \(encoder\.layer\.0\."):
        net.load_published()


def test_an_encoder_without_files_has_no_published_weights() -> None:
    net = encoder("bert")
    assert isinstance(net, nn.Module)
    with pytest.raises(BoardError, match="there are no weights of a kind"):
        net.load_published()

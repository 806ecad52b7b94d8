"""Every objective of language with every encoder of text, and their losses against Transformers' own."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from harness.catalog.loading import resolve
from harness.data.inputs import Tokens
from harness.data.texts import packed, sizes
from harness.data.token_batches import TokenBatches
from harness.data.tokenizing import PAD, Bytes, Vocabulary
from harness.meters.clock import Meters
from harness.objectives.causal_lm import CausalLM
from harness.objectives.electra import Electra, replaced
from harness.objectives.language import per_byte, plain, predicted
from harness.objectives.masked_lm import chosen, masked
from harness.training import encoders
from harness.training.features import frozen_features
from harness.training.loop import train
from harness.training.optimizers import optimizers
from tests.models.built import CATALOG, REGISTRY

CPU = torch.device("cpu")
MODELS = sorted(
    name
    for name, model in CATALOG.models.items()
    if model.modality == "text" and not model.control and not model.files  # tests have no published weights
)
OBJECTIVES = sorted(name for name, entry in CATALOG.objectives.items() if entry.modality == "text")
PAIRS = [
    (objective, model)
    for objective in OBJECTIVES
    for model in MODELS
    if CATALOG.objectives[objective].causal in (None, CATALOG.models[model].causal)
]
WIDTH = 40
TEXTS = [f"the {kind} of {count} samples" for kind in ("mean", "variance", "median") for count in range(50)]


def batches(steps: int, size: int = 12) -> TokenBatches:
    rows, _ = packed(TEXTS, WIDTH)
    return TokenBatches(
        Bytes().encode(rows), sizes(rows), Bytes.vocabulary, None, batch=size, steps=steps, seed=0, device=CPU
    )


def encoder(name: str) -> nn.Module:
    entry = CATALOG.models[name]
    given = {"in_shape": (WIDTH + 2,), "vocabulary": Bytes.vocabulary} | ({"causal": True} if entry.causal else {})
    return encoders.build({"entry": entry.entry, "args": entry.args}, REGISTRY, given, 0)


def made(objective: str, model: str) -> nn.Module:
    entry = CATALOG.objectives[objective]
    torch.manual_seed(0)
    return resolve(entry.entry, REGISTRY / "objectives")(encoder(model), batches(1).sample(), classes=0, **entry.args)


def test_the_registry_has_objectives_and_encoders_of_text() -> None:
    assert {"masked-lm", "causal-lm", "electra", "simcse"} <= set(OBJECTIVES)
    assert any(CATALOG.models[name].causal for name in MODELS)
    assert len(PAIRS) >= 2 * len(MODELS)


@pytest.mark.parametrize(("objective", "model"), PAIRS)
def test_it_trains_and_is_evaluated_the_same_each_time(objective: str, model: str) -> None:
    task = made(objective, model)
    settings = CATALOG.objectives[objective].optimizer
    assert settings is not None
    before = {name: weight.clone() for name, weight in task.named_parameters()}
    curve = train(task, batches(3), optimizers(task, steps=3, **settings.model_dump()), Meters(CPU), 3)  # type: ignore[arg-type]
    assert all(math.isfinite(loss) for loss in curve["loss/encoder"])
    assert any(not torch.equal(before[f"encoder.{name}"], w) for name, w in task.encoder.named_parameters())
    one, again = task.evaluate(batches(0).once), task.evaluate(batches(0).once)
    assert one == again
    assert one["skill"] == pytest.approx(1 - one["loss"] / one["trivial_loss"])


@pytest.mark.parametrize("size", [12, 100, 128, 150])
def test_contrast_of_texts_is_evaluated_at_any_batch_size(size: int) -> None:
    result = made("simcse", "transformer-nano").evaluate(batches(0, size).once)
    assert result["trivial_loss"] == pytest.approx(math.log(2 * min(size, 128) - 1))
    assert math.isfinite(result["loss"])


@pytest.mark.parametrize("model", MODELS)
def test_padding_does_not_change_features(model: str) -> None:
    net = encoder(model).eval()
    (x,) = [batch.x for batch in batches(1)]
    longer = nn.functional.pad(x, (0, 3), value=PAD)
    with torch.no_grad():
        one, other = net(x), net(longer)
    present = x != PAD
    torch.testing.assert_close(one[present], other[:, : x.shape[1]][present], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("model", [name for name in MODELS if CATALOG.models[name].causal])
def test_a_causal_encoder_does_not_depend_on_later_tokens(model: str) -> None:
    net = encoder(model).eval()
    x = batches(1).sample().x[:1]
    changed = x.clone()
    changed[0, 6:] = 9
    with torch.no_grad():
        one, other = net(x), net(changed)
    torch.testing.assert_close(one[:, :6], other[:, :6], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(one[:, 6:], other[:, 6:])


@pytest.mark.parametrize("model", MODELS)
def test_frozen_features_are_means_over_the_tokens(model: str, tmp_path: Path) -> None:
    rows, _ = packed(TEXTS, WIDTH)
    net = encoder(model)
    result = frozen_features(net, Tokens((WIDTH,), Bytes(), False, tmp_path), rows, CPU)
    x = torch.from_numpy(Bytes().encode(rows[:1])).long()
    with torch.no_grad():
        wanted = net(x)[0].mean(dim=0)
    np.testing.assert_allclose(result[0], wanted.numpy(), rtol=1e-3, atol=1e-4)


def test_masking_is_80_10_10_of_plain_tokens() -> None:
    generator = torch.Generator().manual_seed(0)
    vocabulary = Vocabulary(1000)
    x = torch.randint(4, 1000, (200, 50))
    x[:, 0], x[:, -1], x[:, -2] = 2, 0, 3
    where = chosen(x, 0.15, vocabulary.special, generator)
    assert int(where.sum()) == round(0.15 * 200 * 47)
    assert not where[:, [0, -1, -2]].any()
    seen = masked(x, where, vocabulary, generator)
    assert torch.equal(seen[~where], x[~where])
    shares = [(seen[where] == 1).float().mean(), (seen[where] == x[where]).float().mean()]
    assert shares[0] == pytest.approx(0.8, abs=0.03)
    assert shares[1] == pytest.approx(0.1, abs=0.03)
    assert (seen[where] >= 4).logical_or(seen[where] == 1).all()


def test_bits_a_byte_of_the_unigram_predictor_have_no_skill() -> None:
    result = torch.cat([batch.x[plain(batch.x)] for batch in batches(0).once()])
    shares = torch.bincount(result).double() / len(result)
    entropy = float(-(shares[shares > 0] * shares[shares > 0].log()).sum())
    figures = per_byte(entropy, batches(0).once, plain)
    assert figures["skill"] == pytest.approx(0, abs=1e-9)
    assert figures["loss"] == pytest.approx(entropy / math.log(2))  # here a byte is a token
    assert figures["perplexity"] == pytest.approx(math.exp(entropy))


def transformers_tokens() -> torch.Tensor:
    (x,) = [batch.x for batch in batches(1)]
    return x


def plain_causal_loss(logits: torch.Tensor, x: torch.Tensor) -> float:
    """The mean negative log-likelihood of each token of x (B, T) by the logits (B, T, V) at the one before."""
    present = x[:, 1:] != PAD
    return float(nn.functional.cross_entropy(logits[:, :-1][present].float(), x[:, 1:][present]))


def test_the_causal_loss_is_that_of_transformers() -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(vocab_size=260, n_positions=64, n_embd=32, n_layer=2, n_head=2)
    torch.manual_seed(0)
    theirs, x = transformers.GPT2LMHeadModel(config).eval(), transformers_tokens()
    labels = x.masked_fill(x == PAD, -100)
    with torch.no_grad():
        output = theirs(input_ids=x, attention_mask=(x != PAD).long(), labels=labels)
    assert plain_causal_loss(output.logits, x) == pytest.approx(float(output.loss), abs=1e-4)


def test_the_causal_objective_skips_padding() -> None:
    task = made("causal-lm", "causal-nano").eval()
    assert isinstance(task, CausalLM)
    x = transformers_tokens()
    with torch.no_grad():
        whole = plain_causal_loss(task.head(task.encoder(x)), x)
        assert float(task.loss(x)) == pytest.approx(whole, abs=1e-5)
    assert int(predicted(x).sum()) == int((x != PAD).sum()) - len(x)


def test_the_generator_of_electra_replaces_chosen_tokens_by_its_draws() -> None:
    (batch,) = batches(1, size=len(TEXTS))
    where = chosen(batch.x, 0.5, 4, batch.generator)
    shares = torch.zeros(260)
    shares[[1, 7, 9]] = torch.tensor([0.5, 0.125, 0.375])  # the mask, which is never drawn, and two bytes
    seen = replaced(batch, where, shares.log().expand(int(where.sum()), -1))
    assert torch.equal(seen[~where], batch.x[~where])
    assert set(seen[where].tolist()) == {7, 9}
    assert (seen[where] == 9).float().mean() == pytest.approx(0.75, abs=0.05)


def test_electra_counts_a_correctly_drawn_token_as_original() -> None:
    task = made("electra", "transformer-nano").eval()
    assert isinstance(task, Electra)
    (x,) = [batch.x for batch in batches(1)]
    seen = x.clone()
    seen[:, 3] = 4 + (x[:, 3] - 3) % 256
    with torch.no_grad():
        odds = task.head(task.encoder(seen))[..., 0].sigmoid()
        present = x >= 4
        right = torch.where(seen == x, 1 - odds, odds)[present]
        assert float(task.loss(x, seen)) == pytest.approx(float(-right.log().mean()), rel=1e-5)

"""Any encoder or decoder of Hugging Face Transformers (Wolf 2019, 1910.03771) for text.

`args` name a `kind` ("bert", "gpt2") and give any key of its configuration (`hidden_size = 64`): weights are random.
An entry with `files` instead takes all from a folder that `save_pretrained` wrote: the arm `scratch` starts at random
weights there too, and the objective `published` loads the folder's own.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES

from harness.errors import BoardError, nearest

PAD, _, BEGIN, END = range(4)

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


class Transformers(nn.Module):
    """(B, T) of tokens to the last hidden states (B, T, D).

    Raises:
        BoardError: for an unknown kind or key, what is no encoder or decoder of text, texts that are too long for it,
            a tokenizer with more tokens than the network has, and when it is causal and its entry does not say so.
    """

    def __init__(
        self,
        in_shape: tuple[int],
        vocabulary: Any,
        kind: str | None = None,
        folder: Path | None = None,
        causal: bool = False,
        **options: Any,
    ) -> None:
        super().__init__()
        if (kind is None) == (folder is None):
            raise BoardError("args.kind: name one, or give the entry `files` with a network of its own; one of the two")
        if folder and options:
            raise BoardError(f"args.{min(options)}: the network's configuration is in its files; leave it out")
        self.folder, self.vocabulary = folder, vocabulary
        config = _of_files(folder) if folder else _of_kind(kind or "", options, vocabulary.size)
        if causal and hasattr(config, "is_decoder"):
            config.is_decoder = True
        config.use_cache = False
        own = vocabulary.size - vocabulary.special
        if folder and own > config.vocab_size:
            raise BoardError(
                f"{folder}: its tokenizer.json has {own} tokens, and config.json says {config.vocab_size}: they do not "
                "belong together; fetch the folder again"
            )
        with told("args: Transformers makes no network of these", "change or leave out an argument"):
            self.net = self._tabled(transformers.AutoModel.from_config(config))
        self._check(in_shape[0], causal)

    def forward(self, x: Tensor) -> Tensor:
        embedded = self.net.get_input_embeddings()(x)
        features: Tensor = self.net(inputs_embeds=embedded, attention_mask=(x != PAD).long()).last_hidden_state
        return features

    def load_published(self) -> None:
        """Takes the weights of the folder.

        Raises:
            BoardError: when it holds others than the network's.
        """
        if self.folder is None:
            raise BoardError("args.kind: there are no weights of a kind; give the entry `files`")
        with told(f"{self.folder}: cannot be loaded", "look whether its weights belong to its config.json"):
            net, said = transformers.AutoModel.from_pretrained(
                self.folder,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # they are said below
                dtype=torch.float32,
            )
        missing = sorted(name for name in said["missing_keys"] if "pooler" not in name)
        if missing or said["mismatched_keys"]:
            other = sorted(str(each[0] if isinstance(each, tuple) else each) for each in said["mismatched_keys"])
            parts = [f"{len(missing)} missing ({', '.join(missing[:3])})"] * bool(missing)
            parts += [f"{len(other)} of another shape ({', '.join(other[:3])})"] * bool(other)
            raise BoardError(f"{self.folder}: its weights are not those of its config.json: {'; '.join(parts)}")
        self.net.load_state_dict(self._tabled(net).state_dict())

    def _tabled(self, net: Any) -> Any:
        """The network with the harness's numbering of tokens: its own special ones first, then all of its own, each
        moved up by those; a special token that it lacks begins as the mean of all. Its pooler is left out."""
        if getattr(net, "pooler", None) is not None:
            net.pooler = None
        if self.vocabulary.own is not None:
            table = net.get_input_embeddings()
            own = table.weight.detach()[: self.vocabulary.size - self.vocabulary.special]
            first = [own.mean(dim=0) if place is None else own[place] for place in self.vocabulary.own]
            table.weight = nn.Parameter(torch.cat([torch.stack(first), own]))
            table.num_embeddings, table.padding_idx = self.vocabulary.size, PAD
        return net

    @torch.no_grad()
    def _check(self, length: int, causal: bool) -> None:
        x = torch.full((2, length), self.vocabulary.special)
        x[1, -1] += 1
        try:
            one, other = self.eval()(x)[:, 0]
        except (IndexError, RuntimeError) as error:
            raise BoardError(
                f"shape: a text may come to {length} tokens here, and the network does not take so many ({error}); "
                "give the suite a smaller shape, or the network more positions"
            ) from error
        self.train()
        if torch.equal(one, other) != causal:
            raise BoardError(
                f"causal: the network {'sees' if causal else 'does not see'} what comes later; "
                f"{'leave `causal` out of' if causal else 'write causal = true into'} the entry"
            )


def _of_kind(kind: str, options: dict[str, Any], size: int) -> Any:
    if kind not in MODEL_MAPPING_NAMES:
        raise BoardError(f"args.kind: Transformers has no '{kind}'; {nearest(kind, CONFIG_MAPPING_NAMES)}")
    plain = _of_text(transformers.AutoConfig.for_model(kind), f"args.kind: '{kind}'")
    known = {*plain.to_dict(), *plain.attribute_map}
    for key in sorted(options.keys() - known):
        raise BoardError(f"args.{key}: '{kind}' has no such key; {nearest(key, known)}")
    tokens = {"vocab_size": size, "pad_token_id": PAD, "bos_token_id": BEGIN, "eos_token_id": END}
    with told("args: Transformers makes no configuration of these", "change or leave out an argument"):
        return transformers.AutoConfig.for_model(kind, **options | tokens)


def _of_files(folder: Path) -> Any:
    with told(f"{folder}/config.json: cannot be read", "save_pretrained writes a valid one"):
        config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return _of_text(config, str(folder))


def _of_text(config: Any, what: str) -> Any:
    if config.is_encoder_decoder or not isinstance(getattr(config, "vocab_size", None), int):
        raise BoardError(f"{what} is no encoder and no decoder of text alone; name another")
    return config


@contextlib.contextmanager
def told(problem: str, mend: str) -> Iterator[None]:
    """Says of what Transformers raises what was tried, and what may mend it."""
    try:
        yield
    except BoardError:
        raise
    except Exception as error:  # a library of 600 networks raises anything
        raise BoardError(f"{problem}: {' '.join(str(error).split())}; {mend}") from error

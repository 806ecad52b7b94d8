"""BERT's masked language modelling as Transformers documents it: Trainer with its data collator, which pads each batch
to its longest text and computes the logits of every token.
"""

import tempfile
from pathlib import Path
from typing import Any

import transformers

from benchmarks.core_time import CoreTime
from harness.data.tokenizing import SPECIAL


def core_time(
    config: dict[str, Any], tokenizer: Path, texts: list[list[int]], batch: int, steps: int, bf16: bool
) -> float:
    """Core-seconds a token."""
    names = ("pad_token", "mask_token", "cls_token", "sep_token")
    fast = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tokenizer), **dict(zip(names, SPECIAL, strict=True)))
    collate = transformers.DataCollatorForLanguageModeling(fast, mlm_probability=0.15)
    time, tokens = CoreTime(), []

    def counted(examples: list[dict[str, Any]]) -> Any:
        tokens.append(sum(len(each["input_ids"]) for each in examples))
        return collate(examples)

    class Meter(transformers.TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *args: Any, **more: Any) -> None:
            time.step(tokens.pop(0))

    with tempfile.TemporaryDirectory() as folder:
        settings = transformers.TrainingArguments(
            folder,
            per_device_train_batch_size=batch,
            max_steps=steps,
            learning_rate=1e-3,
            bf16=bf16,
            use_cpu=True,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        transformers.Trainer(
            model=transformers.BertForMaskedLM(transformers.BertConfig(**config)),
            args=settings,
            train_dataset=[{"input_ids": each} for each in texts],
            data_collator=counted,
            callbacks=[Meter()],
        ).train()
    return time.per_example()

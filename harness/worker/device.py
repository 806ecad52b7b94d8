"""The parts of a trial that depend on its device: mixed precision and meters."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from harness.meters.clock import Meters
from harness.meters.model import flops, latency_ms
from harness.worker.protocol import Job


def autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """The context of a trial's precision, `fp32` or `bf16`."""
    if precision == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def meters_of(job: Job) -> Meters:
    """The meters of a trial, started."""
    return Meters(torch.device(job.device), workers=job.workers)


def encoder_meters(encoder: torch.nn.Module, example: torch.Tensor) -> dict[str, float]:
    """The encoder's `parameters`, and `flops` and `latency_ms` of one example (1, ...)."""
    return {
        "parameters": sum(parameter.numel() for parameter in encoder.parameters()),
        "flops": flops(encoder, example),
        "latency_ms": latency_ms(encoder, example),
    }

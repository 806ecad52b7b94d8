"""What depends on the device a trial runs on: precision and meters."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from harness.meters.clock import Meters
from harness.meters.model import flops, latency_ms


def autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """Mixed precision as the trial's spec names it."""
    if precision == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def meters_of(job: dict[str, Any]) -> Meters:
    """The meters of a trial, started."""
    return Meters(torch.device(job["device"]), workers=job["workers"])


def encoder_meters(encoder: torch.nn.Module, example: torch.Tensor) -> dict[str, float]:
    """What the encoder itself costs: parameters, FLOPs and latency of one example."""
    return {
        "parameters": sum(parameter.numel() for parameter in encoder.parameters()),
        "flops": flops(encoder, example),
        "latency_ms": latency_ms(encoder, example),
    }

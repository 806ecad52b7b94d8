"""The cost of an encoder on one example: FLOPs and latency."""

import time
from statistics import median

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

REPEATS, WARMUP = 20, 3


@torch.no_grad()
def flops(encoder: nn.Module, example: Tensor) -> int:
    """FLOPs of a forward pass of one example (1, ...), by torch's counter; a multiply-add counts two."""
    encoder.eval()
    with FlopCounterMode(display=False) as counter:
        encoder(example)
    return int(counter.get_total_flops())


@torch.no_grad()
def latency_ms(encoder: nn.Module, example: Tensor) -> float:
    """Median milliseconds of a forward pass of one example (1, ...), after a warm-up."""
    encoder.eval()
    times = []
    for _ in range(REPEATS + WARMUP):
        start = time.perf_counter()
        encoder(example)
        if example.is_cuda:
            torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return median(times[WARMUP:])

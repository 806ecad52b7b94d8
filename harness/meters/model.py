"""What an encoder itself costs on one example."""

import time
from statistics import median

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

REPEATS = 20


@torch.no_grad()
def flops(encoder: nn.Module, example: Tensor) -> int:
    """FLOPs of a forward pass of one example (1, ...), by torch's counter: a multiply and an add are two."""
    encoder.eval()
    with FlopCounterMode(display=False) as counter:
        encoder(example)
    return int(counter.get_total_flops())


@torch.no_grad()
def latency_ms(encoder: nn.Module, example: Tensor) -> float:
    """The median time of a forward pass of one example, in milliseconds, after a warm-up."""
    encoder.eval()
    times = []
    for _ in range(REPEATS + 3):
        start = time.perf_counter()
        encoder(example)
        if example.is_cuda:
            torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return median(times[3:])

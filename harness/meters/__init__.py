"""Honest meters: time, memory and energy, each figure with its source; what is not there is null, not zero."""

from harness.meters.clock import Meters
from harness.meters.model import flops, latency_ms

__all__ = ["Meters", "flops", "latency_ms"]

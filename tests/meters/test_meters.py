"""Meters: warm-up and pauses are excluded, absent hardware is null, FLOPs equal a count by hand."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from harness.meters import clock, nvml
from harness.meters.clock import WARMUP_STEPS, Meters
from harness.meters.memory import peak_memory
from harness.meters.model import flops, latency_ms
from harness.meters.nvml import EnergyMeter
from harness.metrics.names import METERS
from tests.models.built import encoder, images

CPU = torch.device("cpu")


class Clock:
    """A clock that advances on demand."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        """The time."""
        return self.now

    def on(self, seconds: float) -> None:
        """Advances the time."""
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the meters, replaced."""
    made = Clock()
    monkeypatch.setattr(clock, "time", made)
    return made


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """NVML is not installed."""
    nvml._handle.cache_clear()
    monkeypatch.setitem(sys.modules, "pynvml", None)
    yield
    nvml._handle.cache_clear()


def stepped(meters: Meters, time: Clock, durations: list[float], examples: int = 10) -> None:
    """Steps of given durations in seconds."""
    for seconds in durations:
        time.on(seconds)
        meters.step(examples)


def test_the_warm_up_is_excluded(time: Clock) -> None:
    meters = Meters(CPU)
    stepped(meters, time, [50.0] * WARMUP_STEPS + [2.0] * 4)
    result = meters.summary()
    assert result["examples_per_s"] == pytest.approx(5.0)
    assert result["step_ms"] == pytest.approx(2000.0)
    assert result["train_s"] == pytest.approx(50.0 * WARMUP_STEPS + 8.0)


def test_pauses_are_excluded_at_any_time(time: Clock) -> None:
    meters = Meters(CPU)
    with meters.paused():
        time.on(1000)
    stepped(meters, time, [1.0])
    with meters.paused():
        time.on(1000)
    stepped(meters, time, [1.0] * (WARMUP_STEPS - 1) + [2.0] * 2)
    with meters.paused():
        time.on(1000)
    stepped(meters, time, [2.0] * 2)
    with meters.paused():
        time.on(1000)
    result = meters.summary()
    assert result["step_ms"] == pytest.approx(2000.0)
    assert result["train_s"] == pytest.approx(WARMUP_STEPS + 8.0)
    assert result["total_s"] == pytest.approx(WARMUP_STEPS + 8.0 + 4000)


def test_training_after_a_pause_counts_without_another_pause(time: Clock) -> None:
    meters = Meters(CPU)
    stepped(meters, time, [1.0] * WARMUP_STEPS)
    with meters.paused():
        time.on(1000)
    stepped(meters, time, [4.0] * 2)
    assert meters.summary()["train_s"] == pytest.approx(WARMUP_STEPS + 8.0)
    assert meters.summary()["step_ms"] == pytest.approx(4000.0)


def test_time_after_the_last_pause_is_not_training(time: Clock) -> None:
    meters = Meters(CPU)
    stepped(meters, time, [1.0] * 5)
    for _ in range(2):
        with meters.paused():
            time.on(7)
        time.on(9)
    assert meters.summary()["train_s"] == pytest.approx(5.0)
    assert meters.summary()["total_s"] == pytest.approx(5.0 + 32)


def test_a_pause_ends_with_an_error_too(time: Clock) -> None:
    meters = Meters(CPU)
    stepped(meters, time, [1.0] * 4)

    def fails() -> None:
        with meters.paused():
            time.on(100)
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    stepped(meters, time, [1.0])
    assert meters.summary()["train_s"] == pytest.approx(5.0)


@pytest.mark.parametrize("steps", [0, 1, WARMUP_STEPS])
def test_there_is_no_throughput_without_a_step_after_the_warm_up(time: Clock, steps: int) -> None:
    meters = Meters(CPU)
    stepped(meters, time, [1.0] * steps)
    result = meters.summary()
    assert result["examples_per_s"] is None
    assert result["step_ms"] is None


@given(st.lists(st.tuples(st.floats(0.01, 10), st.floats(0, 10)), min_size=WARMUP_STEPS + 1, max_size=12))
def test_time_is_training_or_pause(parts: list[tuple[float, float]]) -> None:
    made = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "time", made)
        meters = Meters(CPU)
        for seconds, pause in parts:
            stepped(meters, made, [seconds])
            with meters.paused():
                made.on(pause)
        result = meters.summary()
    trained, paused = (sum(column) for column in zip(*parts, strict=True))
    assert result["train_s"] == pytest.approx(trained)
    assert result["total_s"] == pytest.approx(trained + paused)
    timed = [seconds for seconds, _ in parts[WARMUP_STEPS:]]
    assert result["step_ms"] == pytest.approx(1000 * sum(timed) / len(timed))


def test_every_figure_is_declared_and_memory_has_its_source() -> None:
    result = Meters(CPU, workers=3).summary()
    assert set(result) <= set(METERS)
    assert result["workers"] == 3
    assert result["memory_source"] == "process RSS peak"
    assert result["peak_memory_bytes"] > 10_000_000


def test_the_peak_of_memory_includes_freed_tensors() -> None:
    held = torch.ones(10_000_000)
    peak, source = peak_memory(CPU)
    del held
    assert source == "process RSS peak"
    status = Path("/proc/self/status")
    if status.exists():
        (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert peak == pytest.approx(1024 * int(kilobytes), rel=0.1)
    assert peak > 40_000_000


def test_energy_of_a_cpu_is_null() -> None:
    assert Meters(CPU).summary()["energy_j"] is None


class TwoGpus(ModuleType):
    """NVML of a machine with two GPUs."""

    class NVMLError(Exception):
        """The errors of NVML."""

    NAMES: ClassVar = {"GPU-aaaa": "First", "GPU-bbbb": "Second"}

    def nvmlInit(self) -> None:  # noqa: N802
        """Begins."""

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        """A handle is the UUID."""
        if index >= len(self.NAMES):
            raise self.NVMLError
        return list(self.NAMES)[index]

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        """A handle is the UUID."""
        if uuid not in self.NAMES:
            raise self.NVMLError
        return uuid

    def nvmlDeviceGetName(self, handle: str) -> str:  # noqa: N802
        """By the handle."""
        return self.NAMES[handle]


@pytest.mark.parametrize(
    ("visible", "name"),
    [
        (None, "First"),
        ("1", "Second"),
        ("1,0", "Second"),
        ("GPU-bbbb", "Second"),
        ("", None),
        ("-1", None),
        ("7", None),
    ],
)
def test_the_gpu_is_the_one_that_cuda_sees_first(
    visible: str | None, name: str | None, no_gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", TwoGpus("pynvml"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert nvml.device_name() == name


@pytest.mark.usefixtures("no_gpu")
def test_absent_hardware_is_null_and_not_zero() -> None:
    assert nvml.compute_capability() is None
    assert nvml.device_name() is None
    assert nvml.driver_version() is None
    assert EnergyMeter().joules() is None


@pytest.mark.parametrize(
    ("layer", "shape", "wanted"),
    [
        (nn.Linear(7, 5), (1, 7), 2 * 7 * 5),
        (nn.Conv2d(3, 4, 3, padding=1), (1, 3, 8, 10), 2 * 4 * 3 * 9 * 80),
        (nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), (1, 3, 8, 10), 2 * 4 * 3 * 9 * 20),
        (nn.Conv2d(4, 4, 3, groups=4, padding=1), (1, 4, 8, 8), 2 * 4 * 9 * 64),
        (nn.Sequential(nn.Flatten(), nn.Linear(12, 6), nn.ReLU(), nn.Linear(6, 2)), (1, 3, 4), 2 * (72 + 12)),
        (nn.ReLU(), (1, 4), 0),
    ],
)
def test_flops_equal_a_count_by_hand(layer: nn.Module, shape: tuple[int, ...], wanted: int) -> None:
    assert flops(layer, torch.zeros(shape)) == wanted


def test_flops_of_a_cnn_are_the_sum_of_its_convolutions() -> None:
    layers = [(1, 8, 256), (8, 16, 64), (16, 32, 16), (32, 32, 16)]
    wanted = sum(2 * 9 * inputs * outputs * area for inputs, outputs, area in layers)
    assert flops(encoder("cnn-nano"), images(1)) == wanted


def test_measuring_the_cost_changes_no_weight() -> None:
    made = encoder("cnn-nano").train()
    before = {key: value.clone() for key, value in made.state_dict().items()}
    flops(made, images(1))
    assert latency_ms(made, images(1)) > 0
    assert all(torch.equal(before[key], value) for key, value in made.state_dict().items())


def test_devices_and_precision_import_no_torch() -> None:
    code = (
        "import sys; from harness.meters.devices import resolved_device\n"
        "from harness.meters.nvml import device_name; from harness.meters.precision import resolved\n"
        "resolved('auto'); resolved_device('auto'); device_name(); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

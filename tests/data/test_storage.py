"""Images on the device and on disk: the same batches, and little memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.data import storage as module
from harness.data.batches import Batches
from harness.data.corruption import KINDS
from harness.data.prepared import prepare_corpus
from harness.data.storage import OnDevice, OnDisk, storage_for
from tests.data.sources import corpus_spec, spec

CPU = torch.device("cpu")


def on_disk(folder: Path, count: int = 300, shape: tuple[int, ...] = (1, 8, 8)) -> np.ndarray:
    """Random images in a file, memory-mapped."""
    path = folder / "images.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (count, *shape), dtype=np.uint8))
    return np.load(path, mmap_mode="c")


def test_size_decides(tmp_path: Path) -> None:
    images = on_disk(tmp_path)
    assert isinstance(storage_for(images, CPU, limit=images.nbytes), OnDevice)
    assert isinstance(storage_for(images, CPU, limit=images.nbytes - 1), OnDisk)
    assert isinstance(storage_for(np.array(images), CPU, limit=0), OnDevice), "arrays in memory stay there"


def test_both_give_the_same_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = on_disk(tmp_path), np.arange(300)

    def all_batches() -> list[tuple[torch.Tensor, torch.Tensor]]:
        made = Batches(images, labels, batch=64, steps=12, seed=3, device=CPU)
        return [(batch.x, batch.labels) for batch in (*made, *made.once(), made.sample())]

    resident = all_batches()
    monkeypatch.setattr(module, "MEMORY_LIMIT", 0)
    streamed = all_batches()
    assert len(resident) == len(streamed) == 12 + 5 + 1
    for (x, y), (other_x, other_y) in zip(resident, streamed, strict=True):
        assert torch.equal(x, other_x)
        assert torch.equal(y, other_y)


@pytest.mark.parametrize("kind", KINDS)
def test_a_corrupted_corpus_too_large_for_the_device_is_trained_on(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MEMORY_LIMIT", 0)
    wanted = corpus_spec(spec("corpus"), fraction=0.5, corruption={"kind": kind, "severity": 2})
    for fraction in (0.5, 1.0):
        images = prepare_corpus(wanted | {"fraction": fraction}, tmp_path).examples
        made = Batches(images, None, batch=7, steps=0, seed=0, device=CPU)
        seen = torch.cat([batch.x for batch in made.once()])
        assert torch.equal((seen * 255).round().byte(), torch.from_numpy(np.array(images)))


PROBE = """
import re, sys, numpy as np, torch
from pathlib import Path
from harness.data import storage as module
from harness.data.batches import Batches
module.MEMORY_LIMIT = int(sys.argv[2])
torch.set_num_threads(1)
images = np.load(sys.argv[1], mmap_mode="c")
made = Batches(images, None, batch=64, steps=len(images) // 64, seed=0, device=torch.device("cpu"))
def memory(name):
    return 1024 * int(re.search(name + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of the imports
before = memory("VmRSS")
for batch in made:
    pass
print(memory("VmHWM") - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident pages are counted otherwise elsewhere")
def test_streaming_takes_little_memory(tmp_path: Path) -> None:
    images = on_disk(tmp_path, 64 * 1024, (1, 32, 32))

    def grown(limit: int) -> int:
        command = [sys.executable, "-c", PROBE, str(tmp_path / "images.npy"), str(limit)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert grown(images.nbytes) > 0.9 * images.nbytes
    assert grown(0) < 0.4 * images.nbytes

"""The memory of a large corpus while it is prepared, read, corrupted and compared: little more than its size."""

import json
import subprocess
import sys

import pytest

from harness.data.corruption import KINDS

COUNT = 1 << 17
SIZE = COUNT * 32 * 32

PROBE = """
import json, re, sys, numpy as np, torch
from pathlib import Path
from harness.data.contamination import overlap
from harness.data.corruption import KINDS
from harness.data.prepared import prepare_corpus
from tests.data.sources import KEPT, corpus_spec, spec

torch.set_num_threads(1)
cache, count, shape = Path(sys.argv[1]), int(sys.argv[2]), (1, 32, 32)
loading, other = spec("loading", shape, size=count * 512), spec("task", shape)
corpus = corpus_spec(spec("corpus", shape, count=count), (loading,))

def memory(name):
    return 1024 * int(re.search(name + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

def grown(call):
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    call()
    return memory("VmHWM") - before

def read(**how):
    return prepare_corpus(corpus | how, cache)

overlap(corpus_spec(spec("corpus", shape)), other, cache, cache)  # loads modules once, before the measurements
for kind in KINDS:
    prepare_corpus(corpus_spec(spec("corpus", shape), corruption={"kind": kind, "severity": 1}), cache)
before = memory("VmRSS")
peaks = {"prepared": grown(read)}
KEPT.clear()
peaks["read"] = grown(read)
peaks["compared"] = grown(lambda: overlap(corpus, other, cache, cache))
peaks["a fraction"] = grown(lambda: read(fraction=0.5))
for kind in KINDS:
    peaks[kind] = grown(lambda: read(corruption={"kind": kind, "severity": 2}))
print(json.dumps(peaks))
"""


@pytest.fixture(scope="module")
def peaks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """The peak of each step over the memory before, as a share of the corpus's size."""
    command = [sys.executable, "-c", PROBE, str(tmp_path_factory.mktemp("cache")), str(COUNT)]
    sizes = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {step: size / SIZE for step, size in sizes.items()}


@pytest.mark.heavy
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident pages are counted otherwise elsewhere")
@pytest.mark.parametrize(
    ("step", "least", "most"),
    [
        ("prepared", 0.95, 1.25),  # the source's array, but not an excluded task's
        ("read", -0.15, 0.15),  # no copy: the allocator may give back memory meanwhile
        ("compared", -0.15, 0.4),
        ("a fraction", 0.4, 0.75),
        *((kind, 0.85, 1.6) for kind in KINDS),
    ],
)
def test_memory_is_bounded_by_the_size(step: str, least: float, most: float, peaks: dict[str, float]) -> None:
    assert least < peaks[step] < most, peaks

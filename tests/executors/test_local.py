"""The server that workers are forked from."""

import subprocess
import sys

from harness.executors.local import PRELOAD

FORKED = """
import importlib, os, sys, torch
for name in sys.argv[1:]:
    importlib.import_module(name)
if not os.fork():
    os._exit(torch.cuda._is_in_bad_fork())
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_what_the_server_imports_never_touches_cuda() -> None:
    """A process whose parent has so much as counted its GPUs can use none."""
    done = subprocess.run([sys.executable, "-c", FORKED, *PRELOAD], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

"""One job in one process: guards, the recipe, and the result."""

import contextlib
import io
import os
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from harness.catalog.loading import place_in
from harness.errors import BoardError, split_failure
from harness.worker.protocol import Arrays, Job, WorkerResult, WorkerStatus

Recipe = Callable[[Job], tuple[WorkerResult, Arrays]]


def serve(pipe: Connection, job: Job) -> None:
    """Runs a job and sends two messages: the result as JSON, then the arrays as npz, empty where there are none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, args=(pipe,), daemon=True).start()
    result, arrays = attempt(job)
    pipe.send_bytes(result.model_dump_json(exclude_defaults=True).encode())
    pipe.send_bytes(npz(arrays))
    os._exit(0)  # tearing torch down takes longer than a small trial


def attempt(job: Job) -> tuple[WorkerResult, Arrays]:
    """The result of a job and its arrays. Every failure becomes a status with a message."""
    import torch

    from harness.data import DataError
    from harness.training.loop import Diverged

    torch.set_num_threads(1)
    torch.manual_seed(0)
    try:
        return _recipe(job)(job)
    except Diverged as error:
        return _failure("diverged", str(error))
    except DataError as error:
        return _failure("data", str(error))
    except (MemoryError, torch.OutOfMemoryError) as error:
        return _failure("oom", str(error) or "out of memory")
    except BoardError as error:
        return _failure("error", str(error))
    except Exception as error:  # an entry's code may raise anything
        return _failure("error", _described(error, job.registry))


def npz(arrays: Arrays) -> bytes:
    """Arrays by name as an uncompressed npz archive; empty where there are none."""
    import numpy as np

    if not arrays:
        return b""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _recipe(job: Job) -> Recipe:
    if job.kind == "pretrain":
        from harness.worker.pretrain import pretrain

        return pretrain
    from harness.worker.adapt import adapt

    return adapt


def _failure(status: WorkerStatus, message: str) -> tuple[WorkerResult, Arrays]:
    """A failed result. File names that are not UTF-8 are escaped in the message."""
    return WorkerResult(status=status, message=message.encode(errors="backslashreplace").decode()), {}


def _described(error: Exception, registry: Path) -> str:
    """The end of the traceback and the start of the message, with the line of the registry that raised it."""
    before, reason, after = split_failure("".join(traceback.format_exception(error)).rstrip())
    return f"{before[-700:]}{reason[:300]}{place_in(error, registry)}{after[:200]}"


def _exit_with_parent(pipe: Connection) -> None:
    """Ends this process when the other end of its pipe closes: its parent is gone."""
    with contextlib.suppress(EOFError, OSError):
        pipe.poll(None)
    os._exit(1)

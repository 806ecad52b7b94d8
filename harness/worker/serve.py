"""One job in one process: guards, the recipe, and the answer."""

import contextlib
import io
import json
import math
import os
import signal
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from harness.catalog.loading import place_in
from harness.errors import BoardError, split_failure


def serve(pipe: Connection, job: dict[str, Any]) -> None:
    """Runs a job and sends its answer: one message of JSON, one of arrays as npz (empty where there are none)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(pipe,), daemon=True).start()
    answer, arrays = attempt(job)
    pipe.send_bytes(json.dumps(_finite(answer), allow_nan=False).encode())
    pipe.send_bytes(_npz(arrays))
    os._exit(0)  # at once: taking a whole torch apart takes longer than a small trial


def attempt(job: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer to a job and its arrays; whatever goes wrong becomes a status with its reason."""
    import torch

    from harness.data import DataError
    from harness.training.loop import Diverged

    torch.set_num_threads(1)
    torch.manual_seed(0)
    try:
        return _recipe(job["kind"])(job)
    except Diverged as error:
        return {"status": "diverged", "message": str(error)}, {}
    except DataError as error:
        return {"status": "data", "message": str(error)}, {}
    except (MemoryError, torch.OutOfMemoryError) as error:
        return {"status": "oom", "message": str(error) or "out of memory"}, {}
    except BoardError as error:
        return {"status": "error", "message": str(error)}, {}
    except Exception as error:  # an entry may raise anything
        return {"status": "error", "message": _told(error, Path(job["registry"]))}, {}


def _told(error: Exception, registry: Path) -> str:
    """The last frames of an error and the beginning of what it says, its place in the registry where it is named."""
    above, named, below = split_failure("".join(traceback.format_exception(error)).rstrip())
    return f"{above[-700:]}{named[:300]}{place_in(error, registry)}{below[:200]}"


def _recipe(kind: str) -> Any:
    if kind == "pretrain":
        from harness.worker.pretrain import pretrain

        return pretrain
    from harness.worker.adapt import adapt

    return adapt


def _end_with(pipe: Connection) -> None:
    """Ends this process when the other end of its pipe is gone: a worker without a parent works for nobody."""
    with contextlib.suppress(EOFError, OSError):
        pipe.poll(None)
    os._exit(1)


def _finite(value: Any) -> Any:
    """JSON has no NaN: a figure that is not finite is null."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _npz(arrays: dict[str, Any]) -> bytes:
    import numpy as np

    if not arrays:
        return b""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()

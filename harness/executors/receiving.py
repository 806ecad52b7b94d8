"""The trusted side of the protocol: reads a worker's two messages and takes nothing in them on trust."""

import io
import zipfile
from multiprocessing.connection import Connection

from pydantic import ValidationError

from harness.errors import BoardError
from harness.worker.protocol import Arrays, WorkerResult

MAX_JSON_BYTES = 1 << 20
MAX_ARRAY_BYTES = 1 << 30


class ResultError(BoardError):
    """A worker's result that breaks the protocol."""


def receive(pipe: Connection, timeout_s: float) -> tuple[WorkerResult, Arrays]:
    """The result and arrays that a worker sends: JSON, then an npz archive without pickles.

    Raises:
        EOFError: the worker died before it sent both.
        ResultError: a message is too large, too late or invalid.
    """
    try:
        result = parsed_result(pipe.recv_bytes(MAX_JSON_BYTES))
        if not pipe.poll(timeout_s):
            raise ResultError(place="worker's arrays", expected=f"a message within {timeout_s:.0f} s", got="none")
        return result, parsed_arrays(pipe.recv_bytes(MAX_ARRAY_BYTES))
    except OSError as error:
        if isinstance(error, EOFError | ConnectionError):
            raise EOFError from error
        limits = f"at most {MAX_JSON_BYTES} bytes of JSON and {MAX_ARRAY_BYTES} bytes of arrays"
        raise ResultError(place="worker's message", expected=limits, got=str(error)) from error


def parsed_result(message: bytes) -> WorkerResult:
    """A result from its JSON.

    Raises:
        ResultError: names the first invalid field.
    """
    try:
        return WorkerResult.model_validate_json(message)
    except ValidationError as error:
        first = error.errors()[0]
        field = "".join(f".{part}" for part in first["loc"])
        raise ResultError(place=f"worker's result{field}", expected="the protocol", got=first["msg"]) from error


def parsed_arrays(message: bytes) -> Arrays:
    """Arrays from an npz archive; none from an empty message.

    Raises:
        ResultError: it is not an archive, or holds pickled objects.
    """
    import numpy as np

    if not message:
        return {}
    try:
        with np.load(io.BytesIO(message), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise ResultError(place="worker's arrays", expected="an npz archive", got=str(error)) from error

"""Work that is done in a process beside this one, on what this one has found already."""

import multiprocessing
import os
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Aside(Generic[Result]):
    """Does some work in a forked process, which shares all that is in memory, where there are forks and more than one
    core, and if `worth`; else when its result is asked for."""

    def __init__(self, work: Callable[[], Result], worth: bool = True) -> None:
        self._work = work
        self._process: multiprocessing.process.BaseProcess | None = None
        if worth and "fork" in multiprocessing.get_all_start_methods() and (os.cpu_count() or 1) > 1:
            context = multiprocessing.get_context("fork")
            self._answer, answer = context.Pipe(duplex=False)
            self._process = context.Process(target=_answer, args=(work, answer), daemon=True)
            self._process.start()
            answer.close()

    def result(self) -> Result:
        """What the work returned.

        Raises:
            Exception: what the work raised.
            RuntimeError: when its process died.
        """
        if self._process is None:
            return self._work()
        try:
            found, error = self._answer.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(f"a process beside this one ended with status {self._process.exitcode}") from None
        self._process.join()
        if error:
            raise error
        result: Result = found
        return result


def _answer(work: Callable[[], Result], answer: "multiprocessing.connection.Connection") -> None:
    try:
        answer.send((work(), None))
    except Exception as error:
        answer.send((None, error))

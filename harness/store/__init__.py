"""Records on disk: append-only segments, one a sweep process, each line with its checksum.

    results/<suite>/<UTC time>-<8 hex digits>.jsonl          environment, records, retractions
    results/<suite>/<the same>.beside.jsonl                  sidecar: learning curves, per-example correctness

To merge the results of two machines, copy their files into one folder.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import BoardError
from harness.printable import count
from harness.store.checks import Problem, misplaced, problems, unreadable
from harness.store.record import RETRACTED, Record
from harness.store.segments import SIDECAR, Contents, contents, new_segment, quarantine, sidecar_file, sidecars_of
from harness.store.writer import Writer, retraction

__all__ = ["Problem", "Record", "Store"]
LOG = logging.getLogger("pretune")


class Store:
    """All records under a results folder, read once when first asked. A folder that does not exist holds none.

    Raises:
        BoardError: when the folder is no folder.
    """

    def __init__(self, results: Path) -> None:
        if results.exists() and not results.is_dir():
            raise BoardError(place=results, expected="a folder", got="a file", fix="give --results DIR")
        self.results = results
        self._sidecars: dict[Path, Contents] = {}

    def __len__(self) -> int:
        return len(self.all())

    def all(self) -> list[Record]:
        """The records, earliest first, without retracted ones; copies count once."""
        return [record for records in self._by_key.values() for record in records]

    def attempts(self) -> list[Record]:
        """The retracted records, with status `retracted` and the reason as message, then all others."""
        return [*self._retracted, *self.all()]

    def keys(self) -> list[str]:
        """The keys that have a record, be it a retracted one."""
        return list(dict.fromkeys(record.key for record in self.attempts()))

    def records(self, key: str) -> list[Record]:
        """The records of a trial, earliest first."""
        return self._by_key.get(key, [])

    def first_ok(self, key: str) -> Record | None:
        """The record that a trial's quality is read from: the earliest with status `ok`."""
        return next((record for record in self.records(key) if record.status == "ok"), None)

    def suites(self) -> list[str]:
        """The suites that have records."""
        return sorted({record.suite for record in self.all()})

    def environment(self, digest: str) -> Mapping[str, Any] | None:
        """The environment that a record names."""
        return self._environments.get(digest)

    def sidecar(self, record: Record) -> dict[str, Any] | None:
        """The sidecar data of a record: its learning `curve`, per-example correctness. It is read from disk."""
        return self.shared_sidecar(record, record.key)

    def shared_sidecar(self, record: Record, name: str) -> dict[str, Any] | None:
        """Sidecar data that several records share, by its name; in the sidecar of the record's segment."""
        if record.location is None:
            return None
        if record.location.segment not in self._sidecars:
            self._sidecars[record.location.segment] = contents(sidecar_file(record.location.segment))
        return self._sidecars[record.location.segment].read_sidecar(name)

    def sidecars(self, records: Iterable[Record]) -> Iterator[tuple[Record, dict[str, Any]]]:
        """The sidecar data of many records, in the order of the files, each read once. Of two for one record both are
        yielded and the last counts."""
        wanted: dict[Path, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
        for record in records:
            if record.location:
                wanted[record.location.segment][record.key].append(record)
        for segment, inside in wanted.items():
            for trial, content in sidecars_of(segment):
                for record in inside.get(trial, ()):
                    yield record, content

    @contextmanager
    def writer(self, suite: str, environment: Mapping[str, Any]) -> Iterator[Writer]:
        """A new segment, made when the first record is appended."""
        with Writer(new_segment(self.results, suite), environment) as writer:
            yield writer

    def retract(self, trials: Sequence[str], reason: str) -> int:
        """Retracts all records of trials with a reason; returns the number of records.

        Raises:
            BoardError: when one of them has no record, or the reason is empty; then nothing is retracted.
        """
        if not reason.strip():
            raise BoardError(
                place="--reason", expected="text", got="nothing", fix="give the reason why the record is wrong"
            )
        sums: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for key in dict.fromkeys(trials):
            if not self.records(key):
                got = f"one retracted before: {self.retracted[key]}" if key in self.retracted else "none"
                raise BoardError(place=f"trial {key[:16]}", expected="a record", got=got, fix="name another trial")
            for record in self.records(key):
                if record.location:
                    sums[record.suite][key].append(record.location.sum)
        for suite, own in sorted(sums.items()):
            retraction(new_segment(self.results, suite), own, reason.strip())
        number = sum(len(self.records(key)) for key in set(trials))
        for name in ("_by_key", "_read", "_segments", "_retracted"):
            self.__dict__.pop(name, None)
        return number

    @property
    def retracted(self) -> dict[str, str]:
        """The keys of trials with retracted records, and the reason of the last retraction."""
        return {record.key: record.message or "" for record in self._retracted}

    def adaptations_of(self, pretrainings: Collection[str]) -> list[Record]:
        """The records of the adaptations of some pretrainings, by their keys; those of one trial together."""
        return [record for record in self.all() if record.spec.get("parent") in pretrainings]

    def check(self) -> list[Problem]:
        """All problems of the files on disk."""
        return [*problems(self._read), *misplaced(self.results)]

    def repair(self) -> list[str]:
        """Moves unreadable lines into a `.rejected` file next to their segment; returns a line for each file."""
        moved = []
        for segment in self._read.values():
            for path in (segment.path, sidecar_file(segment.path)):
                if lines := quarantine(path):
                    moved.append(f"{path}: moved {count(lines, 'line')} to {path.name}.rejected")
        return moved

    @cached_property
    def _read(self) -> dict[Path, Contents]:
        paths = sorted(self.results.glob("*/*.jsonl"))
        return {path: contents(path) for path in paths if not path.name.endswith(SIDECAR)}

    @cached_property
    def _segments(self) -> dict[Path, Contents]:
        for problem in unreadable(self._read):
            if problem.harmful:
                LOG.warning("%s; its content is not counted", problem)
        return self._read

    @cached_property
    def _environments(self) -> dict[str, dict[str, Any]]:
        return {
            digest: environment
            for segment in self._segments.values()
            for digest, environment in segment.environments.items()
        }

    @cached_property
    def _retracted(self) -> list[Record]:
        reasons = {sum_: why for segment in self._segments.values() for sum_, why in segment.retracted.items()}
        retracted = {
            sum_: record.updated(status=RETRACTED, message=reasons[sum_])
            for segment in self._segments.values()
            for sum_, record in segment.records.items()
            if sum_ in reasons
        }
        return sorted(retracted.values(), key=lambda record: (record.started, record.key))

    @cached_property
    def _by_key(self) -> dict[str, list[Record]]:
        retracted = {sum_ for segment in self._segments.values() for sum_ in segment.retracted}
        kept: dict[str, Record] = {}
        for segment in self._segments.values():
            for sum_, record in segment.records.items():
                if sum_ not in retracted:
                    kept.setdefault(sum_, record)
        by_key: dict[str, list[Record]] = defaultdict(list)
        for record in sorted(kept.values(), key=lambda record: (record.started, record.key)):
            by_key[record.key].append(record)
        return dict(by_key)

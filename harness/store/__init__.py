"""Records on disk: append-only segments, one a sweep process, each line with its checksum.

    results/<suite>/<UTC time>-<8 hex digits>.jsonl          environment, records, retractions
    results/<suite>/<the same>.beside.jsonl                  learning curves; which test examples were right

To merge the results of two machines, put their files side by side.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import BoardError
from harness.store.checks import Problem, misplaced, problems, unreadable
from harness.store.record import RETRACTED, Record
from harness.store.segments import BESIDE, Contents, beside_file, beside_of, contents, new_segment, set_aside
from harness.store.sharing import Shared, uncollected
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
            raise BoardError(f"{results}: not a folder; give --results DIR")
        self.results = results
        self._beside: dict[Path, Contents] = {}

    def __len__(self) -> int:
        return len(self.all())

    def all(self) -> list[Record]:
        """The records that stand, earliest first: retracted ones are not among them, copies count once."""
        return [record for records in self._by_key.values() for record in records]

    def attempts(self) -> list[Record]:
        """All records, and before them those that were taken back: their status is `retracted`, their message why."""
        return [*self._retracted, *self.all()]

    def keys(self) -> list[str]:
        """The keys that have a record, be it a retracted one."""
        return list(dict.fromkeys(record.key for record in self.attempts()))

    def records(self, key: str) -> list[Record]:
        """The records of a trial, earliest first."""
        return self._by_key.get(key, [])

    def quality(self, key: str) -> Record | None:
        """The record that a trial's quality is read from: the earliest that ended well."""
        return next((record for record in self.records(key) if record.status == "ok"), None)

    def suites(self) -> list[str]:
        """The suites that have records."""
        return sorted({record.suite for record in self.all()})

    def environment(self, digest: str) -> Mapping[str, Any] | None:
        """The environment that a record names."""
        return self._environments.get(digest)

    def beside(self, record: Record) -> dict[str, Any] | None:
        """What lies beside a record: its learning `curve`, and which test examples were `correct`. It is read from
        disk each time."""
        return self.shared(record, record.key)

    def shared(self, record: Record, name: str) -> dict[str, Any] | None:
        """What lies beside a record for many, by the name that it calls it by."""
        if record.place is None:
            return None
        if record.place.segment not in self._beside:
            self._beside[record.place.segment] = contents(beside_file(record.place.segment))
        return self._beside[record.place.segment].read_beside(name)

    def all_beside(self, records: Iterable[Record]) -> Iterator[tuple[Record, dict[str, Any]]]:
        """What lies beside many records, in the order of the files, each of which is read once. What lies beside a
        record twice comes twice, and the last is what counts."""
        wanted: dict[Path, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
        for record in records:
            if record.place:
                wanted[record.place.segment][record.key].append(record)
        for segment, inside in wanted.items():
            for trial, content in beside_of(segment):
                for record in inside.get(trial, ()):
                    yield record, content

    @contextmanager
    def writer(self, suite: str, environment: Mapping[str, Any]) -> Iterator[Writer]:
        """A new segment, made when the first record is appended."""
        with Writer(new_segment(self.results, suite), environment) as writer:
            yield writer

    def retract(self, trials: Sequence[str], reason: str) -> int:
        """Takes back all records of trials, by lines that say why; returns how many.

        Raises:
            BoardError: when no record of one of them stands, or the reason is empty; then none is taken back.
        """
        if not reason.strip():
            raise BoardError("--reason: say why the record is wrong; it stays with it")
        sums: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for key in dict.fromkeys(trials):
            if not self.records(key):
                why = f"; it was retracted before: {self.retracted[key]}" if key in self.retracted else ""
                raise BoardError(f"trial {key[:16]} has no record that could be retracted{why}")
            for record in self.records(key):
                if record.place:
                    sums[record.suite][key].append(record.place.sum)
        for suite, found in sorted(sums.items()):
            retraction(new_segment(self.results, suite), found, reason.strip())
        count = sum(len(self.records(key)) for key in set(trials))
        for name in ("_by_key", "_read", "_segments", "_retracted"):
            self.__dict__.pop(name, None)
        return count

    @property
    def retracted(self) -> dict[str, str]:
        """The trials that records were taken back of, by their keys, and why the last one was."""
        return {record.key: record.message or "" for record in self._retracted}

    def begun_from(self, pretrainings: Collection[str]) -> list[Record]:
        """The records that stand of the adaptations that began from some pretrainings, a trial's together."""
        return [record for record in self.all() if record.spec.get("parent") in pretrainings]

    def check(self) -> list[Problem]:
        """Everything that is wrong with what is on disk."""
        return [*problems(self._read), *misplaced(self.results)]

    def repair(self) -> list[str]:
        """Moves lines that cannot be read into a `.rejected` file beside their segment; says what was moved."""
        moved = []
        for segment in self._read.values():
            for path in (segment.path, beside_file(segment.path)):
                count = set_aside(path)
                if count:
                    moved.append(f"{path}: {count} line{'s' * (count != 1)} moved to {path.name}.rejected")
        return moved

    @cached_property
    def _read(self) -> dict[Path, Contents]:
        paths, shared = sorted(self.results.glob("*/*.jsonl")), Shared()
        with uncollected():
            return {path: contents(path, shared) for path in paths if not path.name.endswith(BESIDE)}

    @cached_property
    def _segments(self) -> dict[Path, Contents]:
        for problem in unreadable(self._read):
            if problem.harmful:
                LOG.warning("%s; what it held is not counted", problem)
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
        found = {
            sum_: record.but(status=RETRACTED, message=reasons[sum_])
            for segment in self._segments.values()
            for sum_, record in segment.records.items()
            if sum_ in reasons
        }
        return sorted(found.values(), key=lambda record: (record.started, record.key))

    @cached_property
    def _by_key(self) -> dict[str, list[Record]]:
        retracted = {sum_ for segment in self._segments.values() for sum_ in segment.retracted}
        standing: dict[str, Record] = {}
        for segment in self._segments.values():
            for sum_, record in segment.records.items():
                if sum_ not in retracted:
                    standing.setdefault(sum_, record)
        found: dict[str, list[Record]] = defaultdict(list)
        for record in sorted(standing.values(), key=lambda record: (record.started, record.key)):
            found[record.key].append(record)
        return dict(found)

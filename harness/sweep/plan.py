"""The plan: which trials of a suite are done, which would run, and which are ready now.

Pure: the same suite, catalog, store and set of cached checkpoints give the same plan. It imports no torch.
"""

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from harness.catalog import Catalog
from harness.catalog.schemas import SuiteEntry
from harness.errors import BoardError
from harness.sweep.selection import choose
from harness.sweep.trials import no_files, resolve
from harness.trial import Trial

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Outcome

DONE, PENDING, RUNNING, FAILED, BLOCKED = "done", "pending", "running", "failed", "blocked"
SKIPPED = "skipped"
"""A trial whose data are not on this machine, or that only such trials need."""


class Plan:
    """The DAG of a suite's trials and the status of each."""

    def __init__(
        self,
        trials: dict[str, Trial],
        store: "Store",
        cached: Callable[[Trial], bool],
        retry: bool = False,
        unreadable: Callable[[str], str | None] = lambda entry: None,
    ) -> None:
        self.trials = trials
        self.store = store
        """The records as they were when the plan was made."""
        self.missing_data: dict[str, dict[str, str]] = {}
        self.status: dict[str, str] = {}
        self.scores: dict[str, float | None] = {}
        self.rerun: list[str] = []
        self._cached = cached
        self._queue: dict[str, Trial] = {}
        for trial in trials.values():
            self._initial_status(trial, retry)
        self._skip(functools.cache(unreadable))
        self._order()

    @classmethod
    def of(
        cls,
        suite: SuiteEntry,
        catalog: Catalog,
        store: "Store",
        *,
        cached: Callable[[Trial], bool] = lambda trial: True,
        only: Callable[[Trial], bool] = lambda trial: True,
        retry: bool = False,
        fingerprint: Callable[[str], str] = no_files,
        unreadable: Callable[[str], str | None] = lambda entry: None,
    ) -> "Plan":
        """The plan of a suite. `only` picks reported trials; what they depend on comes with them.

        `cached` is whether the checkpoint of an adaptation is in the cache; `retry` runs failed trials
        again; `unreadable` is the reason why the data of an entry, by kind and name, cannot be read.
        """
        trials = resolve(suite, catalog, fingerprint)
        wanted: dict[str, Trial] = {}
        for trial in trials.values():
            if trial.role == "reported" and only(trial):
                for needed in needs(trial, trials):
                    wanted.setdefault(needed.key, needed)
        return cls(wanted, store, cached, retry, unreadable)

    def ready(self) -> Trial | None:
        """The next trial that can run now; None when all others wait for running ones."""
        for trial in self._queue.values():
            if self._is_free(trial):
                del self._queue[trial.key]
                self.status[trial.key] = RUNNING
                return self._with_choice(trial)
        return None

    def settle(self, trial: Trial, outcome: "Outcome") -> None:
        """Frees the trials that depend on a finished one, or blocks them."""
        self._record(trial, outcome.status, outcome.metrics.get("validation"))
        if self.status[trial.key] == FAILED:
            self._block()

    def counts(self) -> Counter[str]:
        """The number of trials by status."""
        return Counter(self.status.values())

    def pending(self) -> list[Trial]:
        """The trials that would run, in order."""
        return list(self._queue.values())

    def unreadable(self) -> dict[str, str]:
        """The entries, by kind and name, whose data are missing for skipped trials, and the reason."""
        return {
            entry: why
            for key, missing in self.missing_data.items()
            if self.status[key] == SKIPPED
            for entry, why in missing.items()
        }

    def blockers(self, trial: Trial) -> list[str]:
        """The failed or blocked trials that a trial waits for."""
        return [key for key in (trial.parent, *trial.tuning) if key and self.status[key] in (FAILED, BLOCKED)]

    def _initial_status(self, trial: Trial, retry: bool) -> None:
        record = self.store.first_ok(trial.key)
        if record is None and not retry:
            record = next((r for r in self.store.records(trial.key) if r.status not in ("ok", "interrupted")), None)
        if record is None:
            self.status[trial.key] = PENDING
        else:
            self._record(trial, record.status, record.metrics.get("validation"))

    def _record(self, trial: Trial, status: str, score: float | None) -> None:
        self.status[trial.key] = DONE if status == "ok" else PENDING if status == "interrupted" else FAILED
        self.scores[trial.key] = score if status == "ok" else None

    def _skip(self, unreadable: Callable[[str], str | None]) -> None:
        """Skips trials without data that are not done, and the trials that only they need."""
        for trial in self.trials.values():
            if missing := {entry: why for entry in trial.reads if (why := unreadable(entry))}:
                self.missing_data[trial.key] = missing
        if not self.missing_data:
            return
        reported = [t for t in self.trials.values() if t.role == "reported" and t.key not in self.missing_data]
        needed = {each.key for trial in reported for each in needs(trial, self.trials)}
        for key in self.trials.keys() - needed:
            if self.status[key] != DONE:
                self.status[key] = SKIPPED

    def _order(self) -> None:
        """Queues pending trials, parents first, seed by seed: so every cell has a result early.

        A parent whose checkpoint is not in the cache runs again.
        """
        self._block()
        pending = [trial for trial in self.trials.values() if self.status[trial.key] == PENDING]
        uncached = dict.fromkeys(
            trial.parent
            for trial in pending
            if trial.parent and self.status[trial.parent] == DONE and not self._cached(trial)
        )
        for key in uncached:
            self.status[key] = PENDING
            self.rerun.append(key)
        seeds = dict.fromkeys(trial.seed for trial in self.trials.values() if trial.role == "reported")
        turns = {seed: turn for turn, seed in enumerate(seeds)}  # tuning seeds, of which all others wait, come first
        queue = [trial for trial in self.trials.values() if self.status[trial.key] == PENDING]
        self._queue = {trial.key: trial for trial in sorted(queue, key=lambda trial: turns.get(trial.seed, 0))}

    def _block(self) -> None:
        for trial in self.trials.values():
            if self.status[trial.key] == PENDING and self._is_blocked(trial):
                self.status[trial.key] = BLOCKED
                self._queue.pop(trial.key, None)

    def _is_blocked(self, trial: Trial) -> bool:
        if trial.parent and self.status[trial.parent] in (FAILED, BLOCKED):
            return True
        ended = [key for key in trial.tuning if self.status[key] in (DONE, FAILED, BLOCKED)]
        return (
            bool(trial.tuning)
            and len(ended) == len(trial.tuning)
            and not any(self.status[key] == DONE for key in trial.tuning)
        )

    def _is_free(self, trial: Trial) -> bool:
        if trial.parent and self.status[trial.parent] != DONE:
            return False
        return all(self.status[key] not in (PENDING, RUNNING) for key in trial.tuning)

    def _with_choice(self, trial: Trial) -> Trial:
        if not trial.tuning:
            return trial
        scores: dict[float, list[float | None]] = {}
        for key in trial.tuning:
            scores.setdefault(self.trials[key].spec["rate"], []).append(self.scores.get(key))
        choice = choose(scores)
        means = {rate: round(mean, 6) for rate, mean in choice.scores.items()}
        chosen = {"rate": choice.rate, "edge": choice.edge, "scores": means}
        return dataclasses.replace(trial, chosen=chosen)


def needs(trial: Trial, trials: dict[str, Trial]) -> Iterable[Trial]:
    """A trial and all that it depends on, parents first."""
    for key in (trial.parent, *trial.tuning):
        if key:
            yield from needs(trials[key], trials)
    yield trial


def find(trials: Iterable[str], prefix: str) -> str:
    """The one key that begins with a prefix.

    Raises:
        BoardError: when there is none, or more than one.
    """
    keys = sorted({key for key in trials if key.startswith(prefix)})
    if len(keys) == 1:
        return keys[0]
    expected = "the first characters of one trial's key, as `pretune plan` prints them"
    if not keys:
        raise BoardError(place="TRIAL", expected=expected, got=f"'{prefix}'", fix="see `pretune plan SUITE`")
    got = f"'{prefix}', which {len(keys)} trials have: {', '.join(key[:12] for key in keys[:5])}"
    raise BoardError(place="TRIAL", expected=expected, got=got, fix="give more characters")

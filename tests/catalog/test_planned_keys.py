"""The keys of all trials of the committed suites, compared with a committed list.

A key that changes makes every record of its trial stale. The keys here need no data and no packages: every installed
version is "0", files are unreadable, and the precision `auto` is `fp32`. `python -m tests.catalog.test_planned_keys`
writes the lists.
"""

from pathlib import Path
from unittest import mock

import pytest

from harness.catalog import Catalog
from harness.data.fingerprints import UNREADABLE
from harness.sweep import trials
from tests.boards import ROOT

FOLDER = Path(__file__).with_name("keys")
REFRESH = "python -m tests.catalog.test_planned_keys"
DIGITS = 16
"""The hex digits of a key that are listed."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(ROOT / "registry")


def planned_keys(catalog: Catalog, name: str) -> list[str]:
    """The first hex digits of all keys of a suite, sorted."""
    suite = catalog.suite(name)
    if suite.precision == "auto":
        suite = suite.model_copy(update={"precision": "fp32"})
    with mock.patch.object(trials, "installed", return_value="0"):
        planned = trials.resolve(suite, catalog, lambda files: UNREADABLE)
    return sorted(key[:DIGITS] for key in planned)


def listed_keys(name: str) -> list[str]:
    """The committed keys of a suite; none where it has no list."""
    path = FOLDER / f"{name}.txt"
    return path.read_text().split() if path.is_file() else []


def test_every_suite_has_a_list(catalog: Catalog) -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(catalog.suites), f"refresh with `{REFRESH}`"


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "registry" / "suites").glob("*.toml")))
def test_planned_keys_are_the_committed_ones(name: str, catalog: Catalog) -> None:
    planned, listed = set(planned_keys(catalog, name)), set(listed_keys(name))
    new, gone = len(planned - listed), len(listed - planned)
    assert planned == listed, (
        f"suite '{name}': {new} of {len(planned)} planned keys are not in the list, {gone} listed keys are not "
        f"planned. Records of these trials become stale. If that is intended, run `{REFRESH}`."
    )


def write() -> None:
    """Writes the list of each suite."""
    catalog = Catalog(ROOT / "registry")
    for path in FOLDER.glob("*.txt"):
        path.unlink()
    for name in sorted(catalog.suites):
        (FOLDER / f"{name}.txt").write_text("".join(f"{key}\n" for key in planned_keys(catalog, name)))


if __name__ == "__main__":
    write()
    print(f"wrote {FOLDER.relative_to(ROOT)}")

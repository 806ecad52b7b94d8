"""What two or more names mean that are to be compared: models, or commits that records were made at."""

import re
from collections.abc import Mapping, Sequence

from harness.errors import BoardError, nearest

MOST_MODELS = 4
COMMIT = re.compile(r"[0-9a-f]{7,40}")
SHOWN = 7


def kind_of(names: Sequence[str], models: Sequence[str], commits: Mapping[str, int]) -> str:
    """`models` or `commits`; `models` are those of the suite, `commits` count the records made at each.

    Raises:
        BoardError: for a name that is neither, one that begins several commits, or names that are not of one kind.
    """
    if len(set(names)) < len(names):
        raise BoardError(f"{' '.join(names)}: the same name twice")
    if not 2 <= len(names) <= MOST_MODELS:
        raise BoardError(f"compare 2 to {MOST_MODELS} models, or two commits")
    kinds = [_kind(name, models, commits) for name in names]
    if len(set(kinds)) > 1:
        told = ", ".join(f"{name} is a {kind[:-1]}" for name, kind in zip(names, kinds, strict=True))
        raise BoardError(f"{told}: compare models with models, and commits with commits")
    if kinds[0] == "commits" and len(names) > 2:
        raise BoardError("compare two commits at a time")
    return kinds[0]


def _kind(name: str, models: Sequence[str], commits: Mapping[str, int]) -> str:
    if name in models:
        return "models"
    if not COMMIT.fullmatch(name):
        raise BoardError(f"no model '{name}' in this suite, nor 7 digits or more of a commit: {nearest(name, models)}")
    meant = [commit for commit in commits if commit.startswith(name)]
    if len(meant) > 1:
        raise BoardError(f"'{name}' begins {len(meant)} commits: give more digits")
    if not meant:
        known = ", ".join(f"{commit[:SHOWN]} ({count})" for commit, count in commits.items())
        raise BoardError(f"no record was made at a commit '{name}'; there are records of {known or 'none'}")
    return "commits"

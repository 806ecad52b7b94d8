"""The shared options: before every verb and after it, and in every verb's help."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.cli.group import Shared
from harness.findings import FINDINGS, title_of


def leaves(group: click.Group = main, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All verbs that run something, with their names: `results check` is one."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*names, name))
        else:
            yield (*names, name), command


VERBS = dict(leaves())
verb = pytest.mark.parametrize("names", VERBS, ids=" ".join)


def required(command: click.Command) -> list[str]:
    """Values of a verb's required arguments and options."""
    values = []
    for parameter in command.params:
        if parameter.required:
            value = next(iter(parameter.type.choices)) if isinstance(parameter.type, click.Choice) else "some"
            values += [value] if isinstance(parameter, click.Argument) else [parameter.opts[0], value]
    return values


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Parses a command line without running its verb; returns the shared options."""
    for command in VERBS.values():
        monkeypatch.setattr(command, "callback", lambda **_: None)

    def parse(*args: str) -> Shared:
        shared = Shared()
        done = CliRunner().invoke(main, args, obj=shared)
        assert done.exit_code == 0, done.output
        return shared

    return parse


@verb
def test_shared_options_are_accepted_at_every_level(names: tuple[str, ...], parsed) -> None:  # type: ignore[no-untyped-def]
    options = ["--registry", "a", "--results", "b", "--cache", "c", "--debug"]
    values = required(VERBS[names])
    for level in range(len(names) + 1):
        shared = parsed(*names[:level], *options, *names[level:], *values)
        assert shared == Shared(Path("a"), Path("b"), Path("c"), True)
    assert parsed(*names, *values, *options) == Shared(Path("a"), Path("b"), Path("c"), True)
    assert parsed(*names, *values) == Shared()


@verb
@pytest.mark.parametrize("option", ["--registry", "--results", "--cache"])
def test_the_later_of_two_values_counts(names: tuple[str, ...], option: str, parsed) -> None:  # type: ignore[no-untyped-def]
    values = required(VERBS[names])
    for earlier, later in itertools.combinations(range(len(names) + 1), 2):
        args = list(names)
        args[later:later] = [option, "later"]
        args[earlier:earlier] = [option, "earlier"]
        assert getattr(parsed(*args, *values), option[2:]) == Path("later")
    assert getattr(parsed(option, "a", *names, option, "b", *values, option, "c"), option[2:]) == Path("c")


@pytest.mark.parametrize("names", [(), *{names[:level] for names in VERBS for level in range(1, len(names) + 1)}])
def test_every_help_lists_the_shared_options(names: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*names, "--help"])
    assert shown.exit_code == 0
    for option in ("--registry", "--results", "--cache", "--debug"):
        assert option in shown.output


def test_the_help_of_show_lists_every_finding_in_order() -> None:
    lines = [line.split() for line in CliRunner().invoke(main, ["show", "--help"]).output.splitlines()]
    listed = [words[0] for words in lines if words and words[0] in FINDINGS and len(words) > 1]
    assert listed == list(FINDINGS)


def test_every_finding_has_a_title() -> None:
    assert all(title_of(name) for name in FINDINGS)

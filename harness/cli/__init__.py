"""The command `pretune`: parse, call, print. What a verb needs is imported when it runs, so `--help` is instant."""

from harness.cli import reading, registry, results, running
from harness.cli.group import main

__all__ = ["main", "reading", "registry", "results", "running"]

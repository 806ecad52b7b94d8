"""The command `pretune`: parse, call, print. A verb imports what it needs when it runs, so `--help` is instant."""

from harness.cli import reading, registry, results, running
from harness.cli.group import main

__all__ = ["main", "reading", "registry", "results", "running"]

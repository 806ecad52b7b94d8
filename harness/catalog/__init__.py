"""Reads and checks the registry. No code of an entry runs here, and torch is not imported."""

from harness.catalog.catalog import STORED, Catalog

__all__ = ["STORED", "Catalog"]

"""Tests of task kinds and probes."""

"""Tests of what runs in a worker's process."""

"""Tests of executors: the trusted side of trials."""

"""Tests of the registry's encoders."""

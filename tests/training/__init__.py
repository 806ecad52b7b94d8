"""Tests of the loop, optimisers, encoders and checkpoints."""

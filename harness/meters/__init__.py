"""Honest meters: time, memory and energy, each figure with its source; what is not there is null, not zero."""

"""Meters: time, memory and energy, each figure with its source. A missing meter is null, never zero."""

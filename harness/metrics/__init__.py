"""Metrics: names, units and directions; scores of predictions and of features. Imports no torch."""

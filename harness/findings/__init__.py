"""One file a finding: each computes one analysis of a suite's records and returns its sections."""

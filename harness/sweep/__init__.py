"""From a suite to its records: the plan, and the run of it."""

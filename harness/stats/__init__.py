"""Mathematics only: intervals, ranking, coefficients, bootstrap."""

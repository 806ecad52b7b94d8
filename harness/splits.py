"""The parts of a split, as numbers in arrays and as names."""

TRAIN, VALIDATION, TEST = 0, 1, 2
PARTS = {"training": TRAIN, "validation": VALIDATION, "test": TEST}

"""Version 1.1 of a package that has several."""

STEPS = 11

"""Version 1.0 of a package that has several."""

STEPS = 10

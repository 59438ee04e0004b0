"""Version 2.0 of a package that has several."""

STEPS = 20

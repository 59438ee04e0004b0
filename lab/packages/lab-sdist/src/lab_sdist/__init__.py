"""Comes as an sdist only."""

BUILT = True

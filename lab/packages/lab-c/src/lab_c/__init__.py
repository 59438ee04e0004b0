"""Sums numbers in C."""

from lab_c._sum import total

__all__ = ["total"]

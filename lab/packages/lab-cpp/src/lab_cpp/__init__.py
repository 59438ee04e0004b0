"""Convolves images in C++."""

from lab_cpp._convolve import convolve

__all__ = ["convolve"]

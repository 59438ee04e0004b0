"""Tells the version of libev, of which the image needs libev4 and the builder libev-dev."""

from lab_ev._ev import version

__all__ = ["version"]

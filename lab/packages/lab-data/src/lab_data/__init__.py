"""Reads a file that is installed beside its code."""

import importlib.resources


def rows() -> int:
    text = importlib.resources.files("lab_data").joinpath("table.csv").read_text()
    return len(text.splitlines()) - 1

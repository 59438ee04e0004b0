"""Prints its arguments as a table of titles."""

import sys

from tabulate import tabulate

from shared import title


def main():
    print(tabulate([[line, title(line)] for line in sys.argv[1:]], headers=["text", "title"]))

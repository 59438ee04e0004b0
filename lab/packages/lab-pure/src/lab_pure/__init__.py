"""Greets, with the number of steps that lab-steps knows."""

import sys

import lab_steps


def greet(name: str) -> str:
    return f"hello {name}, {lab_steps.STEPS} steps"


def main() -> None:
    print(greet(sys.argv[1] if len(sys.argv) > 1 else "world"))

"""Calls one hook of a PEP 517 build backend.

The order comes as JSON on standard input (backend, path, hook, out, config); the
answer, a JSON list of requirements that are still missing, goes to the file
named by the first argument. Standard output stays the backend's own.
"""

import importlib
import importlib.metadata
import json
import os
import re
import sys

order = json.load(sys.stdin)
# Taken now: setuptools leaves a command line of its own behind.
answer_file = sys.argv[1]
# A PEP 517 frontend imports the backend from backend-path and from the
# environment, never from the project's folder by accident.
sys.path[:] = [p for p in sys.path if p not in ("", os.getcwd())]
sys.path[:0] = [os.path.abspath(p) for p in order.get("path") or []]

module, _, attributes = order["backend"].partition(":")
backend = importlib.import_module(module)
for attribute in filter(None, attributes.split(".")):
    backend = getattr(backend, attribute)


def installed(requirement):
    """Whether a requirement without conditions is there already.

    Anything that is more than a bare name is left to pip, which does nothing
    when it is satisfied.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement.strip()):
        return False
    try:
        importlib.metadata.version(requirement.strip())
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


config = order.get("config") or {}
answer = []
if order["hook"] == "requires":
    hook = getattr(backend, "get_requires_for_build_wheel", None)
    if hook is not None:
        answer = [r for r in hook(dict(config)) if not installed(r)]
else:
    backend.build_wheel(order["out"], dict(config), None)

with open(answer_file, "w", encoding="utf-8") as f:
    json.dump(answer, f)

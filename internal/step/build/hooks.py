"""Has a PEP 517 build backend build a wheel, or asks it for its requirements.

The order comes as JSON on standard input (backend, path, ask, present, out,
config). If it says to ask, those requirements that are missing go as a JSON
list to the file named by the first argument, and nothing is built. Standard
output stays the backend's own.
"""

import importlib
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


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def there(requirement):
    """Whether a requirement need not be installed.

    Of those with conditions, pip knows whether they are satisfied, and does
    nothing then.
    """
    name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement.strip())
    if name and normalized(name[0]) in order.get("present", []):
        return True
    if not name or name[0] != requirement.strip():
        return False
    return installed(normalized(name[0]))


def installed(name):
    """Whether the environment has a package. Python 3.7 has no importlib.metadata."""
    for folder in filter(os.path.isdir, sys.path):
        for entry in os.listdir(folder):
            if entry.endswith((".dist-info", ".egg-info")) and normalized(entry.rsplit(".", 1)[0].split("-")[0]) == name:
                return True
    return False


def ask():
    hook = getattr(backend, "get_requires_for_build_wheel", None)
    required = hook(dict(config)) if hook is not None else []
    with open(answer_file, "w", encoding="utf-8") as f:
        json.dump([r for r in required if not there(r)], f)


config = order.get("config") or {}
if order["ask"]:
    ask()
else:
    backend.build_wheel(order["out"], dict(config), None)

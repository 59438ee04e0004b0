"""Pipfile.lock by Pipenv: python pipenv.py OUT SEED COUNT

Pipenv resolves for the Python that it runs with, and "pipenv requirements"
tells what it would install.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

# This file has the name of the package that it asks.
sys.path = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]
sys.path.append(str(Path(__file__).resolve().parent / "shared"))

import common  # noqa: E402
from index import Index  # noqa: E402
from pipenv.patched.pip._vendor.packaging.requirements import Requirement  # noqa: E402

OUT, SEED, COUNT = Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
YEAR = int(version("pipenv").split(".")[0])
INDEX = Index()
HOME = tempfile.mkdtemp()
ENV = os.environ | {"HOME": HOME, "PIPENV_VENV_IN_PROJECT": "0", "PIPENV_IGNORE_VIRTUALENVS": "0", "VIRTUAL_ENV": sys.prefix, "PIPENV_NOSPIN": "1",
                    "PIPENV_YES": "1", "PIPENV_VERBOSITY": "-1", "PIPENV_CACHE_DIR": HOME, "PIPENV_DONT_LOAD_ENV": "1"}


def pipenv(folder, *args):
    return subprocess.run([sys.executable, "-m", "pipenv", *args], cwd=folder, capture_output=True, text=True, env=ENV)


def entry(world, requirement):
    package, specifier, extras, marker = requirement
    parts = [f"version = {json.dumps(specifier or '*')}"]
    if extras:
        parts.append(f"extras = {json.dumps(extras)}")
    if marker:
        parts.append(f"markers = {json.dumps(marker)}" if " and " in marker or " or " in marker or world.random.random() < 0.5
                     else f"{marker.split(' ', 1)[0]} = {json.dumps(marker.split(' ', 1)[1])}")
    if world.random.random() < 0.2 and not specifier:  # Pipenv 2026 cannot lock both
        parts.append('index = "second"')
    return f"{package} = {{{', '.join(parts)}}}" if len(parts) > 1 else f"{package} = {json.dumps(specifier or '*')}"


def project(world, folder, name, url, second):
    r = world.random
    text = f'[[source]]\nname = "own"\nurl = "{url}"\nverify_ssl = false\n[[source]]\nname = "second"\nurl = "{second}"\nverify_ssl = false\n'
    text += "[packages]\n" + "".join(entry(world, q) + "\n" for q in world.requirements(r.choice([2, 3])))
    if r.random() < 0.2:
        release = r.choice(world.releases)
        if release.name + " =" not in text:
            text += f'{release.name} = {{file = "{INDEX.file(name, release)}"}}\n'
    text += "[dev-packages]\n" + "".join(entry(world, q) + "\n" for q in world.requirements(2))
    if YEAR >= 2023:
        text += "[docs]\n" + "".join(entry(world, q) + "\n" for q in world.requirements(1))
    if r.random() < 0.5:
        text += '[requires]\npython_version = "3.11"\n'
    (folder / "Pipfile").write_text(text)
    (folder / "moult.toml").write_text("")
    return "[requires]" in text


def wanted(text, env):
    found = []
    for l in text.splitlines():
        l = l.split(" #")[0].strip()
        if not l or l.startswith("-") or l.startswith("#"):
            continue
        q, direct = l.partition(";"), ""
        if "://" in q[0]:
            file = q[0].split("#")[0].strip().split("/")[-1]
            direct, l = file.split("-")[1], file.split("-")[0] + (";" + q[2] if q[2] else "")
        q = Requirement(l.replace("==>", ">").replace("==<", "<").replace("==!", "!").replace("==*", ""))
        if q.marker is None or q.marker.evaluate(env):
            if not direct and not str(q.specifier).startswith("=="):
                return "error"  # a package that Pipenv did not lock: it has no hash
            found.append((q.name, direct or str(q.specifier).lstrip("=")))
    return common.pins(set(found))


cases, skipped = [], 0
for seed in range(SEED, SEED + COUNT):
    world = common.World(seed)
    folder = OUT / f"pipenv-{seed}"
    folder.mkdir(parents=True)
    one = project(world, folder, f"w{seed}", INDEX.add(world, f"w{seed}"), INDEX.add(world, f"x{seed}"))
    done = pipenv(folder, "lock")
    if done.returncode != 0 or not (folder / "Pipfile.lock").exists():
        if "--verbose" in sys.argv:
            print(folder.name, done.stderr[-700:], done.stdout[-300:])
        skipped += 1
        continue
    settings = [([], []), (["dev"], ["--dev"])]
    if YEAR >= 2023:
        settings.append((["docs"], ["--categories", "packages docs"]))
    for groups, args in settings:
        asked = pipenv(folder, "requirements", *args)
        for python, machine in itertools.product(common.PYTHONS, common.MACHINES):
            if one and not python.startswith("3.11"):
                continue
            want = "error" if asked.returncode != 0 else wanted(asked.stdout, common.environment(python, machine))
            cases.append({"folder": folder.name, "lock": "Pipfile.lock", "python": python, "machine": machine, "extras": [], "groups": groups, "want": want})
common.write(OUT, cases, skipped)

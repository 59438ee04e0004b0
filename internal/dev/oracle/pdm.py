"""pdm.lock by PDM, 2.4 to 2.29, and its pylock.toml: python pdm.py OUT SEED COUNT

PDM locks by its command. What it installs it tells in this process, for
environments that say what they are.
"""

import contextlib
import io
import itertools
import json
import os
import subprocess
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

# This file has the name of the package that it asks.
sys.path = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]
sys.path.append(str(Path(__file__).resolve().parent / "shared"))

HOME = tempfile.mkdtemp()
os.environ.update({"HOME": HOME, "PDM_CHECK_UPDATE": "0", "PDM_IGNORE_SAVED_PYTHON": "1", "PDM_CACHE_DIR": HOME, "PDM_NON_INTERACTIVE": "1",
                   "PATH": str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"], "VIRTUAL_ENV": sys.prefix})

import common  # noqa: E402
from index import Index  # noqa: E402
from pdm.cli.actions import resolve_candidates_from_lockfile  # noqa: E402
from pdm.core import Core  # noqa: E402

warnings.simplefilter("ignore")
OUT, SEED, COUNT = Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
PDM = tuple(map(int, version("pdm").split(".")[:2]))
INDEX, CORE = Index(), Core()


def strategy(r):
    """Options of "pdm lock" that this PDM has."""
    if PDM < (2, 8):
        return []
    some = [["--static-urls"], []]
    if PDM < (2, 12):
        return r.choice(some) + r.choice([["--no-cross-platform"], [], []])
    some = [["-S", "static_urls"], [], ["-S", "no_inherit_metadata"], ["-S", "no_inherit_metadata,static_urls"]]
    if PDM < (2, 17):
        return r.choice(some) + r.choice([["-S", "no_cross_platform"], [], []])
    return r.choice(some) + r.choice([[], [], ["--platform", "linux", "--python", ">=3.11"], ["--platform", "manylinux_2_28_aarch64"]])


def direct(world, url):
    """A requirement that does not come from the index's list."""
    release = world.random.choice(world.releases)
    return f"{release.name} @ {INDEX.file(url, release)}"


def project(world, folder, name, url):
    r = world.random
    main = world.requirements(r.choice([1, 2, 3])) + (world.fork() if r.random() < 0.3 and PDM >= (2, 17) else [])
    lines = [common.line(q) for q in main]
    if r.random() < 0.2:
        lines.append(direct(world, name))
    extras = {"one": [common.line(q) for q in world.requirements(1)], "two": [common.line(q) for q in world.requirements(r.choice([0, 2]))]}
    if r.random() < 0.5:
        extras["all"] = ["demo[one]", f"demo[two] ; {r.choice(common.MARKERS[:4])}"]
    dev = {"dev": [common.line(q) for q in world.requirements(1)], "docs": [common.line(q) for q in world.requirements(2)]}
    text = '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n'
    text += f"dependencies = {json.dumps(lines)}\n[project.optional-dependencies]\n"
    text += "".join(f"{k} = {json.dumps(v)}\n" for k, v in extras.items())
    text += "[dependency-groups]\n" if PDM >= (2, 20) and r.random() < 0.6 else "[tool.pdm.dev-dependencies]\n"
    text += "".join(f"{k} = {json.dumps(v)}\n" for k, v in dev.items())
    text += "[tool.pdm]\ndistribution = false\n" if PDM >= (2, 12) else ""
    if r.random() < 0.2:
        first = r.choice(world.releases)
        text += f'[tool.pdm.{"resolution.overrides" if PDM >= (2, 5) else "overrides"}]\n{first.name} = "{first.version}"\n'
    text += f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{url}"\nverify_ssl = true\n'
    (folder / "pyproject.toml").write_text(text)
    return list(extras)


def wanted(p, extras, groups, python, machine):
    names = ["default", *extras, *groups]
    requirements = []
    for n in names:
        found = p.get_dependencies(n)
        requirements += list(found.values() if isinstance(found, dict) else found)
    if PDM >= (2, 17):
        from pdm.models.markers import EnvSpec

        spec = EnvSpec.from_spec(f"=={python}", f"manylinux_2_36_{machine}", "cpython")
        found = resolve_candidates_from_lockfile(p, requirements, groups=names, env_spec=spec)
    else:
        p.environment.__dict__["marker_environment"] = common.environment(python, machine)
        found = resolve_candidates_from_lockfile(p, requirements)
    return common.pins({(c.name, c.version) for c in found.values() if c.name != "demo"})


cases, skipped = [], 0
for seed in range(SEED, SEED + COUNT):
    world = common.World(seed)
    folder = OUT / f"pdm-{seed}"
    folder.mkdir(parents=True)
    names = project(world, folder, f"w{seed}", INDEX.add(world, f"w{seed}"))
    options = ["lock", "-q", "-p", str(folder), "-G", ":all", *strategy(world.random)]
    pylock = PDM >= (2, 25) and world.random.random() < 0.3
    if pylock:
        options = ["lock", "-q", "-p", str(folder), "-G", ":all"]
        (folder / "pdm.toml").write_text('[lock]\nformat = "pylock"\n')
    if PDM < (2, 8):
        options = ["lock", "-p", str(folder), *(["-G", ":all"] if PDM >= (2, 6) else [])]
    done = subprocess.run([sys.executable, "-m", "pdm", *options], capture_output=True, text=True)
    lock = "pylock.toml" if pylock else "pdm.lock"
    if done.returncode != 0 or not (folder / lock).exists():
        if "--verbose" in sys.argv:
            print(folder.name, options, done.stderr[-300:], done.stdout[-300:])
        skipped += 1
        continue
    own = CORE.create_project(folder)
    settings = [([], []), (["one"], []), (["two"], ["dev"]), ([], ["docs"]), (names[2:], ["dev", "docs"])]
    for (extras, groups), python, machine in itertools.product(settings, common.PYTHONS, common.MACHINES):
        if python != "3.12.4" and machine != "x86_64":
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                want = wanted(own, extras, groups, python, machine)
        except KeyError:  # a fault of PDM 2.10's that ends it
            continue
        except Exception as e:
            want = "error"
            if "--verbose" in sys.argv:
                print(folder.name, python, extras, groups, repr(e)[:300])
        cases.append({"folder": folder.name, "lock": lock, "python": python, "machine": machine, "extras": extras, "groups": groups, "want": want})
common.write(OUT, cases, skipped)

"""pylock.toml by pip, and what packaging and pip install from it: python pylock.py OUT SEED COUNT LOCKS...

LOCKS are folders with cases.json of other generators; packaging tells what
their pylock.toml means, too.
"""

import itertools
import json
import subprocess
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "shared"))
import common  # noqa: E402
from index import Index  # noqa: E402
from packaging.pylock import Pylock, PylockSelectError  # noqa: E402
from packaging.tags import Tag  # noqa: E402

OUT, SEED, COUNT = Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
INDEX = Index()
TAGS = [Tag("py3", "none", "any")]
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}.{sys.version_info[2]}"


def pip(folder, *args):
    return subprocess.run([sys.executable, "-m", "pip", *args, "--disable-pip-version-check", "--no-cache-dir"], cwd=folder, capture_output=True, text=True)


def selected(path, extras, groups, python, machine):
    """What packaging selects."""
    pylock = Pylock.from_dict(tomllib.loads(path.read_text()))
    try:
        # Moult installs the default groups, too, as PDM does.
        groups = [*(pylock.default_groups or []), *groups]
        chosen = pylock.select(environment=common.environment(python, machine), tags=TAGS, extras=extras, dependency_groups=groups)
        return common.pins({(p.name, p.version or p.archive.url.split("/")[-1].split("-")[1]) for p, _ in chosen if p.directory is None})
    except PylockSelectError:
        return "error"


cases, skipped = [], 0
for seed in range(SEED, SEED + COUNT):
    world = common.World(seed)
    folder = OUT / f"pip-{seed}"
    folder.mkdir(parents=True)
    url = INDEX.add(world, f"w{seed}")
    (folder / "pyproject.toml").write_text('[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n')
    lines = [common.line(q) for q in world.requirements(3)]
    if seed % 3 == 0:
        release = world.random.choice(world.releases)
        lines.append(f"{release.name} @ {INDEX.file(f'w{seed}', release)}")
    if pip(folder, "lock", "-q", "-i", url, "-o", "pylock.toml", *lines).returncode != 0 or "[[packages]]" not in (folder / "pylock.toml").read_text():
        skipped += 1
        continue
    report = pip(folder, "install", "-q", "--dry-run", "--ignore-installed", "--report", "-", "-r", "pylock.toml")
    want = "error" if report.returncode != 0 else common.pins({(i["metadata"]["name"], i["metadata"]["version"]) for i in json.loads(report.stdout)["install"]})
    cases.append({"folder": folder.name, "lock": "pylock.toml", "python": HERE, "machine": "x86_64", "extras": [], "groups": [], "want": want})
    for python, machine in itertools.product(common.PYTHONS, common.MACHINES):
        cases.append({"folder": folder.name, "lock": "pylock.toml", "python": python, "machine": machine, "extras": [], "groups": [],
                      "want": selected(folder / "pylock.toml", [], [], python, machine)})
for other in map(Path, sys.argv[4:]):
    other = other.resolve()
    for case in json.loads((other / "cases.json").read_text())["cases"]:
        if case["lock"] == "pylock.toml":
            want = selected(other / case["folder"] / "pylock.toml", case["extras"], case["groups"], case["python"], case["machine"])
            cases.append(case | {"folder": f"../{other.name}/{case['folder']}", "want": want})
common.write(OUT, cases, skipped)

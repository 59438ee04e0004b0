"""poetry.lock by Poetry, 1.1 to 2.x: python poetry.py OUT SEED COUNT

Poetry runs in this process, with packages that are in memory and environments
that say what they are, so that it takes no index and no interpreter.
"""

import itertools
import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

# This file has the name of the package that it asks.
sys.path = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]
sys.path.append(str(Path(__file__).resolve().parent / "shared"))

import common  # noqa: E402
from packaging.utils import canonicalize_name  # noqa: E402
from poetry.core.packages.package import Package  # noqa: E402
from poetry.factory import Factory  # noqa: E402
from poetry.installation.installer import Installer  # noqa: E402
from poetry.repositories import Repository  # noqa: E402
from poetry.repositories.installed_repository import InstalledRepository  # noqa: E402
from poetry.utils.env import MockEnv  # noqa: E402

try:
    from cleo.io.null_io import NullIO
    from poetry.core.packages.dependency import Dependency
    from poetry.repositories import RepositoryPool

    requirement = Dependency.create_from_pep_508
except ImportError:  # Poetry 1.1
    from clikit.io import NullIO
    from poetry.core.packages import dependency_from_pep_508 as requirement
    from poetry.repositories import Pool as RepositoryPool

warnings.simplefilter("ignore")
OUT, SEED, COUNT = Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
POETRY = tuple(map(int, version("poetry").split(".")[:2]))
TOOL = f"poetry{POETRY[0]}"


class Quiet(Installer):
    """Notes what would be installed instead of doing it."""

    def _execute(self, operations):
        self.noted = {(op.package.name, op.package.version.text) for op in operations if op.job_type == "install" and not op.skipped}
        return 0


def packages(world):
    found = []
    for release in world.releases:
        p = Package(release.name, release.version)
        p.python_versions = release.python or "*"
        for r in release.requires:
            p.add_dependency(requirement(common.line(r)))
        for extra, requires in release.extras.items():
            extra = canonicalize_name(extra)
            p.extras[extra] = []
            for name, specifier, extras, marker in requires:
                both = f"({marker}) and extra == '{extra}'" if marker else f"extra == '{extra}'"
                d = requirement(common.line((name, specifier, extras, both)))
                d._optional = True
                p.extras[extra].append(d)
                p.add_dependency(d)
        name, data = release.wheel()
        p.files = [{"file": name, "hash": "sha256:" + __import__("hashlib").sha256(data).hexdigest()}]
        found.append(p)
    return found


def entry(world, requirement, optional=False):
    """A requirement as Poetry's table, sometimes in its own words."""
    name, specifier, extras, marker = requirement
    r = world.random
    version_ = specifier or r.choice(["*", ">=1", "^1.0 || ^2.0 || >=3", "<4"])
    parts = [f"version = {json.dumps(version_)}"]
    if extras:
        parts.append(f"extras = {json.dumps(extras)}")
    if marker:
        parts.append(f"markers = {json.dumps(marker)}" if r.random() < 0.8 or "python" in marker else 'python = "~3.9 || ^3.12"')
    if optional:
        parts.append("optional = true")
    return f"{{{', '.join(parts)}}}"


def project(world, folder):
    r = world.random
    main = world.requirements(r.choice([2, 3]))
    names = {q[0] for q in main}
    lines = [f"{q[0]} = {entry(world, q)}" for q in main]
    fork = world.fork() if r.random() < 0.3 else []
    if fork and fork[0][0] not in names:
        names.add(fork[0][0])
        lines.append(f"{fork[0][0]} = [{', '.join(entry(world, q) for q in fork)}]")
    extra = [q for q in world.requirements(4) if q[0] not in names][:2]
    lines += [f"{q[0]} = {entry(world, q, True)}" for q in extra]
    extras = {"one": [q[0] for q in extra[:1]], "all": [q[0] for q in extra]}
    text = '[tool.poetry]\nname = "demo"\nversion = "1.0"\ndescription = ""\nauthors = []\n' + ("package-mode = false\n" if POETRY >= (1, 8) else "")
    text += '[tool.poetry.dependencies]\npython = "' + r.choice(["^3.9", ">=3.9,<4", "~3.9 || ^3.11"]) + '"\n' + "\n".join(lines) + "\n"
    text += "[tool.poetry.extras]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in extras.items())
    dev = world.requirements(1)
    if extra and r.random() < 0.5:
        dev = [(extra[0][0], "", [], "")]  # an extra's requirement that a group has, too
    text += ("[tool.poetry.group.dev.dependencies]\n" if POETRY >= (1, 2) else "[tool.poetry.dev-dependencies]\n") + "".join(f"{q[0]} = {entry(world, q)}\n" for q in dev)
    if POETRY < (1, 2):
        (folder / "pyproject.toml").write_text(text)
        return
    text += "[tool.poetry.group.docs]\noptional = true\n[tool.poetry.group.docs.dependencies]\n"
    text += "".join(f"{q[0]} = {entry(world, q, r.random() < 0.2)}\n" for q in world.requirements(1))
    (folder / "pyproject.toml").write_text(text)


def install(folder, pool, env, groups, extras):
    poetry = Factory().create_poetry(folder)
    # Poetry 2 installs what the lock says of groups and markers.
    poetry.config.merge({"installer": {"re-resolve": False}})
    installer = Quiet(NullIO(), env, poetry.package, poetry.locker, pool, poetry.config, installed=InstalledRepository())
    if POETRY >= (1, 2):
        installer.only_groups({"main", *groups})
    else:
        installer.dev_mode("dev" in groups)
    installer.extras([canonicalize_name(e) for e in extras])
    installer.dry_run(True)
    if installer.run() != 0:
        raise RuntimeError("not installed")
    if len({name for name, _ in installer.noted}) < len(installer.noted):
        raise RuntimeError("a package in two versions")  # Poetry before 1.8 sometimes
    return common.pins(installer.noted)


cases, skipped = [], 0
for seed in range(SEED, SEED + COUNT):
    world = common.World(seed)
    folder = OUT / f"{TOOL}-{seed}"
    folder.mkdir(parents=True)
    project(world, folder)
    pool = RepositoryPool([Repository("pypi", packages(world)) if POETRY >= (1, 2) else Repository(packages(world))])
    poetry = Factory().create_poetry(folder)
    installer = Quiet(NullIO(), MockEnv(version_info=(3, 12, 4), platform="linux"), poetry.package, poetry.locker, pool, poetry.config, installed=InstalledRepository())
    installer.lock()
    try:
        if installer.run() != 0 or not (folder / "poetry.lock").exists():
            raise RuntimeError("not locked")
    except Exception:  # no versions fit
        skipped += 1
        continue
    settings = [([], []), (["one"], []), (["all"], ["dev"]), ([], ["dev"]), ([], ["docs"])][:5 if POETRY >= (1, 2) else 4]
    for (extras, groups), python, machine in itertools.product(settings, common.PYTHONS, common.MACHINES):
        if python != "3.12.4" and machine != "x86_64":
            continue
        marker_env = common.environment(python, machine)
        marker_env["version_info"] = (*map(int, python.split(".")), "final", 0)
        marker_env["interpreter_name"], marker_env["interpreter_version"] = "cp", python.replace(".", "")[:3]
        env = MockEnv(version_info=tuple(map(int, python.split("."))), platform="linux", marker_env=marker_env, **({"platform_machine": machine} if POETRY >= (1, 8) else {}))
        try:
            want = install(folder, pool, env, groups, extras)
        except Exception as e:
            want = "error"
            if "--verbose" in sys.argv:
                print(folder.name, python, extras, groups, repr(e)[:300])
        cases.append({"folder": folder.name, "lock": "poetry.lock", "python": python, "machine": machine, "extras": extras, "groups": groups, "want": want})
common.write(OUT, cases, skipped)

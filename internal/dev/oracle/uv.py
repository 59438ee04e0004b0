"""uv.lock by uv, the same as pylock.toml and as requirements.txt: python uv.py OUT SEED COUNT UV

UV is a newer uv, which tells what the lock means: the exports of old ones drop
the condition of an extra of a package.
"""

import itertools
import json
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

sys.path.insert(0, str(Path(__file__).resolve().parent / "shared"))
import common  # noqa: E402
from index import Index  # noqa: E402

OUT, SEED, COUNT = Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
UV, NEW = str(Path(sys.executable).parent / "uv"), str(Path(sys.argv[4]).resolve())
VERSION = tuple(map(int, subprocess.run([UV, "--version"], capture_output=True, text=True).stdout.split()[1].split(".")[:2]))
INDEX = Index()


def uv(folder, *args, tool=UV):
    return subprocess.run([tool, "--no-cache", "--no-python-downloads", *args], cwd=folder, capture_output=True, text=True)


def sources(world, names, url):
    """Sources of some of the required packages: a file at a URL or in a folder, and by marker another one."""
    r, lines = world.random, []
    for name in names:
        if r.random() > 0.15:
            continue
        release = r.choice([x for x in world.releases if x.name == name])
        file = release.wheel()[0]
        yes, no = "python_version < '3.12'", "python_version >= '3.12'"
        lines.append(f"{name} = " + r.choice([
            f'{{url = "{url}/files/{file}"}}',
            f'{{path = "../wheels/{file}"}}',
            f'[{{url = "{url}/files/{file}", marker = "{yes}"}}, {{index = "own", marker = "{no}"}}]',
        ]))
    return "[tool.uv.sources]\n" + "\n".join(lines) + "\n" if lines else ""


def project(world, folder, url):
    """Writes a project and gives the names of its extras."""
    r = world.random
    main = world.requirements(r.choice([1, 2, 3])) + (world.fork() if r.random() < 0.3 else [])
    extras = {"one": world.requirements(1), "two": world.requirements(r.choice([0, 2]))}
    conflict = VERSION >= (0, 6) and r.random() < 0.35 and world.fork()
    if conflict:
        extras["cpu"], extras["gpu"] = [(*conflict[0][:3], "")], [(*conflict[1][:3], "")]
    lines = {name: [common.line(q) for q in requirements] for name, requirements in extras.items()}
    if r.random() < 0.5:
        lines["all"] = ["demo[one]", f"demo[two] ; {r.choice(common.MARKERS[:4])}"]
    text = '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n'
    text += f"dependencies = {json.dumps([common.line(q) for q in main])}\n[project.optional-dependencies]\n"
    text += "".join(f"{name} = {json.dumps(requirements)}\n" for name, requirements in lines.items())
    text += f"[dependency-groups]\ndev = {json.dumps([common.line(q) for q in world.requirements(1)])}\n"
    text += f"docs = {json.dumps([common.line(q) for q in world.requirements(1)])[:-1]}, {{include-group = 'base'}}]\n"
    text += f"base = {json.dumps([common.line(q) for q in world.requirements(1)])}\nnone = []\n"
    text += "[tool.uv]\npackage = false\ndefault-groups = []\n"
    if conflict:
        text += 'conflicts = [[{extra = "cpu"}, {extra = "gpu"}]]\n'
    if VERSION >= (0, 7) and r.random() < 0.2:
        text += '[tool.uv.dependency-groups]\ndocs = {requires-python = ">=3.12"}\n'
    if r.random() < 0.3:  # of a tool that was used before
        text += '[tool.poetry.group.dev.dependencies]\ngone = "^1 || ^3"\n[tool.pdm.dev-dependencies]\ntest = ["gone"]\n'
    if len({q[0] for q in main}) == len(main):
        text += sources(world, [q[0] for q in main], url.removesuffix("/simple/"))
    text += f'[[tool.uv.index]]\nname = "own"\nurl = "{url}"\ndefault = true\n'
    (folder / "pyproject.toml").write_text(text)
    return list(lines)


def wanted(text, env):
    found = []
    for l in text.splitlines():
        l = l.split("#")[0].strip()
        if not l or l.startswith("-"):
            continue
        if l.startswith("."):  # ./file ; marker
            l, _, marker = l.partition(" ; ")
            l = f"{l.split('/')[-1].split('-')[0]} @ file:///{l}" + (f" ; {marker}" if marker else "")
        q = Requirement(l.replace(" \\", ""))
        if q.marker is None or q.marker.evaluate(env):
            version = q.url.split("/")[-1].split("-")[1] if q.url else str(q.specifier).lstrip("=")
            found.append((q.name, version))
    return common.pins(set(found))


def args_for(extras, groups):
    return ["--no-emit-project", *itertools.chain(*[("--extra", e) for e in extras]), *itertools.chain(*[("--group", g) for g in groups])]


def others(world, seed, folder, extras, groups):
    """The same as a pylock.toml and as a requirement file, of one selection."""
    plain = uv(folder, "export", "--frozen", "--no-hashes", *args_for(extras, groups), tool=NEW)
    for kind, name in [("pylock.toml", "pylock.toml"), ("requirements.txt", "requirements.txt")]:
        export = uv(folder, "export", "--frozen", "--format", kind, *args_for(extras, groups), tool=UV if VERSION >= (0, 7) else NEW)
        if export.returncode != 0 or "../wheels" in export.stdout or " @ " in export.stdout and kind == "requirements.txt":
            continue  # what has no hash
        other = OUT / f"uv-{seed}" / kind
        other.mkdir()
        (other / name).write_text(export.stdout)
        (other / "pyproject.toml").write_text('[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n')
        for python, machine in itertools.product(common.PYTHONS, common.MACHINES):
            cases.append({"folder": f"uv-{seed}/{kind}", "lock": name, "python": python, "machine": machine, "extras": [], "groups": [],
                          "want": wanted(plain.stdout, common.environment(python, machine))})


cases, skipped = [], 0
for seed in range(SEED, SEED + COUNT):
    world = common.World(seed)
    root = OUT / f"uv-{seed}"
    (root / "wheels").mkdir(parents=True)
    for release in world.releases:
        name, data = release.wheel()
        (root / "wheels" / name).write_bytes(data)
    folder = root / "demo"
    folder.mkdir()
    names = project(world, folder, INDEX.add(world, f"w{seed}"))
    lock = uv(folder, "lock")
    if lock.returncode != 0:
        if "--verbose" in sys.argv:
            print(folder, lock.stderr)
        skipped += 1
        continue
    settings = [([], []), (["one"], []), (["two"], ["dev"]), ([], ["docs"]), (names[:2], ["dev", "docs"]), ([], ["none"])]
    settings += [([e], []) for e in names[2:]]
    if "gpu" in names:
        settings.append((["cpu", "gpu"], []))
    for extras, groups in settings:
        export = uv(folder, "export", "--frozen", "--no-hashes", *args_for(extras, groups), tool=NEW)
        if export.returncode != 0 and "--verbose" in sys.argv:
            print(folder, extras, groups, export.stderr)
        for python, machine in itertools.product(common.PYTHONS, common.MACHINES[:1 if extras else 2]):
            want = "error" if export.returncode != 0 else wanted(export.stdout, common.environment(python, machine))
            cases.append({"folder": f"uv-{seed}/demo", "lock": "uv.lock", "python": python, "machine": machine, "extras": extras, "groups": groups, "want": want})
    others(world, seed, folder, *settings[world.random.randrange(4)])
common.write(OUT, cases, skipped)

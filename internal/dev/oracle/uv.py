"""uv.lock by uv, the same as pylock.toml and as requirements.txt: python uv.py OUT SEED COUNT"""

import hashlib
import itertools
import json
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

sys.path.insert(0, str(Path(__file__).resolve().parent / "shared"))
import common  # noqa: E402

OUT, SEED, COUNT = Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
UV = str(Path(sys.executable).parent / "uv")


def uv(folder, *args):
    return subprocess.run([UV, "--no-cache", "--offline", "--no-python-downloads", *args], cwd=folder, capture_output=True, text=True)


def project(world, folder):
    """Writes a project and gives the names of its extras."""
    r = world.random
    main = world.requirements(r.choice([1, 2, 3])) + (world.fork() if r.random() < 0.3 else [])
    extras = {"one": world.requirements(1), "two": world.requirements(r.choice([0, 2]))}
    conflict = r.random() < 0.35 and world.fork()
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
    text += f"base = {json.dumps([common.line(q) for q in world.requirements(1)])}\n"
    text += '[tool.uv]\npackage = false\nno-index = true\nfind-links = ["../wheels"]\n'
    if conflict:
        text += 'conflicts = [[{extra = "cpu"}, {extra = "gpu"}]]\n'
    if r.random() < 0.2:
        text += '[tool.uv.dependency-groups]\ndocs = {requires-python = ">=3.12"}\n'
    if r.random() < 0.3:  # of a tool that was used before
        text += '[tool.poetry.group.dev.dependencies]\ngone = "^1 || ^3"\n[tool.pdm.dev-dependencies]\ntest = ["gone"]\n'
    (folder / "pyproject.toml").write_text(text)
    return list(lines)


def wanted(text, env):
    found = []
    for l in text.splitlines():
        l = l.split("#")[0].strip()
        if not l or l.startswith("-"):
            continue
        q = Requirement(l.replace(" \\", ""))
        if q.marker is None or q.marker.evaluate(env):
            found.append((q.name, str(q.specifier).lstrip("=")))
    return common.pins(set(found))


cases, skipped = [], 0
for seed in range(SEED, SEED + COUNT):
    world = common.World(seed)
    root = OUT / f"uv-{seed}"
    (root / "wheels").mkdir(parents=True)
    hashes = {}
    for release in world.releases:
        name, data = release.wheel()
        (root / "wheels" / name).write_bytes(data)
        hashes[f"{release.name}=={release.version}"] = hashlib.sha256(data).hexdigest()
    folder = root / "demo"
    folder.mkdir()
    names = project(world, folder)
    if uv(folder, "lock").returncode != 0:
        skipped += 1
        continue
    settings = [([], []), (["one"], []), (["two"], ["dev"]), ([], ["docs"]), (names[:2], ["dev", "docs"])]
    settings += [([e], []) for e in names[2:]]
    if "gpu" in names:
        settings.append((["cpu", "gpu"], []))
    for extras, groups in settings:
        args = ["--no-default-groups", "--no-emit-project", *itertools.chain(*[("--extra", e) for e in extras]), *itertools.chain(*[("--group", g) for g in groups])]
        export = uv(folder, "export", "--frozen", "--no-hashes", *args)
        for python, machine in itertools.product(common.PYTHONS, common.MACHINES[:1 if extras else 2]):
            want = "error" if export.returncode != 0 else wanted(export.stdout, common.environment(python, machine))
            cases.append({"folder": f"uv-{seed}/demo", "lock": "uv.lock", "python": python, "machine": machine, "extras": extras, "groups": groups, "want": want})
    # The same as a pylock.toml and as a requirement file, of one selection.
    extras, groups = settings[world.random.randrange(4)]
    args = ["--no-default-groups", "--no-emit-project", *itertools.chain(*[("--extra", e) for e in extras]), *itertools.chain(*[("--group", g) for g in groups])]
    for kind, name in [("pylock.toml", "pylock.toml"), ("requirements.txt", "requirements.txt")]:
        other = OUT / f"uv-{seed}" / kind
        other.mkdir()
        export = uv(folder, "export", "--frozen", "--format", kind, *args)
        plain = uv(folder, "export", "--frozen", "--no-hashes", *args)
        if export.returncode != 0:
            continue
        text = export.stdout
        if kind == "requirements.txt":
            # uv hashes no files of a folder.
            text = "".join(f"{l} --hash=sha256:{hashes[l.split()[0]]}\n" for l in text.splitlines() if l and l[0] != "#" and l[0] != " ")
        (other / name).write_text(text)
        (other / "pyproject.toml").write_text('[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n')
        for python, machine in itertools.product(common.PYTHONS, common.MACHINES):
            cases.append({"folder": f"uv-{seed}/{kind}", "lock": name, "python": python, "machine": machine, "extras": [], "groups": [],
                          "want": wanted(plain.stdout, common.environment(python, machine))})
common.write(OUT, cases, skipped)

#!/usr/bin/env python3
"""Writes every lock that the contestants of the benchmark install from, all with the same versions.

    python bench/relock.py [CHANGE ...]

With names of changes, only theirs are written. Needs uv and Poetry on the PATH and a Python 3.13 that uv finds. What goes in are the
pyproject.toml and uv.lock of an application; versions that they have locked stay, so
running this again changes nothing. What comes out, for the application itself (base)
and for each of the changes that the benchmark makes to it:

    pyproject.toml      for Moult, uv and Poetry
    uv.lock             for Moult and uv
    poetry.lock         for Poetry
    requirements.txt    everything pinned with hashes, for pip
    requirements.in     what a developer pins by hand: the direct dependencies, development tools too

A change is a folder with these files, laid over those of the application. The
application changes "remove" has none where "add" can be walked backwards.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

BENCH = Path(__file__).resolve().parent
PYTHON = "3.13"
REQUIRES_PYTHON = ">=3.13,<3.14"
FILES = ["pyproject.toml", "uv.lock", "poetry.lock", "requirements.txt", "requirements.in"]

# Poetry asks PyPI through an interface that only PyPI has, unless it is told that PyPI is an index like any other.
INDEX = """\
[[tool.poetry.source]]
name = "index"
url = "https://pypi.org/simple/"
priority = "primary"
"""


@dataclass
class Change:
    """One change of an application's dependencies."""

    upgrade: str = ""  # a package whose newest version is taken
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    name: str = ""  # of another project, which the change makes of this one


@dataclass
class Application:
    source: Path  # the project, with its code
    locks: Path  # where the files of the base go, and under variants/ those of each change
    held_back: str  # the requirement that leaves the base something to upgrade
    changes: dict[str, Change]
    groups: list[str]  # development groups, for requirements.in
    local: dict[str, str] = field(default_factory=dict)  # packages of the project's own, and their folders


APPLICATIONS = [
    Application(
        source=BENCH / "app",
        locks=BENCH / "app",
        held_back="tenacity==9.1.2",
        changes={
            "upgrade": Change(upgrade="tenacity"),
            "add": Change(add=("humanize",)),
            "remove": Change(remove=("markdown",)),
            "second": Change(
                name="store",
                add=("flask", "gunicorn", "jsonschema", "marshmallow", "msgpack", "pymongo", "tornado", "websockets"),
                remove=("celery", "lxml", "opentelemetry-instrumentation-fastapi", "opentelemetry-sdk", "sentry-sdk", "psycopg[binary]"),
            ),
        },
        groups=["dev"],
    ),
    Application(
        source=BENCH.parent / "examples" / "digits-api",
        locks=BENCH / "digits-api",
        held_back="click==8.3.0",
        changes={"upgrade": Change(upgrade="click"), "add": Change(add=("humanize",))},
        groups=["test", "train"],
        local={"digits-convolution": "convolution"},
    ),
]


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed for {folder}")
    return done.stdout


def export(folder: Path, *options: str) -> str:
    """The locked requirements without the project's own packages, one to a line."""
    return run(
        folder, "uv", "export", "-q", "--frozen", "--python", PYTHON,
        "--no-annotate", "--no-header", "--no-emit-local", *options,
    )  # fmt: skip


def direct(folder: Path, application: Application) -> str:
    """The direct dependencies and development tools, pinned, without hashes."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + sum(
        (project["dependency-groups"][group] for group in application.groups), []
    )
    extras = dict(re.match(r"([\w.-]+)(\[.*?\])?", line).groups() for line in wanted)
    groups = [f"--group={group}" for group in application.groups]
    lines = []
    for line in export(folder, "--no-hashes", *groups).splitlines():
        name, version = line.split("==", 1)
        if name in extras:
            lines.append(f"{name}{extras[name] or ''}=={version}")
    return "\n".join(lines) + "\n"


def lock_with_poetry(folder: Path, application: Application) -> None:
    """Locks with Poetry at uv's versions: it keeps what a lock of a project with everything pinned says."""
    path = folder / "pyproject.toml"
    real = path.read_text()
    pinned = export(folder, "--no-hashes", "--all-groups").splitlines() + list(application.local)
    project = tomllib.loads(real)["project"]
    local = "".join(f'\n[tool.poetry.dependencies]\n{n} = {{ path = "{at}" }}\n' for n, at in application.local.items())
    path.write_text(
        f'[project]\nname = "{project["name"]}"\nversion = "{project["version"]}"\n'
        f'requires-python = "{project["requires-python"]}"\ndependencies = {pinned!r}\n\n{INDEX}{local}'
    )
    (folder / "poetry.lock").unlink(missing_ok=True)
    run(folder, "poetry", "lock", "-q")
    path.write_text(real)
    run(folder, "poetry", "lock", "-q")


def edit(text: str, change: Change) -> str:
    """The pyproject.toml after a change of the direct dependencies."""
    for requirement in change.add:
        text = text.replace("dependencies = [\n", f'dependencies = [\n    "{requirement}",\n', 1)
    for requirement in change.remove:
        text = text.replace(f'    "{requirement}",\n', "", 1)
    if change.name:
        text = re.sub(r'(?m)^name = ".*"$', f'name = "{change.name}"', text, count=1)
    return text


def for_poetry(text: str, application: Application) -> str:
    """The pyproject.toml with what Poetry has to be told in its own words.

    It also takes one version for all of a project's Pythons where uv takes the newest for
    each, so both are asked about the one Python that is measured.
    """
    text = re.sub(r"(?m)^requires-python = .*$", f'requires-python = "{REQUIRES_PYTHON}"', text)
    if "[[tool.poetry.source]]" not in text:
        text += f"\n{INDEX}"
        for name, folder in application.local.items():
            text += f'\n[tool.poetry.dependencies]\n{name} = {{ path = "{folder}" }}\n'
    return text


def relock(application: Application, folder: Path, out: Path, upgrade: str = "") -> None:
    """Locks the project in folder with every tool and copies the files to out."""
    run(folder, "uv", "lock", "-q", "--python", PYTHON, *([f"--upgrade-package={upgrade}"] if upgrade else []))
    (folder / "requirements.txt").write_text(export(folder, "--no-default-groups"))
    (folder / "requirements.in").write_text(direct(folder, application))
    lock_with_poetry(folder, application)
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(folder / name, out / name)


def main(wanted: list[str]) -> None:
    for application in APPLICATIONS:
        with tempfile.TemporaryDirectory() as temporary:
            work = Path(temporary) / application.source.name
            shutil.copytree(application.source, work, ignore=shutil.ignore_patterns("variants", ".venv", "build"))
            if (application.locks / "uv.lock").exists():
                shutil.copyfile(application.locks / "uv.lock", work / "uv.lock")
            base = for_poetry((work / "pyproject.toml").read_text(), application)
            (work / "pyproject.toml").write_text(base)
            if not wanted:
                relock(application, work, application.locks, application.held_back)
            locked = (work / "uv.lock").read_text()
            for name, change in application.changes.items():
                if wanted and name not in wanted:
                    continue
                (work / "pyproject.toml").write_text(edit(base, change))
                (work / "uv.lock").write_text(locked)
                relock(application, work, application.locks / "variants" / name, change.upgrade)
            print(f"{application.source.name}: done")


if __name__ == "__main__":
    main(sys.argv[1:])

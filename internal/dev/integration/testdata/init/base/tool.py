#!/usr/local/bin/python3
"""A stand-in for uv, Poetry, Pipenv and PDM: it installs with pip what their files ask for, in .venv or, where it is told,
in the system, and runs programs there. It knows the words that the tests' Dockerfiles use."""
import os
import re
import subprocess
import sys
import tomllib

tool = os.path.basename(sys.argv[0])
words = sys.argv[1:]
VALUES = {"--extra", "--group", "--with", "--only", "-E", "--extras", "-G", "--python", "--only-group", "--no-group", "--without"}


def split(words):
    """The options with their values, and what follows them."""
    options = []
    while words and words[0].startswith("-"):
        name, _, value = words[0].partition("=")
        words = words[1:]
        if name == "--":
            break
        if name in VALUES and not value:
            value, words = words[0], words[1:]
        options.append((name, value))
        if name in ("-m", "--module"):
            return options, words
    return options, words


def several(values):
    return [v for value in values for v in re.split(r"[,\s]+", value) if v]


def requirement(name, value):
    """A requirement out of a table such as Poetry's or Pipenv's."""
    version = value if isinstance(value, str) else value.get("version", "*")
    if version == "*":
        return name
    return name + (version if version[0] in "<>=~!" else "==" + version.lstrip("^~"))


def wanted(options):
    extras = several(v for n, v in options if n in ("--extra", "-E", "--extras"))
    groups = several(v for n, v in options if n in ("--group", "--with", "--only", "-G", "--only-group"))
    names = {n for n, _ in options}
    if tool == "pipenv":
        with open("Pipfile", "rb") as f:
            file = tomllib.load(f)
        tables = [file.get("packages", {})] + ([file.get("dev-packages", {})] if "--dev" in names else [])
        return [requirement(n, v) for table in tables for n, v in table.items()]
    with open("pyproject.toml", "rb") as f:
        file = tomllib.load(f)
    project, poetry = file.get("project", {}), file.get("tool", {}).get("poetry", {})
    if not names & {"--no-dev", "--no-default-groups", "--without", "--prod"} and not any(n.startswith("--only") for n in names):
        groups.append("dev")
    out = list(project.get("dependencies", []))
    out += [requirement(n, v) for n, v in poetry.get("dependencies", {}).items() if n != "python" and not (isinstance(v, dict) and v.get("optional"))]
    for extra in extras:
        out += project.get("optional-dependencies", {}).get(extra, []) + poetry.get("extras", {}).get(extra, [])
    for group in groups:
        out += file.get("dependency-groups", {}).get(group, [])
        out += [requirement(n, v) for n, v in poetry.get("group", {}).get(group, {}).get("dependencies", {}).items()]
    if "build-system" in file and not names & {"--no-root", "--no-install-project", "--no-self"}:
        out.append(".")
    return out


def folder():
    return os.environ.get("UV_PROJECT_ENVIRONMENT") or os.path.abspath(".venv")


def install(options):
    pip = [sys.executable, "-m", "pip"]
    in_system = "--system" in dict(options) or os.environ.get("POETRY_VIRTUALENVS_CREATE") == "false" or os.path.exists("/etc/in-system")
    if not in_system:
        if not os.path.exists(folder()):
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder()], check=True)
        pip = [sys.executable, "-m", "pip", "--python", folder() + "/bin/python"]
    packages = wanted(options)
    if packages:
        subprocess.run(pip + ["install", "-q", *packages], check=True)


def run(words):
    options, command = split(words)
    if any(n in ("-m", "--module") for n, _ in options):
        command = ["python", "-m", *command]
    if tool == "pipenv":
        with open("Pipfile", "rb") as f:
            scripts = tomllib.load(f).get("scripts", {})
    elif tool == "pdm":
        with open("pyproject.toml", "rb") as f:
            scripts = tomllib.load(f)["tool"].get("pdm", {}).get("scripts", {})
    else:
        scripts = {}
    if command[0] in scripts:
        script = scripts[command[0]]
        command = (script if isinstance(script, str) else script["cmd"]).split() + command[1:]
    if command[0].endswith(".py"):
        command = ["python", *command]
    if os.path.exists(folder()):
        os.environ["VIRTUAL_ENV"] = folder()
        os.environ["PATH"] = folder() + "/bin:" + os.environ["PATH"]
    os.execvp(command[0], command)


if words[0] == "run":
    run(words[1:])
elif words[:2] == ["pip", "install"] or words[:2] == ["pip", "sync"]:
    rest = [w for w in words[2:] if w not in ("--system", "--no-cache", "--compile-bytecode")]
    if words[1] == "sync":
        with open(rest.pop(), "rb") as f:
            rest += [p["name"] + "==" + p["version"] for p in tomllib.load(f)["packages"]]
    os.execvp("pip", ["pip", "install", *rest])
elif words[0] == "config":
    if "virtualenvs.create" in words and "false" in words:
        open("/etc/in-system", "w").close()
elif words[0] == "venv":
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder()], check=True)
elif words[0] in ("sync", "install"):
    install([o for n, w in enumerate(words) if w.startswith("-") for o in split(words[n:])[0][:1]])
else:
    sys.exit(f"{tool}: {words} is not known to the stand-in")

"""Makes the small locks the tests read, with the tools themselves.

    python3 -m venv /tmp/tools
    /tmp/tools/bin/pip install uv==0.13.9 poetry==2.5.1 pipenv==2026.10.3 "pip>=26.1"
    python3 -m venv /tmp/poetry1 && /tmp/poetry1/bin/pip install poetry==1.8.5
    python3 -m venv /tmp/pdm && /tmp/pdm/bin/pip install "pdm[locked]==2.29.3"
    python3 generate.py /tmp/tools/bin /tmp/poetry1/bin /tmp/pdm/bin [uv] [pip] [poetry] [pdm] [pipenv]

It needs the network. The host names of the package index are replaced by ones
that do not exist, so that no test can reach it; where a lock holds a hash of
what was changed, the hash is made again with the tool's own function.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOLS, POETRY1, PDM = sys.argv[1:4]
PYTHON = f"{TOOLS}/python"

PROJECT = """\
[project]
name = "sample"
version = "1.0"
requires-python = ">=3.10,<3.15"
dependencies = [
    "idna>=3.4,<4",
    "psutil==5.9.8",
    "colorama>=0.4.6; sys_platform == 'win32'",
    "exceptiongroup>=1.2; python_version < '3.11'",
]

[project.optional-dependencies]
http = ["h11>=0.14"]
crypto = ["itsdangerous>=2.1"]

[dependency-groups]
dev = ["iniconfig>=2.0"]
"""

UV_EXTRA = """
[tool.uv]
package = false
"""

# Two extras that exclude each other, a workspace member, a repository and a
# wheel at an address of its own.
UV_CONFLICTS = """\
[project]
name = "forked"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["idna", "member"]

[project.optional-dependencies]
old = ["h11==0.13.0"]
new = ["h11==0.14.0"]

[dependency-groups]
dev = ["iniconfig"]

[tool.uv]
package = false
conflicts = [[{ extra = "old" }, { extra = "new" }]]

[tool.uv.workspace]
members = ["member"]

[tool.uv.sources]
member = { workspace = true }
"""

MEMBER = """\
[project]
name = "member"
version = "0.1"
requires-python = ">=3.11"
dependencies = ["sniffio", "h11"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""

POETRY1_PROJECT = """\
[tool.poetry]
name = "sample"
version = "1.0"
description = ""
authors = []
package-mode = false

[tool.poetry.dependencies]
python = ">=3.10,<3.15"
idna = "^3.4"
psutil = "5.9.8"
colorama = { version = "^0.4.6", markers = "sys_platform == 'win32'" }
exceptiongroup = { version = "^1.2", python = "<3.11" }
h11 = { version = "^0.14", optional = true }
itsdangerous = { version = "^2.1", optional = true }

[tool.poetry.extras]
http = ["h11"]
crypto = ["itsdangerous"]

[tool.poetry.group.dev.dependencies]
iniconfig = "^2.0"
"""

PIPFILE = """\
[[source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true

[packages]
idna = ">=3.4,<4"
psutil = "==5.9.8"
colorama = {version = "==0.4.6", markers = "sys_platform == 'win32'"}

[dev-packages]
iniconfig = ">=2.0"

[docs]
h11 = ">=0.14"
"""


# Poetry asks PyPI's older JSON interface for a release, which mirrors do not
# have; the standard interface, which Poetry uses for every other index, tells
# the same.
POETRY = """\
import sys
from poetry.console.application import main
from poetry.repositories.legacy_repository import LegacyRepository
from poetry.repositories.pypi_repository import PyPiRepository
standard = LegacyRepository("PyPI", "https://pypi.org/simple")
PyPiRepository._get_release_info = lambda self, name, version: standard._get_release_info(name, version)
sys.exit(main())
"""


def run(*command, cwd, **env):
    subprocess.run(command, cwd=cwd, check=True, env={**os.environ, "UV_PYTHON": PYTHON, "PDM_CHECK_UPDATE": "0", **env})


def mask(text):
    text = re.sub(r"https://pypi\.org/simple", "https://pypi.invalid/simple", text)
    return text.replace("https://files.pythonhosted.org/", "https://files.pypi.invalid/")


def keep(folder, *names):
    """Copies files of a scratch folder here, with the hosts masked."""
    def copier(scratch):
        for name in names:
            target = HERE / folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(mask((scratch / name).read_text()))
    return copier


def scratch(files):
    folder = Path(tempfile.mkdtemp())
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def uv():
    d = scratch({"pyproject.toml": PROJECT + UV_EXTRA})
    run(f"{TOOLS}/uv", "lock", cwd=d)
    keep("uv", "pyproject.toml", "uv.lock")(d)
    run(f"{TOOLS}/uv", "export", "-q", "--format", "pylock.toml", "--no-dev", "-o", "pylock.toml", cwd=d)
    text = (d / "pylock.toml").read_text()
    (d / "pylock.toml").write_text(re.sub(r"(?m)^#.*\n", "", text))
    keep("pylock-uv", "pyproject.toml", "pylock.toml")(d)
    run(f"{TOOLS}/uv", "pip", "compile", "-q", "--universal", "--generate-hashes", "--extra", "http", "--no-header", "pyproject.toml", "-o", "requirements.txt", cwd=d)
    keep("requirements", "pyproject.toml", "requirements.txt")(d)
    d = scratch({"pyproject.toml": UV_CONFLICTS, "member/pyproject.toml": MEMBER, "member/src/member/__init__.py": ""})
    run(f"{TOOLS}/uv", "lock", cwd=d)
    keep("uv-conflicts", "pyproject.toml", "uv.lock", "member/pyproject.toml")(d)


def pip():
    d = scratch({"pyproject.toml": PROJECT})
    run(PYTHON, "-m", "pip", "lock", "-q", "-o", "pylock.toml", "idna>=3.4,<4", "psutil==5.9.8", cwd=d, PIP_FIND_LINKS="")
    keep("pylock-pip", "pyproject.toml", "pylock.toml")(d)


def poetry():
    d = scratch({"pyproject.toml": PROJECT + "\n[tool.poetry]\npackage-mode = false\n"})
    run(PYTHON, "-c", POETRY, "lock", "-q", "-n", cwd=d)
    keep("poetry", "pyproject.toml", "poetry.lock")(d)
    d = scratch({"pyproject.toml": POETRY1_PROJECT})
    run(f"{POETRY1}/python", "-c", POETRY, "lock", "-q", "-n", cwd=d)
    keep("poetry1", "pyproject.toml", "poetry.lock")(d)


def pdm():
    for folder, strategy in (("pdm", "inherit_metadata"), ("pdm-urls", "static_urls"), ("pdm-graph", "no_inherit_metadata")):
        d = scratch({"pyproject.toml": PROJECT})
        run(f"{PDM}/pdm", "use", "-q", "-f", PYTHON, cwd=d)
        run(f"{PDM}/pdm", "lock", "-q", "-G", ":all", "-S", strategy, cwd=d)
        keep(folder, "pyproject.toml", "pdm.lock")(d)
    d = scratch({"pyproject.toml": PROJECT})
    run(f"{PDM}/pdm", "use", "-q", "-f", PYTHON, cwd=d)
    run(f"{PDM}/pdm", "config", "-q", "--local", "lock.format", "pylock", cwd=d)
    run(f"{PDM}/pdm", "lock", "-q", "-G", ":all", cwd=d)
    keep("pylock-pdm", "pyproject.toml", "pylock.toml")(d)


def pipenv():
    d = scratch({"Pipfile": PIPFILE})
    run(f"{TOOLS}/pipenv", "lock", "-q", "--python", PYTHON, cwd=d, PIPENV_IGNORE_VIRTUALENVS="1", WORKON_HOME=str(d / "venvs"), PIP_FIND_LINKS="")
    run(f"{TOOLS}/pipenv", "lock", "-q", "--categories", "docs", cwd=d, PIPENV_IGNORE_VIRTUALENVS="1", WORKON_HOME=str(d / "venvs"), PIP_FIND_LINKS="")
    keep("pipenv", "Pipfile", "Pipfile.lock")(d)
    hashed = subprocess.run([PYTHON, "-c", "from pipenv.vendor.plette import Pipfile; print(Pipfile.load(open('Pipfile')).get_hash().value)"],
                            cwd=HERE / "pipenv", check=True, capture_output=True, text=True).stdout.strip()
    path = HERE / "pipenv" / "Pipfile.lock"
    lock = json.loads(path.read_text())
    lock["_meta"]["hash"]["sha256"] = hashed
    path.write_text(json.dumps(lock, indent=4, sort_keys=True) + "\n")


for make in (uv, pip, poetry, pdm, pipenv):
    if sys.argv[4:] and make.__name__ not in sys.argv[4:]:
        continue
    print(make.__name__, flush=True)
    make()

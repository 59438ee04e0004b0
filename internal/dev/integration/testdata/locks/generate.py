"""Makes the locks of one and the same small project with the tools themselves.

    python3 generate.py INDEX TOOLS PDM

INDEX is the address of the lab's package index (LAB_INDEX in .lab/env), TOOLS a virtual environment with
uv 0.13, Poetry 2.5 and Pipenv 2026.10, PDM one with PDM 2.29, which does not go together with Poetry.

The lab's index is at another port on every machine, and some locks hold a hash of the index's address. The tools are
therefore shown the index at a port that never changes, and the tests give the real address as Moult's users do who
have a mirror: by an entry of the same name in [tool.moult]. In locks that hold the addresses of files, the tests put
the real one in. The hashes of the lab's packages are left out too, {sha256:FILE} stands for them.
"""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
INDEX, TOOLS, PDM = sys.argv[1].rstrip("/"), Path(sys.argv[2]) / "bin", Path(sys.argv[3]) / "bin"
PORT = 8997
HOST = f"127.0.0.1:{PORT}"
HASHES = {}

PROJECT = """\
# syntax=registry.example.com/moult:1
[project]
name = "locked"
version = "1.0"
requires-python = ">=3.11,<3.14"
dependencies = ["lab-c", "lab-cpp; sys_platform == 'win32'", "lab-pure[data]", "lab-steps=={version}"]

[dependency-groups]
dev = ["setuptools"]

[tool.moult]
python = "3.13"
cmd = ["python", "main.py"]
app.include = ["main.py"]
index = [{ name = "{name}", url = "{INDEX}" }]
"""

PIPFILE = f"""\
[[source]]
name = "lab"
url = "http://{HOST}/simple/"
verify_ssl = false

[packages]
lab-c = "*"
lab-cpp = {{version = "*", markers = "sys_platform == 'win32'"}}
lab-pure = {{version = "*", extras = ["data"]}}
lab-steps = "=={{version}}"

[dev-packages]
setuptools = "*"
"""

MOULT = """\
# syntax=registry.example.com/moult:1
python = "3.13"
cmd = ["python", "main.py"]
app.include = ["main.py"]
index = [{ name = "lab", url = "{INDEX}" }]
"""

SOURCES = {
    "uv": f"""
[tool.uv]
package = false

[[tool.uv.index]]
name = "lab"
url = "http://{HOST}/simple/"
default = true
""",
    "poetry": f"""
[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "lab"
url = "http://{HOST}/simple/"
priority = "primary"
""",
    "pdm": f"""
[tool.pdm]
distribution = false

[[tool.pdm.source]]
name = "pypi"
url = "http://{HOST}/simple/"
verify_ssl = false
""",
}


class Proxy(http.server.BaseHTTPRequestHandler):
    """Shows the lab's index at the port that never changes."""

    def do_GET(self):
        request = urllib.request.Request(INDEX + self.path, headers={k: v for k, v in self.headers.items() if k in ("Accept", "Range")})
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as e:
            answer = e
        body = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Content-Range", "Accept-Ranges"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def log_message(self, *args):
        pass


def hashes():
    def page(path):
        request = urllib.request.Request(INDEX + path, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
        return json.load(urllib.request.urlopen(request))

    for project in page("/simple/")["projects"]:
        for f in page(f"/simple/{project['name']}/")["files"]:
            HASHES[f["hashes"]["sha256"]] = f["filename"]


def run(*command, cwd, **env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "POETRY_", "PDM_"))}
    subprocess.run([str(c) for c in command], cwd=cwd, check=True, env={**clean, "PDM_CHECK_UPDATE": "0", "PIPENV_IGNORE_VIRTUALENVS": "1", **env})


def make(folder, version, kind, lock, *commands, files=None):
    """Runs a tool in a scratch folder and keeps what it made."""
    with tempfile.TemporaryDirectory() as scratch:
        cwd = Path(scratch)
        name = {"pdm": "pypi"}.get(kind, "lab")
        files = files or {"pyproject.toml": PROJECT.replace("{name}", name) + SOURCES[kind]}
        for file, text in files.items():
            (cwd / file).write_text(text.replace("{version}", version))
        for command in commands:
            run(*command, cwd=cwd, WORKON_HOME=scratch + "/venvs")
        target = HERE / version / folder
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for file in [*files, lock]:
            text = (cwd / file).read_text()
            text = re.sub(r"[0-9a-f]{64}", lambda m: "{sha256:" + HASHES[m[0]] + "}" if m[0] in HASHES else m[0], text)
            if file == lock and kind == "uv":
                text = text.replace(f"http://{HOST}/simple/", "{INDEX}").replace(f"http://{HOST}", "{HOST}")
            (target / file).write_text(text)


def main():
    hashes()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    python = TOOLS / "python"
    for version in ("1.0", "1.1"):
        make("uv", version, "uv", "uv.lock", [TOOLS / "uv", "lock", "-q", "--python", python])
        make("pylock", version, "uv", "pylock.toml", [TOOLS / "uv", "export", "-q", "--python", python, "--no-dev", "--no-header", "--format", "pylock.toml", "-o", "pylock.toml"])
        make("requirements", version, "uv", "requirements.txt",
             [TOOLS / "uv", "pip", "compile", "-q", "--python", python, "--universal", "--generate-hashes", "--emit-index-url", "--no-header", "pyproject.toml", "-o", "requirements.txt"])
        make("poetry", version, "poetry", "poetry.lock", [TOOLS / "poetry", "lock", "-n", "-q"])
        make("pdm", version, "pdm", "pdm.lock", [PDM / "pdm", "use", "-q", "-f", python], [PDM / "pdm", "lock", "-q", "-G", ":all"])
        make("pipenv", version, "pipenv", "Pipfile.lock", [TOOLS / "pipenv", "lock", "-q", "--python", python],
             files={"moult.toml": MOULT, "Pipfile": PIPFILE})
    server.shutdown()


main()

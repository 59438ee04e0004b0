"""Builds the lab's packages into wheels and sdists, the same bytes every time.

usage: build.py SOURCES OUTPUT SETUPTOOLS [--native]

SOURCES holds one folder per package and version, OUTPUT gets the files. SETUPTOOLS is a folder with a wheel of setuptools, or one
to put it into. With --native only the packages with an extension are built, for one more version of Python.
"""

import glob
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile

EPOCH = 1700000000


def find_setuptools(folder: str) -> str:
    """Finds a wheel of setuptools: the one made before, Debian's, or the public index's."""
    for place in (folder, "/usr/local/share/python-wheels"):
        for wheel in sorted(glob.glob(os.path.join(place, "setuptools-*.whl"))):
            return wheel
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, "setuptools"], check=True)
    return glob.glob(os.path.join(folder, "setuptools-*.whl"))[0]


def normalise_sdist(path: str) -> None:
    """Writes an sdist again with sorted members, one owner, one time."""
    with tarfile.open(path) as old:
        members = sorted(old.getmembers(), key=lambda m: m.name)
        content = {m.name: old.extractfile(m).read() for m in members if m.isfile()}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as new:
        for m in members:
            fresh = tarfile.TarInfo(m.name)
            fresh.type, fresh.mode, fresh.mtime = m.type, 0o755 if m.isdir() or m.mode & 0o100 else 0o644, EPOCH
            fresh.size = len(content.get(m.name, b""))
            new.addfile(fresh, io.BytesIO(content[m.name]) if m.isfile() else None)
    with open(path, "wb") as f, gzip.GzipFile(filename="", mode="wb", fileobj=f, mtime=EPOCH) as z:
        z.write(raw.getvalue())


def main() -> None:
    sources, output, folder = sys.argv[1:4]
    native_only = "--native" in sys.argv
    os.umask(0o022)
    os.makedirs(output, exist_ok=True)
    wheel = find_setuptools(folder)
    with zipfile.ZipFile(wheel) as z:
        z.extractall("/tmp/setuptools")
    if not native_only:
        shutil.copy(wheel, output)
    environment = {
        **os.environ,
        "PYTHONPATH": "/tmp/setuptools",
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "PYTHONHASHSEED": "0",
        # A path of the builder's own would end up in the extensions.
        "CFLAGS": "-g0 -ffile-prefix-map=/tmp/build=.",
    }
    for name in sorted(os.listdir(sources)):
        source = os.path.join(sources, name)
        if not os.path.isfile(os.path.join(source, "pyproject.toml")):
            continue
        with open(os.path.join(source, "pyproject.toml"), "rb") as f:
            formats = tomllib.load(f)["tool"]["lab"]["formats"]
        native = any(glob.glob(os.path.join(source, "src", "*", pattern)) for pattern in ("*.c", "*.cpp"))
        if native_only and not (native and "wheel" in formats):
            continue
        for kind in formats if not native_only else ["wheel"]:
            work = os.path.join("/tmp/build", name)
            shutil.rmtree(work, ignore_errors=True)
            shutil.copytree(source, work)
            subprocess.run(
                [sys.executable, "-c", f"import sys, setuptools.build_meta as b; b.build_{kind}(sys.argv[1])", output],
                cwd=work, env=environment, check=True,
            )
    for sdist in glob.glob(os.path.join(output, "*.tar.gz")):
        normalise_sdist(sdist)


main()

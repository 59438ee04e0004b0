"""What the generators share: packages nobody has, and projects that ask for them.

Every generator makes projects from a seed, has one real tool lock them, asks the
tool what it would install in each setting, and writes OUT/cases.json: a list of
{folder, lock, python, machine, extras, groups, want}. Nothing is fetched: the
packages exist on this machine alone.
"""

import base64
import hashlib
import io
import json
import random
import zipfile

PYTHONS = ["3.9.18", "3.11.7", "3.12.4", "3.13.1"]
MACHINES = ["x86_64", "aarch64"]
MARKERS = [
    "python_version < '3.11'", "python_version >= '3.12'", "sys_platform == 'win32'", "sys_platform == 'linux'",
    "platform_machine == 'aarch64'", "platform_machine != 'aarch64'", "python_version < '3.13' and sys_platform == 'linux'",
    "sys_platform == 'darwin' or python_version >= '3.11'", "implementation_name == 'pypy'", "python_full_version >= '3.11.5'",
]


class Release:
    def __init__(self, name, version):
        self.name, self.version = name, version
        self.requires = []  # (name, specifier, extras, marker)
        self.extras = {}  # name: [(name, specifier, extras, marker)]
        self.python = ""

    def metadata(self):
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        if self.python:
            lines.append(f"Requires-Python: {self.python}")
        lines += [f"Requires-Dist: {line(r)}" for r in self.requires]
        for extra, requires in self.extras.items():
            lines.append(f"Provides-Extra: {extra}")
            for name, specifier, extras, marker in requires:
                both = f"({marker}) and extra == '{extra}'" if marker else f"extra == '{extra}'"
                lines.append(f"Requires-Dist: {line((name, specifier, extras, both))}")
        return "\n".join(lines) + "\n"

    def wheel(self):
        info, out = f"{self.name}-{self.version}.dist-info", io.BytesIO()
        files = {
            f"{info}/METADATA": self.metadata(),
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: oracle\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = ""
        for name, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(text)}\n"
        files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
        with zipfile.ZipFile(out, "w") as z:
            for name, text in files.items():
                z.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
        return f"{self.name}-{self.version}-py3-none-any.whl", out.getvalue()


def line(requirement):
    name, specifier, extras, marker = requirement
    text = name + (f"[{','.join(extras)}]" if extras else "") + specifier
    return text + (f" ; {marker}" if marker else "")


class World:
    """Packages p0, p1, ... in several versions that need each other."""

    def __init__(self, seed, size=12):
        self.random = random.Random(seed)
        self.names = [f"p{i}" for i in range(size)]
        self.versions = {n: sorted(self.random.sample(["1.0", "1.5", "2.0", "3.0"], self.random.choice([1, 2, 2, 3]))) for n in self.names}
        self.releases = []
        for i, name in enumerate(self.names):
            for version in self.versions[name]:
                r = Release(name, version)
                later = self.names[i + 1:]
                for other in self.random.sample(later, min(len(later), self.random.choice([0, 1, 1, 2]))):
                    r.requires.append(self.requirement(other))
                if later and self.random.random() < 0.4:
                    r.extras["more"] = [self.requirement(self.random.choice(later))]
                if self.random.random() < 0.1:
                    r.python = ">=3.10"
                self.releases.append(r)

    def requirement(self, name, extras=True):
        low, high = self.versions[name][0], self.versions[name][-1]
        specifier = self.random.choice(["", "", f">={low}", f"<={high}", f">={low},<4", f"!={low}" if low != high else ""])
        marker = self.random.choice(MARKERS) if self.random.random() < 0.4 else ""
        return name, specifier, ["more"] if extras and self.random.random() < 0.2 else [], marker

    def requirements(self, count):
        return [self.requirement(n) for n in self.random.sample(self.names, count)]

    def fork(self):
        """One name in two versions, told apart by a marker."""
        several = [n for n in self.names if len(self.versions[n]) > 1]
        if not several:
            return []
        name, (yes, no) = self.random.choice(several), self.random.choice([
            ("python_version < '3.12'", "python_version >= '3.12'"), ("platform_machine == 'aarch64'", "platform_machine != 'aarch64'")])
        low, high = self.versions[name][0], self.versions[name][-1]
        return [(name, f"=={low}", [], yes), (name, f"=={high}", [], no)]


def environment(python, machine):
    return {
        "implementation_name": "cpython", "implementation_version": python, "os_name": "posix", "platform_machine": machine,
        "platform_python_implementation": "CPython", "platform_release": "", "platform_system": "Linux", "platform_version": "",
        "python_full_version": python, "python_version": ".".join(python.split(".")[:2]), "sys_platform": "linux",
    }


def pins(pairs):
    return " ".join(sorted(f"{n}=={v}" for n, v in pairs))


def write(out, cases, skipped):
    (out / "cases.json").write_text(json.dumps({"cases": cases, "skipped": skipped}, indent=1))

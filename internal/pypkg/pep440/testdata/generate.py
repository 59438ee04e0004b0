"""Writes the answers of the packaging library that the tests compare with.

The Go packages pep440, pep503, pep508 and tags must give the same answers.
Run in an environment of its own, from this folder:

    python3 -m venv /tmp/venv
    /tmp/venv/bin/pip install packaging==26.3
    /tmp/venv/bin/python generate.py

The output depends on nothing but this file and packaging's version, which is
written into all of its files.
"""

import gzip
import itertools
import json
import random
import sys
from pathlib import Path
from unittest import mock

import packaging
from packaging import _manylinux, _musllinux, tags
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    is_normalized_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

WANT = "26.3"
HERE = Path(__file__).resolve().parent


def write(package, data):
    data = {"packaging": packaging.__version__, **data}
    raw = json.dumps(data, separators=(",", ":"), sort_keys=True, ensure_ascii=True).encode()
    out = HERE.parent.parent / package / "testdata" / "answers.json.gz"
    with open(out, "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as z:
        z.write(raw)
    print(f"{package}: {len(raw)} bytes, {out.stat().st_size} packed", file=sys.stderr)


def bits(answers):
    return "".join("1" if a else "0" for a in answers)


# --- pep440 ---------------------------------------------------------------


def spelled_versions(rng):
    """Version strings, good and bad, in many spellings."""
    releases = ["1", "1.0", "1.0.0", "1.1", "01.2", "2.0.1", "0", "0.0", "1.10", "2024.1.15", "3.12", "3.12.0",
                "1.2.3.4.5.6", "99999999999999999999999.1", "1.0.20250101123456789012"]
    pres = ["", "a1", "a", ".a1", "-a-1", "_alpha_2", "b2", "beta", "c1", "rc1", "RC2", "pre3", "preview4", "a01",
            "a.", "rc-"]
    posts = ["", ".post1", "post1", "-1", "-r2", ".rev3", "_post", ".post.4", "-0", "r"]
    devs = ["", ".dev1", "dev", "-DEV-2", ".dev0", "_dev.3"]
    locals_ = ["", "+abc", "+1.2", "+ubuntu-1", "+CPU", "+0abc.001", "+cu118_x.5"]
    epochs = ["", "", "1!", "0!", "v", "V2!"]
    out = set()
    for r in releases:
        out.add(r)
        for parts in (pres, posts, devs, locals_):
            out.update(r + p for p in parts)
    for _ in range(2500):
        out.add(rng.choice(epochs) + rng.choice(releases) + rng.choice(pres) + rng.choice(posts)
                + rng.choice(devs) + rng.choice(locals_))
    out.update([" 1.0", "1.0\n", "\t1.0 ", "\x1c1.0", "1.0\u00a0", "", " ", ".", "1.", ".1", "1..2", "1.0.", "1.0+", "+1",
                "1.0+a+b", "1.0+a..b", "1.0+.a", "1.0+a-", "1.0--1", "1.0-", "1.0-1-2", "v", "vv1", "1!", "!1", "1!2!3",
                "1.0x", "x1", "1.0a1b2", "1.0post1a1", "1.0dev1post1", "1.0.dev1.post1", "1 .0", "1. 0", "1.0 a1",
                "1.0\u0661", "1.0post\u0661", "1,0", "1.0*", "1.*", "1.0.*", "latest", "1.0al", "1.0prev", "1.0alphabet",
                "1.0ab", "1.0rc1rc2", "1.0a-.post1", "1.0a--1", "1.0.b-post2", "1-r1", "1.0.r-1", "1-1dev", "1.0+é",
                "1.0+a b", "1e5", "0x1", "١.٠", "1_0", "1_000.0", "1-_1", "1.0._a", "1.0.post-1", "1.0post-", "1.0.a.",
                "1.0.dev.", "1.0dev-1.0"])
    alphabet = "0123.-_+!abcrvdepost*~ "
    for _ in range(1500):
        out.add("".join(rng.choice(alphabet) for _ in range(rng.randint(1, 9))))
    return sorted(out)


def pep440():
    rng = random.Random(440)
    spelled = []
    valid = []
    for s in spelled_versions(rng):
        try:
            v = Version(s)
        except InvalidVersion:
            spelled.append([s, None, None, None])
        else:
            spelled.append([s, str(v), canonicalize_version(v), v.is_prerelease])
            valid.append(v)
    ordered = sorted(set(valid), key=lambda v: (v, str(v)))
    order, rank = [], -1
    last = None
    for v in ordered:
        if last is None or v != last:
            rank += 1
        order.append([str(v), rank])
        last = v

    base = ["0.dev0", "0", "0.9", "0.9.9", "1.dev0", "1.0.dev1", "1.0a1.dev1", "1.0a1", "1.0a1.post1", "1.0a1.post1.dev2", "1.0a2",
            "1.0b1", "1.0rc1", "1.0rc2.dev1", "1", "1.0", "1.0.0", "1.0+local", "1.0+local.2", "1.0+2", "1.0.post0.dev1",
            "1.0.post1.dev1", "1.0.post1", "1.0.post1+x", "1.0.post2", "1.0.1", "1.0.1.dev1", "1.0.1a1", "1.0.2", "1.1.dev1",
            "1.1a1", "1.1", "1.1.post1", "1.1.1", "1.2", "1.2.3", "1.10", "1.9.9", "2.dev1", "2.0a1", "2.0", "2.0.post1", "2.1",
            "1!0.1", "1!1.0", "1!1.0a1", "1!1.0+z", "1!2.0", "3.8", "3.11.4", "3.12", "3.12.0rc1", "2024.1", "1.0.0.0.0.1",
            "99999999999999999999999.1"]
    weird = ["foobar", "1.0.x", "", "2.0-1", "V1.0", " 1.0 ", "1.0.POST1", "1.0-a.1"]
    candidates = base + weird
    specs = set()
    for op in ["==", "!=", "<=", ">=", "<", ">", "~=", "==="]:
        for v in base + ["1.0-1", "v1.0", "1.0RC1", "1.0.*"]:
            specs.add(op + v)
    for v in ["1", "1.0", "1.0.0", "1.1", "0", "2", "1!1", "1!1.0", "3.8", "3.12", "2024", "v1.0", "1.0.0.0.0"]:
        specs.add(f"=={v}.*")
        specs.add(f"!={v}.*")
    specs.update(["===foobar", "===FOOBAR", "=== 1.0", "==  1.0", "\t>= 1.0 ", "===", "===1.0.x", "===v1.0", "== 1.0.*", "===1.0+local",
                  "===1.0,>=2", "~=1", "~=1.0.*", ">=1.0.*", "<1.0+x", ">1.0+x", "<=1.0+x", ">=1.0+x", "~=1.0+x", "=1.0",
                  "1.0", "^1.0", "~1.0", "==", ">=", "==1.0.*.*", "==1.0a1.*", "==1.0+x.*", "=>1.0", "== 1 .0", "==1.0;", ">=1 <2",
                  "===1.0;", "===1 0", "!==1.0", "====1.0", "<>1.0", "~=1.0a1", "~=1.0.post1", "~=1.4.5a4", "~=2.2.0", "~=1!1.0", "*",
                  "==*", "==1.*.0", ">1.0-1", "<1.0.dev0", ">0", "<0", "<0.dev0", "==1.0.", "==1.", ">=v", ""])
    answers = []
    for spec in sorted(specs):
        try:
            s = SpecifierSet(spec)
        except InvalidSpecifier:
            answers.append([spec, None, None, None, None])
            continue
        answers.append([
            spec, str(s),
            bits(s.contains(c) for c in candidates),
            bits(s.contains(c, prereleases=False) for c in candidates),
            bits(s.contains(Version(c)) for c in base),
        ])
    singles = [a[0] for a in answers if a[1] and "," not in a[0]]
    sets = []
    joiners = [",", ", ", " ,", " , "]
    while len(sets) < 700:
        parts = [rng.choice(singles) for _ in range(rng.randint(2, 4))]
        text = rng.choice(joiners).join(parts) + rng.choice(["", "", ","])
        s = SpecifierSet(text)
        universe = rng.sample(base, 12)
        sets.append([text, str(s), bits(s.contains(c) for c in candidates),
                     bits(s.contains(c, prereleases=False) for c in candidates),
                     universe, [str(v) for v in s.filter([Version(u) for u in universe])]])
    for text in singles[::3]:
        s = SpecifierSet(text)
        universe = rng.sample(base, 12)
        sets.append([text, str(s), bits(s.contains(c) for c in candidates),
                     bits(s.contains(c, prereleases=False) for c in candidates),
                     universe, [str(v) for v in s.filter([Version(u) for u in universe])]])
    equal = []
    for _ in range(1500):
        a, b = rng.choice(singles), rng.choice(singles)
        if rng.random() < 0.5:
            a, b = a + "," + b, b + "," + a
        equal.append([a, b, SpecifierSet(a) == SpecifierSet(b)])
    minors = []
    texts = [">=3.11.4", "<3.13", "!=3.11.*", "<3.12.5", ">=3.8,<4.0", ">=3.12,<3.13", "==3.12.*", "~=3.10", "~=3.11.2", "==3.11.9",
             "===3.12.1", ">3.11", ">3.11.0", "<=3.11", "!=3.11.0,!=3.11.1,!=3.11.2", "==3.11", "<3.11.1", "<3.11.0", ">=3.13.0rc1",
             "<3.13.0rc1", ">3.12.3,<3.12.5,!=3.12.4", "", ">=3", "==3.*", "<3", ">=2.7,!=3.0.*,!=3.1.*,!=3.2.*", ">=3.12.4,<=3.12.4", ">3.12.4,<3.12.5",
             ">=3.10,!=3.11.*,<3.14", "<3.12.dev0", "<3.12a1", "<3.12.0.dev0", "!=3.12", "!=3.12.0", "==3.12.0", "<=3.12", ">=3.9.1,!=3.9.7"]
    for text in texts:
        s = SpecifierSet(text)
        some, every = [], []
        for minor in range(0, 16):
            fits = [s.contains(f"3.{minor}.{p}", prereleases=False) for p in range(0, 60)]
            some.append(any(fits))
            every.append(all(fits))
        minors.append([text, bits(some), bits(every)])
    write("pep440", {"versions": spelled, "order": order, "candidates": candidates, "base": base,
                     "specifiers": answers, "sets": sets, "equal": equal, "minors": minors})


# --- pep503 ---------------------------------------------------------------


def pep503():
    rng = random.Random(503)
    names = ["Django", "oslo.concurrency", "requests", "_not_legal", "a", "", "-", "A__b--c..D", "zope.interface", "Ünïcode", "foo-", "-foo",
             "a.-_b", "ruamel.yaml.clib", "foo bar", "K"]
    for _ in range(1500):
        names.append("".join(rng.choice("abAB09-_.") for _ in range(rng.randint(1, 12))))
    names = sorted(set(names))
    write("pep503", {"names": [[n, canonicalize_name(n), is_normalized_name(n)] for n in names]})


# --- pep508 ---------------------------------------------------------------

ENVIRONMENTS = [
    {"implementation_name": "cpython", "implementation_version": "3.12.1", "os_name": "posix", "platform_machine": "x86_64",
     "platform_python_implementation": "CPython", "platform_release": "6.1.0-13-amd64", "platform_system": "Linux",
     "platform_version": "#1 SMP", "python_full_version": "3.12.1", "python_version": "3.12", "sys_platform": "linux"},
    {"implementation_name": "cpython", "implementation_version": "3.13.0", "os_name": "posix", "platform_machine": "aarch64",
     "platform_python_implementation": "CPython", "platform_release": "", "platform_system": "Linux",
     "platform_version": "", "python_full_version": "3.13.0", "python_version": "3.13", "sys_platform": "linux"},
    {"implementation_name": "cpython", "implementation_version": "3.9.18", "os_name": "posix", "platform_machine": "armv7l",
     "platform_python_implementation": "CPython", "platform_release": "5.10", "platform_system": "Linux",
     "platform_version": "", "python_full_version": "3.9.18", "python_version": "3.9", "sys_platform": "linux"},
    {"implementation_name": "cpython", "implementation_version": "3.10.2", "os_name": "nt", "platform_machine": "AMD64",
     "platform_python_implementation": "CPython", "platform_release": "10", "platform_system": "Windows",
     "platform_version": "10.0.19041", "python_full_version": "3.10.2", "python_version": "3.10", "sys_platform": "win32"},
    {"implementation_name": "cpython", "implementation_version": "3.14.0rc2", "os_name": "posix", "platform_machine": "arm64",
     "platform_python_implementation": "CPython", "platform_release": "23.1.0", "platform_system": "Darwin",
     "platform_version": "Darwin Kernel Version 23.1.0", "python_full_version": "3.14.0rc2", "python_version": "3.14",
     "sys_platform": "darwin"},
    {"implementation_name": "pypy", "implementation_version": "7.3.13", "os_name": "posix", "platform_machine": "x86_64",
     "platform_python_implementation": "PyPy", "platform_release": "6.1", "platform_system": "Linux",
     "platform_version": "", "python_full_version": "3.10.13", "python_version": "3.10", "sys_platform": "linux"},
    {"implementation_name": "cpython", "implementation_version": "3.15.0a1", "os_name": "posix", "platform_machine": "x86_64",
     "platform_python_implementation": "CPython", "platform_release": "6.1", "platform_system": "Linux",
     "platform_version": "", "python_full_version": "3.15.0a1+", "python_version": "3.15", "sys_platform": "linux"},
    {k: "" for k in ["implementation_name", "implementation_version", "os_name", "platform_machine",
                     "platform_python_implementation", "platform_release", "platform_system", "platform_version",
                     "python_full_version", "python_version", "sys_platform"]},
]

ACTIVE = [("metadata", "", [], []), ("metadata", "Foo_Bar", [], []), ("metadata", "test", [], []),
          ("lock_file", None, [], []), ("lock_file", None, ["Test", "foo.bar"], ["dev", "Docs_X"]), ("requirement", None, [], [])]

STRINGS = {"os_name": ["posix", "nt", "java"], "sys_platform": ["linux", "win32", "darwin", "linux2"],
           "platform_machine": ["x86_64", "aarch64", "arm64", "AMD64", "armv7l", ""],
           "platform_python_implementation": ["CPython", "PyPy"], "platform_system": ["Linux", "Windows", "Darwin"],
           "platform_version": ["", "#1 SMP", "10.0.19041"], "implementation_name": ["cpython", "pypy"]}
VERSIONS = {"python_version": ["3.8", "3.10", "3.12", "3", "3.12.*", "4.0", "3.9.1", "3.13", "2.7", "abc", "3.14rc1", "3.15"],
            "python_full_version": ["3.8", "3.12.1", "3.12", "3.10.2", "3.14.0rc2", "3.14", "3.9.*", "3.13.0", "3.15.0a1+local", "x"],
            "implementation_version": ["3.12.1", "7.3.13", "3.9", "3.14.0rc2", "0"],
            "platform_release": ["6.1", "5.10", "10", "6.1.0-13-amd64", "23", ""]}
OPS = ["==", "!=", "<=", ">=", "<", ">", "~=", "===", "in", "not in"]


def atom(rng):
    kind = rng.random()
    q = rng.choice("'\"")
    sp = rng.choice(["", " ", "  "])

    def render(l, op, r):
        pad = " " if op in ("in", "not in") else sp
        return f"{l}{pad}{op}{pad}{r}"

    if kind < 0.35:
        name = rng.choice(sorted(STRINGS))
        value = q + rng.choice(STRINGS[name]) + q
        op = rng.choice(OPS[:6] + ["in", "not in", "==", "==", "!="] + (["~="] if rng.random() < 0.05 else []))
    elif kind < 0.8:
        name = rng.choice(sorted(VERSIONS))
        op = rng.choice(OPS)
        value = q + rng.choice(VERSIONS[name]) + q
        if op in ("in", "not in") and rng.random() < 0.5:
            value = q + " ".join(rng.sample(VERSIONS[name], 3)) + q
    elif kind < 0.92:
        name, op, value = "extra", rng.choice(["==", "==", "==", "!=", "in", "not in", ">="]), q + rng.choice(["foo-bar", "Foo_Bar", "test", "", "x y"]) + q
    else:
        name = rng.choice(["extras", "dependency_groups"])
        value = q + rng.choice(["test", "Foo_Bar", "dev", "docs-x", "zz"]) + q
        if rng.random() < 0.9:
            return render(value, rng.choice(["in", "not in", "in", "=="]), name)
        return render(name, rng.choice(["==", "in"]), value)
    if rng.random() < 0.05:
        name = {"os_name": "os.name", "sys_platform": "sys.platform", "platform_version": "platform.version",
                "platform_machine": "platform.machine",
                "platform_python_implementation": "python_implementation"}.get(name, name)
    if rng.random() < 0.15:
        return render(value, op, name)
    return render(name, op, value)


def expression(rng, depth=0):
    n = rng.choice([1, 1, 2, 2, 3])
    out = []
    for i in range(n):
        part = expression(rng, depth + 1) if depth < 2 and rng.random() < 0.25 else atom(rng)
        if depth > 0 and n == 1 or rng.random() < 0.2 or "(" not in part and rng.random() < 0.05:
            part = rng.choice(["(", "( "]) + part + rng.choice([")", " )"])
        out.append(part)
        if i < n - 1:
            out.append(rng.choice([" and ", " or "]))
    text = "".join(out)
    return f"({text})" if depth > 0 else text


BAD_MARKERS = ["", " ", "python_version", "python_version ==", "== '3'", "python_version = '3'", "foo == '3'", "os_name == posix", "os_name == 'a",
               "os_name == 'a' and", "os_name == 'a' or or os_name == 'b'", "(os_name == 'a'", "os_name == 'a')", "()", "not os_name == 'a'",
               "os_name not  in 'a'", "os_name notin 'a'", "os_name not 'a'", "os_nameX == 'a'", "os_name == 'a' 'b'", "os_name=='a'and os_name=='b'",
               "os_name=='a'andos_name=='b'", "'a'in os_name", "'a' inos_name", "os_name in'a'", "python_version >= '3.8' AND os_name == 'a'",
               r"os_name == 'a\n'", r"os_name == 'a\x41'", r"os_name == 'a\x4'", r"os_name == 'a\'", r"os_name == 'a\d'", r"os_name == '\101'",
               r"os_name == '\u0041'", r"os_name == '\u004'", r"os_name == '\N{DASH}x'", "os_name == 'a\nb'", "os_name == 'a\tb'", "'linux' == 'sys_platform'",
               "'a' == 'b'", "sys_platform == os_name", "sys_platform == platform_system", "os_name == 'it\"s'", 'os_name == "it\'s"',
               "os_name == '\u00e9'", "\u00e9os_name == 'a'", "os_name\u00e9 == 'a'", "os_name == 'a' # x", "platform.release == 'a'", "platform.system == 'a'",
               "implementation.name == 'x'", "extra == 'a' or extra == 'b'", "extras == 'a'", "'a' in extras and 'b' in dependency_groups",
               "extra in 'foo-bar test'", "'test' in extra", "extra not in 'test'", "python_version in '3.12, 3.13'", "python_version not in '3.12 3.13'",
               "((os_name == 'posix'))", "(((os_name == 'posix') and (os_name == 'nt')) or sys_platform == 'linux')",
               "os_name == 'nt' and os_name == 'posix' or os_name == 'posix'", "os_name == 'posix' or os_name == 'nt' and os_name == 'nt'",
               "\tos_name == 'posix'\t", "os_name == 'posix' ", "\nos_name == 'posix'", "os_name\n== 'posix'", "python_version ~= '3'", "python_version === '3.12'",
               "platform_machine ~= '1.0'", "platform_machine === 'x86_64'", "python_version >= '3.8.*'", "python_full_version == '3.12.1+local'",
               "\"Foo_Bar\" == extra", "extra == \"Foo_Bar\"", "'Foo_Bar' in extras", "extra == extra", "extras in extras"]


def pep508():
    rng = random.Random(508)
    texts = list(BAD_MARKERS)
    seen = set(texts)
    while len(texts) < 3200:
        t = expression(rng)
        if rng.random() < 0.04:
            i = rng.randrange(len(t))
            t = t[:i] + rng.choice(["", "(", ")", "'", "x", " ", "=", "."]) + t[i + rng.randint(0, 2):]
        if t not in seen:
            seen.add(t)
            texts.append(t)
    markers = []
    for t in texts:
        try:
            m = Marker(t)
        except InvalidMarker:
            markers.append([t, None, None])
            continue
        try:
            text = str(m)
        except ValueError:
            continue
        row = []
        for context, extra, extras, groups in ACTIVE:
            for env in ENVIRONMENTS:
                full = dict(env)
                if extra is not None:
                    full["extra"] = extra
                if context == "lock_file":
                    full["extras"] = frozenset(extras)
                    full["dependency_groups"] = frozenset(groups)
                try:
                    row.append("1" if m.evaluate(full, context=context) else "0")
                except (UndefinedComparison, UndefinedEnvironmentName):
                    row.append("e")
        markers.append([t, text, "".join(row)])

    names = ["requests", "Foo.Bar_baz", "a", "zope.interface", "x-", "-x", "", "foo_", "foo--bar", "é", "3d", "a.b.", "A_"]
    extras = ["", "[]", "[a]", "[a,b]", "[ a , B_c ]", "[a b]", "[a,]", "[,a]", "[a", "a]", "[a-]", "[b,a,a]", "[é]"]
    specs = ["", "==1.0", ">=1,<2", " >= 1.0 , < 2 ", "(>=1.0)", "( >=1 , <2 )", "(>=1", "==1.0.*", ">=1.0.*", "~=1.0", "~=1", "===foo", "===foo,>=1", "=1", "1.0",
             ">=1,", ">=1,,<2", ">=1 <2", "==1.0+local", ">=1.0+local", "==1.0a1.*", "@ https://x.example/a.whl", "@https://x.example/a.whl",
             "@ file:///tmp/a", " @ git+https://x.example/r.git@v1#egg=a", "@", "@ ", ">=1 @ x", "<2,>=1,!=1.5", "==1.0.post1.dev2", ">=v1.0", "()", "(1.0)", "^1.0", "~1"]
    markers_ = ["", ";", "; os_name == 'posix'", ";os_name=='posix'", " ; extra == 'Foo_bar'", " ;  (os_name == 'a' or extra == \"b\") and python_version<'3'", "; foo",
                " ; python_version >= '3.8' # c", "; os_name == 'a' ;", " x"]
    reqs = set()
    for n, e, s, m in itertools.product(names, extras, specs, markers_):
        if rng.random() < 0.07:
            reqs.add(n + rng.choice(["", "", " "]) + e + rng.choice(["", " "]) + s + m)
    for n in names[:4]:
        for e in extras:
            reqs.add(n + e)
        for s in specs:
            reqs.add(n + s)
            reqs.add(n + " " + s + "; os_name == 'posix'")
            reqs.add(n + " " + s + " ; os_name == 'posix'")
    requirements = []
    for t in sorted(reqs):
        try:
            r = Requirement(t)
        except InvalidRequirement:
            requirements.append([t, None])
            continue
        requirements.append([t, str(r), r.name, sorted(r.extras), str(r.specifier), r.url or "", str(r.marker or "")])
    write("pep508", {"environments": ENVIRONMENTS,
                     "active": [[c, [e] if e else [], x, g] if c == "metadata" else [c, [], x, g] for c, e, x, g in ACTIVE],
                     "markers": markers, "requirements": requirements})


# --- tags -----------------------------------------------------------------


def supported(minor, threaded, arch, libc, libc_minor):
    """What packaging lists for CPython 3.<minor> on such a machine."""
    glibc = _manylinux._GLibCVersion(2, libc_minor) if libc == "glibc" else _manylinux._GLibCVersion(-1, -1)
    musl = _musllinux._MuslVersion(1, libc_minor) if libc == "musl" else None
    _manylinux._get_glibc_version.cache_clear()
    with mock.patch.object(_manylinux, "_get_glibc_version", lambda: glibc), \
            mock.patch.object(_manylinux, "_have_compatible_abi",
                              lambda exe, archs: any(a in _manylinux._ALLOWED_ARCHS | {"i686", "armv7l", "armv8l"} for a in archs)), \
            mock.patch.object(_manylinux, "_get_manylinux_module", lambda: None), \
            mock.patch.object(_musllinux, "_get_musl_version", lambda exe: musl), \
            mock.patch.object(tags.sysconfig, "get_platform", lambda: "linux-" + arch):
        platforms = list(tags._linux_platforms(is_32bit=False))
    own = f"cp3{minor}"
    abi = own + ("t" if threaded else "m" if minor < 8 else "")
    return [str(t) for t in itertools.chain(
        tags.cpython_tags((3, minor), [abi], platforms),
        tags.compatible_tags((3, minor), own, platforms))]


def tags_():
    rng = random.Random(425)
    environments = []
    combos = []
    for minor in range(7, 17):
        for arch in ["x86_64", "aarch64", "armv7l", "armv8l", "i686", "ppc64le", "s390x", "riscv64", "loongarch64", "mips64"]:
            combos += [(minor, False, arch, "glibc", g) for g in (17, 28, 31, 36, 41)]
            combos += [(minor, False, arch, "musl", g) for g in (1, 2)]
            if minor >= 13:
                combos += [(minor, True, arch, "glibc", 36), (minor, True, arch, "musl", 2)]
    combos += [(12, False, "x86_64", "glibc", g) for g in (2, 4, 5, 6, 12, 13, 16, 18, 39)]
    combos += [(12, False, "aarch64", "glibc", g) for g in (5, 12, 16)]
    kept = rng.sample(combos, 90) + [(13, True, "x86_64", "glibc", 36), (13, False, "x86_64", "glibc", 36), (14, True, "aarch64", "musl", 2)]
    import hashlib
    for i, c in enumerate(combos):
        listed = supported(*c)
        digest = hashlib.sha256("\n".join(listed).encode()).hexdigest()
        # All are compared by their digest; a few are written out to show what differs.
        environments.append([*c, len(listed), digest, listed if c in kept[-3:] else None])

    pythons = ["cp312", "cp313", "py3", "py2.py3", "cp39", "cp38.cp39", "pp310", "cp37", "py312", "CP312", "cp32", "cp314", "cp313.cp314"]
    abis = ["cp312", "cp313", "cp313t", "none", "abi3", "abi3t", "cp39", "pypy310_pp73", "cp37m", "abi3.abi3t", "cp313.cp313t"]
    plats = ["any", "linux_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_34_x86_64", "manylinux_2_28_aarch64",
             "musllinux_1_1_x86_64", "musllinux_1_2_aarch64", "macosx_11_0_arm64", "win_amd64", "manylinux1_i686", "manylinux_2_5_x86_64.manylinux1_x86_64", "linux_armv7l",
             "manylinux_2_36_x86_64", "manylinux_2_37_x86_64", "manylinux_2_31_riscv64", "Linux_X86_64"]
    triples = ["-".join(t) for t in itertools.product(pythons, abis, plats)]
    samples = [(13, False, "x86_64", "glibc", 36), (13, True, "x86_64", "glibc", 36), (12, False, "aarch64", "musl", 2), (9, False, "armv7l", "glibc", 31), (14, True, "aarch64", "glibc", 41)]
    ranks = []
    for c in samples:
        rank = {t: i for i, t in enumerate(supported(*c))}
        ranks.append([*c, [min((rank[str(t)] for t in tags.parse_tag(x) if str(t) in rank), default=-1) for x in triples]])

    names = ["foo", "Foo.Bar", "foo_bar", "foo__bar", "", "_foo", "fóo", "foo bar", "foo+", "a.b", "zope.interface"]
    versions = ["1.0", "1.0.post1", "1.0+cpu", "1_0", "1.0a1", "", "x", "1!2", "2024.1", "1.0+cu118.x", "01.0"]
    builds = ["", "1", "0", "001", "12abc", "abc", "1_x", "99999999999999999999", "-"]
    tagtexts = ["py3-none-any", "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "py2.py3-none-any", "py3-none", "py3-none-any-x", "-none-any", "py3--any", "py3..py2-none-any", "3py-none-any",
                "cp312-abi3-win32", "PY3-NONE-ANY", "py3-none-any.", "p y-none-any", "é3-none-any", "py3-no ne-any"]
    wheels = set()
    for n, v, b, t in itertools.product(names, versions, builds, tagtexts):
        if rng.random() < 0.18:
            wheels.add("-".join([n, v] + ([b] if b else []) + [t]) + rng.choice([".whl"] * 12 + ["", ".WHL", ".zip", ".whl "]))
    for n, v in itertools.product(names, versions):
        wheels.add(f"{n}-{v}-py3-none-any.whl")
    filenames = []
    for w in sorted(wheels):
        try:
            name, version, build, ts = parse_wheel_filename(w)
        except InvalidWheelFilename:
            filenames.append([w, None])
            continue
        filenames.append([w, name, str(version), [str(build[0]), build[1]] if build else None, sorted(map(str, ts))])
    sdists = set()
    for n, v in itertools.product(names + ["foo-bar", "foo-1.0", "-"], versions + ["1.0-1", "1.0.tar"]):
        for ext in [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".TAR.GZ", ""]:
            sdists.add(f"{n}-{v}{ext}")
    sdists.update(["foo.tar.gz", ".tar.gz", "-1.0.tar.gz", "foo1.0.zip"])
    sfiles = []
    for s in sorted(sdists):
        try:
            name, version = parse_sdist_filename(s)
        except InvalidSdistFilename:
            sfiles.append([s, None])
            continue
        sfiles.append([s, name, str(version)])
    write("tags", {"environments": environments, "triples": triples, "ranks": ranks, "wheels": filenames, "sdists": sfiles})


def main():
    if packaging.__version__ != WANT:
        sys.exit(f"packaging {WANT} is wanted, this is {packaging.__version__}")
    pep440()
    pep503()
    pep508()
    tags_()


main()

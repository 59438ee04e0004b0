# Runs pip in this interpreter. Each Python that pip starts is started through
# another program (package confine), which decides what it may do.
import sys
sys.path[:] = [folder for folder in sys.path if folder]  # not the working directory
import json, os, runpy, subprocess

order = json.loads(os.environ.pop("MOULT_PIP"))
through = order["through"]


def is_python(program):
    program = os.fspath(program)
    return program == sys.executable or os.path.basename(program).startswith("python")


class Popen(subprocess.Popen):
    def __init__(self, args, *more, **named):
        if not isinstance(args, (str, bytes)):
            args = list(args)
            if args and is_python(args[0]):
                args = through + args
        super().__init__(args, *more, **named)


def check(event, args):
    # Whatever starts a Python in another manner than pip does today is an error
    # and not a backend that sees everything.
    if event in ("subprocess.Popen", "os.posix_spawn", "os.exec"):
        programs = [args[0]] if args[0] else []
        if args[1] and not isinstance(args[1], (str, bytes)):
            programs.append(args[1][0])
        if any(is_python(program) for program in programs):
            raise RuntimeError("pip starts a program that Moult does not confine: %r" % (programs,))


def build_system_of(load):
    # pip builds what has no pyproject.toml with the newest setuptools if it is told to use hooks. Without this option
    # it takes the setuptools of the environment, which packages of that time are written for.
    def loaded(*args):
        details = load(*args)
        files = [arg for arg in args if isinstance(arg, str) and os.path.basename(arg) == "pyproject.toml"]
        if details and files and not os.path.exists(files[0]):
            return details._replace(requires=order["legacy"])
        return details

    return loaded


try:
    from pip._internal import pyproject

    pyproject.load_pyproject_toml = build_system_of(pyproject.load_pyproject_toml)
except (ImportError, AttributeError):
    pass  # another pip, which takes the newest

subprocess.Popen = Popen
if hasattr(sys, "addaudithook"):  # not in Python 3.7, whose last pip starts each Python by Popen
    sys.addaudithook(check)
sys.argv = order["args"]
if sys.argv[0] == "pip":
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
else:
    runpy.run_path(sys.argv[0], run_name="__main__")

"""What a process sees of its image: it is the program of every project that init's tests build."""
import grp
import http.server
import importlib
import importlib.metadata
import json
import os
import stat
import sys
import tempfile


def writable(path):
    try:
        if os.path.isdir(path):
            with tempfile.TemporaryFile(dir=path):
                return "writable"
        with open(path, "a"):
            return "writable"
    except OSError:
        return "read-only"


def look(path):
    try:
        info = os.stat(path)
    except OSError as e:
        return type(e).__name__
    if stat.S_ISDIR(info.st_mode):
        return "folder, " + writable(path)
    runs = ", runs" if os.access(path, os.X_OK) else ""
    with open(path, "rb") as f:
        return f"file of {len(f.read())} bytes, {writable(path)}{runs}"


def report(*paths, modules=()):
    seen = {
        "python": "%d.%d" % sys.version_info[:2], "argv": " ".join(sys.argv), "cwd": os.getcwd(),
        "user": "%d:%d" % (os.getuid(), os.getgid()), "home": os.path.expanduser("~"),
    }
    for name, value in os.environ.items():
        seen["env " + name] = value
    for path in paths:
        seen["path " + path] = look(path)
    for name in modules:
        try:
            importlib.metadata.version(name)
            seen["package " + name] = "installed"
        except importlib.metadata.PackageNotFoundError:
            seen["package " + name] = "missing"
    return seen


def tell(*paths, modules=()):
    print(json.dumps(report(*paths, modules=modules)), flush=True)


class App:
    def __init__(self, *paths, modules=()):
        self.paths, self.modules = paths, modules


def serve(app, host, port):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(report(*app.paths, modules=app.modules)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    http.server.ThreadingHTTPServer((host, port), Handler).serve_forever()


def main():
    """A server such as uvicorn and gunicorn: it starts the application that a module makes."""
    host, port, app = "127.0.0.1", 8000, None
    words = iter(sys.argv[1:])
    for word in words:
        option, _, value = word.partition("=")
        if option in ("--host", "--port", "-b", "--bind", "--workers", "-w", "-k", "--log-level"):
            value = value or next(words)
        if option == "--host":
            host = value
        elif option == "--port":
            port = int(value)
        elif option in ("-b", "--bind"):
            host, _, number = value.rpartition(":")
            host, port = host or "0.0.0.0", int(number)
        elif ":" in word and not word.startswith("-"):
            app = word
    sys.path.insert(0, os.getcwd())
    module, _, name = app.partition(":")
    found = getattr(importlib.import_module(module), name.split("(")[0])
    serve(found() if name.endswith("()") else found, host, port)

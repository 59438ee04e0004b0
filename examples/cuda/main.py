"""Tells over HTTP what the container can see of a GPU, with nothing but the standard library."""

import ctypes
import getpass
import json
import os
import platform
import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def devices() -> int | None:
    """The number of CUDA devices, or None where there is no driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    count = ctypes.c_int()
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return None
    return count.value


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({
            "python": platform.python_version(),
            "user": getpass.getuser(),
            "visible": os.environ.get("NVIDIA_VISIBLE_DEVICES"),
            "devices": devices(),
            "models": os.access(os.environ["HF_HOME"], os.W_OK),
        }).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ThreadingHTTPServer(("0.0.0.0", 8000), Handler) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass

#!/opt/venv/bin/python
"""Keeps notes as files, with nothing but the standard library."""

import os
import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NOTES = Path("/notes")


class Notes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer("\n".join(sorted(p.name for p in NOTES.iterdir())) or "no notes yet")

    def do_PUT(self) -> None:
        name = os.path.basename(self.path)
        (NOTES / name).write_bytes(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.answer("kept " + name)

    def answer(self, text: str) -> None:
        body = (text + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ThreadingHTTPServer(("0.0.0.0", 8000), Notes) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass

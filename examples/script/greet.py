# syntax=registry.example.com/moult:1
# /// script
# requires-python = ">=3.13,<3.14"
# dependencies = ["humanize>=4.9"]
#
# [tool.moult]
# expose = [8000]
# ///
"""Says how long it has been running."""

import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import humanize

STARTED = time.monotonic()


class Greeting(BaseHTTPRequestHandler):
    def do_GET(self):
        text = f"Hello, for {humanize.naturaldelta(time.monotonic() - STARTED)}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    HTTPServer(("", 8000), Greeting).serve_forever()

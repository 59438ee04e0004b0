"""Convolves an image that it is sent, by the C++ extension lab-cpp."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import lab_steps
from lab_cpp import convolve


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer({"steps": lab_steps.STEPS})

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"image": convolve(question["image"], question["kernel"])})

    def answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()

"""Says hello over HTTP, with nothing but the standard library."""

import platform
import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = ("0.0.0.0", 8000)


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"Hello from Python {platform.python_version()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    # The first process of a container has no default reaction to SIGTERM, so
    # without this `docker stop` would wait ten seconds and then kill.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ThreadingHTTPServer(ADDRESS, Hello) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()

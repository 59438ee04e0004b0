"""A package index on this machine, with the packages of several worlds."""

import hashlib
import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Index:
    def __init__(self):
        index, self.files, self.pages = self, {}, {}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                self.do_GET(head=True)

            def do_GET(self, head=False):
                body = index.files.get(self.path) or index.pages.get(self.path.rstrip("/"), "").encode()
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "application/octet-stream" if self.path in index.files else "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if not head:
                    self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def add(self, world, name):
        """Serves the packages of a world, and gives the index's URL."""
        links = {}
        for release in world.releases:
            file, data = release.wheel()
            path = f"/{name}/files/{file}"
            self.files[path], self.files[path + ".metadata"] = data, release.metadata().encode()
            digest = hashlib.sha256(data).hexdigest()
            python = f' data-requires-python="{escape(release.python)}"' if release.python else ""
            links.setdefault(release.name, []).append(f'<a href="{path}#sha256={digest}" data-dist-info-metadata="true" data-core-metadata="true"{python}>{file}</a>')
        for package, anchors in links.items():
            self.pages[f"/{name}/simple/{package}"] = f"<!DOCTYPE html><html><body>{''.join(anchors)}</body></html>"
        return f"{self.address}/{name}/simple/"

    def file(self, name, release):
        """The address of a release's wheel."""
        return f"{self.address}/{name}/files/{release.wheel()[0]}"

"""Says how large a number of bytes is, in words for people."""

import humanize
from bottle import Bottle, request, response

app = Bottle()


@app.get("/")
def size() -> str:
    response.content_type = "text/plain; charset=utf-8"
    return humanize.naturalsize(request.query.get("bytes", "1000000"), binary=True) + "\n"

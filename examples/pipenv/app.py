"""Turns Markdown into HTML."""

import markdown
from flask import Flask, request

app = Flask(__name__)


@app.get("/")
def usage() -> str:
    return markdown.markdown("# Markdown\n\nSend a text to `/html`.")


@app.post("/html")
def html() -> str:
    return markdown.markdown(request.get_data(as_text=True))

"""Counts the words of a text."""

import re
from collections import Counter

from flask import Flask, request

app = Flask(__name__)
app.json.sort_keys = False


@app.get("/")
def usage():
    return "Send a text to /words, for example: curl --data-binary @README.md http://localhost:8000/words\n"


@app.post("/words")
def words():
    """The number of words of the text in the request's body, and the ten most frequent ones."""
    found = re.findall(r"\w+", request.get_data(as_text=True).lower())
    return {"words": len(found), "most_frequent": dict(Counter(found).most_common(10))}

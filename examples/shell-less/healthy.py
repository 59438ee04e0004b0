"""Fails unless the notes are served."""

from urllib.request import urlopen

urlopen("http://127.0.0.1:8000/", timeout=2).close()

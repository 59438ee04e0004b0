"""Turns YAML into JSON."""

import yaml
from bottle import Bottle, HTTPResponse, request

app = Bottle()


@app.get("/")
def usage() -> dict:
    return yaml.safe_load("usage: POST /json\nbody: YAML\n")


@app.post("/json")
def convert() -> dict:
    try:
        return {"value": yaml.safe_load(request.body)}
    except yaml.YAMLError as e:
        raise HTTPResponse(str(e), 400) from e

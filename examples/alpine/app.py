"""Means and deviations of the numbers that it is sent, as an ASGI application."""

import json

import numpy as np


async def app(scope, receive, send) -> None:
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    try:
        numbers = np.array(json.loads(body or "[0]"), dtype=float)
        status, answer = 200, {"mean": numbers.mean(), "deviation": numbers.std()}
    except ValueError as error:
        status, answer = 400, {"error": str(error)}
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

"""Tells how a text reads as a title."""

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from shared import title


async def read(request):
    return JSONResponse({"title": title(request.query_params.get("text", ""))})


app = Starlette(routes=[Route("/", read)])

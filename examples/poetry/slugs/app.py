"""Makes a short name for a URL out of a title."""

from slugify import slugify
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def slug(request: Request) -> PlainTextResponse:
    return PlainTextResponse(slugify(request.query_params.get("title", "Hello, Poetry!")) + "\n")


app = Starlette(routes=[Route("/", slug)])

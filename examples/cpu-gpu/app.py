"""Tells which build of the library it runs on."""

import accelerator
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def device(request):
    return PlainTextResponse(f"runs on the {accelerator.DEVICE}\n")


app = Starlette(routes=[Route("/", device)])

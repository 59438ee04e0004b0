"""The HTTP interface: it answers only if the packages below it work."""

from importlib import metadata

from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

from shop.proofs import PROOFS

app = FastAPI(title="shop")
FastAPIInstrumentor.instrument_app(app)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/")
def proofs() -> dict[str, object]:
    """What each package returned when it was used just now."""
    return {name: proof() for name, proof in PROOFS.items()}


@app.get("/packages")
def packages() -> dict[str, str]:
    """The version of every package that is installed."""
    found = {distribution.metadata["Name"]: distribution.version for distribution in metadata.distributions()}
    return dict(sorted(found.items()))

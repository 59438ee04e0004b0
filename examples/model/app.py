"""Which language is it? POST a text to /language."""

from functools import cache
from pathlib import Path

from fastapi import Body, FastAPI
from langidentify import Detector, Language, Model

LANGUAGES = Language.from_comma_separated("efigs")
FULL = Path("/srv/model/langidentify_full_model/data")

app = FastAPI()


@cache
def model() -> Model:
    """The large model where the image has it, else the one of the package."""
    return Model.load_from_path(str(FULL), LANGUAGES) if FULL.is_dir() else Model.load(LANGUAGES)


@app.get("/health")
def health() -> dict[str, str]:
    return {"model": "full" if FULL.is_dir() else "lite"}


@app.post("/language")
def language(text: str = Body(media_type="text/plain")) -> dict[str, str]:
    return {"language": Detector(model()).detect(text).iso_code}

"""The HTTP interface."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
from digits_convolution import convolve
from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

from digits import network

HERE = Path(__file__).parent

with np.load(HERE / "weights.npz") as stored:
    weights = dict(stored)
samples = json.loads((HERE / "samples.json").read_text())

Pixel = Annotated[float, Field(ge=0, le=network.DARKEST)]
Row = Annotated[list[Pixel], Field(min_length=network.SIDE, max_length=network.SIDE)]
Image = Annotated[list[Row], Field(min_length=network.SIDE, max_length=network.SIDE)]


class Answer(BaseModel):
    """The likeliest digit, and how likely each of the ten is."""

    digit: int
    probabilities: list[float]


app = FastAPI(title="digits-api")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/example")
def example(digit: Annotated[int, Query(ge=0, le=9)] = 3) -> list[list[int]]:
    """A handwritten digit that the network has not seen in training, ready to be sent to /classify."""
    return samples[digit]


@app.post("/classify")
def classify(image: Image) -> Answer:
    """Which digit an image of 8 by 8 pixels shows."""
    pixels = np.array([image], dtype=np.float32)
    probabilities = network.classify(weights, pixels, convolve)[0]
    return Answer(
        digit=int(probabilities.argmax()),
        probabilities=[round(float(probability), 4) for probability in probabilities],
    )

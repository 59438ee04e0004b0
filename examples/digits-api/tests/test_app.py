import pytest
from fastapi.testclient import TestClient

from digits.app import app

client = TestClient(app)


def test_the_service_is_healthy():
    assert client.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize("digit", range(10))
def test_an_example_is_classified(digit):
    image = client.get("/example", params={"digit": digit}).json()

    answer = client.post("/classify", json=image).json()

    assert answer["digit"] == digit
    assert len(answer["probabilities"]) == 10


def test_an_image_of_the_wrong_size_is_refused():
    assert client.post("/classify", json=[[0] * 8] * 7).status_code == 422

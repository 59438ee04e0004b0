# Poetry's usual recipe: the virtual environment inside the project, a cache mount, only the
# main dependencies, and the environment copied into a slim image.

ARG PYTHON=3.13
FROM python:${PYTHON} AS builder
ARG POETRY=2.5.1
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    pip install --no-cache-dir poetry==${POETRY}

ENV POETRY_NO_INTERACTION=1 POETRY_VIRTUALENVS_CREATE=1 POETRY_VIRTUALENVS_IN_PROJECT=1 \
    POETRY_CACHE_DIR=/var/cache/poetry
WORKDIR /app

ARG EXTENSION
COPY pyproject.toml poetry.lock ./
COPY ${EXTENSION:-poetry.lock} ./${EXTENSION:-poetry.lock}
RUN --mount=type=cache,target=/var/cache/poetry \
    --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem REQUESTS_CA_BUNDLE=/run/ca.pem; \
    poetry install --only main --no-root

FROM python:${PYTHON}-slim
WORKDIR /app

COPY --from=builder /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:${PATH}
COPY . .

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

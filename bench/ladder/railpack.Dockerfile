# The shape of what Railpack makes of a project with a uv.lock, written out: the dependencies
# are synchronised before the project's files are copied, with a cache mount, and once more with
# the project; the virtual environment and the application are copied into a slim image, which
# runs as root by a shell. Railpack brings Python and uv from its own builds; here they are the
# official image's and the index's.

ARG PYTHON=3.13
FROM python:${PYTHON} AS install
ARG UV=0.13.9
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    pip install --no-cache-dir uv==${UV}
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_CACHE_DIR=/opt/uv-cache UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=/app/.venv
WORKDIR /app

ARG EXTENSION
COPY pyproject.toml uv.lock ./
COPY ${EXTENSION:-uv.lock} ./${EXTENSION:-uv.lock}
RUN --mount=type=cache,target=/opt/uv-cache \
    --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export SSL_CERT_FILE=/run/ca.pem; \
    uv sync --locked --no-dev --no-install-project

FROM install AS build
COPY . .
RUN --mount=type=cache,target=/opt/uv-cache \
    --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export SSL_CERT_FILE=/run/ca.pem; \
    uv sync --locked --no-dev --no-editable

FROM python:${PYTHON}-slim
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY . .
ENV PATH=/app/.venv/bin:${PATH} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONFAULTHANDLER=1

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["/bin/bash", "-c", "uvicorn"]

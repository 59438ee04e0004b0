# The multi-stage recipe of uv's documentation: cache mount, bytecode, dependencies before
# the project, the virtual environment copied into a slim image, a user of its own. Its image
# is the usual source of uv; here uv comes from the package index like everything else.

ARG PYTHON=3.13
FROM python:${PYTHON} AS builder
ARG UV=0.13.9
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    pip install --no-cache-dir uv==${UV}

ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_DEV=1 UV_PYTHON_DOWNLOADS=0
WORKDIR /app

ARG EXTENSION
COPY ${EXTENSION:-uv.lock} ./${EXTENSION:-uv.lock}
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=uv.lock,target=uv.lock \
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \
    --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export SSL_CERT_FILE=/run/ca.pem; \
    uv sync --locked --no-install-project
COPY . .
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export SSL_CERT_FILE=/run/ca.pem; \
    uv sync --locked

FROM python:${PYTHON}-slim
RUN groupadd --system --gid 999 nonroot && \
    useradd --system --gid 999 --uid 999 --create-home nonroot
COPY --from=builder --chown=nonroot:nonroot /app /app
ENV PATH=/app/.venv/bin:${PATH}
USER nonroot
WORKDIR /app

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

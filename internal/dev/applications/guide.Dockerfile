# The Dockerfile that guides for Python show: a builder with pip, and a slim image that gets its environment.
FROM python:3.13 AS builder
ARG PIP_CERT
RUN python -m venv /opt/venv
COPY . /src
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=ca-certificates \
    /opt/venv/bin/pip install /src

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
COPY --from=builder /opt/venv /opt/venv
RUN useradd --uid 1000 app
USER app

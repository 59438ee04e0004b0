# The shape of what Heroku's buildpack makes of a project with a uv.lock, written out: it sees
# all files of the project in every build, and keeps the virtual environment of the build before,
# which uv changes to what the lock has. So its installation runs again after every change, and
# has little to do. The environment and the application are layers of the image. A buildpack
# keeps the environment in a layer of its own; here a cache mount keeps it.

ARG PYTHON=3.13
FROM python:${PYTHON} AS build
ARG UV=0.13.9
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    pip install --no-cache-dir uv==${UV}
# The time makes the bytecode checked by the hash of its source.
ENV SOURCE_DATE_EPOCH=315532801 UV_LINK_MODE=hardlink UV_NO_MANAGED_PYTHON=1 UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/layers/venv
WORKDIR /workspace
COPY . .
RUN --mount=type=cache,target=/cache \
    --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export SSL_CERT_FILE=/run/ca.pem; \
    mkdir -p /layers && \
    { [ ! -d /cache/venv ] && python -m venv --without-pip /layers/venv || cp -a /cache/venv /layers/venv; } && \
    uv sync --locked --no-default-groups --compile-bytecode && \
    rm -rf /cache/venv && cp -a /layers/venv /cache/venv

FROM python:${PYTHON}-slim
RUN groupadd --gid 1002 heroku && useradd --uid 1002 --gid 1002 --create-home heroku
COPY --from=build --chown=1002:1002 /layers/venv /layers/venv
COPY --chown=1002:1002 . /workspace
WORKDIR /workspace
USER heroku
ENV VIRTUAL_ENV=/layers/venv PATH=/layers/venv/bin:${PATH} PYTHONUNBUFFERED=1

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

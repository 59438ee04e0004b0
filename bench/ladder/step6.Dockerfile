# Step 6, the top of the ladder: the two stages, and pip's cache kept in a cache mount.

ARG PYTHON=3.13
FROM python:${PYTHON} AS builder
ARG EXTENSION
WORKDIR /build

RUN python -m venv /opt/venv
COPY requirements.txt ./
COPY ${EXTENSION:-requirements.txt} ./${EXTENSION:-requirements.txt}
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    /opt/venv/bin/pip install -r requirements.txt && \
    { [ -z "$EXTENSION" ] || /opt/venv/bin/pip install --no-deps "./$EXTENSION"; }

FROM python:${PYTHON}-slim
WORKDIR /app

COPY --from=builder /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:${PATH}
COPY . .

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

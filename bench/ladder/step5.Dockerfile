# Step 5, two stages: a virtual environment is made in a full-size builder and copied into
# a slim image. Packages are downloaded again each time the layer runs.

ARG PYTHON=3.13
FROM python:${PYTHON} AS builder
ARG EXTENSION
WORKDIR /build

RUN python -m venv /opt/venv
COPY requirements.txt ./
COPY ${EXTENSION:-requirements.txt} ./${EXTENSION:-requirements.txt}
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    /opt/venv/bin/pip install --no-cache-dir -r requirements.txt && \
    { [ -z "$EXTENSION" ] || /opt/venv/bin/pip install --no-cache-dir --no-deps "./$EXTENSION"; }

FROM python:${PYTHON}-slim
WORKDIR /app

COPY --from=builder /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:${PATH}
COPY . .

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

# Step 4, one layer: what a later layer removes still takes its space in the earlier one,
# so the compiler comes and goes in the layer that needs it. Any change of a dependency
# runs all of it again.

ARG PYTHON=3.13
FROM python:${PYTHON}-slim
ARG EXTENSION
WORKDIR /app

COPY requirements.txt ./
COPY ${EXTENSION:-requirements.txt} ./${EXTENSION:-requirements.txt}
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    apt-get update && \
    apt-get install -y --no-install-recommends g++ && \
    pip install --no-cache-dir -r requirements.txt && \
    { [ -z "$EXTENSION" ] || pip install --no-cache-dir --no-deps "./$EXTENSION"; } && \
    apt-get purge -y --auto-remove g++ && \
    rm -rf /var/lib/apt/lists/*
COPY . .

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

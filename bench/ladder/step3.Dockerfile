# Step 3, the slim base. It has no compiler, so apt installs one, and it stays.

ARG PYTHON=3.13
FROM python:${PYTHON}-slim
ARG EXTENSION
WORKDIR /app

RUN apt-get update && \
    apt-get install -y --no-install-recommends g++ && \
    rm -rf /var/lib/apt/lists/*
COPY requirements.txt ./
COPY ${EXTENSION:-requirements.txt} ./${EXTENSION:-requirements.txt}
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    pip install --no-cache-dir -r requirements.txt && \
    { [ -z "$EXTENSION" ] || pip install --no-cache-dir --no-deps "./$EXTENSION"; }
COPY . .

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

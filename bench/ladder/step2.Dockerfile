# Step 2, a lock: every dependency is pinned with its hashes, development tools are
# left out, and pip keeps no cache in the image.

ARG PYTHON=3.13
FROM python:${PYTHON}
ARG EXTENSION
WORKDIR /app

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

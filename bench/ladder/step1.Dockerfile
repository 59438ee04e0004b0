# Step 1, the order of layers: the code comes after the dependencies. Only the direct
# ones are pinned, so the build is not reproducible, and development tools are among them.

ARG PYTHON=3.13
FROM python:${PYTHON}
ARG EXTENSION
WORKDIR /app

COPY requirements.in ./
COPY ${EXTENSION:-requirements.in} ./${EXTENSION:-requirements.in}
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    pip install -r requirements.in ${EXTENSION:+"./$EXTENSION"}
COPY . .

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

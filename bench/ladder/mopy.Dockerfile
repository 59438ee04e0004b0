# The shape of what mopy's frontend makes of a Mopyfile, written out: pip installs for the
# user, with a cache mount, in a full-size builder; the user's packages are copied into a
# slim image that runs as a user without privileges. mopy hands local packages and
# requirement files to one call of pip, which hashes do not allow, so here there are two.

ARG PYTHON=3.13
FROM python:${PYTHON} AS builder
ARG EXTENSION
WORKDIR /build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_WARN_SCRIPT_LOCATION=0 PIP_USER=1
COPY --link ${EXTENSION:-requirements.txt} ./${EXTENSION:-requirements.txt}
RUN --mount=type=cache,target=/root/.cache \
    --mount=type=bind,source=requirements.txt,target=/build/requirements.txt \
    --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    pip install -r requirements.txt && \
    { [ -z "$EXTENSION" ] || pip install --no-deps "./$EXTENSION"; }

FROM python:${PYTHON}-slim
RUN useradd --uid=65532 --user-group --home-dir=/home/nonroot --create-home nonroot
USER 65532:65532
ENV PYTHONUNBUFFERED=1 PATH=${PATH}:/home/nonroot/.local/bin
COPY --from=builder --chown=nonroot:nonroot /root/.local/ /home/nonroot/.local/
COPY --chown=nonroot:nonroot . /home/nonroot/app
WORKDIR /home/nonroot/app

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
ENTRYPOINT ["python"]
CMD ["-m", "uvicorn"]

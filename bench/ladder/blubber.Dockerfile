# The shape of what Blubber makes of two variants, written out: the Python builder makes a
# virtual environment under /opt/lib in one, without a cache mount, and the other copies it
# and the application onto a slim base. Files belong to one user and run as another.

ARG PYTHON=3.13
FROM python:${PYTHON} AS build
ARG EXTENSION
RUN groupadd --gid 65533 somebody && \
    useradd --uid 65533 --gid 65533 --create-home somebody && \
    install -d -o 65533 -g 65533 /srv/app /opt/lib
USER 65533
WORKDIR /srv/app

COPY --chown=65533:65533 requirements.txt ./
COPY --chown=65533:65533 ${EXTENSION:-requirements.txt} ./${EXTENSION:-requirements.txt}
RUN python -m venv /opt/lib/venv
ENV VIRTUAL_ENV=/opt/lib/venv PATH=/opt/lib/venv/bin:${PATH}
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem,mode=0444 \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    python -m pip install -U 'setuptools!=60.9.0' && \
    python -m pip install -U wheel tox pip
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem,mode=0444 \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    python -m pip install -r requirements.txt && \
    { [ -z "$EXTENSION" ] || python -m pip install --no-deps "./$EXTENSION"; }

FROM python:${PYTHON}-slim
RUN groupadd --gid 65533 somebody && \
    useradd --uid 65533 --gid 65533 --create-home somebody && \
    groupadd --gid 900 runuser && \
    useradd --uid 900 --gid 900 --create-home runuser
WORKDIR /srv/app
COPY --from=build --chown=65533:65533 /opt/lib/venv /opt/lib/venv
ENV VIRTUAL_ENV=/opt/lib/venv PATH=/opt/lib/venv/bin:${PATH}
COPY --chown=65533:65533 . .
USER 900

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

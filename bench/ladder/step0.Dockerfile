# Step 0, the start: the full base image, and everything is copied before the install,
# so that every change of the code installs the dependencies again.

ARG PYTHON=3.13
FROM python:${PYTHON}
ARG EXTENSION
WORKDIR /app

COPY . .
RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \
    [ ! -f /run/ca.pem ] || export PIP_CERT=/run/ca.pem; \
    pip install -r requirements.in ${EXTENSION:+"./$EXTENSION"}

ARG APP
ENV UVICORN_APP=${APP} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
EXPOSE 8000
CMD ["uvicorn"]

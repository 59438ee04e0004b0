# The base of steps 3 and 4 where the machine's own slim image comes without pip and Python's
# headers, which the official one has: both are taken from the full image.

ARG PYTHON=3.13
FROM python:${PYTHON} AS full

FROM python:${PYTHON}-slim
ARG PYTHON
COPY --from=full /usr/local/bin/pip /usr/local/bin/
COPY --from=full /usr/local/include/python${PYTHON}/ /usr/local/include/python${PYTHON}/
COPY --from=full /usr/local/lib/python${PYTHON}/dist-packages/ /usr/local/lib/python${PYTHON}/dist-packages/

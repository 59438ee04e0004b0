# No contestant: what a build costs that does nothing.

ARG PYTHON=3.13
FROM python:${PYTHON}-slim

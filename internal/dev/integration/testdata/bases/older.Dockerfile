# An older distribution without a Python.
FROM python:3.11-slim
RUN ["python3", "-c", "import shutil; shutil.rmtree('/usr/local')"]

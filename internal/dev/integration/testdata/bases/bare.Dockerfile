# The distribution alone, without a Python.
FROM python:3.13-slim
RUN ["python3", "-c", "import shutil; shutil.rmtree('/usr/local')"]

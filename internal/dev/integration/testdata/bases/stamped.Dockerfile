# A Python whose bytecode knows its sources by their times, as Python writes it by itself.
FROM python:3.13-slim
RUN ["python3", "-m", "compileall", "-q", "-f", "--invalidation-mode", "timestamp", "/usr/local/lib/python3.13"]

# A base as NVIDIA's are: a distribution with its package manager and without
# Python, some libraries that Python needs missing.
FROM python:3.13-slim AS system
COPY strip.py /strip.py
RUN ["python3", "/strip.py"]

FROM scratch
COPY --from=system / /
ENV PATH=/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64

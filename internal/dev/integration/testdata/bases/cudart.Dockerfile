# A base as NVIDIA's are: a distribution with its package manager and CUDA's runtime, from its package for Python, and no
# Python.
FROM python:3.13 AS cuda
RUN --mount=type=secret,id=ca-certificates,required=false <<EOF
set -eu
if [ -e /run/secrets/ca-certificates ]; then export PIP_CERT=/run/secrets/ca-certificates; fi
pip install -q --no-deps --root-user-action=ignore --target /packages 'nvidia-cuda-runtime-cu12==12.6.*'
mkdir -p /usr/local/cuda/lib64
cp -a /packages/nvidia/cuda_runtime/lib/libcudart.so* /usr/local/cuda/lib64/
EOF

FROM python:3.11-slim AS system
RUN ["python3", "-c", "import shutil; shutil.rmtree('/usr/local')"]

FROM system
COPY --from=cuda /usr/local/cuda /usr/local/cuda
RUN echo /usr/local/cuda/lib64 >/etc/ld.so.conf.d/988_cuda-12.conf && ldconfig
ENV PATH=/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64

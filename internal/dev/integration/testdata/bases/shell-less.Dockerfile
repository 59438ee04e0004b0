# A base as hardened images are: Python outside of the usual places, a user of
# its own, and nothing else that can be started.
FROM python:3.13-slim AS system
COPY harden.py /harden.py
RUN ["python3", "/harden.py"]

FROM scratch
COPY --from=system / /
ENV PATH=/opt/python/bin:/usr/bin LANG=C.UTF-8 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532
ENTRYPOINT ["/opt/python/bin/python3"]

# The lab's image may lack the folder that the runtime mounts devices on, and the
# file that daemons mount the name servers on. Debian's official images have both.
# A daemon makes what is missing at every step, with the time of the day.
FROM python:3.13-slim
WORKDIR /dev
WORKDIR /
COPY <<EOF /etc/resolv.conf
nameserver 192.0.2.1
EOF

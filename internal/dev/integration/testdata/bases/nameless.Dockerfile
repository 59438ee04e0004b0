# A base without the file that daemons mount the name servers on. It has the folder that the runtime mounts devices on.
FROM python:3.13-slim
WORKDIR /dev
WORKDIR /

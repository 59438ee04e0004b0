# The lab's image may lack the folder that the runtime mounts devices on. It
# then makes one at every step, with the time of the day.
FROM python:3.13-slim
WORKDIR /dev
WORKDIR /

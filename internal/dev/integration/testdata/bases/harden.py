import os
import shutil

for folder in ("/usr/bin", "/usr/sbin", "/usr/lib/apt", "/usr/lib/dpkg", "/var/lib/dpkg", "/var/lib/apt", "/etc/apt", "/root"):
    shutil.rmtree(folder, ignore_errors=True)
os.makedirs("/usr/bin")
os.makedirs("/usr/sbin")
shutil.move("/usr/local", "/opt/python")
os.makedirs("/home/nonroot", mode=0o700)
os.chown("/home/nonroot", 65532, 65532)
for name, line in (("passwd", "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin"), ("group", "nonroot:x:65532:")):
    with open("/etc/" + name, "a") as f:
        f.write(line + "\n")
os.remove("/harden.py")

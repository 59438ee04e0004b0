"""Takes Debian's own install layout out of a wheel of setuptools, which works only with Debian's own interpreter.

usage: setuptools.py WHEEL
"""

import base64
import hashlib
import sys
import zipfile

path = sys.argv[1]
with zipfile.ZipFile(path) as old:
    members = [(info, old.read(info)) for info in old.infolist()]
lines = {}
for i, (info, data) in enumerate(members):
    if info.filename.endswith(".py"):
        data = data.replace(b"self.set_undefined_options('install',('install_layout','install_layout'))", b"self.install_layout = None")
        members[i] = (info, data)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    lines[info.filename] = f"{info.filename},sha256={digest},{len(data)}"
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
    for info, data in members:
        if info.filename.endswith(".dist-info/RECORD"):
            lines[info.filename] = info.filename + ",,"
            data = ("\n".join(lines[name] for name in lines) + "\n").encode()
        new.writestr(info, data, zipfile.ZIP_DEFLATED)

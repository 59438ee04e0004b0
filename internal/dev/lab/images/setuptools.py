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
# Upstream has neither option; with these values the code around them does what upstream's does.
values = {b"install_layout": b"None", b"prefix_option": b"True"}
for i, (info, data) in enumerate(members):
    if info.filename.endswith(".py"):
        for option, value in values.items():
            call = b"self.set_undefined_options('install',('%s','%s'))" % (option, option)
            data = data.replace(call, b"self.%s = %s" % (option, value))
        members[i] = (info, data)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    lines[info.filename] = f"{info.filename},sha256={digest},{len(data)}"
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
    for info, data in members:
        if info.filename.endswith(".dist-info/RECORD"):
            lines[info.filename] = info.filename + ",,"
            data = ("\n".join(lines[name] for name in lines) + "\n").encode()
        new.writestr(info, data, zipfile.ZIP_DEFLATED)

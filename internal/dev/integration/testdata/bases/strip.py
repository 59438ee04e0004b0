import glob
import os
import shutil

shutil.rmtree("/usr/local")
for folder in ("bin", "lib", "sbin", "cuda/lib64"):
    os.makedirs("/usr/local/" + folder)
for name in ("libsqlite3", "libffi", "libexpat", "libreadline", "libncursesw", "libpython"):
    for path in glob.glob(f"/usr/lib/*/{name}*"):
        os.remove(path)
os.remove("/strip.py")

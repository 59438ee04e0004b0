#!/bin/sh
# Runs at the end of mmdebstrap, outside the new root: copies a Python that was compiled on this machine to /usr/local,
# where the official Python images have theirs, without what these leave out.
#
# usage: prefix.sh ROOT VERSION slim|full FILE PREFIX     e.g. prefix.sh /tmp/root 3.10 slim /tmp/version /opt/python3.10
set -eu
root=$1 version=$2 prefix=$5
python=python$version
local=$root/usr/local

# Packages that somebody installed into the prefix, and their programs, are not Python's.
mkdir -p "$local"
(cd "$prefix" && tar --create --exclude=site-packages --exclude=__pycache__ --exclude=test --exclude=tests \
	--exclude=idle_test --exclude='libpython*.a' --exclude='*-gdb.py' \
	"bin/$python"* include/"$python"* "lib/$python" lib/libpython3*) |
	tar --extract --no-same-owner --keep-directory-symlink --directory "$local"
ln -sf "$python" "$local/bin/python3"
ln -sf python3 "$local/bin/python"
mkdir -p "$local/lib/$python/site-packages"

# Files that say where Python is. An extension that is compiled must not look for libraries in the prefix.
grep -rlIF "$prefix" "$local" | xargs -r sed -i \
	-e "s#-Wl,-rpath,$prefix/lib##g" -e "s#-L$prefix/lib##g" -e "s#$prefix#/usr/local#g"

# The interpreter finds its shared library in the loader's cache, as that of an official image does.
chroot "$root" ldconfig
missing=$(chroot "$root" find /usr/local -name '*.so*' -type f ! -name '_tkinter*' -exec ldd {} + | grep 'not found' || true)
if [ -n "$missing" ]; then
	printf 'Python %s of %s needs libraries that the image lacks:\n%s\n' "$version" "$prefix" "$missing" >&2
	exit 1
fi
inside() { chroot "$root" env -i LC_ALL=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin "$@"; }
inside "$python" -m ensurepip --default-pip
if [ -d "$local/lib/$python/site-packages/setuptools" ]; then
	# With wheel beside setuptools, as the official images of Python before 3.12 have it, pip builds a package that has no
	# pyproject.toml with this setuptools.
	"$prefix/bin/$python" -m pip download --quiet --no-deps --dest "$root/tmp/wheel" 'wheel<0.46'
	inside sh -c 'pip install --quiet --no-index /tmp/wheel/*.whl'
	rm -r "$root/tmp/wheel"
fi

. "$(dirname "$0")/finish.sh"

#!/bin/sh
# Runs at the end of mmdebstrap, outside the new root: moves Debian's interpreter to /usr/local, where the official
# Python images have theirs, and forgets Debian's packages of it, so that `apt-get install` treats the image as one
# without a Python of Debian's. Only file operations are used, so that a root of another architecture works too.
#
# usage: python.sh ROOT VERSION slim|full FILE     e.g. python.sh /tmp/root 3.13 slim /tmp/version
# The interpreter's full version, 3.13.5, is written to FILE. A root that was only extracted has no records of packages, so
# it has no version either, and gets the few files here that the packages' scripts would have made.
set -eu
root=$1 version=$2 kind=$3 version_file=$4
python=python$version
lib=$root/usr/local/lib/$python
multiarch=$(basename "$(find "$root/usr/lib/$python" -maxdepth 1 -name '_sysconfigdata__linux_*.py' | head -n 1)" .py)
multiarch=${multiarch#_sysconfigdata__linux_}

mkdir -p "$root/usr/local/bin" "$root/usr/local/lib" "$root/usr/local/include"
cp -a "$root/usr/bin/$python" "$root/usr/local/bin/$python"

status=$root/var/lib/dpkg/status
mkdir -p "${status%/*}"
touch "$status"
awk -v package="python$version-minimal" '
	$1 == "Package:" { found = $2 == package }
	found && $1 == "Version:" { sub(/[-+~].*/, "", $2); print $2 }
' "$status" >"$version_file"
if [ ! -s "$status" ]; then
	mkdir -p "$root/etc/apt/apt.conf.d" "$root/etc/dpkg/dpkg.cfg.d"
	cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
	cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
	[ -e "$root/etc/os-release" ] || ln -s ../usr/lib/os-release "$root/etc/os-release"
	[ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
	ln -sf /usr/share/zoneinfo/Etc/UTC "$root/etc/localtime"
	# update-ca-certificates would link each file and join them all.
	mkdir -p "$root/etc/ssl/certs"
	find "$root/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat >"$root/etc/ssl/certs/ca-certificates.crt"
	rm -f "$root/usr/bin/python3"* "$root/usr/bin/pydoc3"* "$root/usr/bin/pygettext3"* "$root/usr/bin/py3"*
fi

# Debian makes this folder itself, for packages of the machine's owner.
rm -rf "$lib"
cp -a "$root/usr/lib/$python" "$lib"
ln -s "$python" "$root/usr/local/bin/python3"
ln -s "$python" "$root/usr/local/bin/python"
mkdir -p "$lib/site-packages"

# The parts of Debian's own: packages in dist-packages, the refusal to be managed by pip, a sitecustomize.
rm -rf "$lib/EXTERNALLY-MANAGED" "$lib/sitecustomize.py" "$lib/_distutils_system_mod.py" "$lib/dist-packages" \
	"$lib/LICENSE.txt" "$lib/test" "$lib/idlelib" "$lib/tkinter" "$lib/turtledemo" "$lib/turtle.py"
# Debian's site module, which is frozen into the interpreter, looks for packages in dist-packages outside of a venv.
ln -s site-packages "$lib/dist-packages"
sysconfig=$lib/sysconfig.py
[ -f "$sysconfig" ] || sysconfig=$lib/sysconfig/__init__.py
sed -i "/DEB_PYTHON_INSTALL_LAYOUT/,/^    return/s/'posix_local'/'posix_prefix'/" "$sysconfig"
for data in "$lib"/_sysconfigdata__*.py; do
	[ -L "$data" ] && continue
	sed -i -e "s#/usr/include/$python#/usr/local/include/$python#g" \
		-e "s#/usr/lib/$python#/usr/local/lib/$python#g" \
		-e "s#^\( *'\(BINDIR\|SCRIPTDIR\|INCLUDEDIR\|CONFINCLUDEDIR\|EXENAME\|exec_prefix\|prefix\)': '\)/usr#\1/usr/local#" "$data"
done

if [ "$kind" = full ]; then
	cp -a "$root/usr/include/$python" "$root/usr/local/include/$python"
	rm -f "$lib"/config-*/*.a
	# Debian's pyconfig.h includes the one of the architecture by a path below /usr/include.
	rm -f "$root/usr/local/include/$python/pyconfig.h"
	cp -a "$root/usr/include/$multiarch/$python/pyconfig.h" "$root/usr/local/include/$python/pyconfig.h"
	for so in "$root/usr/lib/$multiarch/lib$python.so"*; do
		[ -e "$so" ] && cp -a "$so" "$root/usr/local/lib/"
	done
	# ensurepip and pip out of the wheels that Debian ships.
	mkdir -p "$root/usr/local/share/python-wheels"
	cp -a "$root/usr/share/python-wheels/"*.whl "$root/usr/local/share/python-wheels/"
	for wheel in "$root/usr/local/share/python-wheels/"setuptools-*.whl; do
		[ -e "$wheel" ] && python3 "$(dirname "$0")/setuptools.py" "$wheel"
	done
	sed -i "s#/usr/share/python-wheels#/usr/local/share/python-wheels#g" "$lib"/_sysconfigdata__*.py
	grep -rl '/usr/share/python-wheels' "$lib/ensurepip" | xargs -r sed -i 's#/usr/share/python-wheels#/usr/local/share/python-wheels#g'
	(cd "$lib/site-packages" && for wheel in "$root/usr/local/share/python-wheels/"pip-*.whl; do
		python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(".")' "$wheel"
	done)
	find "$lib/site-packages" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
	for name in pip pip3 "pip$version"; do
		printf '#!/usr/local/bin/%s\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n' "$python" \
			>"$root/usr/local/bin/$name"
		chmod 755 "$root/usr/local/bin/$name"
	done
else
	rm -rf "$lib/ensurepip" "$lib"/config-*
fi

# Forget the packages: first their files, then their records.
info=$root/var/lib/dpkg/info
for list in "$info"/python3*.list "$info"/libpython3*.list; do
	[ -e "$list" ] || continue
	while IFS= read -r path; do
		if [ -L "$root$path" ] || [ -f "$root$path" ]; then rm -f "$root$path"; fi
	done <"$list"
	rm -f "${list%.list}".*
done
awk 'BEGIN { RS = ""; ORS = "\n\n" } $0 !~ /^Package: (lib)?python3/' "$status" >"$status.new"
mv "$status.new" "$status"
rm -rf "$root/usr/lib/$python" "$root/usr/lib/python3" "$root/usr/share/python3" "$root/etc/python3" "$root/etc/$python" \
	"$root/usr/include/$python" "$root/usr/include/$multiarch/$python" "$root/usr/share/python-wheels"
# With no record of what came along as a dependency, apt's autoremove keeps the libraries that the interpreter needs.
rm -f "$root/var/lib/apt/extended_states"

. "$(dirname "$0")/finish.sh"

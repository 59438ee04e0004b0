#!/bin/sh
# Runs at the end of mmdebstrap, outside the new root: puts the machine's own Go toolchain where the official image
# has it.
#
# usage: golang.sh ROOT GOROOT
set -eu
root=$1 goroot=$2
mkdir -p "$root/usr/local/go" "$root/go/src" "$root/go/bin"
for part in bin lib pkg src; do
	cp -rL "$goroot/$part" "$root/usr/local/go/"
done
cp "$goroot/VERSION" "$goroot/go.env" "$root/usr/local/go/"
chmod -R u+w,a+rX "$root/usr/local/go"
find "$root/usr/local/go/src" -type d -name testdata -prune -exec rm -rf {} +
find "$root/usr/local/go/src" -name '*_test.go' -delete
rm -rf "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/info" "$root/usr/share/locale" "$root/var/log/"* \
	"$root/var/cache/ldconfig" "$root/var/lib/apt/extended_states"
rm -rf "$root/var/lib/apt/lists" "$root/var/cache/apt"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"

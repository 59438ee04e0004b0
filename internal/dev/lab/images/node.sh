#!/bin/sh
# Runs at the end of mmdebstrap, outside the new root: writes Node's version, X.Y.Z, to FILE and removes what the image
# has no use for.
#
# usage: node.sh ROOT VERSION KIND FILE
set -eu
root=$1 version_file=$4
awk '$1 == "Package:" { found = $2 == "nodejs" } found && $1 == "Version:" { sub(/[-+~].*/, "", $2); print $2 }' \
	"$root/var/lib/dpkg/status" >"$version_file"
rm -rf "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/info" "$root/usr/share/locale" "$root/var/log/"* \
	"$root/var/cache/ldconfig" "$root/var/lib/apt/extended_states"
rm -rf "$root/var/lib/apt/lists" "$root/var/cache/apt"
mkdir -p "$root/var/lib/apt/lists/partial" "$root/var/cache/apt/archives/partial"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"

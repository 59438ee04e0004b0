#!/bin/sh
# Prints the path of a Go command that can build this module, after bringing one where the machine has none. A Go of 1.21
# or later fetches the toolchain that go.mod names by itself; an older one, as Debian 12 has, fetches it as a module here.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
want=$(sed -n 's/^go //p' "$here/go.mod")

usable() {
	[ -x "$1" ] && version=$("$1" env GOVERSION 2>/dev/null) || return 1
	minor=${version#go1.}
	[ "${minor%%.*}" -ge 21 ] 2>/dev/null
}

kept=$here/.lab/go/bin/go
for go in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go/bin/go "$kept"; do
	if usable "$go"; then
		echo "$go"
		exit
	fi
done
{
	if ! command -v go >/dev/null; then
		apt-get update -q
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends golang-go ca-certificates
	fi
	if ! usable "$(command -v go)"; then
		arch=$(go env GOARCH)
		dir=$(cd / && GOFLAGS=-mod=mod go mod download -json "golang.org/toolchain@v0.0.1-go$want.linux-$arch" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
		rm -rf "$here/.lab/go"
		mkdir -p "$here/.lab"
		cp -r "$dir" "$here/.lab/go"
		chmod -R u+w "$here/.lab/go"
		chmod +x "$here/.lab/go/bin/"* "$here/.lab/go/pkg/tool/"*/*
	fi
} >&2
for go in "$(command -v go || true)" "$kept"; do
	if usable "$go"; then
		echo "$go"
		exit
	fi
done
echo "no Go of 1.21 or later, and none to be had" >&2
exit 1

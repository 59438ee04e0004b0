#!/usr/bin/env bash
# The demo on a machine with Docker: no root, no Go and no lab, only the commands that a user types. `usable` as the
# argument only tells by its exit code whether the Docker here will do. What it makes stays: the images moult:dev and
# moult-demo, and Docker's build cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The builder inside the engine has the frontend's image without a registry; a builder in a container has not.
builder=default

usable() {
	local version
	version=$(docker version --format '{{.Server.Version}}' 2>/dev/null) || return 1
	[ "${version%%.*}" -ge 24 ] 2>/dev/null && docker buildx version >/dev/null 2>&1
}

if ! usable; then
	[ "${1:-}" = usable ] || echo "this needs Docker Engine 24 or later, and docker buildx" >&2
	exit 1
fi
[ "${1:-}" != usable ] || exit 0

work=$(mktemp -d)
container=""
finish() {
	[ -z "$container" ] || docker rm --force --volumes "$container" >/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

say() { printf '\n=> %s\n' "$*"; }

# Behind a proxy with a certificate authority of its own: MOULT_CA=bundle.pem make demo
secret=()
[ -z "${MOULT_CA:-}" ] || secret=(--secret "id=ca-certificates,src=$MOULT_CA")

# build NAME ARGS... builds, shows the command, and leaves its seconds in the variable NAME.
build() {
	local name=$1 began status=0
	shift
	echo "\$ docker buildx build $*"
	TIMEFORMAT=%1R
	{ time docker buildx build --builder "$builder" ${secret[@]+"${secret[@]}"} --provenance=false "$@" >"$work/log" 2>&1 || status=$?; } 2>"$work/time"
	if [ "$status" -ne 0 ]; then
		cat "$work/log" >&2
		exit "$status"
	fi
	printf -v "$name" '%s s' "$(tail -n 1 "$work/time")"
	echo "  took ${!name}"
}

# ask runs the image as a careful operator does, and sends it a handwritten seven.
ask() {
	container=$(docker run --detach --read-only --cap-drop=ALL --security-opt=no-new-privileges --publish 127.0.0.1::8000 moult-demo)
	local address
	address=http://$(docker port "$container" 8000/tcp | head -n 1)
	curl --silent --fail --connect-timeout 2 --retry 30 --retry-all-errors --retry-delay 1 --retry-max-time 60 "$address/example?digit=7" >"$work/seven.json"
	echo "\$ curl --data @seven.json $address/classify"
	echo "  $(curl --silent --fail --header 'Content-Type: application/json' --data "@$work/seven.json" "$address/classify")"
	docker rm --force --volumes "$container" >/dev/null
	container=""
}

say "building the frontend's image, moult:dev"
build frontend -f Dockerfile.frontend -t moult:dev --load .

project=$work/project
cp -R examples/digits-api "$project"
cp -R bench/digits-api/pyproject.toml bench/digits-api/uv.lock "$project/"
localize() {
	sed '1{/^# syntax=/d;}' "$project/pyproject.toml" >"$work/toml"
	{ echo "# syntax=moult:dev" && cat "$work/toml"; } >"$project/pyproject.toml"
}
localize

say "building examples/digits-api for the first time; its first line is: # syntax=moult:dev"
build first -f "$project/pyproject.toml" -t moult-demo --load "$project"
size=$(docker image inspect --format '{{.Size}}' moult-demo)
ask

say "changing the code: a line more in digits/app.py"
echo "changed = True" >>"$project/digits/app.py"
build code -f "$project/pyproject.toml" -t moult-demo --load "$project"

say "changing a dependency: click 8.3.0 to 8.5.1, by uv.lock"
cp bench/digits-api/variants/upgrade/pyproject.toml bench/digits-api/variants/upgrade/uv.lock "$project/"
localize
build dependency -f "$project/pyproject.toml" -t moult-demo --load "$project"
ask

cat <<END

image                             $((size / 1000000)) MB
first build                       $first, with the base images to fetch if Docker did not have them
rebuild after a code change       $code
rebuild after a dependency change $dependency

Each time is that of the whole command. docker image rm moult-demo moult:dev removes the images.
END

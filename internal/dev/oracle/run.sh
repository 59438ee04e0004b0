#!/bin/sh
# Compares what Moult makes of locks with what the tools that write them install. The tools come from the package
# index into environments of their own, once; the projects and the packages that they ask for are made here.
#
#   run.sh FOLDER GO      SEED and SCALE in the environment give other projects, and more of them
set -eu
folder=$1 go=$2 seed=${SEED:-1} scale=${SCALE:-1}
here=$(dirname "$0")

environment() { # name requirement...
	name=$1
	shift
	if [ ! -e "$folder/$name/ready" ]; then
		python3 -m venv "$folder/$name"
		"$folder/$name/bin/pip" install -q --disable-pip-version-check "$@"
		touch "$folder/$name/ready"
	fi
}

mkdir -p "$folder"
environment uv uv==0.13.9 'packaging>=26'
environment poetry1 poetry==1.8.5
environment poetry2 poetry==2.2.1

out=$folder/out
rm -rf "$out"
mkdir -p "$out/uv" "$out/poetry1" "$out/poetry2"
"$folder/uv/bin/python" "$here/uv.py" "$out/uv" "$seed" $((60 * scale))
"$folder/poetry1/bin/python" "$here/poetry.py" "$out/poetry1" "$seed" $((20 * scale))
"$folder/poetry2/bin/python" "$here/poetry.py" "$out/poetry2" "$seed" $((20 * scale))
"$go" run ./internal/dev/oracle "$out/uv" "$out/poetry1" "$out/poetry2"

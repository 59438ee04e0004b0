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

# make TOOL SCRIPT COUNT ARGUMENT...
make() {
	tool=$1 script=$2 count=$3
	shift 3
	mkdir -p "$out/$tool"
	"$folder/$tool/bin/python" "$here/$script" "$out/$tool" "$seed" "$count" "$@"
	compared="$compared $out/$tool"
}

mkdir -p "$folder"
out=$folder/out compared=
rm -rf "$out"

environment uv-0.13 uv==0.13.9 'packaging>=26'
for version in 0.13.9 0.8.24 0.5.31 0.4.30; do
	environment "uv-${version%.*}" "uv==$version" 'packaging>=26'
	make "uv-${version%.*}" uv.py $((30 * scale)) "$folder/uv-0.13/bin/uv"
done
for version in 2.5.1 2.2.1 1.8.5 1.4.2 1.1.15; do
	environment "poetry-${version%.*}" "poetry==$version"
	make "poetry-${version%.*}" poetry.py $((20 * scale))
done
# The formats of pdm.lock are 4.1 (2.4), 4.3 (2.7), 4.4 (2.10) and 4.5 (2.29). PDM 2.7 is no measure: with one lock, it
# installs what an extra requires or leaves it out, by the order in which it meets the package with and without the extra.
for version in 2.29.4 2.10.4 2.4.9; do
	environment "pdm-${version%.*}" "pdm==$version" 'hishel<2'
	make "pdm-${version%.*}" pdm.py $((10 * scale))
done
for version in 2026.10.3 2023.12.1; do
	environment "pipenv-${version%%.*}" "pipenv==$version"
	make "pipenv-${version%%.*}" pipenv.py $((6 * scale))
done
environment pip-26 pip==26.3 'packaging>=26'
make pip-26 pylock.py $((12 * scale)) "$out/uv-0.13" "$out/uv-0.8" "$out/pdm-2.29"

# What a build requires, which Moult finds without pip.
MOULT_PIP=$(realpath "$folder/pip-26/bin/python") "$go" test -count=1 -tags oracle -run TestBuildRequirements ./internal/step/build

# shellcheck disable=SC2086 # the folders have no spaces
"$go" run ./internal/dev/oracle $compared

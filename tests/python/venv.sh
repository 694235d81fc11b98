#!/usr/bin/env bash
# Makes a virtual environment with packages from PyPI.
#
#   venv.sh DIR VERSION[,VERSION…] PACKAGE…        then:  DIR/bin/python
#
# Takes the first of these versions of Python that is on the PATH or among pyenv's. If there is none, `uv`,
# installed beside DIR if it is not there, fetches the last one. Does nothing if DIR is ready. Exits with 3, and
# a line saying so, if the machine lacks something.
set -euo pipefail

name=$(basename "$0")
mkdir -p "$(dirname "$1")"
dir=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
IFS=, read -ra versions <<<"$2"
shift 2
stamp="${versions[*]}: $*"

lack() {
    echo "$name: $1" >&2
    exit 3
}

# Several tests may want it at once: one makes it.
exec 8>"$dir.lock"
flock 8
if [ "$(cat "$dir/ready" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
rm -f "$dir/ready"

python_of() { # VERSION: a Python of that version, on the PATH or among pyenv's
    local python
    for python in "$(command -v "python$1" || true)" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        if [ -n "$python" ] && "$python" -c "import venv, ensurepip" 2>/dev/null; then
            echo "$python"
            return
        fi
    done
}

uv_in() { # DIR: the uv that is on the PATH, or one installed into DIR
    if ! command -v uv; then
        [ -x "$1/bin/uv" ] || {
            python3 -m venv "$1" &&
                "$1/bin/python" -m pip install --quiet --disable-pip-version-check uv
        } >&2 || return
        echo "$1/bin/uv"
    fi
}

if ! "$dir/bin/python" -c "" 2>/dev/null; then
    rm -rf "$dir"
    for version in "${versions[@]}"; do
        python=$(python_of "$version")
        [ -z "$python" ] || break
    done
    if [ -n "$python" ]; then
        "$python" -m venv "$dir"
    else
        uv=$(uv_in "$(dirname "$dir")/uv") ||
            lack "Python ${versions[*]} was not found, nor uv, and uv could not be installed (python3 with venv, and PyPI, are needed)"
        "$uv" venv --quiet --seed --python "$version" "$dir" >&2 ||
            lack "Python ${versions[*]} was not found, and uv could not provide $version (is github.com, from where it comes, reachable?)"
    fi
fi
[ $# = 0 ] || "$dir/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2 ||
    lack "$* could not be installed (is PyPI reachable?)"
echo "$stamp" >"$dir/ready"

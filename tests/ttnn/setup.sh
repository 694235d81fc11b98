#!/usr/bin/env bash
# Sets up the real ttnn runtime, from PyPI, to run on a mock cluster: no hardware, no root.
#
#   setup.sh DIR          then:  . DIR/env.sh n150|n300|t3k|galaxy|p150
#                                DIR/venv/bin/python script.py
#
# Does nothing if DIR is ready. Needs the network once, Python 3.10 or 3.12 (or any Python 3: then `uv`,
# installed into DIR if it is not there, fetches 3.12) and binutils for RISC-V. Exits with 3, and a line
# saying so, if the machine lacks something.
# TTMEM_TTNN_VERSION chooses another release of ttnn.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
version=${TTMEM_TTNN_VERSION:-0.81.1}
stamp="ttnn $version, $(cat "$here"/setup.sh "$here"/stub_compiler.sh "$here"/clusters.py | cksum)"

lack() {
    echo "setup.sh: $1" >&2
    exit 3
}

# Several tests may want the rig at once: one sets it up.
exec 9>"$dir/.lock"
flock 9
if [ "$(cat "$dir/ready" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
rm -f "$dir/ready"

binutils() {
    command -v riscv64-unknown-elf-as >/dev/null && command -v riscv64-unknown-elf-ld >/dev/null
}
if ! binutils && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get install -y binutils-riscv64-unknown-elf >&2 || true
fi
binutils || lack "RISC-V binutils are missing: apt-get install binutils-riscv64-unknown-elf"

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

# ttnn has wheels for these two only.
if ! "$dir/venv/bin/python" -c "" 2>/dev/null; then
    rm -rf "$dir/venv"
    python=$(python_of 3.10)
    python=${python:-$(python_of 3.12)}
    if [ -n "$python" ]; then
        "$python" -m venv "$dir/venv"
    else
        uv=$(uv_in "$dir/uv") ||
            lack "neither Python 3.10 or 3.12 nor uv was found, and uv could not be installed (python3 with venv, and PyPI, are needed)"
        "$uv" venv --quiet --seed --python 3.12 "$dir/venv" >&2 ||
            lack "neither Python 3.10 nor 3.12 was found, and uv could not provide 3.12 (is github.com, from where it comes, reachable?)"
    fi
fi
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check "ttnn==$version" >&2 ||
    lack "ttnn $version could not be installed (is PyPI reachable?)"

ttnn=$("$dir/venv/bin/python" -c \
    'import importlib.util, os; print(os.path.dirname(importlib.util.find_spec("ttnn").origin))')
compiler=$(. "$ttnn/tt_metal/sfpi-version" && echo "$sfpi_version[$sfpi_build]")
mkdir -p "$ttnn/runtime/sfpi/compiler/bin"
# In one step: a program may be compiling with the one before.
stub=$ttnn/runtime/sfpi/compiler/bin/riscv-tt-elf-g++
sed "s|@VERSION@|$compiler|" "$here/stub_compiler.sh" >"$stub.new"
chmod +x "$stub.new"
mv "$stub.new" "$stub"
"$dir/venv/bin/python" "$here/clusters.py" "$dir/clusters"

cat >"$dir/env.sh" <<END
# . env.sh [n150|n300|t3k|galaxy|p150]
export TT_METAL_MOCK_CLUSTER_DESC_PATH=$dir/clusters/\${1:-n150}.yaml
# Runs the real command queue; fast dispatch would run a dummy.
export TT_METAL_SLOW_DISPATCH_MODE=1
export TT_METAL_CACHE=$dir/cache TT_METAL_LOGS_PATH=$dir/logs
# MPI and the runtime's own tracker would leave files in /dev/shm behind.
export OMPI_MCA_btl=self TT_METAL_SHM_TRACKING_DISABLED=1
export TT_LOGGER_LEVEL=error LOGURU_LEVEL=WARNING
END
echo "$stamp" >"$dir/ready"

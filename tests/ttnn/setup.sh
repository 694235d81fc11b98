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

# ttnn has wheels for these two only.
"$here/../python/venv.sh" "$dir/venv" 3.10,3.12 "ttnn==$version"

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

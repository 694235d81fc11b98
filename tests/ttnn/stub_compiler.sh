#!/bin/sh
# Answers in place of the device's RISC-V C++ compiler, where no device will run what it builds.
#
# The runtime asks for the version (its precompiled firmware is named by it), compiles kernels to
# objects, and links them. It then reads the ELF files, so they have to be real ones with relocations;
# what is in them does not matter.
set -eu
case "${1-}" in
--version | -v | -dumpversion | -dumpfullversion)
    echo "riscv-tt-elf-g++ (tenstorrent/sfpi:@VERSION@) 15.1.0"
    exit 0
    ;;
esac

task=link out='' deps='' source='' script='' symbols='' objects='' search=''
while [ $# -gt 0 ]; do
    case "$1" in
    -o) out=$2 && shift ;;
    -MF) deps=$2 && shift ;;
    -c) task=compile ;;
    c++-header) task=header ;;
    -T*) script=${1#-T} ;;
    -L*) search="$search $1" ;;
    -Wl,--just-symbols=*) symbols=${1#-Wl,} ;;
    # The runtime's own start-up objects expect its own compiler's instructions.
    *substitutes.o | *noc.o | *crt0.o) ;;
    *.o) objects="$objects $1" ;;
    *.cc | *.cpp) source=$1 ;;
    esac
    shift
done

if [ -n "$deps" ]; then
    echo "$out: ${source:-$out}" >"$deps"
fi

case "$task" in
header)
    : >"$out"
    ;;
compile)
    # Each kernel is of a size of its own, and so is what it is for each processor.
    instructions=0
    case "$out" in
    */kernels/*)
        kernel=${out##*/kernels/} processor=${out%/*}
        sum=$(echo "${kernel%%/*} ${processor##*/}" | cksum)
        instructions=$((${sum%% *} % 500))
        ;;
    esac
    riscv64-unknown-elf-as -march=rv32im -mabi=ilp32 -o "$out" - <<ASM
    .section .start, "ax", @progbits
    .weak _start
_start:
    lui a5, %hi(word)
    sw zero, %lo(word)(a5)
    tail kernel_launch
    .text
    .weak kernel_launch
kernel_launch:
    lui a5, %hi(word)
    lw a0, %lo(word)(a5)
    .rept $instructions
    addi a0, a0, 3
    .endr
    sw a0, %lo(word)(a5)
    ret
    .data
    .weak word
    .type word, @object
    .size word, 4
word:
    .word 5
ASM
    ;;
link)
    case "$out" in
    */firmware/*)
        # Firmware for a cluster that the wheel has none for: any other cluster's will do.
        name=$(basename "$out")
        name=${name%%.*}
        for elf in "$(dirname "$0")"/../../../../tt_metal/pre-compiled/*/"$name/$name.elf"; do
            exec cp "$elf" "$out"
        done
        ;;
    esac
    # shellcheck disable=SC2086 # lists of words
    exec riscv64-unknown-elf-ld -m elf32lriscv -z max-page-size=16 -z common-page-size=16 $search \
        -T "$script" --emit-relocs $symbols $objects -o "$out"
    ;;
esac

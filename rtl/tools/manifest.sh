#!/bin/sh
# manifest.sh NAME BUILD SOURCE... - prints the manifest of NAME's images
# (drivers/image/manifest.h): those in IMAGES, or BUILD/image, made of the SOURCEs, and the
# bitstreams that files BUILD/bit/NAME-BOARD.entry tell of.  Such a file is one
# line, and the bitstream stands in BUILD/image:
#
#   { board: hx8k, file: acl-hx8k.bin, width: 64, build: 0x1f, fmax_mhz: 62.3, cells: 4100, seed: 2, sha256: 9f86.. }
set -eu
name=$1 build=$2
shift 2
images=${IMAGES:-$build/image}
csr=$build/gen/${name}_csr.h
NAME=$(echo "$name" | tr a-z A-Z)
cxx=${CXX:-g++}

# The value of member $2 of the layout in the generated header $1.
member() { sed -n "s/^    \.$2 = \(.*\),\$/\1/p" "$1"; }
stream() { member "$csr" "$1" | sed 's/FN_//' | tr A-Z a-z; }
sha256() { sha256sum "$1" | cut -d' ' -f1; }

# The first version number that a program tells of itself.
version() {
    v=$("$@" 2>&1 | grep -o '[0-9][0-9]*\.[0-9][0-9.a-z+-]*' | head -n 1) || v=
    echo "${v:-unknown}"
}

tables() {
    sed -n "s/^    ${NAME}_\(.*\)_DEPTH_RTL = \(.*\),\$/\1: \2/p" "$csr" |
        awk '{ printf "%s%s ", (NR > 1 ? ", " : ""), $0 }'
}

simulated() {
    for image in "$images/$name"-w*.so; do
        file=${image##*/}
        width=${file#"$name"-w}
        faults=false
        case $file in *-fault.so) faults=true ;; esac
        echo "  - { file: $file, width: ${width%%[!0-9]*}, faults: $faults, build: 0x$1, sha256: $(sha256 "$image") }"
    done
}

bitstreams() {
    for entry in "$build/bit/$name"-*.entry; do
        [ ! -f "$entry" ] || echo "  - $(cat "$entry")"
    done
}

manifest() {
    echo "# Written by rtl/tools/manifest.sh; drivers/image/manifest.h says what it means."
    echo "image: $name"
    printf 'id: 0x%08x\n' "$(member "$csr" id)"
    printf 'layout: 0x%08x\n' "$(member "$csr" version)"
    printf 'abi: { image: %d, slot: 0x%08x, metadata: %d }\n' \
        "$(sed -n 's/^ *SIM_ABI = \([0-9]*\).*/\1/p' sim/image.h)" \
        "$(member "$build/gen/common_csr.h" version)" \
        "$(($(sed -n 's/^ *input .*\[\([0-9]*\):0\] *s_axis_tuser.*/\1/p' rtl/shell/slot.v) + 1))"
    echo "streams: { in: $(stream in), out: $(stream out) }"
    echo "tables: { $(tables)}"
    echo "c: ${name}_fn"
    echo "simulated:"
    simulated "$(cat "$@" | sha256sum | cut -c1-8)"
    bits=$(bitstreams)
    tools="verilator: $(version verilator --version), $(basename "${cxx##* }"): $(version $cxx --version)"
    [ "${CXX_WIDE:-$cxx}" = "$cxx" ] || tools="$tools, $CXX_WIDE: $(version "$CXX_WIDE" --version)"
    if [ -n "$bits" ]; then
        printf 'bitstreams:\n%s\n' "$bits"
        tools="$tools, yosys: $(version yosys -V), nextpnr: $(version nextpnr-ice40 --version)"
    fi
    echo "tools: { $tools }"
}

text=$(manifest "$@")
printf '%s\nsum: %s\n' "$text" "$(printf '%s\n' "$text" | sha256sum | cut -d' ' -f1)"

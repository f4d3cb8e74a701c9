#!/bin/sh
# bit.sh BOARD FN BUILD FILE... - makes the bitstream of BOARD with function FN in
# its slot: synthesis, place and route with three seeds, the fastest wins; and
# measures the slot alone.  The same FILEs and tools give the same bits.
#
# FILE... are the sources of rtl/shell/uart_fabric.v with that function; the rest is
# in rtl/board/BOARD, whose board.mk comes as variables:
#
#   BOARD_FAMILY   ice40, ecp5
#   BOARD_DEVICE   hx8k, up5k, 25k, 85k: for nextpnr and icetime
#   BOARD_PACKAGE  for nextpnr
#   BOARD_SYNTH    options of synth_FAMILY
#   BOARD_WIDTH    of the slot's streams
#   BOARD_MHZ      of the slot's clock; a bitstream that is slower is an error
#
# Results: BUILD/image/FN-BOARD.bin, BUILD/bit/FN-BOARD.entry for rtl/tools/manifest.sh,
# and what led to them in BUILD/bit/FN-BOARD.  With SEEDS="4 5" other seeds, with AGAIN=1
# all is made twice and compared.
set -eu
board=$1 fn=$2 build=$3
shift 3
seeds=${SEEDS:-1 2 3}
dir=$build/bit/$fn-$board
entry=$build/bit/$fn-$board.entry
top=rtl/board/$board/top.v
hash=$(cat "$@" "$top" | sha256sum | cut -c1-8)

fail() {
    echo "bit $board $fn: $1" >&2
    exit "${2:-1}"
}

# Runs "$@"; its words go to the log $1.
logged() {
    log=$1
    shift
    "$@" >"$log" 2>&1 || fail "${1##*/} failed, see $log: $(grep -m 1 -i error "$log")"
}

# synthesize DIR TOP FILE...
synthesize() {
    to=$1 name=$2
    shift 2
    logged "$to/yosys.log" yosys -p "read_verilog $*; chparam -set W $BOARD_WIDTH $name;
        chparam -set BUILD 32'h$hash $name; synth_$BOARD_FAMILY $BOARD_SYNTH -top $name -json $to/$name.json"
}

# The last number that pattern $2 has in file $1, or 0.
found() {
    n=$(sed -n "s/$2/\1/p" "$1" | tail -n 1)
    echo "${n:-0}"
}

mhz() { found "$1" ".*Max frequency for clock .*: *\([0-9.]*\) MHz.*"; }
used() { found "$1" ".*$2: *\([0-9]*\)\/ *[0-9]* .*"; }
have() { found "$1" ".*$2: *[0-9]*\/ *\([0-9]*\) .*"; }

# place DIR TOP MHZ ARG... - one try for each seed; the best one is in $seed.
place() {
    to=$1 name=$2 wanted=$3
    shift 3
    for seed in $seeds; do
        echo "$seed"
    done | xargs -P "$(nproc)" -I '{}' sh -c '
        to=$0 name=$1 wanted=$2
        shift 2
        nextpnr-'"$BOARD_FAMILY"' --'"$BOARD_DEVICE"' --package '"$BOARD_PACKAGE"' --seed {} \
            --freq "$wanted" --timing-allow-fail --json "$to/$name.json" "$@" >"$to/{}.log" 2>&1
    ' "$to" "$name" "$wanted" "$@" || fail "nextpnr failed, see $to: $(grep -h -m 1 ERROR "$to"/*.log)"
    seed=$(for seed in $seeds; do
        echo "$(mhz "$to/$seed.log") $seed"
    done | sort -k1,1nr -k2,2n | sed -n '1s/.* //p')
}

# Is $1 less than $2?
less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'; }

percent() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.0f", 100 * a / b }'; }

ice40() {
    place "$dir" top "$BOARD_MHZ" --pcf "rtl/board/$board/pins.pcf" --asc "$dir/{}.asc"
    for s in $seeds; do
        logged "$dir/icetime-$s.log" icetime -d "$BOARD_DEVICE" -P "$BOARD_PACKAGE" \
            -p "rtl/board/$board/pins.pcf" -t "$dir/$s.asc"
        echo "seed $s: $(mhz "$dir/$s.log") MHz, by icetime $(
            found "$dir/icetime-$s.log" ".*Total path delay: .*(\([0-9.]*\) MHz).*") MHz"
    done
    fmax=$(mhz "$dir/$seed.log")
    cells=$(used "$dir/$seed.log" ICESTORM_LC)
    logged "$dir/icepack.log" icepack "$dir/$seed.asc" "$dir/top.bin"
}

# What synthesis alone tells of an ECP5.
ecp5_cells() {
    awk '/=== top ===/ { n = 0 } $1 == "LUT4" || $1 == "TRELLIS_FF" || $1 == "DP16KD" || $1 == "CCU2C" || $1 == "TRELLIS_DPR16X4" {
        cell[$1] = $2 } END { for (c in cell) printf "%d %s, ", cell[c], c }' "$1"
}

ecp5() {
    missing=
    for tool in nextpnr-ecp5 ecppack; do
        command -v $tool >/dev/null || missing="$missing${missing:+ and }$tool"
    done
    [ -z "$missing" ] ||
        fail "synthesized: $(ecp5_cells "$dir/yosys.log")but no bitstream without $missing (not in Debian 12)" 4
    place "$dir" top "$BOARD_MHZ" --lpf "rtl/board/$board/pins.lpf" --textcfg "$dir/{}.config"
    for s in $seeds; do
        echo "seed $s: $(mhz "$dir/$s.log") MHz"
    done
    fmax=$(mhz "$dir/$seed.log")
    cells=$(used "$dir/$seed.log" TRELLIS_COMB)
    logged "$dir/ecppack.log" ecppack --compress "$dir/$seed.config" "$dir/top.bin"
}

# The function in its slot, without link: it may be faster than the board's clock.
slot_alone() {
    mkdir -p "$dir/slot"
    synthesize "$dir/slot" slot_pins rtl/tools/slot_pins.v "$@"
    place "$dir/slot" slot_pins 100 --asc "$dir/slot/{}.asc" --pcf-allow-unconstrained
    log=$dir/slot/$seed.log
    n=$(($(used "$log" ICESTORM_LC) - 2 * (BOARD_WIDTH + BOARD_WIDTH / 8) - 179))
    echo "slot $board $fn w$BOARD_WIDTH: $n cells ($(percent $n "$(have "$log" ICESTORM_LC)")%), $(
        used "$log" ICESTORM_RAM) of $(have "$log" ICESTORM_RAM) RAMs, $(mhz "$log") MHz"
}

mkdir -p "$dir" "$build/image"
rm -f "$entry"
synthesize "$dir" top "$top" "$@"
"$BOARD_FAMILY"
if [ -n "${AGAIN:-}" ]; then
    mkdir -p "$dir/first"
    cp "$dir/top.bin" "$dir/first/"
    synthesize "$dir" top "$top" "$@"
    "$BOARD_FAMILY" >/dev/null
    cmp "$dir/top.bin" "$dir/first/top.bin" || fail "the same sources gave other bits"
    echo "again: the same bits"
fi
[ "$BOARD_FAMILY" != ice40 ] || (slot_alone "$@")
sha=$(sha256sum "$dir/top.bin" | cut -d' ' -f1)
if [ "$BOARD_FAMILY" = ice40 ]; then
    echo "bit $board $fn: $cells of $(have "$dir/$seed.log" ICESTORM_LC) cells ($(
        percent "$cells" "$(have "$dir/$seed.log" ICESTORM_LC)")%), $(
        used "$dir/$seed.log" ICESTORM_RAM) of $(have "$dir/$seed.log" ICESTORM_RAM) RAMs, $fmax MHz, seed $seed, sha256 $sha"
else
    echo "bit $board $fn: $cells cells, $fmax MHz, seed $seed, sha256 $sha"
fi
less "$fmax" "$BOARD_MHZ" && fail "$fmax MHz, expected at least the board's $BOARD_MHZ"
cp "$dir/top.bin" "$build/image/$fn-$board.bin"
cp "$dir/$seed.asc" "$dir/top.asc" 2>/dev/null || true
echo "{ board: $board, file: $fn-$board.bin, width: $BOARD_WIDTH, build: 0x$hash, fmax_mhz: $fmax, cells: $cells, seed: $seed, sha256: $sha }" >"$entry"

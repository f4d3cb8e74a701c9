#!/bin/sh
# netlist.sh FN WIDTH OUT.v FILE... - synthesizes slot with function FN for iCE40
# and writes it as one netlist of LUTs, flip-flops and block RAMs, each bit a net
# of its own.  It runs with yosys' cell models, share/yosys/ice40/cells_sim.v.
#
# FILE... are the sources of the slot with that function.
set -eu
fn=$1 width=$2 out=$3
shift 3
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! yosys -l "$log" -q -p "read_verilog $*; chparam -set W $width slot;
    chparam -set BUILD 32'h$(cat "$@" | sha256sum | cut -c1-8) slot;
    synth_ice40 -dff -top slot; splitnets; opt_clean; setundef -zero -params; rename -top slot;
    write_verilog -noattr $out.new" >/dev/null 2>&1; then
    echo "netlist.sh: $fn at $width bits does not synthesize:" >&2
    tail -n 20 "$log" >&2
    exit 1
fi
mv "$out.new" "$out"

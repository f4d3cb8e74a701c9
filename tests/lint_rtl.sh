#!/bin/sh
# lint_rtl.sh FN FILE... - one function in its slot, read by three tools at both
# widths.  Silent when all is well.
set -u
fn=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for width in 32 64 256; do
    {
        verilator --lint-only -Wall --top-module slot -GW=$width "$@" &&
            iverilog -g2005 -Wall -Wno-timescale -o /dev/null -s slot \
                -P slot.W=$width "$@" &&
            yosys -q -p "read_verilog $*; chparam -set W $width slot;
                hierarchy -check -top slot; proc; opt_clean; check -assert"
    } >"$log" 2>&1
    if [ $? -ne 0 ] || [ -s "$log" ]; then
        echo "$fn at $width bits:"
        cat "$log"
        exit 1
    fi
done

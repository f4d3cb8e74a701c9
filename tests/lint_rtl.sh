#!/bin/sh
# lint_rtl.sh FN FILE... - one function in its slot (or in TOP, at WIDTHS), read by
# three tools at every width.  Silent when all is well.
set -u
top=${TOP:-slot}
fn=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for width in ${WIDTHS:-32 64 256}; do
    {
        verilator --lint-only -Wall --top-module $top -GW=$width "$@" &&
            iverilog -g2005 -Wall -Wno-timescale -o /dev/null -s $top \
                -P $top.W=$width "$@" &&
            yosys -q -p "read_verilog $*; chparam -set W $width $top;
                hierarchy -check -top $top; proc; opt_clean; check -assert"
    } >"$log" 2>&1
    if [ $? -ne 0 ] || [ -s "$log" ]; then
        echo "$fn at $width bits:"
        cat "$log"
        exit 1
    fi
done

#!/bin/sh
# bits.sh PINS.pcf X.asc OUT.v - turns a bitstream for iCE40 back into Verilog: what
# every LUT, flip-flop and block RAM of it does.  It runs with yosys' cell models,
# share/yosys/ice40/cells_sim.v.  What the bits do not hold is not there: a PLL.
#
# icebox_vlog declares the ports once more among the wires and registers, which
# only some tools take; here they are declared once.
set -eu
icebox_vlog -s -n top -p "$1" "$2" | awk '
    /^module top/ {
        head = $0
        n = split(substr($0, index($0, "(") + 1), port, /[ ,();]+/)
        for (k = 1; k <= n; k++) is_port[port[k]] = 1
        next
    }
    /^(wire|reg) / {
        kind = $1
        n = split(substr($0, length(kind) + 2), item, /[,;] */)
        line = ""
        for (k = 1; k <= n; k++) {
            split(item[k], part, " ")
            if (part[1] in is_port) {
                # One without a value is no flip-flop, but assigned.
                if (item[k] ~ /=/) reg[part[1]] = item[k]
            } else if (item[k] != "") {
                line = line (line == "" ? kind " " : ", ") item[k]
            }
        }
        if (line != "") text[++lines] = line ";"
        next
    }
    { text[++lines] = $0 }
    END {
        for (p in reg) sub("output " p, "output reg " reg[p], head)
        print "`timescale 1ps / 1ps"
        print head
        for (k = 1; k <= lines; k++) print text[k]
    }' >"$3.new"
grep -q endmodule "$3.new" || {
    echo "bits.sh: icebox_vlog made nothing of $2" >&2
    exit 1
}
mv "$3.new" "$3"

#!/bin/sh
# same.sh KIND FN BUILD SECONDS <NUMBERS - tries to prove mutants of FN, which
# rtl/tools/mutants.sh made, equal to the function: for ever, from a reset on, for
# all inputs that rtl/tools/same.v allows.  For each number a line:
#
#   N same                no input shows a difference
#   N differs CLOCK       one does, so many clocks behind the first reset or more; at
#                         a memory's pins at least, where it need not be seen
#   N unknown             neither was found in SECONDS
#
# First IC3/PDR is asked whether the mutant ever shows in one step of the function.  Then
# a netlist of both bodies, joined as far as the mutant does not reach, goes to abc:
# registers that stay the same are merged by induction, what is left goes to IC3/PDR.
set -eu
kind=$1 fn=$2 build=$3 seconds=$4
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
share=$(yosys-config --datdir 2>/dev/null || echo /usr/share/yosys)
samples=0
grep -q '^stream *iq16' net/fn/"$fn"/"$fn".csr sdr/fn/"$fn"/"$fn".csr 2>/dev/null && samples=1

numbers=$(tr '\n' ' ')
body=$build/mutant/$kind/${fn}_body.v

# Mutants that are not asked for are left out; block RAMs stay boxes.
cells=
if [ "$kind" != logic ]; then
    sed '/^module /,$d' "$share/ice40/cells_sim.v" >"$dir/head.v"
    for what in "ram SB_RAM40_4K[A-Z]*" "logic SB_(LUT4|CARRY|DFF[A-Z]*)"; do
        { cat "$dir/head.v" && awk -v name="^module ${what#* } *\\\\(" '
            $0 ~ name { p = 1 } p { print } /^endmodule/ { p = 0 }' "$share/ice40/cells_sim.v"; } >"$dir/${what%% *}.v"
    done
    no=NO_ICE40_DEFAULT_ASSIGNMENTS
    cells="read_verilog -lib -D $no $dir/ram.v; read_verilog -D $no $dir/logic.v;"
    awk -v numbers="$numbers" '
        BEGIN { n = split(numbers, list, " "); for (k = 1; k <= n; k++) wanted[list[k]] }
        {
            done = ""
            while (match($0, /mutant [!=]= 16\047d[0-9]+/)) {
                what = substr($0, RSTART, RLENGTH)
                number = what
                sub(/.*d/, "", number)
                if (!(number in wanted)) what = what ~ /!/ ? "1\047b1" : "1\047b0"
                done = done substr($0, 1, RSTART - 1) what
                $0 = substr($0, RSTART + RLENGTH)
            }
            print done $0
        }' "$body" >"$dir/body.v"
    body=$dir/body.v
fi
if ! yosys -l "$dir/log" -q -p "$cells read_verilog $body rtl/tools/same.v;
    chparam -set SAMPLES $samples same; hierarchy -top same; blackbox *axis_fifo_mem* *net_ram* *_store*;
    proc; flatten; opt_clean; expose -evert t:*axis_fifo_mem* t:*net_ram* t:*_store* t:SB_RAM40_4K*;
    memory_map; opt; techmap; opt; setundef -zero; setundef -init -zero; dffunmap; opt_expr;
    opt_merge; aigmap; opt_clean -purge; write_aiger -ascii -zinit -symbols $dir/slot.aag" >/dev/null 2>&1; then
    echo "same.sh: $kind $fn:" >&2
    tail -n 20 "$dir/log" >&2
    exit 1
fi

for number in $numbers; do
    echo "$number"
done | xargs -P "$(nproc)" -I '{}' sh -c '
    set -eu
    build=$0 dir=$1 seconds=$2 k=$3
    "$build/miter" step "$dir/slot.aag" "$k" >"$dir/$k.aig"
    timeout $((2 * seconds)) yosys-abc -q "read $dir/$k.aig; orpos; pdr -T $seconds" >"$dir/$k.log" 2>&1 || true
    grep -q "^Property proved" "$dir/$k.log" && echo "$k same" && exit
    "$build/miter" run "$dir/slot.aag" "$k" >"$dir/$k.aig"
    timeout $((4 * seconds)) yosys-abc -q "&r $dir/$k.aig; &scorr -C 1000; &scorr -r -C 1000; &scorr -C 20000; &put; pdr -T $seconds" >"$dir/$k.log" 2>&1 || true
    if grep -q "^Property proved" "$dir/$k.log"; then
        echo "$k same"
    else
        sed -n "s/.*was asserted in frame \([0-9]*\).*/$k differs \1/p" "$dir/$k.log" | grep . || echo "$k unknown"
    fi
    rm -f "$dir/$k.aig" "$dir/$k.log"' "$build" "$dir" "$seconds" '{}'

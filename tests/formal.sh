#!/bin/sh
# formal.sh DIR - proves the stream parts that carry assertions: bounded from
# reset, then by induction for every number of clocks; and that a broken variant
# of each is refuted, so that the proof can fail.
set -u
dir=$1
mkdir -p "$dir"
bad=0

# prove NAME TOP EXPECTED FILE...
prove() {
    name=$1 top=$2 expected=$3
    shift 3
    # Small is as good: nothing depends on how wide or deep it is.
    case $top in
    axis_fifo) params="chparam -set W 2 -set LOG2 2 $top;" ;;
    axis_skid | axis_reg) params="chparam -set W 2 $top;" ;;
    axis_arbiter) params="chparam -set W 2 -set N 3 $top;" ;;
    *) params= ;;
    esac
    yosys -q -p "read_verilog -formal $*; $params
        prep -top $top -flatten; memory_map; chformal -early;
        techmap t:\$shiftx t:\$shift t:\$shl; opt -full; dffunmap; opt_clean;
        write_smt2 -wires $dir/$name.smt2" >"$dir/$name.log" 2>&1 || {
        cat "$dir/$name.log"
        bad=1
        return
    }
    got=proved
    timeout 300 yosys-smtbmc -s z3 -t 12 "$dir/$name.smt2" >>"$dir/$name.log" 2>&1 || got=refuted
    if [ $got = proved ]; then
        timeout 300 yosys-smtbmc -s z3 -i -t 8 "$dir/$name.smt2" >>"$dir/$name.log" 2>&1 ||
            got=refuted
    fi
    echo "formal: $name $got"
    if [ $got != "$expected" ]; then
        tail -n 20 "$dir/$name.log"
        bad=1
    fi
}

# bounded NAME FROM TO EXPECTED CROSSBAR FILE... - a path of the crossbar with two
# slots, for the first clocks: too large for z3, so by yosys' own solver.  What its
# parts claim is proved of them alone.
bounded() {
    name=$1 from=$2 to=$3 expected=$4
    shift 4
    # The base cases grow until the time is up; length 6 is what counts.
    timeout 30 yosys -p "read_verilog -formal $*;
        chparam -set W 8 -set N 2 -set FROM $from -set TO $to crossbar;
        hierarchy -top crossbar; proc; chformal -remove *axis_skid* *axis_arbiter*;
        prep -top crossbar -flatten; memory_map; chformal -early; dffunmap; opt -full;
        opt_clean; sat -tempinduct-baseonly -tempinduct -prove-asserts -set-assumes
        -set-def-inputs -seq 1" >"$dir/$name.log" 2>&1
    if grep -q 'Base case for induction length 6 proven' "$dir/$name.log"; then
        got=bounded
    elif grep -q 'model found for base case' "$dir/$name.log"; then
        got=refuted
    else
        got=unknown
    fi
    echo "formal: $name $got"
    if [ $got != "$expected" ]; then
        tail -n 20 "$dir/$name.log"
        bad=1
    fi
}

# broken FILE SED - a copy of FILE with one thing wrong.
broken() {
    sed "$2" "$1" >"$dir/broken_$(basename "$1")"
    if cmp -s "$1" "$dir/broken_$(basename "$1")"; then
        echo "formal: $1: nothing was broken"
        bad=1
    fi
}

skid=rtl/axis/axis_skid.v
fifo=rtl/axis/axis_fifo.v
mem=rtl/axis/axis_fifo_mem.v
prove axis_skid axis_skid proved $skid
broken $skid 's/skid_full_q <= .*/skid_full_q <= !free \&\& take;/'
prove axis_skid_broken axis_skid refuted "$dir/broken_axis_skid.v"
register=rtl/axis/axis_reg.v
prove axis_reg axis_reg proved $register
broken $register 's/wire take = .*/wire take = s_axis_tvalid;/'
prove axis_reg_broken axis_reg refuted "$dir/broken_axis_reg.v"
prove axis_fifo axis_fifo proved $fifo $mem
broken $fifo "s/wire last  = .*/wire last  = 1'b0;/"
prove axis_fifo_broken axis_fifo refuted "$dir/broken_axis_fifo.v" $mem

# Memory and check of the link give whatever they like: what is proved of it
# does not depend on them.
any=$dir/any.v
cat >"$any" <<'END'
module axis_fifo_mem #(parameter W = 8, parameter LOG2 = 5) (
    input wire clk, we, re, input wire [LOG2-1:0] waddr, raddr,
    input wire [W-1:0] wdata, output wire [W-1:0] rdata_q, output wire [W-1:0] f_word,
    input wire [LOG2-1:0] f_addr);
    assign rdata_q = $anyseq;
endmodule
module link_crc32c (input wire [31:0] crc, input wire [7:0] data, output wire [31:0] next);
    assign next = $anyseq;
endmodule
END
rx=rtl/link/link_rx.v

# prove_sat NAME TOP EXPECTED FILE... - the same by yosys' own solver, which is
# quick where z3 is not.
prove_sat() {
    name=$1 top=$2 expected=$3
    shift 3
    got=proved
    timeout 120 yosys -q -p "read_verilog -formal $*; prep -top $top -flatten; memory_map;
        chformal -early; async2sync; dffunmap; opt;
        sat -tempinduct -prove-asserts -set-assumes -maxsteps 4 -verify" \
        >"$dir/$name.log" 2>&1 || got=refuted
    echo "formal: $name $got"
    [ $got = "$expected" ] || bad=1
}

prove_sat link_rx link_rx proved $rx "$any"
broken $rx 's/ && !(take && fit == LAST)//'
prove_sat link_rx_broken link_rx refuted "$dir/broken_link_rx.v" "$any"
arbiter=rtl/axis/axis_arbiter.v
crossbar=rtl/shell/crossbar.v
prove axis_arbiter axis_arbiter proved $arbiter
broken $arbiter 's/wire free = .*/wire free = move || !ask;/'
prove axis_arbiter_mixes axis_arbiter refuted "$dir/broken_axis_arbiter.v"
broken $arbiter 's/wire \[N-1:0\] among .*/wire [N-1:0] among = others;/'
prove axis_arbiter_unfair axis_arbiter refuted "$dir/broken_axis_arbiter.v"
bounded crossbar_slot_to_slot 0 1 bounded $crossbar $arbiter $skid
bounded crossbar_host_to_slot 2 0 bounded $crossbar $arbiter $skid
bounded crossbar_slot_to_host 1 2 bounded $crossbar $arbiter $skid
broken $crossbar 's/= granted\[d\*M +: M\] & is_mine;/= granted[d*M +: M];/'
bounded crossbar_broken 0 1 refuted "$dir/broken_crossbar.v" $arbiter $skid
exit $bad

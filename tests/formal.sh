#!/bin/sh
# formal.sh DIR [NAME] - proves the parts that carry assertions, or the one NAME:
# bounded from reset, then for every number of clocks; that each of its covers is
# reached, so that nothing is proved of a circuit that stands still; and that a
# broken variant is refuted by a run from reset, so that the proof can fail.
#
# yosys makes an and-inverter graph of the module and its contract; abc, which comes
# with yosys, does the rest.  What a part inside assumes of its surroundings is to be
# proved there.  How the unbounded proof is made:
#   kN   induction over N clocks
#   pdr  abc finds the invariant (property directed reachability)
set -u
dir=$1
mkdir -p "$dir"

# A line a proof: name; method; clocks of the bounded part; clocks in which the covers
# are reached; top; parameters; files; what to break in the first of them, by sed.
proofs() {
    skid=rtl/axis/axis_skid.v
    fifo='rtl/axis/axis_fifo.v rtl/axis/axis_fifo_mem.v'
    arbiter=rtl/axis/axis_arbiter.v
    crossbar="rtl/shell/crossbar.v $arbiter $skid"
    digest='rtl/axis/stream_digest.v rtl/axis/digest_words.v'
    slot="rtl/shell/slot.v rtl/axis/axis_reg.v $skid $digest"
    watch='rtl/shell/slot_watch.v rtl/axis/axis_fifo_mem.v rtl/link/link_crc32c.v'
    cat <<END
axis_skid;  k2;  20; 0;  axis_skid;   W=2;        $skid; s/skid_full_q <= .*/skid_full_q <= !free \&\& take;/
axis_reg;   k2;  20; 0;  axis_reg;    W=2;        rtl/axis/axis_reg.v; s/wire take = .*/wire take = s_axis_tvalid;/
axis_fifo;  pdr; 20; 0;  axis_fifo;   W=2 LOG2=2; $fifo; s/assign s_axis_tready = .*/assign s_axis_tready = 1'b1;/
axis_arbiter; k2; 12; 0; axis_arbiter; W=2 N=3;   $arbiter; s/wire free = .*/wire free = move || !ask;/
axis_arbiter_fair; k2; 12; 0; axis_arbiter; W=2 N=3; $arbiter; s/wire \[N-1:0\] among .*/wire [N-1:0] among = others;/
sync2;      pdr; 20; 20; sync2_delay; ;           rtl/axis/sync2.v tests/formal/sync2_delay.v; s/second_q <= first_q/second_q <= d/
digest;     pdr; 4;  8;  digest_pair; ;           $digest tests/formal/digest_pair.v; s/keep != 4'd0 || k == 0/1'b1/
net_hold;   pdr; 10; 20; net_hold;    W=8 LOG2=1 V=1; rtl/net/net_hold.v $fifo; s/beat \&\& !mid_q/beat/
net_hold_packets; k2; 12; 30; net_hold; W=8 LOG2=2 PKTS=1 V=1; rtl/net/net_hold.v $fifo; s/wire full = .*/wire full = 1'b0;/
net_edit;   pdr; 20; 30; net_edit;    W=32 E=3 A=4; rtl/net/net_edit.v; s/ \&\& !past_q//
net_edit_wide; pdr; 12; 20; net_edit; W=128 E=2 A=5; rtl/net/net_edit.v; s/on\[e\] \&\& !past_q/!past_q/
net_sum;    pdr; 0;  0;  sum_change;  ;           rtl/net/net_sum.v tests/formal/sum_change.v; s/ + {15'd0, added\[16\]}//
net_shift;  pdr; 12; 24; net_shift;   WORD=8 U=1 W=8; rtl/net/net_shift.v; s/{1'b0, s_move}) >> LOG2/{1'b0, s_move}) >> 1/
net_shift_wide; pdr; 10; 20; net_shift; WORD=8 U=1 W=16; rtl/net/net_shift.v; s/ours \&\& valid_q\[b\] \&\& (b == 0 || !first_q\[b\])/ours \&\& valid_q[b]/
slot;       pdr; 30; 40; slot;        W=32 WATCH=0; $slot tests/formal/slot_body.v; s/ \&\& hold_q \&\& quiet \&\& / \&\& hold_q \&\& body_idle \&\& /
slot_bare;  pdr; 30; 40; slot;        W=32 EDGE=0 WATCH=0; $slot tests/formal/slot_body.v; s/ \&\& hold_q \&\& quiet \&\& / \&\& hold_q \&\& body_idle \&\& /
slot_watched; k2; 12; 40; slot;       W=32 WATCH=1; $slot $watch tests/formal/slot_body.v; s/ \&\& !watch_hold//
slot_watch; k2;  16; 60; slot_watch;  ;           $watch rtl/axis/digest_words.v; s/csr_ack \&\& !bus/csr_ack/
crossbar_slot_to_slot; k1; 8; 0; crossbar; W=8 N=2 FROM=0 TO=1; $crossbar; s/= granted\[d\*M +: M\] & is_mine;/= granted[d*M +: M];/
crossbar_host_to_slot; k1; 8; 0; crossbar; W=8 N=2 FROM=2 TO=0; $crossbar; s/(valid & is_mine)/(valid)/
crossbar_slot_to_host; k1; 8; 0; crossbar; W=8 N=2 FROM=1 TO=2; $crossbar; s/{{(4-ID){1'b0}}, id};/4'd0;/
crc32c;     pdr; 0;  0;  crc_bitwise; ;           rtl/link/link_crc32c.v tests/formal/crc_bitwise.v; s/82f63b78/82f63b79/
uart_tx;    k1;  60; 0;  uart_tx;     CLOCKS_PER_BIT=4; rtl/link/uart_tx.v; s/left_q <= 4'd10/left_q <= 4'd9/
uart_rx;    k2;  100; 0;  uart_rx;     CLOCKS_PER_BIT=4; rtl/link/uart_rx.v rtl/axis/sync2.v; s/ \&\& (!full_q || m_axis_tready)//
uart_loop;  pdr; 60; 90; uart_loop;   CLOCKS_PER_BIT=4; rtl/link/uart_rx.v rtl/link/uart_tx.v rtl/axis/sync2.v tests/formal/uart_loop.v; s/clock_q <= HALF - 16'd1/clock_q <= LAST/
link_rx;    k3;  30; 0;  link_rx;     ;           rtl/link/link_rx.v tests/formal/any.v; s/!steal \&\& fit != ROOM/!steal/
link_tx;    k1;  24; 70; link_tx;     LOG2_RESEND=2; rtl/link/link_tx.v tests/formal/any.v; s/least\[11:10\] != 2'd0/1'b1/
link_build; k2;  24; 90; link_build;  W=32;       rtl/link/link_build.v; s/hole \&\& at_q == 3'd3/hole \&\& at_q == 3'd2/
link_parse; k2;  30; 40; link_parse;  W=32;       rtl/link/link_parse.v; s/wire        beat_free = .*/wire        beat_free = 1'b1;/
END
}

# graph NAME FILES PART... - makes of the module NAME.PART.aig:
#   reset  runs from reset, asserts are to hold
#   cover  the same, covers are to be reached
#   step   any state, N clocks in which the asserts hold, and one in which they must
graph() {
    graph=$dir/$1 read=$2
    shift 2
    n=${method#k}
    cat >"$graph.step.v" <<END
module \\\$assert (input A, input EN);
    wire ok = A || !EN;
    wire [$n:0] at;                     // clock n is now
    \\\$initstate start (.Y(at[0]));
    genvar g;
    generate for (g = 0; g < $n; g = g + 1) begin : count
        \\\$ff #(.WIDTH(1)) q (.D(at[g]), .Q(at[g+1]));
    end endgenerate
    \\\$assume before (.A(ok || !(|at[$n-1:0])), .EN(1'b1));
    \\\$assert _TECHMAP_REPLACE_ (.A(ok), .EN(at[$n]));
endmodule
END
    # A cover becomes the opposite, asserted: found wrong when it is reached.
    cat >"$graph.cover.v" <<'END'
module \$cover (input A, input EN);
    \$assert _TECHMAP_REPLACE_ (.A(!(A && EN)), .EN(1'b1));
endmodule
END
    parts=
    for part in "$@"; do
        case $part in
        reset) take='chformal -cover -remove' free= ;;
        cover) take="chformal -assert -remove; techmap -map $graph.cover.v -max_iter 1" free= ;;
        step) take="chformal -cover -remove; techmap -map $graph.step.v -max_iter 1"
            free='setattr -unset init w:*;' ;;
        esac
        parts="$parts design -load all; $take; techmap; opt -nodffe -nosdff; dffunmap;
            setundef -anyseq; abc -g AND -fast; opt_clean; $free
            write_aiger -zinit -no-startoffset $graph.$part.aig;"
    done
    yosys -q -p "read_verilog -formal $read; setattr -mod -unset keep_hierarchy *; $params
        hierarchy -top $top; proc; chformal -assume2assert A:top %n; chformal -cover -remove A:top %n;
        prep -flatten; memory_map; chformal -early; async2sync; dffunmap;
        opt -nodffe -nosdff; setundef -undriven -anyseq; delete -output;
        tee -q -o $graph.covers select -count t:\$cover; design -save all; $parts" \
        >>"$dir/$name.log" 2>&1
}

# solve GRAPH COMMANDS - by abc; constraints become part of what is asked.
solve() {
    timeout 200 yosys-abc -c "read_aiger $dir/$1.aig; fold; strash; $2" 2>&1 |
        tee -a "$dir/$name.log"
}

# What goes wrong is told in capitals.
one() {
    params=
    for p in $set; do
        params="$params chparam -set $(echo "$p" | tr = ' ') $top;"
    done
    : >"$dir/$name.log"
    first=${files%% *}
    broken=$dir/broken_$name.v
    sed "$change" "$first" >"$broken"
    parts=reset
    [ "$method" = pdr ] || parts="$parts step"
    [ "$reach" = 0 ] || parts="$parts cover"
    # shellcheck disable=SC2086 # a list of words
    graph "$name" "$files" $parts && graph "$name.broken" "$broken ${files#"$first"}" reset || {
        echo "formal: $name: YOSYS FAILED"
        return
    }
    # Without registers there is nothing to run.
    run="bmc3 -F $depth"
    [ "$depth" = 0 ] && run=pdr
    verdict="proved ($method)"
    if [ "$depth" != 0 ]; then
        case $(solve "$name.reset" "$run") in
        *'No output asserted in '"$depth"' frames'*) verdict="$verdict, bounded $depth" ;;
        *) verdict='REFUTED' ;;
        esac
    fi
    case $method in
    pdr)
        case $(solve "$name.reset" 'scorr; dc2; pdr') in
        *'Property proved'*) ;;
        *) verdict="$verdict: NOT PROVED" ;;
        esac
        ;;
    k*)
        case $(solve "$name.step" "bmc3 -F $((n + 1))") in
        *"No output asserted in $((n + 1)) frames"*) ;;
        *) verdict="$verdict: NOT PROVED" ;;
        esac
        ;;
    esac
    if [ "$reach" != 0 ]; then
        covers=$(sed -n 's/^\([0-9]*\) objects.*/\1/p' "$dir/$name.covers")
        case $(solve "$name.cover" "bmc3 -a -F $reach") in
        *"All $covers outputs are found to be SAT"*) verdict="$verdict; $covers covers reached" ;;
        *) verdict="$verdict; COVERS NOT REACHED" ;;
        esac
    fi
    case $(solve "$name.broken.reset" "$run") in
    *'was asserted'*) verdict="$verdict; broken one refuted" ;;
    *) verdict="$verdict; BROKEN ONE NOT REFUTED" ;;
    esac
    echo "formal: $name: $verdict"
}

if [ $# -gt 1 ]; then
    proofs | sed 's/; */;/g' | while IFS=';' read -r name method depth reach top set files change; do
        [ "$name" = "$2" ] && one
    done
    exit
fi
names=$(proofs | sed 's/;.*//')
# shellcheck disable=SC2086 # a list of words
printf '%s\n' $names | xargs -P2 -I@ sh -c "'$0' '$dir' @ >'$dir/@.out'"
bad=0
for name in $names; do
    cat "$dir/$name.out"
    if ! [ -s "$dir/$name.out" ] || grep -q '[A-Z][A-Z]' "$dir/$name.out"; then
        [ -s "$dir/$name.out" ] || echo "formal: $name: NO RESULT"
        tail -n 20 "$dir/$name.log"
        bad=1
    fi
done
exit $bad

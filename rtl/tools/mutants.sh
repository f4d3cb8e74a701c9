#!/bin/sh
# mutants.sh KIND FN N SEED OUT.v FILE... - the slot, 32 bits wide, with function FN,
# of which N mutants are in one netlist: port 'mutant' chooses, 0 is none.  Prints
# their number, and writes what each one is to OUT.txt, one a line: the part of the
# function first ("state": its register file, "function": all else of it).
#
#   logic    mutations of the function's cells as yosys' mutate makes them: an
#            input or output of one is inverted, constant, or mixed with another
#   config   the function as LUTs of an iCE40, and a bit of the contents of one of
#            them is inverted: one that its constant inputs let it reach
#   bits     the function placed and routed in an iCE40 HX8K by itself, and a bit of
#            its bitstream is inverted; rtl/tools/bits.py says which, and names parts
#            of its own.  Status 4, with their names, when tools are missing
#
# Mutants are in slot_body only: what is around it is the same for every function.
# OUT_body.v is that with the port; memories are modules of their own in it.
# FILE... are the sources of the slot with that function.
set -eu
kind=$1 fn=$2 n=$3 seed=$4 out=$5
shift 5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
list=${out%.v}.txt
body=${out%.v}_body.v

run_yosys() {
    if ! yosys -l "$dir/log" -q -p "$1" >/dev/null 2>&1; then
        echo "mutants.sh: $fn:" >&2
        tail -n 20 "$dir/log" >&2
        exit 1
    fi
}

logic() {
    run_yosys "read_verilog $*; chparam -set W 32 slot_body; hierarchy -top slot_body;
        setattr -mod -set keep_hierarchy 1 *axis_fifo_mem* *net_ram* *_store*;
        proc; flatten; opt -full; wreduce; opt_clean -purge; rename -top slot_body;
        write_rtlil $dir/sound.il;
        mutate -list $n -seed $seed -none -ctrl mutant 16 1 -o $dir/list slot_body/t:\$* slot_body/t:\$meminit* %d"
    # 'none' comes first and is 1; the others follow.
    awk '/-mode none/ { next }
        { for (k = 1; k < NF; k++) if ($k == "mutant") $(k + 2) = ++n; print }' \
        "$dir/list" >"$dir/apply"
    # Nets with one driver each are not circular to a simulator.
    run_yosys "read_rtlil $dir/sound.il; script $dir/apply; opt_clean; splitnets -driver; opt_clean;
        write_verilog -noattr $body.new"
    awk '{
        text = ""
        for (k = 1; k < NF; k++)
            if ($k ~ /^-(mode|cell|port|portbit|ctrlbit)$/) text = text " " $(k + 1)
        print (text ~ /fn\.\\*csr\./ ? "state" : "function") text
    }' "$dir/apply" >"$list"
}

config() {
    # An iCE40 has no LUT RAM: what needs it stays as it is.
    boxes=
    case $* in *_match_store.v*)
        boxes="hierarchy -top slot_body; proc; select *_match_store*;
            write_verilog -noattr -selected $dir/boxes.v; blackbox; select -clear;" ;;
    esac
    run_yosys "read_verilog $*; chparam -set W 32 slot_body; $boxes
        synth_ice40 -dff -top slot_body; splitnets; opt_clean; setundef -zero -params;
        rename -top slot_body; write_verilog -noattr $dir/sound.v"
    awk -v n="$n" -v seed="$seed" -v list="$list" '
        function next_random() { # Lehmer, D. H.: 2^31 - 1
            seed = (seed * 48271) % 2147483647
            return seed
        }
        function inverted(table) {
            gsub(/0/, "x", table)
            gsub(/1/, "0", table)
            gsub(/x/, "1", table)
            return table
        }
        # What a table says, its last entry first, of inputs k down to 0.
        function mux(table, k,    high, low) {
            if (table !~ /1/) return "1\047b0"
            if (table !~ /0/) return "1\047b1"
            high = substr(table, 1, length(table) / 2)
            low = substr(table, length(table) / 2 + 1)
            if (high == low) return mux(low, k - 1)
            if (high !~ /1/ && low !~ /0/) return "~I" k
            if (high !~ /0/ && low !~ /1/) return "I" k
            if (high !~ /1/) return "(~I" k " & " mux(low, k - 1) ")"
            if (low !~ /1/) return "(I" k " & " mux(high, k - 1) ")"
            if (high !~ /0/) return "(I" k " | " mux(low, k - 1) ")"
            if (low !~ /0/) return "(~I" k " | " mux(high, k - 1) ")"
            if (high == inverted(low)) return "(I" k " ^ " mux(low, k - 1) ")"
            return "(I" k " ? " mux(high, k - 1) " : " mux(low, k - 1) ")"
        }
        BEGIN {
            for (k = 0; k < 16; k++)
                bits_of[substr("0123456789abcdef", k + 1, 1)] = int(k / 8) int(k / 4) % 2 int(k / 2) % 2 k % 2
        }
        { line[NR] = $0 }
        /^ *SB_LUT4 #\(/ { lut[++luts] = NR; is_lut[NR] = 1 }
        END {
            seed = seed % 2147483646 + 1
            for (k = 1; k <= n;) {
                at = lut[next_random() % luts + 1]
                bit = next_random() % 16
                for (j = 0; j < 4; j++)
                    if (line[at + 3 + j] ~ /\(1\047h[01]\)/) {
                        one = line[at + 3 + j] ~ /h1\)/
                        bit += (one - int(bit / 2 ^ j) % 2) * 2 ^ j
                    }
                if ((at, bit) in taken) continue
                taken[at, bit] = 1
                chosen[at] = chosen[at] sprintf(" ^ {15\047d0, mutant == 16\047d%d} << %d", k, bit)
                for (j = at; line[j] !~ /^ *\.O\(/; j++);
                name = line[j]
                gsub(/^ *\.O\(\\*| *\),?$/, "", name)
                print (name ~ /^fn\.csr\./ ? "state" : "function"), name, bit >list
                k++
            }
            for (k = 1; k <= NR; k++) {
                if (k in is_lut) {
                    # SB_LUT4 #(  .LUT_INIT(16hxxxx)  ) name (
                    # Its contents as an expression, or an index where they change, are
                    # simulated faster.
                    init = line[k + 1]
                    sub(/.*\.LUT_INIT\(/, "", init)
                    sub(/\).*/, "", init)
                    name = line[k + 2]
                    sub(/^ *\) */, "", name)
                    if (k in chosen)
                        printf "  slot_lut %s\n    .init(%s%s),\n", name, init, chosen[k]
                    else {
                        sub(/.*h/, "", init)
                        used[init]
                        printf "  slot_lut_%s %s\n", init, name
                    }
                    k += 2
                } else if (line[k] ~ /^module slot_body\(/) {
                    sub(/slot_body\(/, "slot_body(mutant, ", line[k])
                    while (line[k] !~ /;$/) print line[k++]
                    print line[k]
                    print "  input [15:0] mutant;"
                } else
                    print line[k]
            }
            print "module slot_lut(input [15:0] init, input I0, I1, I2, I3, output O);"
            print "  assign O = init[{I3, I2, I1, I0}];\nendmodule"
            for (init in used) {
                table = ""
                for (k = 1; k <= 4; k++)
                    table = table bits_of[substr(init, k, 1)]
                print "module slot_lut_" init "(input I0, I1, I2, I3, output O);"
                print "  assign O = " mux(table, 3) ";\nendmodule"
            }
        }' "$dir/sound.v" >"$body.new"
    [ -z "$boxes" ] || cat "$dir/boxes.v" >>"$body.new"
}

bits() {
    chip=/usr/share/fpga-icestorm/chipdb/chipdb-8k.txt
    missing=
    command -v nextpnr-ice40 >/dev/null || missing=" nextpnr-ice40"
    [ -f "$chip" ] || missing="$missing fpga-icestorm-chipdb"
    command -v python3 >/dev/null || missing="$missing python3"
    [ -z "$missing" ] || {
        echo "mutants.sh: bits of $fn need$missing (Debian packages)" >&2
        exit 4
    }
    run_yosys "read_verilog rtl/tools/body_pins.v $*;
        synth_ice40 -device hx -dff -top body_pins -json $dir/top.json"
    nextpnr-ice40 --hx8k --package ct256 --seed "$seed" --freq 12 --timing-allow-fail \
        --pcf-allow-unconstrained --json "$dir/top.json" --asc "$dir/top.asc" \
        --write "$dir/placed.json" >"$dir/log" 2>&1 || {
        grep ERROR "$dir/log" >&2
        exit 1
    }
    for file in "$@"; do
        case $file in */slot_body.v) fit=$file ;; esac
    done
    python3 rtl/tools/bits.py "$chip" "$dir/top.asc" "$dir/placed.json" "$fit" "$n" "$seed" "$list" >"$body.new"
}

# The slot with a port more, around that body; behind a register, so that a simulator does
# not evaluate all that the mutants reach once more, as what depends on an input.
around() {
    for file in "$@"; do
        case $file in
        */slot_body.v) ;;
        */slot.v) sed -e 's/^module slot #(/&/
            s/^    parameter        W     = 64,/    parameter        W     = 32,/
            s/^    input  wire           clk,/    input  wire [15:0]    mutant,\n&/
            s/^    slot_body #(.W (W)) body (/    reg  [15:0]    mutant_q;\n\n    always @(posedge clk)\n        mutant_q <= mutant;\n\n    slot_body body (\n        .mutant        (mutant_q),/' "$file" ;;
        */axis_*.v | */digest_words.v | */stream_digest.v | */sync2.v | */slot_watch.v | */link_crc32c.v | */common_csr.v)
            cat "$file" ;;
        */net_ram.v) grep -q '^module .*net_ram' "$body.new" || cat "$file" ;;
        esac
    done
    cat "$body.new"
}

"$kind" "$@"
around "$@" >"$out.new"
mv "$body.new" "$body"
mv "$out.new" "$out"
wc -l <"$list"

#!/bin/sh
# mutants.sh KIND FN WIDTH N SEED OUT.v FILE... - slot with function FN, of which N
# mutants are in one netlist: port 'mutant' chooses, 0 is none.  Prints their
# number, and writes what each one is to OUT.txt, one a line.
#
#   logic    mutations of the function's cells as yosys' mutate makes them: an
#            input or output of one is inverted, constant, or mixed with another
#   config   the same for iCE40, and a bit of the contents of one of its LUTs is
#            inverted
#
# FILE... are the sources of the slot with that function.
set -eu
kind=$1 fn=$2 width=$3 n=$4 seed=$5 out=$6
shift 6
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

run_yosys() {
    if ! yosys -l "$dir/log" -q -p "$1" >/dev/null 2>&1; then
        echo "mutants.sh: $fn at $width bits:" >&2
        tail -n 20 "$dir/log" >&2
        exit 1
    fi
}

logic() {
    run_yosys "read_verilog $*; chparam -set W $width slot; hierarchy -top slot;
        proc; flatten; opt -full; wreduce; opt_clean -purge; memory_dff; opt_clean -purge; rename -top slot;
        write_rtlil $dir/sound.il;
        mutate -list $n -seed $seed -none -ctrl mutant 16 1 -o $dir/list c:*body*fn*"
    # 'none' comes first and is 1; the others follow.
    awk '/-mode none/ { next }
        { for (k = 1; k < NF; k++) if ($k == "mutant") $(k + 2) = ++n; print }' \
        "$dir/list" >"$dir/apply"
    run_yosys "read_rtlil $dir/sound.il; script $dir/apply; opt_clean;
        write_verilog -noattr $out.new"
    awk '{
        text = ""
        for (k = 1; k < NF; k++)
            if ($k ~ /^-(mode|cell|port|portbit|ctrlbit|src)$/) text = text " " $(k + 1)
        print substr(text, 2)
    }' "$dir/apply" >"${out%.v}.txt"
}

config() {
    run_yosys "read_verilog $*; chparam -set W $width slot;
        synth_ice40 -dff -top slot; splitnets; opt_clean; setundef -zero -params;
        rename -top slot; write_verilog -noattr $dir/sound.v"
    # LUTs of the function by the names of their nets; of the 16 bits those that
    # its inputs can reach.
    awk -v n="$n" -v seed="$seed" -v list="${out%.v}.txt" '
        function next_random() { # Lehmer, D. H.: 2^31 - 1
            seed = (seed * 48271) % 2147483647
            return seed
        }
        { line[NR] = $0 }
        /^ *SB_LUT4 #\(/ { at = NR }
        NR == at + 2 && /body\.fn\./ { lut[++luts] = at }
        END {
            seed = seed % 2147483646 + 1
            for (k = 1; k <= n; k++) {
                at = lut[next_random() % luts + 1]
                bit = next_random() % 16
                for (j = 0; j < 4; j++)
                    if (line[at + 3 + j] ~ /\(1\047h[01]\)/) {
                        one = line[at + 3 + j] ~ /h1\)/
                        bit += (one - int(bit / 2 ^ j) % 2) * 2 ^ j
                    }
                chosen[at] = chosen[at] sprintf(" ^ {15\047d0, mutant == 16\047d%d} << %d", k, bit)
                for (j = at; line[j] !~ /^ *\.O\(/; j++);
                print line[j], bit >list
            }
            for (k = 1; k <= NR; k++) {
                if (k in chosen) {
                    # SB_LUT4 #(  .LUT_INIT(16hxxxx)  ) name (
                    init = line[k + 1]
                    sub(/.*\.LUT_INIT\(/, "", init)
                    sub(/\).*/, "", init)
                    name = line[k + 2]
                    sub(/^ *\) */, "", name)
                    printf "  mutant_lut %s\n    .init(%s%s),\n", name, init, chosen[k]
                    k += 2
                } else if (line[k] ~ /^module slot\(/) {
                    sub(/slot\(/, "slot(mutant, ", line[k])
                    while (line[k] !~ /;$/) print line[k++]
                    print line[k]
                    print "  input [15:0] mutant;"
                } else
                    print line[k]
            }
            print "module mutant_lut(input [15:0] init, input I0, I1, I2, I3, output O);"
            print "  assign O = init[{I3, I2, I1, I0}];\nendmodule"
        }' "$dir/sound.v" >"$out.new"
}

"$kind" "$@"
mv "$out.new" "$out"
wc -l <"${out%.v}.txt"

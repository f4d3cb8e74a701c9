#!/bin/sh
# run.sh BUILD SECONDS FN... - libFuzzer on headers, texts, the receivers and their parts, LTE
# messages and each packet function named, for so long each; from the same seed and the same
# first inputs, of which some targets make more.
# Prints a line each: runs, edges covered, or what was found.
build=$1 seconds=$2
shift 2
dir=$build/fuzz
seeds=$dir/seeds
mkdir -p "$seeds"
LC_ALL=C awk -v dir="$seeds" 'BEGIN {
    srand(1)
    for (k = 0; k < 64; k++) {
        out = ""
        for (j = 0; j < 200 + 10 * k; j++) out = out sprintf("%c", 1 + int(rand() * 255))
        printf "%s", out > (dir "/" k)
    }
}'

bad=0
# one NAME PROGRAM FD_MASK [SEEDS], which tells whether it makes first inputs
one() {
    corpus=$dir/corpus/$1 more=$dir/more/$1
    mkdir -p "$corpus" "$more"
    rm -f "$dir/$1-"*
    if [ -n "$4" ]; then FUZZ_SEEDS=$more "$dir/$2" -runs=0 >/dev/null 2>&1; fi
    if FUZZ_FN=$1 "$dir/$2" -seed=1 -max_len=4096 -max_total_time="$seconds" -rss_limit_mb=4096 \
        -close_fd_mask="$3" -artifact_prefix="$dir/$1-" -print_final_stats=1 "$corpus" "$seeds" "$more" >"$dir/$1.log" 2>&1; then
        edges=$(grep -o 'cov: [0-9]*' "$dir/$1.log" | tail -1)
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$1.log")
        printf '%-16s %10s runs, %s edges\n' "$1" "$runs" "${edges#cov: }"
    else
        bad=$((bad + 1))
        printf '%-16s FAILED: %s\n' "$1" "$(grep -m1 -E 'not so|ERROR|runtime error|SUMMARY' "$dir/$1.log")"
        echo "    input: $(ls "$dir/$1-"* 2>/dev/null | head -1), log: $dir/$1.log"
    fi
}
one headers fuzz_headers 0
one text fuzz_text 2
one mac fuzz_mac 0
one wifi fuzz_wifi 0 seeds
one frame fuzz_frame 0 seeds
one lte fuzz_lte 0 seeds
one si fuzz_si 0 seeds
one nr fuzz_nr 0
one rrc fuzz_rrc 0 seeds
one soft fuzz_soft 0
for fn; do one "$fn" fuzz_fn 0; done
[ $bad -eq 0 ]

#!/bin/sh
# run.sh BUILD TEST... - runs test programs and adds up what they say; ends with
# "N passed, N failed", and ", N skipped" when a test lacked something.
set -u
build=$1
shift
passed=0 failed=0 skipped=0
# liquid-dsp 1.3 keeps a little memory of each filter design.
export LSAN_OPTIONS="suppressions=$(cd "$(dirname "$0")" && pwd)/lsan.supp:print_suppressions=0"
export PRECAST_BUILD="$build"
export PRECAST_IMAGES="$build/image"
for test in "$@"; do
    log="$test.log"
    start=$(date +%s)
    "$test" >"$log" 2>&1
    status=$?
    p=$(grep -c '^\[       OK \]' "$log")
    f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' "$log")
    f=${f:-0}
    s=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test(s).*/\1/p' "$log")
    s=${s:-0}
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
        f=1 # died without a verdict
    fi
    if [ $((p + f + s)) -eq 0 ]; then
        echo "$test: ran no test"
        f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    echo "TEST ${test#"$build"/test/}: $p passed, $f failed, $s skipped ($(($(date +%s) - start)) s)"
    if [ "$f" -ne 0 ]; then
        cat "$log"
    else
        grep '^skipped:' "$log"
    fi
done
echo
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]

#!/bin/sh
# lint.sh "CFLAGS" "SOURCES" "HEADERS" - layers, layout, warnings as errors with
# two compilers, shell syntax.  Silent when all is well.
set -u
flags=$1 sources=$2 headers=$3
bad=0
# shellcheck disable=SC2086 # lists of words
{
    awk -f tests/layers.awk $sources $headers || bad=1
    clang-format --dry-run -Werror $sources $headers || bad=1
    printf '%s\n' $sources | xargs -P "$(nproc)" -n 4 sh -c '
        flags=$0
        for f in "$@"; do
            gcc $flags -Werror -c -o /dev/null "$f" || exit 1
            clang $flags -Werror -fsyntax-only "$f" || exit 1
        done' "$flags" || bad=1
}
for f in tests/*.sh rtl/tools/*.sh docs/demo/*.sh .ci/run; do
    sh -n "$f" || bad=1
done
exit $bad

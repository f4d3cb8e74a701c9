#!/bin/sh
# analyze.sh "CFLAGS" "SOURCES" - clang-tidy, cppcheck and gcc -fanalyzer.
#
# The analyzer's leak check is off: gcc 12 takes memory that a struct of the caller
# owns for lost.  LeakSanitizer runs in `make SAN=address,undefined check`.
set -u
flags=$1 sources=$2
bad=0
# shellcheck disable=SC2086 # lists of words
{
    clang-tidy --quiet $sources -- $flags 2>/dev/null || bad=1
    cppcheck --quiet --enable=warning,style,performance,portability --std=c11 \
        --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem \
        --suppress=unusedStructMember -I. -Ibuild/gen $sources || bad=1
    for f in $sources; do
        gcc $flags -Werror -fanalyzer -Wno-analyzer-malloc-leak -c -o /dev/null "$f" || bad=1
    done
}
exit $bad

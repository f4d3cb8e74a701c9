#!/bin/sh
# deps.sh PACKAGE REASON... - installs the Debian packages that are missing.
set -eu
missing=
while [ $# -gt 0 ]; do
    if ! dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; then
        echo "deps: $1 - $2"
        missing="$missing $1"
    fi
    shift 2
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo=$(command -v sudo) || {
        echo "precast: missing:$missing; run 'make deps' as root" >&2
        exit 4
    }
fi
export DEBIAN_FRONTEND=noninteractive
# A fresh machine has no package lists; an old one may have stale ones.
$sudo apt-get -q update
# shellcheck disable=SC2086 # a list of words
$sudo apt-get -q -y install --no-install-recommends $missing

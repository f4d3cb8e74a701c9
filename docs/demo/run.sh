#!/bin/sh
# run.sh BUILD - the main job on generated input: `make run`.
set -eu
precast=$1/precast
dir=$1/demo
here=$(dirname "$0")
mkdir -p "$dir"

"$precast" gen packets --count 50000 --seed 7 --out "$dir/packets.pcap"
cp "$here/edge.yaml" "$dir/"
sed -e '/^schedule:/,$d' -e 's/out\.pcap/software.pcap/' "$here/edge.yaml" >"$dir/software.yaml"

cat <<'END'

== precast: an access list moves onto simulated hardware while packets flow ==

50,000 generated packets pass an access list of 14 rules.  At packet 10,000 it is
concretized: its image is loaded into a slot of the Verilated fabric, registers and
rules are copied, both bodies run on the same packets until 1,000 were equal, and
the fabric takes over.  At packet 30,000 one bit of its rule table is flipped: the twin
finds it, writes the word anew, and lets the slot serve again after 1,000 equal packets.

END
"$precast" run "$dir/edge.yaml"
"$precast" run "$dir/software.yaml" >"$dir/software.txt"

cat <<'END'

The twin is the C body, which ran on the same packets.  It held the fabric's output
back until both agreed (twin: checked), so nothing wrong has left:
END
if cmp -s "$dir/out.pcap" "$dir/software.pcap"; then
    echo "$(wc -c <"$dir/out.pcap") bytes of output, identical to a run in software alone."
else
    echo "the output differs from a run in software alone." >&2
    exit 1
fi

cat <<'END'

== precast: what is in this recording? ==

A generated recording at 20 Msps: an LTE cell for 80 ms, then Wi-Fi frames.  The front
end classifies what it hears and hands it to the machine of its technology, a process
of its own, which decodes it.

END
"$precast" gen mix --out "$dir/mix" --seed 7 --cell 301 --ports 2 --prb 50 --sfn 130 --cfo 4000
"$precast" scan "$dir/mix.sigmf-meta" --pcap "$dir/mix.pcapng"
echo
echo "Files: $dir.  Next: precast --help, docs/ARCHITECTURE.md."

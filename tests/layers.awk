# layers.awk - checks that every #include points down (docs/ARCHITECTURE.md).
#
#   awk -f tests/layers.awk FILE...
#
# A folder includes its own files, folders of a lower level, its generated
# registers, and the external libraries that are named for it.

function level(path) {
    if (path ~ /^core\/base\//) return 0
    if (path ~ /^core\/wire\//) return 1.5
    if (path ~ /^(core|sdr\/dsp)\//) return 1
    if (path ~ /^(net\/table|sdr\/fft)\//) return 1.5
    if (path ~ /^(net|sdr)\/fn\//) return 2
    if (path ~ /^(net\/port|sdr\/radio|sim|twin|drivers\/image)\//) return 2
    if (path ~ /^drivers\/link\//) return 3.5
    if (path ~ /^drivers\/[^\/]*\//) return 3
    if (path ~ /^drivers\//) return 4
    if (path ~ /^host\/cli\//) return 7
    if (path ~ /^host\/radio\//) return 6
    if (path ~ /^host\//) return 5
    if (path ~ /^tests\//) return 9
    return -1
}

function folder(path) { sub(/\/[^\/]*$/, "", path); return path }

function wrong(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    bad = 1
}

BEGIN {
    allowed["pcap/pcap.h"] = allowed["pcap.h"] = "^net/port/"
    allowed["hs/hs.h"] = "^net/fn/dpi/"
    allowed["yaml.h"] = "^core/yaml/"
    allowed["sha256.h"] = "^drivers/image/"
    allowed["zip.h"] = "^host/fmu/"
    allowed["jansson.h"] = "^(core|host|sdr/radio)/"
    allowed["liquid/liquid.h"] = "^sdr/"
    allowed["zmq.h"] = "^core/wire/"
    allowed["sqlite3.h"] = "^twin/"
}

FNR == 1 {
    test = FILENAME ~ /(_test\.c$|_check\.h$|^tests\/)/
    if (level(FILENAME) < 0) wrong("folder without a level in tests/layers.awk")
}

/^#include "/ {
    split($0, part, "\"")
    to = part[2]
    if (test) next
    if (to !~ /\//) {
        # Generated: the function's own registers, the common ones for drivers, core, the twin and what studies it.
        if (to == "fn_list.h" && FILENAME == "core/registry.c") next
        if (to == "common_csr.h" && FILENAME ~ /^(drivers\/|twin\/|host\/(campaign|bisect)\/|core\/(device\.c|telemetry\.h)$)/) next
        name = to
        sub(/_csr\.h$/, "", name)
        if (FILENAME ~ "^(net|sdr)/fn/" name "/") next
        wrong("includes " to ", which is not its own")
        next
    }
    if (level(to) < 0) wrong("includes " to ", which has no level")
    else if (folder(to) != folder(FILENAME) && level(to) >= level(FILENAME))
        wrong("includes " to ", which does not lie below it")
}

/^#include </ {
    split($0, part, /[<>]/)
    if (!test && part[2] in allowed && FILENAME !~ allowed[part[2]])
        wrong("includes " part[2] ", which is not for this folder")
}

END { exit bad }

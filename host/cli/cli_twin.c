/* cli_twin.c - the verbs of `precast twin`. */
#include "host/cli/cli_twin.h"

#define NODE_MORE                                               \
    "DIR              what `precast run --history DIR` wrote\n" \
    "--node N         the node; default the first that was recorded\n"

#define FMU_MORE "--out FILE       the FMU (default FN.fmu in this folder)\n"
#define DESCRIBE_MORE                                          \
    "--wot            a W3C Thing Description 1.1 (JSON-LD)\n" \
    "--base URI       what its links are relative to\n"        \
    "                 (default http://localhost/twin/FN/)\n"

const struct cli_cmd cli_twin_cmds[] = {
    {"twin", "compare", "A B [--json]",
     "compare two recorded files of telemetry or output",
     "A, B             files of --telemetry, folders of --history, or\n"
     "                 captures; A is the device, B the twin\n"
     "class: of records what A's own twin found when it ran the burst again;\n"
     "       of captures transient when no later packet differs, permanent\n"
     "       when all do; else unknown\n"
     "exit status: 0 equal, 1 differs, 2 incomparable\n",
     cli_twin_compare},
    {"twin", "watch", "ENDPOINT_OR_FILE [--follow on|off] [--json]",
     "print telemetry and verdicts, live or from a file",
     "ENDPOINT         as given to run --telemetry: tcp://HOST:PORT, "
     "ipc://PATH\n"
     "--follow on|off  of a file: go on while somebody writes it (default "
     "on)\n",
     cli_twin_watch},
    {"twin", "replay",
     "DIR [--node N] [--from ITEM] [--to ITEM] [--body c|rtl] [--out F.pcap] "
     "[--json]",
     "run recorded items again and compare with what they gave",
     NODE_MORE "--from, --to      items, --to not included; default all\n"
               "--body c|rtl     which body answers (default c)\n"
               "--out F.pcap     write what comes out\n",
     cli_twin_replay},
    {"twin", "history",
     "DIR [--since TIME] [--type T] [--summary 1|60] [--json]",
     "list verdicts, alarms, actions, moves and changes of parameters",
     "--since TIME     2026-11-21T11:47:38Z, seconds since 1970, or a span\n"
     "                 before the last event: 10s, 5min, 1h\n"
     "--type T         verdict, alarm, action, set, move, image or fault\n"
     "--summary 1|60   what each node did each second or minute instead\n",
     cli_twin_history},
    {"twin", "at", "DIR TIME|ITEM [--node N] [--json]",
     "parameters, state and counters that were in force", NODE_MORE,
     cli_twin_at},
    {"twin", "diff", "DIR1 DIR2 [--json]", "compare two recorded runs", NULL,
     cli_twin_diff},
    {"twin", "whatif", "DIR --set K=V... [--node N] [--last SPAN] [--json]",
     "try a change on the twin with the last real input",
     NODE_MORE "--set K=V        a setting, as `precast fn show NAME` lists\n"
               "--last SPAN      10s, 500ms, 5min (default 10s)\n",
     cli_twin_whatif},
    {"twin", "fmu", "FN [--out FILE]",
     "export a function as an FMI 3.0 co-simulation FMU", FMU_MORE,
     cli_twin_fmu},
    {"twin", "describe", "FN [--wot] [--base URI]",
     "what a twin of a function shows and does", DESCRIBE_MORE,
     cli_twin_describe},
    {"twin", "campaign",
     "FN [--faults seu,stuck,logic,config,bits] [--part P] [--n N] "
     "[--effective N] [--seed S] [--window BEATS] [--settings N] "
     "[--items on|off] [--json]",
     "what the twin sees of many faults, one at a time",
     "--faults LIST    seu: flipped register bits, stuck: stuck ones, logic:\n"
     "                 mutants, config: bits of LUTs, bits: of a bitstream\n"
     "                 (default seu,stuck); `make mutants FN=` makes images "
     "of\n"
     "                 logic and config, `make mutants-bits FN=` of bits\n"
     "--part P         only function (or of it registers or memory), state,\n"
     "                 slot or watch; of bits lut, routing or contention\n"
     "--n N            faults of each kind and part (default 1000)\n"
     "--effective N    a part ends behind N that had an effect\n"
     "--seed S         the same seed does the same (default 1)\n"
     "--window BEATS   of telemetry, 0: none (default 64)\n"
     "--settings N     of the self-test of a mutant (default 192)\n"
     "--items on|off   whether the twin compares items, too, or only counts\n"
     "                 them (default on)\n"
     "--json           JSON lines instead of a page\n",
     cli_twin_campaign},
    {"twin", "bisect",
     "WINDOW [--slot-image FILE] [--fst OUT.fst] [--budget S] [--json]",
     "where a device went wrong: stage, register, clock, and whether it stays",
     "WINDOW             a window file (docs/window.cddl)\n"
     "--slot-image FILE  the image to study it with, as `make trace FN=NAME`\n"
     "                   builds it (default: that of the window's function)\n"
     "--fst OUT.fst      the window with the fault found, signal by signal;\n"
     "                   without it, as OUT.golden.fst\n"
     "--budget S         seconds after which the search ends (default 60)\n"
     "--json             one JSON object\n",
     cli_twin_bisect},
};

const size_t cli_n_twin_cmds = sizeof cli_twin_cmds / sizeof cli_twin_cmds[0];

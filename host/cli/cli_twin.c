/* cli_twin.c - the verbs of `precast twin`. */
#include "host/cli/cli_twin.h"

#define FMU_MORE "--out FILE       the FMU (default FN.fmu in this folder)\n"
#define DESCRIBE_MORE                                          \
    "--wot            a W3C Thing Description 1.1 (JSON-LD)\n" \
    "--base URI       what its links are relative to\n"        \
    "                 (default http://localhost/twin/FN/)\n"

const struct cli_cmd cli_twin_cmds[] = {
    {"twin", "fmu", "FN [--out FILE]",
     "export a function as an FMI 3.0 co-simulation FMU", FMU_MORE,
     cli_twin_fmu},
    {"twin", "describe", "FN [--wot] [--base URI]",
     "what a twin of a function shows and does", DESCRIBE_MORE,
     cli_twin_describe},
};

const size_t cli_n_twin_cmds = sizeof cli_twin_cmds / sizeof cli_twin_cmds[0];

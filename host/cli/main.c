/* main.c - finds the command, prints help, turns errors into exit status. */
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "host/cli/cli.h"
#include "host/cli/cli_twin.h"
#include "host/cli/version.h"

#define GEN_HELP                                                           \
    "--out NAME       NAME.sigmf-meta, NAME.sigmf-data, NAME.truth.json\n" \
    "--snr DB         signal to noise (default 25)\n"                      \
    "--cfo HZ         carrier offset, up is positive (default 0)\n"        \
    "--delay N        samples before the first frame (default 1000)\n"     \
    "--seed S         the same seed makes the same files (default 1)\n"
#define GEN_CELL_HELP                                              \
    "--cell ID        0..503 (default 1)\n"                        \
    "--ports N        1, 2 or 4 antenna ports (default 1)\n"       \
    "--prb N          bandwidth as the MIB tells it (default 6)\n" \
    "--sfn N          of the first frame, 0..1023 (default 0)\n"

static const struct cli_cmd cmds[] = {
    {"scan", NULL,
     "FILE... [--format F --rate R] [--pcap OUT] [--json [--csi]] "
     "[--fabric NAME[@FROM[-TO]],... [--device D] [--width 32|64] "
     "[--twin off|watched|checked] [--flip SAMPLE:NAME:BIT] [--body c|rtl]]",
     "what is in these recordings: Wi-Fi frames, LTE and NR cells",
     "FILE             SigMF (either file of a pair), or raw IQ with\n"
     "--format F       ci8, cu8, ci16_le or cf32_le, and\n"
     "--rate R         samples a second, like 20e6\n"
     "--pcap OUT       write frames and MIBs as pcapng\n"
     "--json           JSON lines instead of a page\n"
     "--csi            the channel of each Wi-Fi frame in them, by tone\n"
     "--fabric NAME[@FROM[-TO]],...\n"
     "                 blocks of the receivers go to the fabric, from sample\n"
     "                 FROM to sample TO: viterbi_k7, fft64, stf_detect,\n"
     "                 fir_decim; viterbi_tb, fft128,\n"
     "                 pss_correlate\n"
     "--device D       where that is: sim (default), socket:PATH,\n"
     "                 serial:PATH or board:IMAGE\n"
     "--width 32|64    its stream width in bits (default 64)\n"
     "--twin MODE      off, watched (default) or checked\n"
     "--flip SAMPLE:NAME:BIT\n"
     "                 a fault: a bit of a register in the slot\n"
     "--body c|rtl     c: NAME serves in software, for comparison\n",
     cli_scan},
    {"run", NULL,
     "CHAIN.yaml [--in PORT=FILE] [--out PORT=FILE] [--port PORT=KIND:NAME] "
     "[--history DIR] [--history-bytes N] [--telemetry T] [--metrics FILE] "
     "[--json]",
     "run a chain until its sources end, or Ctrl-C",
     "--in PORT=FILE   read the source PORT from FILE; - is stdin\n"
     "--out PORT=FILE  write the sink PORT to FILE; - is stdout\n"
     "--port PORT=KIND:NAME\n"
     "                 another port for the source or sink PORT: tap:tap0,\n"
     "                 af_packet:eth0, af_xdp:eth0:0, ring:/tmp/r, "
     "gen:count=9,\n"
     "                 null, pcap:FILE, pcapng:FILE\n"
     "--history DIR    keep what nodes on the fabric got and did, and all\n"
     "                 events: see `precast twin`\n"
     "--history-bytes N\n"
     "                 most that the raw part takes (default 256 MiB)\n"
     "--telemetry T    records to T: an endpoint of ZeroMQ PUB like\n"
     "                 tcp://127.0.0.1:5555, or a file\n"
     "--metrics FILE   totals as Prometheus text, each second\n"
     "--json           JSON lines instead of a page\n",
     cli_run},
    {"fn", "list", "[--json]", "list the functions of this build", NULL,
     cli_fn_list},
    {"fn", "show", "NAME [--json]",
     "show a function's registers, tables and settings", NULL, cli_fn_show},
    {"fn", "trace",
     "NAME --in FILE [--set K=V]... [--body c|rtl] [--width 32|64] [--json]",
     "what a function does with each item of a file",
     "--in FILE        a capture; raw ci16_le samples for a signal function\n"
     "--set K=V        a setting, as `precast fn show NAME` lists them\n"
     "--body c|rtl     which body answers (default c)\n"
     "--width 32|64    stream width of the RTL body in bits (default 64)\n"
     "--json           one JSON object an item\n",
     cli_fn_trace},
    {"fn", "bench", "[NAME] [--json]",
     "speed of each body, CPU time of one core", NULL, cli_fn_bench},
    {"gen", "wifi",
     "--out NAME [--count N] [--mbps R [--preamble short] | --mcs K "
     "[--gi short] [--fec ldpc] [--antennas 2] [--ampdu N]] "
     "[--mac HEX] [--snr DB] [--cfo HZ] [--ppm P] [--multipath NS] [--delay N] "
     "[--rate HZ] [--seed S]",
     "make a recording of 802.11a, 802.11b or 802.11n frames",
     GEN_HELP
     "--count N        frames (default 8)\n"
     "--mbps R         6, 9, 12, 18, 24, 36, 48 or 54; default all in turn;\n"
     "                 802.11b: 1, 2, 5.5 or 11\n"
     "--preamble short|long  of 802.11b (default long)\n"
     "--mcs K          HT-mixed frames (802.11n) of MCS 0 to 7 instead\n"
     "--gi short|long  their guard interval (default long)\n"
     "--fec bcc|ldpc   their code: convolutional (default) or LDPC\n"
     "--antennas 1|2   space-time block code over two, a channel each\n"
     "--ampdu N        each is an A-MPDU of N MPDUs\n"
     "--mac HEX        MAC bytes of every frame or MPDU, the FCS is added\n"
     "--ppm P          the receiver's sample clock is slow by P, -100 to 100\n"
     "--multipath NS   delay spread in ns, 5 to 500, drawn for each frame\n"
     "--rate HZ        samples a second, 19.2e6 to 80e6 (default 20e6)\n",
     cli_gen_wifi},
    {"gen", "lte",
     "--out NAME [--count N] [--cell ID] [--ports 1|2|4] [--prb N] [--sfn N] "
     "[--cp extended] [--tdd K] [--channel C] [--also CELL,..] "
     "[--sib1 HEX [--si HEX]] [--snr DB] [--cfo HZ] [--delay N] [--seed S]",
     "make a recording of LTE cells at 1.92 Msps, or of all of one's band",
     GEN_HELP
     "--count N        radio frames of 10 ms (default 8)\n" GEN_CELL_HELP
     "--cp extended    the longer cyclic prefix\n"
     "--tdd K          uplink-downlink configuration 0 to 6; FDD without\n"
     "--channel C      epa, eva or etu of TS 36.101, drawn for each port\n"
     "--also CELL,..   cells beside it: ID[:DB[:DELAY[:CFO]]], the power over\n"
     "                 the first one's, samples behind it, Hz from it\n"
     "--sib1 HEX       SIB1 that it sends, as BCCH-DL-SCH-Message; all of its\n"
     "                 band is made then, TDD if SIB1 says so\n"
     "--si HEX         the first message of SIB1's scheduling list\n",
     cli_gen_lte},
    {"gen", "nr",
     "--out NAME [--count N] [--cell ID] [--sfn N] [--scs 15|30] [--ssb K] "
     "[--half 0|1] [--period MS] [--rate HZ] [--snr DB] [--cfo HZ] [--delay N] "
     "[--seed S]",
     "make a recording of an NR cell's synchronization blocks",
     GEN_HELP
     "--count N        radio frames of 10 ms (default 8)\n"
     "--cell ID        0..1007 (default 1)\n"
     "--sfn N          of the first frame, 0..1023 (default 0)\n"
     "--scs 15|30      spacing of subcarriers in kHz (default 30)\n"
     "--ssb K          the block that is sent, 0..7 (default 0)\n"
     "--half 0|1       half of the frame that it is in (default 0)\n"
     "--period MS      from block to block, 10 to 160 (default 20)\n"
     "--rate HZ        samples a second, to 80e6 (default 256 times --scs)\n",
     cli_gen_nr},
    {"gen", "mix",
     "--out NAME [--count N] [--mbps R] [--mac HEX] [--cell ID] [--ports "
     "1|2|4] "
     "[--prb N] [--sfn N] [--snr DB] [--cfo HZ] [--delay N] [--seed S]",
     "make a recording of an LTE cell, then Wi-Fi frames, at 20 Msps",
     GEN_HELP "--count N        Wi-Fi frames (default 8)\n" GEN_CELL_HELP,
     cli_gen_mix},
    {"gen", "packets", "--count N --out FILE [--seed S] [--flows N]",
     "make a capture with known content",
     "--count N        packets\n"
     "--out FILE       the capture; rules and truth go beside it, as\n"
     "                 NAME.rules and NAME.truth.json\n"
     "--seed S         the same seed makes the same files (default 1)\n"
     "--flows N        packets of so many flows; else each is drawn anew\n",
     cli_gen_packets},
    {"image", "list", "[--json]",
     "the images of the fabric, by their manifests", NULL, cli_image_list},
    {"image", "check", "[NAME] [--json]",
     "whether manifests and images are whole and for this program", NULL,
     cli_image_check},
    {"device", "list", "[--json]", "the fabrics this machine can reach", NULL,
     cli_device_list},
    {"fabric", NULL, "--socket PATH [--slots N] [--width 32|64]",
     "serve a simulated fabric to chains of other processes",
     "--socket PATH    a Unix socket, or HOST:PORT\n"
     "--slots N        places for functions, 1..16 (default 4)\n"
     "--width 32|64    stream width of its images in bits (default 64)\n",
     cli_fabric},
    {"doctor", NULL, "[--json]",
     "what works on this machine and what is missing", NULL, cli_doctor},
};

enum { N_CMDS = sizeof cmds / sizeof cmds[0] };

/* Command number k: those of this table, then `precast twin VERB`; or NULL. */
static const struct cli_cmd *cmd_at(size_t k)
{
    return k < N_CMDS                     ? &cmds[k]
           : k < N_CMDS + cli_n_twin_cmds ? &cli_twin_cmds[k - N_CMDS]
                                          : NULL;
}

static void print_usage(FILE *f, const char *noun)
{
    const struct cli_cmd *c;

    (void)fprintf(f, "usage: precast COMMAND ...\n\n");
    for (size_t k = 0; (c = cmd_at(k)) != NULL; k++) {
        char words[64];
        if (noun != NULL && strcmp(noun, c->noun) != 0) {
            continue;
        }
        (void)snprintf(words, sizeof words, "%s %s", c->noun,
                       c->verb != NULL ? c->verb : "");
        (void)fprintf(f, "  %-14s %s\n", words, c->help);
    }
    (void)fprintf(f,
                  "\n`precast COMMAND --help` tells more, `precast --version`"
                  " the version, `man precast` all.\n");
}

static void print_help(const struct cli_cmd *c)
{
    printf("usage: precast %s%s%s %s\n\n%s\n", c->noun,
           c->verb != NULL ? " " : "", c->verb != NULL ? c->verb : "", c->args,
           c->help);
    if (c->more != NULL) {
        printf("\n%s", c->more);
    }
}

static bool asks_help(int argc, char **argv)
{
    for (int k = 0; k < argc; k++) {
        if (strcmp(argv[k], "--help") == 0 || strcmp(argv[k], "-h") == 0) {
            return true;
        }
    }
    return false;
}

/* The command that the first words name; '*used' of them. */
static const struct cli_cmd *find(int argc, char **argv, int *used,
                                  bool *noun_known)
{
    const struct cli_cmd *c;

    *noun_known = false;
    for (size_t k = 0; (c = cmd_at(k)) != NULL; k++) {
        if (strcmp(c->noun, argv[0]) != 0) {
            continue;
        }
        *noun_known = true;
        *used = c->verb == NULL ? 1 : 2;
        if (c->verb == NULL || (argc > 1 && strcmp(c->verb, argv[1]) == 0)) {
            return c;
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct cli_cmd *cmd;
    bool noun_known = false;
    int used = 0;

    if (argc < 2) {
        print_usage(stderr, NULL);
        return err_exit_status(ERR_USAGE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("precast %s\n", PRECAST_VERSION);
        return err_exit_status(cli_flush());
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(stdout, NULL);
        return err_exit_status(cli_flush());
    }
    cmd = find(argc - 1, argv + 1, &used, &noun_known);
    if (cmd == NULL) {
        if (noun_known && (argc == 2 || asks_help(argc - 2, argv + 2))) {
            print_usage(argc == 2 ? stderr : stdout, argv[1]);
            return argc == 2 ? err_exit_status(ERR_USAGE) : 0;
        }
        return err_exit_status(err_say(
            ERR_USAGE, "no command '%s%s%s', expected one of `precast --help`",
            argv[1], noun_known ? " " : "", noun_known ? argv[2] : ""));
    }
    if (asks_help(argc - 1 - used, argv + 1 + used)) {
        print_help(cmd);
        return err_exit_status(cli_flush());
    }
    return err_exit_status(cmd->run(cmd, argc - 1 - used, argv + 1 + used));
}

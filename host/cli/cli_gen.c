/* cli_gen.c - `precast gen`: captures and recordings with known content. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/cli/cli.h"
#include "host/radio/gen_radio.h"
#include "net/port/gen_packets.h"

int cli_gen_packets(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.seed = 1};
    double flows = 0;
    int err = cli_opts_read(cmd, "count out seed flows", argc, argv, &o);

    if (err == 0) {
        err = cli_opt_number(cmd, &o, "flows", 1, 1e9, &flows);
    }
    if (err < 0) {
        return err;
    }
    if (o.name != NULL) {
        return cli_usage(cmd, "one word too many");
    }
    if (o.out == NULL || o.count == 0) {
        return cli_usage(cmd,
                         o.out == NULL ? "no --out" : "no --count above 0");
    }
    return gen_packets(o.out, (uint32_t)o.count, o.seed, (uint32_t)flows);
}

/* One of --also: ID[:DB[:DELAY[:CFO]]]; where it ends, NULL: it is none. */
static const char *read_also(const char *text, struct gen_cell *c)
{
    double number[4] = {0, 0, 0, 0};
    char *end = NULL;
    size_t n = 0;

    do {
        number[n++] = strtod(text, &end);
        if (end == text) {
            return NULL;
        }
        text = end + (*end == ':');
    } while (*end == ':' && n < 4);
    *c = (struct gen_cell){0, number[1], number[2], number[3]};
    bool good = number[0] >= 0 && number[0] <= 503 && fabs(number[1]) <= 60 &&
                number[2] >= 0 && number[2] <= 19200 && fabs(number[3]) <= 2e5;
    c->cell_id = good ? (uint32_t)number[0] : 0;
    return good && (*end == ',' || *end == '\0') ? end : NULL;
}

/* What LTE cells are like, and the ones beside the first. */
static int read_cells(const struct cli_cmd *cmd, const struct cli_opts *o,
                      struct gen_radio *g)
{
    static const char *const channels[] = {"epa", "eva", "etu"};
    const char *cp = cli_opt(o, "cp"), *channel = cli_opt(o, "channel");
    const char *also = cli_opt(o, "also");

    if (cp != NULL && strcmp(cp, "normal") != 0 &&
        strcmp(cp, "extended") != 0) {
        return cli_usage(cmd, "--cp: expected normal or extended");
    }
    g->extended_cp = cp != NULL && strcmp(cp, "extended") == 0;
    for (int k = 0; channel != NULL && k < 3; k++) {
        g->channel = strcmp(channel, channels[k]) == 0 ? k : g->channel;
    }
    if (channel != NULL && g->channel < 0) {
        return cli_usage(cmd, "--channel: expected epa, eva or etu");
    }
    while (also != NULL && *also != '\0') {
        also = g->n_also < GEN_ALSO_MAX ? read_also(also, &g->also[g->n_also])
                                        : NULL;
        if (also == NULL) {
            return cli_usage(cmd, "--also: expected up to eight "
                                  "ID[:DB[:DELAY[:CFO]]], with ',' between");
        }
        g->n_also++;
        also += *also == ',';
    }
    return 0;
}

/* Options of the three radio generators; 'allowed' for this one. */
static int read_radio(const struct cli_cmd *cmd, const char *allowed, int argc,
                      char **argv, struct gen_radio *g)
{
    struct cli_opts o = {.seed = 1, .count = 8};
    double number[] = {25, 0, 1000, 0, 1, 1, 6, 0, -1, 0, 0, 0, 1, 20e6, -1};
    static const struct {
        const char *key;
        double min, max;
    } keys[] = {
        {"snr", -30, 100},  {"cfo", -200e3, 200e3}, {"delay", 0, 1e7},
        {"mbps", 1, 54},    {"cell", 0, 503},       {"ports", 1, 4},
        {"prb", 6, 100},    {"sfn", 0, 1023},       {"mcs", 0, 7},
        {"ampdu", 1, 1000}, {"ppm", -100, 100},     {"multipath", 5, 500},
        {"antennas", 1, 2}, {"rate", 19.2e6, 80e6}, {"tdd", 0, 6}};
    const char *gi, *fec, *preamble;
    int err = cli_opts_read(cmd, allowed, argc, argv, &o);

    for (size_t k = 0; err == 0 && k < sizeof keys / sizeof keys[0]; k++) {
        err = cli_opt_number(cmd, &o, keys[k].key, keys[k].min, keys[k].max,
                             &number[k]);
    }
    if (err < 0) {
        return err;
    }
    if (o.name != NULL || o.out == NULL) {
        return cli_usage(cmd,
                         o.name != NULL ? "one word too many" : "no --out");
    }
    gi = cli_opt(&o, "gi");
    if (gi != NULL && strcmp(gi, "short") != 0 && strcmp(gi, "long") != 0) {
        return cli_usage(cmd, "--gi: expected short or long");
    }
    fec = cli_opt(&o, "fec");
    if (fec != NULL && strcmp(fec, "ldpc") != 0 && strcmp(fec, "bcc") != 0) {
        return cli_usage(cmd, "--fec: expected ldpc or bcc");
    }
    preamble = cli_opt(&o, "preamble");
    if (preamble != NULL && strcmp(preamble, "short") != 0 &&
        strcmp(preamble, "long") != 0) {
        return cli_usage(cmd, "--preamble: expected short or long");
    }
    *g = (struct gen_radio){
        .out = o.out,
        .seed = o.seed,
        .snr_db = number[0],
        .cfo_hz = number[1],
        .delay = number[2],
        .count = (uint32_t)o.count,
        .mbps = number[3],
        .rate_hz = number[13],
        .short_preamble = preamble != NULL && strcmp(preamble, "short") == 0,
        .mac_hex = cli_opt(&o, "mac"),
        .sib1_hex = cli_opt(&o, "sib1"),
        .si_hex = cli_opt(&o, "si"),
        .cell_id = (uint32_t)number[4],
        .ports = (uint32_t)number[5],
        .prb = (uint32_t)number[6],
        .sfn = (uint32_t)number[7],
        .tdd_config = (int)number[14],
        .channel = -1,
        .ht = number[8] >= 0,
        .mcs = number[8] >= 0 ? (uint32_t)number[8] : 0,
        .ampdu = (uint32_t)number[9],
        .clock_ppm = number[10],
        .delay_spread_ns = number[11],
        .stbc = number[12] > 1,
        .ldpc = fec != NULL && strcmp(fec, "ldpc") == 0,
        .short_gi = gi != NULL && strcmp(gi, "short") == 0,
    };
    return read_cells(cmd, &o, g);
}

int cli_gen_wifi(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct gen_radio g;
    int err = read_radio(
        cmd,
        "out seed count snr cfo delay mbps mac mcs gi fec antennas ampdu "
        "ppm multipath preamble rate",
        argc, argv, &g);

    return err < 0 ? err : gen_radio_wifi(&g);
}

int cli_gen_lte(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct gen_radio g;
    int err = read_radio(cmd,
                         "out seed count snr cfo delay cell ports prb sfn sib1 "
                         "si tdd cp channel "
                         "also",
                         argc, argv, &g);

    if (err == 0 && g.si_hex != NULL && g.sib1_hex == NULL) {
        return cli_usage(cmd, "--si without --sib1, which schedules it");
    }
    if (err == 0 && g.sib1_hex != NULL &&
        (g.tdd_config >= 0 || g.channel >= 0 || g.n_also > 0)) {
        return cli_usage(cmd, "--tdd, --channel and --also are of cells "
                              "without --sib1");
    }
    return err < 0 ? err : gen_radio_lte(&g);
}

int cli_gen_nr(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.seed = 1, .count = 8};
    double number[] = {25, 0, 1000, 1, 0, 30, 0, 0, 20, 0};
    static const struct {
        const char *key;
        double min, max;
    } keys[] = {{"snr", -30, 100},   {"cfo", -500e3, 500e3},
                {"delay", 0, 1e7},   {"cell", 0, 1007},
                {"sfn", 0, 1023},    {"scs", 15, 30},
                {"ssb", 0, 7},       {"half", 0, 1},
                {"period", 10, 160}, {"rate", 3.84e6, 80e6}};
    int err = cli_opts_read(
        cmd, "out seed count snr cfo delay cell sfn scs ssb half period rate",
        argc, argv, &o);

    for (size_t k = 0; err == 0 && k < sizeof keys / sizeof keys[0]; k++) {
        err = cli_opt_number(cmd, &o, keys[k].key, keys[k].min, keys[k].max,
                             &number[k]);
    }
    if (err < 0) {
        return err;
    }
    if (o.name != NULL || o.out == NULL) {
        return cli_usage(cmd,
                         o.name != NULL ? "one word too many" : "no --out");
    }
    if ((int)number[5] != 15 && (int)number[5] != 30) {
        return cli_usage(cmd, "--scs: expected 15 or 30");
    }
    return gen_radio_nr(&(struct gen_radio){
        .out = o.out,
        .seed = o.seed,
        .count = (uint32_t)o.count,
        .snr_db = number[0],
        .cfo_hz = number[1],
        .delay = number[2],
        .cell_id = (uint32_t)number[3],
        .sfn = (uint32_t)number[4],
        .scs_khz = (uint32_t)number[5],
        .ssb = (uint32_t)number[6],
        .second_half = number[7] > 0,
        .period_ms = (uint32_t)number[8],
        .rate_hz = number[9],
    });
}

int cli_gen_mix(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct gen_radio g;
    int err = read_radio(
        cmd,
        "out seed count snr cfo delay mbps mac cell ports prb sfn preamble "
        "rate",
        argc, argv, &g);

    return err < 0 ? err : gen_radio_mix(&g);
}

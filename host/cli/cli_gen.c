/* cli_gen.c - `precast gen`: captures and recordings with known content. */
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

/* Options of the three radio generators; 'allowed' for this one. */
static int read_radio(const struct cli_cmd *cmd, const char *allowed, int argc,
                      char **argv, struct gen_radio *g)
{
    struct cli_opts o = {.seed = 1, .count = 8};
    double number[] = {25, 0, 1000, 0, 1, 1, 6, 0, -1, 0, 0, 0, 1};
    static const struct {
        const char *key;
        double min, max;
    } keys[] = {
        {"snr", -30, 100},  {"cfo", -200e3, 200e3}, {"delay", 0, 1e7},
        {"mbps", 6, 54},    {"cell", 0, 503},       {"ports", 1, 2},
        {"prb", 6, 100},    {"sfn", 0, 1023},       {"mcs", 0, 7},
        {"ampdu", 1, 1000}, {"ppm", -100, 100},     {"multipath", 5, 500},
        {"antennas", 1, 2}};
    const char *gi, *fec;
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
    *g = (struct gen_radio){
        .out = o.out,
        .seed = o.seed,
        .snr_db = number[0],
        .cfo_hz = number[1],
        .delay = number[2],
        .count = (uint32_t)o.count,
        .mbps = (uint32_t)number[3],
        .mac_hex = cli_opt(&o, "mac"),
        .cell_id = (uint32_t)number[4],
        .ports = (uint32_t)number[5],
        .prb = (uint32_t)number[6],
        .sfn = (uint32_t)number[7],
        .ht = number[8] >= 0,
        .mcs = number[8] >= 0 ? (uint32_t)number[8] : 0,
        .ampdu = (uint32_t)number[9],
        .clock_ppm = number[10],
        .delay_spread_ns = number[11],
        .stbc = number[12] > 1,
        .ldpc = fec != NULL && strcmp(fec, "ldpc") == 0,
        .short_gi = gi != NULL && strcmp(gi, "short") == 0,
    };
    return 0;
}

int cli_gen_wifi(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct gen_radio g;
    int err = read_radio(
        cmd,
        "out seed count snr cfo delay mbps mac mcs gi fec antennas ampdu "
        "ppm multipath",
        argc, argv, &g);

    return err < 0 ? err : gen_radio_wifi(&g);
}

int cli_gen_lte(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct gen_radio g;
    int err = read_radio(cmd, "out seed count snr cfo delay cell ports prb sfn",
                         argc, argv, &g);

    return err < 0 ? err : gen_radio_lte(&g);
}

int cli_gen_mix(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct gen_radio g;
    int err = read_radio(
        cmd, "out seed count snr cfo delay mbps mac cell ports prb sfn", argc,
        argv, &g);

    return err < 0 ? err : gen_radio_mix(&g);
}

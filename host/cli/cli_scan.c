/* cli_scan.c - `precast scan`. */
#include <stdio.h>
#include <unistd.h>

#include "host/cli/cli.h"
#include "host/cli/cli_kernels.h"
#include "host/radio/scan.h"

static int scan_all(const struct cli_opts *o, const struct scan_options *scan)
{
    int err = 0;

    for (size_t k = 0; k < o->n_names && !*scan->stop; k++) {
        int file_err = scan_file(scan, o->names[k]);
        /* A bad file does not keep the others from being scanned. */
        err = err < 0 ? err : file_err;
    }
    return err;
}

int cli_scan(const struct cli_cmd *cmd, int argc, char **argv)
{
    struct cli_opts o = {.max_names = CLI_SET_MAX, .width_bits = 64};
    struct scan_options scan = {0};
    struct kernels_plan kernels = {0};
    int err = cli_opts_read(cmd,
                            "format rate pcap json csi fabric device twin flip "
                            "body width",
                            argc, argv, &o);

    if (err < 0) {
        return err;
    }
    if (o.n_names == 0) {
        return cli_usage(cmd, "no file");
    }
    err = cli_opt_number(cmd, &o, "rate", 1, 1e11, &scan.rate_hz);
    if (err == 0) {
        err = cli_kernels(&o, &kernels);
    }
    if (err < 0) {
        return err;
    }
    if (o.csi && !o.json) {
        return cli_usage(cmd, "--csi: expected --json, too");
    }
    scan.json = o.json;
    scan.csi = o.csi;
    scan.format = cli_opt(&o, "format");
    scan.kernels = kernels.n > 0 ? &kernels : NULL;
    scan.stop = cli_stop();
    scan.progress = isatty(STDERR_FILENO) == 1;
    if (cli_opt(&o, "pcap") != NULL) {
        err = scan_pcap_open(cli_opt(&o, "pcap"), &scan.pcap);
    }
    if (err == 0) {
        err = scan_all(&o, &scan);
        int pcap_err = scan_pcap_close(scan.pcap);
        err = err < 0 ? err : pcap_err;
    }
    int flush_err = cli_flush();
    return err < 0 ? err : flush_err;
}

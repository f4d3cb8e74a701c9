/* nft_chain.c - see nft_chain.h. */
#include "tests/bench/nft_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "host/chain/run.h"
#include "net/port/port.h"

enum {
    LONG = 17, /* times NFT_PACKETS in the long capture */
    ETHERNET = 1,
};

static const char *const files[] = {"routes.txt", "next.txt",   "ports.txt",
                                    "chain.yaml", "short.pcap", "long.pcap"};

static void path_of(const struct nft_chain *c, const char *name,
                    char path[NFT_PATH])
{
    (void)snprintf(path, NFT_PATH, "%s/%s", c->dir, name); /* fits */
}

static int write_text(const struct nft_chain *c, const char *name,
                      const char *text)
{
    char path[NFT_PATH];

    path_of(c, name, path);
    FILE *f = fopen(path, "w");
    bool good = f != NULL && fputs(text, f) >= 0;
    good = f != NULL && fclose(f) == 0 && good;
    return good ? 0 : err_say(ERR_IO, "%s cannot be written", path);
}

int nft_chain_open(struct nft_chain *c)
{
    (void)snprintf(c->dir, sizeof c->dir, "/tmp/precast-nft-XXXXXX");
    if (mkdtemp(c->dir) == NULL) {
        return err_say(ERR_IO, "%s cannot be made", c->dir);
    }
    int err = write_text(c, "routes.txt", "10.1.0.0/16 1\n10.2.0.0/16 2\n");
    err = err < 0 ? err
                  : write_text(c, "next.txt",
                               "1 port 0 mac 02:00:00:00:01:00 mtu 1500\n"
                               "2 port 1 mac 02:00:00:00:01:01 mtu 1500\n");
    return err < 0 ? err
                   : write_text(c, "ports.txt",
                                "0 10.0.1.1 02:00:00:00:00:00\n"
                                "1 10.0.2.1 02:00:00:00:00:01\n");
}

void nft_chain_close(const struct nft_chain *c)
{
    char path[NFT_PATH];

    for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
        path_of(c, files[k], path);
        (void)unlink(path); /* some may not be there */
    }
    (void)rmdir(c->dir);
}

/* --- captures ------------------------------------------------------------- */

static int write_capture(const struct nft_chain *c, const char *name,
                         uint8_t (*frame)[NFT_FRAME], uint32_t n)
{
    struct pkt pkt[FN_BURST_PKT];
    struct fn_span s = {FN_PKT, pkt, FN_BURST_PKT, FN_BURST_PKT, 0};
    struct port *port = NULL;
    char path[NFT_PATH];

    path_of(c, name, path);
    struct port_config config = {
        .kind = PORT_PCAP, .name = path, .is_sink = true, .link = ETHERNET};
    int err = port_open(&config, &port);
    for (uint32_t k = 0; err == 0 && k < n; k += FN_BURST_PKT) {
        for (uint32_t j = 0; j < FN_BURST_PKT; j++) {
            pkt[j] = (struct pkt){.data = frame[(k + j) % NFT_PACKETS],
                                  .len_bytes = NFT_FRAME,
                                  .wire_bytes = NFT_FRAME};
        }
        err = port_send(port, &s) == FN_BURST_PKT ? 0 : ERR_IO;
    }
    int close_err = port_close(port);
    return err < 0 ? err : close_err;
}

int nft_chain_write(const struct nft_chain *c, const char *nodes,
                    const char *links, uint8_t (*frame)[NFT_FRAME])
{
    char text[1024];

    (void)snprintf(text, sizeof text,
                   "chain: bench\n"
                   "sources: { in: { pcap: short.pcap } }\n"
                   "%slinks: [ %s ]\n"
                   "sinks: { out: { null: } }\n",
                   nodes, links); /* fits */
    int err = write_text(c, "chain.yaml", text);
    err = err < 0 ? err : write_capture(c, "short.pcap", frame, NFT_PACKETS);
    return err < 0 ? err
                   : write_capture(c, "long.pcap", frame, LONG * NFT_PACKETS);
}

/* --- runs ----------------------------------------------------------------- */

/* CPU time in ns of a run of capture 'name'. */
static int run(const struct nft_chain *c, const char *name, double *ns)
{
    const volatile sig_atomic_t stop = 0;
    struct report report = {.out = fopen("/dev/null", "w")};
    struct chain *chain = NULL;
    char path[NFT_PATH], in[NFT_PATH + 4] = "in=";
    struct chain_port_file port = {in, CHAIN_IN};

    path_of(c, name, in + 3);
    path_of(c, "chain.yaml", path);
    int err = report.out == NULL ? ERR_IO : chain_open(path, &port, 1, &chain);
    if (err == 0) {
        uint64_t start = clock_cpu_ns();
        err = chain_run(chain, &report, &stop, false);
        *ns = (double)(clock_cpu_ns() - start);
    }
    chain_close(chain);
    if (report.out != NULL) {
        (void)fclose(report.out); /* nobody reads it */
    }
    return err;
}

int nft_chain_run(const struct nft_chain *c, double *ns)
{
    double few = 0, many = 0;
    int err = run(c, "short.pcap", &few);

    err = err < 0 ? err : run(c, "long.pcap", &many);
    *ns = (many - few) / ((LONG - 1) * NFT_PACKETS);
    return err;
}
